"""Where the light of a picture lies: histograms and the waveform of a video scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, Rgb8

LEVELS: Final = 256
CHANNELS: Final = ("luma", "red", "green", "blue")
_MOST_PIXELS: Final = 300_000  # of those that are counted: every n-th row of larger pictures


def luma(rgb: Rgb8) -> npt.NDArray[np.uint8]:
    """(H, W) u8 luma of (H, W, 3) u8 RGB by ITU-R BT.709: 0.2126 R + 0.7152 G + 0.0722 B."""
    weights = np.array([[0.2126, 0.7152, 0.0722]], np.float32)
    found = cv2.transform(np.ascontiguousarray(rgb), weights)
    return np.asarray(found, np.uint8).reshape(rgb.shape[:2])


def histogram(rgb: Rgb8) -> F32:
    """Share of the pixels at each level, (4, 256) f32: luma, red, green, blue; rows sum to 1."""
    planes = _planes(_thinned(rgb))
    counts = np.stack([np.bincount(plane.ravel(), minlength=LEVELS) for plane in planes])
    return np.asarray(counts / max(1, planes[0].size), np.float32)


def waveform(rgb: Rgb8, columns: int) -> F32:
    """Share of each column's pixels at each level, (4, 256, columns) f32: luma, red, green, blue.

    Row 0 of a plane is the darkest level. Columns are even parts of the picture's width, at most as
    many as it has pixels across.
    """
    picture = _thinned(rgb)
    height, width = picture.shape[:2]
    columns = max(1, min(columns, width))
    of_pixel = np.arange(width, dtype=np.int64) * columns // width
    pixels = np.bincount(of_pixel, minlength=columns) * height
    found = np.empty((len(CHANNELS), LEVELS, columns), np.float32)
    for at, plane in enumerate(_planes(picture)):
        place = plane.astype(np.int64) * columns + of_pixel
        counts = np.bincount(place.ravel(), minlength=LEVELS * columns)
        found[at] = counts.reshape(LEVELS, columns) / pixels
    return found


def _planes(rgb: Rgb8) -> tuple[npt.NDArray[np.uint8], ...]:
    return (luma(rgb), rgb[..., 0], rgb[..., 1], rgb[..., 2])


def _thinned(rgb: Rgb8) -> Rgb8:
    height, width = rgb.shape[:2]
    step = max(1, -(-height * width // _MOST_PIXELS))
    return rgb[::step]

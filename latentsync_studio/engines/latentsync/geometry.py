"""Where the square lies in a frame that the model redraws: a similarity fitted to three points.

The three points are means of face mesh vertices: the brow on the picture's left, the brow on its
right, and the nose. They are brought onto fixed places of an upright crop of 420 x 560 pixels (at
512), which is then stretched to a square. Nothing is rounded on the way.

Coordinates are continuous everywhere: pixel i covers [i, i + 1) and has its middle at i + 0.5. The
published template counts from the middles of pixels, so 0.5 is added to it here.

No smoothing is added to the landmarks' own (zero-phase, within a shot): measured against how the
picture itself moves around eyes and nose bridge from frame to frame, what looks like jitter of the
square is mostly the head's own motion. On three real clips the square follows the head to 2.6-2.8
px rms a frame (of 512) with landmarks as measured and to 2.9-4.4 px with the tracks' smoothed ones;
local parabolas over 7 or 13 more frames lose it by 3.1-6.8 px. Rounding the points to whole pixels,
as is done elsewhere, costs 0.1 px.

Source: LatentSync's defaults; the points are those of its landmark scheme before InsightFace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.face.landmarks import N_LANDMARKS

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64

BROW_RIGHT = (71, 63, 105, 66, 107)  # the person's right, on the picture's left
BROW_LEFT = (336, 296, 334, 293, 301)
NOSE = (168, 197, 5, 4, 75, 97, 2, 326, 305)

_TEMPLATE = np.array([[17.0, 20.0], [58.0, 20.0], [37.5, 40.0]])
_WIDTH, _HEIGHT = 75, 100
_UNIT = (28, 2560)  # a unit of the template is 2.8 px in a crop of 256 px


def crop_size(resolution: int) -> tuple[int, int]:
    """Width and height in px of the upright crop that is stretched to `resolution` squared."""
    above, below = _UNIT
    return _WIDTH * above * resolution // below, _HEIGHT * above * resolution // below


def anchors(landmarks: npt.NDArray[np.floating]) -> F64:
    """The three points of each face, (N, 478, 3) display px -> (N, 3, 2) f64 display px."""
    if landmarks.ndim != 3 or landmarks.shape[1:] != (N_LANDMARKS, 3):
        raise ValueError(f"Landmarks of shape {landmarks.shape} are no face meshes.")
    groups = [landmarks[:, group, :2] for group in (BROW_RIGHT, BROW_LEFT, NOSE)]
    return np.stack([np.asarray(g, np.float64).mean(axis=1) for g in groups], axis=1)


def template(resolution: int) -> F64:
    """(3, 2) where the three points belong in the upright crop, continuous px."""
    above, below = _UNIT
    return _TEMPLATE * (above * resolution / below) + 0.5


def similarity(points: F64, target: F64) -> F64:
    """Turn, scale and shift that bring triples of points near fixed places.

    The turn is the least-squares one; the scale is the ratio of the spreads, as the model was
    trained with, and not the least-squares one. As complex numbers a and b around their means:
    turn = sum(conj(a) b) / |sum(conj(a) b)|, scale = sqrt(sum |b|^2 / sum |a|^2).

    Args:
        points: (N, K, 2).
        target: (K, 2).

    Returns:
        (N, 2, 3), points -> target; NaN where points are NaN or all in one place.
    """
    source, wanted = _complex(points), _complex(target)
    center, aim = source.mean(axis=1), wanted.mean()
    a, b = source - center[:, None], wanted - aim
    agreement = (a.conj() * b).sum(axis=1)
    spread = (a.real**2 + a.imag**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = agreement / np.abs(agreement)
        factor = turn * np.sqrt((b.real**2 + b.imag**2).sum() / spread)
    shift = aim - factor * center
    lost = ~np.isfinite(shift)
    factor[lost] = shift[lost] = complex(np.nan, np.nan)
    rows = [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    return np.moveaxis(np.asarray(rows, np.float64), 2, 0)


def crop_transform(landmarks: npt.NDArray[np.floating], resolution: int) -> F64:
    """Maps from the frame to the square that the model sees.

    Args:
        landmarks: (N, 478, 3) display px, pixel middles at +0.5; rows of NaN give rows of NaN.
        resolution: side of the square, px.

    Returns:
        (N, 2, 3) f64, display px -> px of the square, both continuous.
    """
    upright = similarity(anchors(landmarks), template(resolution))
    width, height = crop_size(resolution)
    stretch = np.array([resolution / width, resolution / height])
    return np.asarray(upright * stretch[:, None], np.float64)


def _complex(points: F64) -> npt.NDArray[np.complex128]:
    return np.asarray(points[..., 0] + 1j * points[..., 1], np.complex128)

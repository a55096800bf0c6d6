"""The light of a picture as arrays that are drawn as they are; for a worker's thread, no Qt.

What counts pixels is loaded by the first look: OpenCV would make every start slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Rgb8

Mode = Literal["luma", "parade"]
Side = Literal["result", "source"]
LEVELS: Final = 256  # of 8 bits
COLUMNS: Final = 384  # of a waveform; of a parade three times a third
_GAIN: Final = 14.0  # a level that holds this part of a column is drawn in full
_GAP: Final = 6  # columns between the parts of a parade


@dataclass(frozen=True, eq=False, kw_only=True)
class Light:
    """What is shown of a picture.

    Attributes:
        frame: of the sequence.
        side: which picture.
        histogram: (4, 256) f32 shares: luma, red, green, blue.
        trace: (columns, 256, 3) u8 RGB, column by column from the darkest level on.
        dark, bright: share of the pixels whose luma is 0, and 255.
        mean: luma, 0..255.
    """

    frame: int
    side: Side
    histogram: F32
    trace: Rgb8
    dark: float
    bright: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inks:
    """Colors (r, g, b) of ground, luma and the channels, of a theme."""

    ground: tuple[int, int, int]
    luma: tuple[int, int, int]
    channels: tuple[tuple[int, int, int], ...]


def light_of(picture: Rgb8, frame: int, side: Side, mode: Mode, inks: Inks) -> Light:
    """Look at a picture, (H, W, 3) u8 RGB."""
    from latentsync_studio.imaging.light import histogram

    counts = histogram(picture)
    return Light(
        frame=frame,
        side=side,
        histogram=counts,
        trace=_luma(picture, inks) if mode == "luma" else _parade(picture, inks),
        dark=float(counts[0, 0]),
        bright=float(counts[0, LEVELS - 1]),
        mean=float(counts[0] @ np.arange(LEVELS)),
    )


def _luma(picture: Rgb8, inks: Inks) -> Rgb8:
    from latentsync_studio.imaging.light import waveform

    return _inked(waveform(picture, COLUMNS)[0], inks.luma, inks.ground)


def _parade(picture: Rgb8, inks: Inks) -> Rgb8:
    from latentsync_studio.imaging.light import waveform

    planes = waveform(picture, COLUMNS // 3)[1:]
    ground = np.empty((_GAP, LEVELS, 3), np.uint8)
    ground[:] = inks.ground
    parts = []
    for plane, ink in zip(planes, inks.channels, strict=True):
        parts += [_inked(plane, ink, inks.ground), ground]
    return np.concatenate(parts[:-1])


def _inked(shares: F32, ink: tuple[int, int, int], ground: tuple[int, int, int]) -> Rgb8:
    """(256, columns) shares as (columns, 256, 3) u8 RGB."""
    depth = np.sqrt(np.clip(shares.T * _GAIN, 0.0, 1.0))[..., None]
    below, above = np.array(ground, np.float32), np.array(ink, np.float32)
    return np.asarray(below + (above - below) * depth, np.uint8)

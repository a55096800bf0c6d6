"""What the engine asks of a clip and of its device, told without torch and without loading."""

from __future__ import annotations

from typing import Final

import numpy as np

from latentsync_studio.core.engine import EngineDemands
from latentsync_studio.core.face.average import AVERAGE
from latentsync_studio.core.face.reasons import FACE_WIDTH
from latentsync_studio.engines.latentsync.geometry import (
    BROW_LEFT,
    BROW_RIGHT,
    crop_size,
    template,
)

_GIB: Final = 1024**3
PUBLISHED: Final = 512  # px of the squares of the newest published weights
_FULL: Final = 512  # px of the square that the sizes below belong to
# As `placement` reckons, in 16 bits: weights and one pass of a window; see its measurements.
_WEIGHTS, _PASS, _SLACK = 2.71 * _GIB, 2.2 * _GIB, 1.14
_LEAST_WEIGHTS, _LEAST_PASS = 0.3 * _GIB, 1.1 * _GIB


def demands_of(resolution: int) -> EngineDemands:
    """What drawing squares of that side asks for."""
    share = (resolution / _FULL) ** 2
    return EngineDemands(
        resolution=resolution,
        face_px=face_px(resolution),
        memory=int(_SLACK * (_WEIGHTS + share * _PASS)),
        least_memory=int(_SLACK * (_LEAST_WEIGHTS + share * _LEAST_PASS)),
        wants_gpu=True,
    )


def face_px(resolution: int) -> float:
    """Width in px of an average face in the square.

    The upright crop is stretched to the square, more across than down; the mean of both counts.
    """
    brows = [np.asarray(AVERAGE[list(group), :2]).mean(axis=0) for group in (BROW_RIGHT, BROW_LEFT)]
    between = float(np.hypot(*(brows[1] - brows[0])))  # of an eye distance
    right, left = template(resolution)[:2]
    width, height = crop_size(resolution)
    stretch = float(np.sqrt(resolution / width * resolution / height))
    return float(np.hypot(*(left - right))) / between * FACE_WIDTH * stretch

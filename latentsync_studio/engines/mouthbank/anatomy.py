"""Which of the 478 mesh vertices are what, and the mouth's measures.

Vertex numbers are those of the MediaPipe face mesh topology (Apache-2.0). Canonical unit: the
distance of the outer eye corners; origin: middle of the mouth; x right, y down in the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64

STABLE = np.array(
    [
        10,
        151,
        9,
        8,
        168,
        6,
        197,
        195,
        33,
        133,
        362,
        263,
        130,
        359,
        127,
        356,
        234,
        454,
        21,
        251,
        54,
        284,
        103,
        332,
        67,
        297,
        109,
        338,
        226,
        446,
        31,
        261,
        111,
        340,
        117,
        346,
        143,
        372,
        34,
        264,
        227,
        447,
    ]
)  # brow, temples, nose bridge, eye corners: move with the skull only
OVAL = np.array(
    [
        234,
        93,
        132,
        58,
        172,
        136,
        150,
        149,
        176,
        148,
        152,
        377,
        400,
        378,
        379,
        365,
        397,
        288,
        361,
        323,
        454,
    ]
)  # jaw line from ear to ear
IN_UP = np.array([191, 80, 81, 82, 13, 312, 311, 310, 415])
IN_LO = np.array([95, 88, 178, 87, 14, 317, 402, 318, 324])
MID_UP = np.array([183, 42, 41, 38, 12, 268, 271, 272, 407])
MID_LO = np.array([96, 89, 179, 86, 15, 316, 403, 319, 325])
OUT_UP = np.array([185, 40, 39, 37, 0, 267, 269, 270, 409])
OUT_LO = np.array([146, 91, 181, 84, 17, 314, 405, 321, 375])
INNER_CORNERS = (78, 308)
CORNERS = np.array([61, 291, 78, 308, 76, 306, 62, 292])
OUTER_RING = np.array([61, *OUT_UP, 291, *OUT_LO[::-1]])
LIPS = np.r_[IN_UP, IN_LO, OUT_UP, OUT_LO]
LOWER_LIP = np.r_[IN_LO, MID_LO, OUT_LO, 77, 90, 180, 85, 16, 315, 404, 320, 307]
UPPER_LIP = np.r_[IN_UP, MID_UP, OUT_UP, 184, 74, 73, 72, 11, 302, 303, 304, 408]
CHIN = np.array([152, 148, 377, 176, 400, 199, 200, 175])
CHEEKS = np.array([50, 280, 205, 425, 36, 266, 207, 427, 216, 436])  # tell a laugh from a rest
MOUTH_CENTER = np.array([61, 291, 13, 14])
EYE_CORNERS = (33, 263)


def mouth_measures(canonical: F64) -> F64:
    """Return (n, 2) aperture and width in eye distances of (n, 478, 3) canonical meshes.

    The aperture is the mean inner-lip gap over the middle five of nine columns, never negative.
    """
    gap = gaps(canonical)
    width = np.linalg.norm(canonical[:, 61] - canonical[:, 291], axis=-1)
    return np.stack([np.maximum(gap, 0.0), width], axis=1)


def gaps(canonical: F64) -> F64:
    """Return (n,) mean inner-lip gap of (n, 478, 3) canonical meshes; negative where they cross."""
    out: F64 = (canonical[:, IN_LO[2:7], 1] - canonical[:, IN_UP[2:7], 1]).mean(axis=1)
    return out

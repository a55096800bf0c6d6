"""Whether two pictures show the same scene at all, whatever their sizes, grades and mouths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Bools
    from latentsync_studio.core.picture import Picture

_SIDE: Final = 32  # px of the small copies
_FLAT: Final = 2.0  # levels of 8 bits; a picture with less contrast says nothing
_REACH: Final = 1.1  # of the face that is left out, as what may have been redrawn
_LEAST_SHARE: Final = 0.25  # of the picture that has to be left


def likeness(result: Picture, source: Picture, landmarks: F32 | None) -> float:
    """Correlation of small copies of the luma, without the face; -1..1, NaN where one is flat.

    The same scene is at 0.9 and above, also encoded, scaled or graded; others are around 0.

    Args:
        result: any size.
        source: any size.
        landmarks: (478, 3) of the face in the source, px of its picture; None: all is compared. A
            face that fills the picture is compared too.
    """
    one, other = _small(result), _small(source)
    kept = np.ones((_SIDE, _SIDE), np.bool_) if landmarks is None else _beside(source, landmarks)
    if kept.mean() < _LEAST_SHARE:
        kept[:] = True
    a, b = one[kept], other[kept]
    if min(a.std(), b.std()) < _FLAT:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _small(picture: Picture) -> F32:
    number = 1 if picture.format.matrix == "rgb" and len(picture.planes) >= 3 else 0
    plane = picture.planes[number]
    copy = cv2.resize(plane, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(copy, np.float32) * np.float32(0.5 ** (picture.format.bits - 8))


def _beside(source: Picture, landmarks: F32) -> Bools:
    """Which px of a small copy lie beside the face."""
    points = landmarks[:468, :2] * (_SIDE / np.array([source.width, source.height]))
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, _REACH * (high - low) / 2
    kept = np.ones((_SIDE, _SIDE), np.bool_)
    if np.isfinite(half).all():
        (x0, y0) = np.clip(np.floor(middle - half), 0, _SIDE).astype(int)
        (x1, y1) = np.clip(np.ceil(middle + half), 0, _SIDE).astype(int)
        kept[y0:y1, x0:x1] = False
    return kept

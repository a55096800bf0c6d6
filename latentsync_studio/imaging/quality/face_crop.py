"""Small views of a face in luma: one that moves with the eyes, and the mouth as finely as it is.

The views are placed by the source's landmarks in the source and in the result, so that what is
compared lies in the same place, and never by the mouth's own points, which are what was redrawn.
"""

from __future__ import annotations

from math import ceil, floor, hypot, isfinite
from typing import TYPE_CHECKING, Any, Final, cast

import cv2
import numpy as np

from latentsync_studio.core.face.landmarks import (
    LEFT_EYE_OUTER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    RIGHT_EYE_OUTER,
    head_size,
)
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.color import LUMA_WEIGHTS

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, Plane
    from latentsync_studio.core.picture import Picture

SIDE: Final = 96  # px of a face view
_SPAN: Final = 1.6  # eye distances that it shows
_NOSE_BASE: Final = 2
_BELOW_NOSE: Final = 0.3  # eye distances from the base of the nose to the middle of the view
_MAX_STEP: Final = 1.6  # picture px that a px of the view may span before halving
_MOUTH: Final = (1.0, 0.8)  # width and height of the mouth view, eye distances
_MOST: Final = 320  # px of the mouth view; larger ones are halved
_LEAST: Final = 16  # px that say anything of sharpness


def face_view(landmarks: F32) -> F64 | None:
    """Where the lower face is seen: a turned square that follows the eyes.

    Args:
        landmarks: (478, 3) display px.

    Returns:
        (2, 3) similarity, picture -> view of 96 x 96 px, continuous px; None without a face.
    """
    points = landmarks[[RIGHT_EYE_OUTER, LEFT_EYE_OUTER, _NOSE_BASE]].tolist()
    (rx, ry, rz), (lx, ly, lz), (nose_x, nose_y, _) = points
    dx, dy = lx - rx, ly - ry
    length = hypot(dx, dy)
    eyes = hypot(length, lz - rz)  # in space: it does not shrink when the head turns
    if not (isfinite(eyes) and isfinite(nose_x) and length > 1e-3):
        return None
    c, s = dx / length, dy / length
    x, y = nose_x - s * _BELOW_NOSE * eyes, nose_y + c * _BELOW_NOSE * eyes
    k, half = SIDE / (_SPAN * eyes), SIDE / 2
    c, s = c * k, s * k
    return np.array([[c, s, half - c * x - s * y], [-s, c, half + s * x - c * y]])


def luma_view(picture: Picture, to_view: F64) -> npt.NDArray[np.uint8]:
    """Luma under a view, (96, 96) u8; beyond the picture its edge is repeated."""
    planes = picture.planes
    if picture.format.matrix == "rgb" and len(planes) >= 3:
        kr, kb = LUMA_WEIGHTS["bt709"]
        shares = (kr, 1.0 - kr - kb, kb)
        seen = sum(
            np.float32(share) * _warped(plane, to_view)
            for share, plane in zip(shares, planes[:3], strict=True)
        )
    else:
        seen = _warped(planes[0], to_view)
    return _in_8_bits(np.asarray(seen), picture.format.bits)


def mouth_luma(picture: Picture, landmarks: F32) -> Plane | None:
    """The first plane around the mouth, px for px, as it is (G of RGB); None where it is not seen.

    (h, w) of the plane's own type; halved while it is larger than 320 px.
    """
    eyes = float(head_size(landmarks))
    if not np.isfinite(eyes):
        return None
    x, y = landmarks[[MOUTH_RIGHT, MOUTH_LEFT], :2].mean(axis=0)
    half = (_MOUTH[0] * eyes / 2, _MOUTH[1] * eyes / 2)
    whole = Box(
        x0=round(float(x - half[0])), y0=round(float(y - half[1])),
        x1=round(float(x + half[0])), y1=round(float(y + half[1])),
    )  # fmt: skip
    box = whole.clipped(picture.width, picture.height)
    if box is None or min(box.width, box.height) < _LEAST:
        return None
    number = 1 if picture.format.matrix == "rgb" and len(picture.planes) >= 3 else 0
    part = picture.planes[number][box.y0 : box.y1, box.x0 : box.x1]
    while max(part.shape) > _MOST:
        part = _halved(part)
    return part


def _warped(plane: Plane, to_view: F64) -> npt.NDArray[Any]:
    """A plane under the view; averaged first where it is much finer: plain sampling would alias."""
    (c, s, x), (_, _, y) = to_view.tolist()
    scale = hypot(c, s)
    step, half = 1.0 / scale, SIDE / 2
    middle_x = (c * (half - x) - s * (half - y)) * step * step
    middle_y = (s * (half - x) + c * (half - y)) * step * step
    reach = half * (abs(c) + abs(s)) * step * step + 2 * step + 2
    box = Box(
        x0=floor(middle_x - reach), y0=floor(middle_y - reach),
        x1=ceil(middle_x + reach), y1=ceil(middle_y + reach),
    ).clipped(plane.shape[1], plane.shape[0])  # fmt: skip
    if box is not None:
        plane = plane[box.y0 : box.y1, box.x0 : box.x1]
        x, y = x + c * box.x0 + s * box.y0, y - s * box.x0 + c * box.y0
    while step > _MAX_STEP and min(plane.shape) >= 4:
        plane, step, c, s = _halved(plane), step / 2, c * 2, s * 2
    # the same map between the middles of pixels
    x, y = x + (c + s) / 2 - 0.5, y + (c - s) / 2 - 0.5
    return cv2.warpAffine(
        plane, np.array([[c, s, x], [-s, c, y]]), (SIDE, SIDE),
        flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip


def _halved(plane: Plane) -> Plane:
    rows, columns = plane.shape[0] // 2, plane.shape[1] // 2
    even = plane[: 2 * rows, : 2 * columns]
    return cast("Plane", cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA))


def _in_8_bits(seen: npt.NDArray[Any], bits: int) -> npt.NDArray[np.uint8]:
    if seen.dtype == np.uint8:
        return seen
    return np.asarray(cv2.convertScaleAbs(seen, alpha=0.5 ** (bits - 8)), np.uint8)

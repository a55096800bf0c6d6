"""Affine resampling in one step that neither shifts nor aliases.

Coordinates are continuous: pixel i covers [i, i + 1) and has its middle at i + 0.5, as everywhere
in core. Only the calls of OpenCV, which count from the middles of pixels, need half-pixel terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from latentsync_studio.core.picture import Box

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64


def resampled(
    image: npt.NDArray[Any], transform: F64, size: tuple[int, int], *, beyond: int | None = None
) -> npt.NDArray[Any]:
    """Resample an image by cubic interpolation.

    Where a pixel of the result spans more than one of the image, the image is softened first by as
    much as the span asks for: without steps, so that what comes closer from frame to frame never
    changes its sharpness at once.

    Args:
        image: (H, W) or (H, W, C), u8, u16 or f32.
        transform: (2, 3) image -> result, continuous px; invertible.
        size: (width, height) of the result.
        beyond: value of what lies outside of the image; None repeats its edge.

    Returns:
        (height, width) or (height, width, C) of the image's type.
    """
    part, transform = _part_under(image, transform, size)
    part = _softened(part, transform)
    index = transform.copy()
    index[:, 2] += transform[:, :2] @ (0.5, 0.5) - 0.5
    border = cv2.BORDER_REPLICATE if beyond is None else cv2.BORDER_CONSTANT
    value = (float(beyond or 0),) * 4
    return cv2.warpAffine(
        part, index, size, flags=cv2.INTER_CUBIC, borderMode=border, borderValue=value
    )


def inverse(transform: F64) -> F64:
    """The way back, (..., 2, 3) -> (..., 2, 3)."""
    back = np.linalg.inv(transform[..., :2])
    return np.concatenate([back, -(back @ transform[..., 2:])], axis=-1)


def applied(transform: F64, points: npt.NDArray[np.floating]) -> F64:
    """Points (..., 2) moved by a (2, 3) transform."""
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float64)


def _part_under(
    image: npt.NDArray[Any], transform: F64, size: tuple[int, int]
) -> tuple[npt.NDArray[Any], F64]:
    """The upright part of the image that the result shows, with some room, and its own map."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    points = applied(inverse(transform), corners)
    room = 4 + round(4 * _span(transform))
    x0, y0 = (int(v) for v in np.floor(points.min(axis=0)) - room)
    x1, y1 = (int(v) for v in np.ceil(points.max(axis=0)) + room)
    part = Box(x0=x0, y0=y0, x1=x1, y1=y1).clipped(image.shape[1], image.shape[0])
    if part is None:  # nothing of the image shows
        return image, transform
    moved = np.column_stack([transform[:, :2], applied(transform, np.array([part.x0, part.y0]))])
    return image[part.y0 : part.y1, part.x0 : part.x1], moved


def _span(transform: F64) -> float:
    """Pixels of the image along one of the result, geometric mean of both directions."""
    return float(1.0 / np.sqrt(abs(np.linalg.det(transform[:, :2]))))


def _softened(image: npt.NDArray[Any], transform: F64) -> npt.NDArray[Any]:
    """A Gaussian that widens a pixel of the image to about one of the result; none if finer."""
    variance = 0.25 * (_span(transform) ** 2 - 1.0)
    if variance <= 0.0:
        return image
    sigma = float(np.sqrt(variance))
    reach = 2 * int(np.ceil(3 * sigma)) + 1
    return cv2.GaussianBlur(image, (reach, reach), sigma, borderType=cv2.BORDER_REPLICATE)

"""Where a head is and how it is turned, from the points of the mesh that do not move on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.face.landmarks import STABLE

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64

# An average head at the STABLE points: unit = distance of the outer eye corners, origin between
# them; x to the picture's right, y down, z away from the camera. Measured with the mesh network
# itself: mean of three people, made symmetric. Pairs of both sides are listed once.
_MIDDLE = (
    (-0.631, -0.143), (-0.455, -0.197), (-0.265, -0.240), (-0.165, -0.235), (-0.075, -0.238),
    (0.009, -0.293), (0.083, -0.355), (0.151, -0.424),
)  # fmt: skip
_EYES = ((-0.500, 0.000, 0.000), (-0.193, 0.009, -0.060))
_SIDE = (
    (-0.531, 0.001, 0.013), (-0.777, 0.061, 0.544), (-0.771, 0.228, 0.578),
    (-0.728, -0.263, 0.322), (-0.660, -0.402, 0.198), (-0.551, -0.513, 0.063),
    (-0.387, -0.588, -0.056), (-0.209, -0.623, -0.126), (-0.575, 0.017, 0.041),
    (-0.560, 0.084, 0.017), (-0.631, 0.132, 0.052), (-0.588, 0.177, -0.014),
    (-0.687, 0.049, 0.157), (-0.757, 0.059, 0.321), (-0.766, 0.213, 0.329),
)  # fmt: skip


def _reference() -> F64:
    mirror = np.array([-1.0, 1.0, 1.0])
    rows = [np.array([0.0, y, z]) for y, z in _MIDDLE]
    outer, inner = np.array(_EYES[0]), np.array(_EYES[1])
    rows += [outer, inner, inner * mirror, outer * mirror]
    for point in _SIDE:
        rows += [np.array(point), np.array(point) * mirror]
    array = np.stack(rows)
    array.flags.writeable = False
    return array


REFERENCE = _reference()  # (42, 3), in the order of STABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPose:
    """Similarity from the reference head to display pixels: p = scale * R q + t.

    Attributes:
        scale: (N,) f64 pixels per eye distance.
        rotation: (N, 3, 3) f64.
        translation: (N, 3) f64 pixels.
        residual: (N,) f64 root mean square misfit over `scale`; about 0.02 on faces.
    """

    scale: F64
    rotation: F64
    translation: F64
    residual: F64


def similarity(model: F64, points: F64) -> HeadPose:
    """Least-squares similarity from `model` (K, 3) to each of `points` (N, K, 3).

    Umeyama 1991, eq. 40-43, without reflections. Rows of NaN give NaN.
    """
    model = np.asarray(model, np.float64)
    whole = np.asarray(np.isfinite(points).all(axis=(1, 2)))
    points = np.where(whole[:, None, None], points, model).astype(np.float64)
    center, centers = model.mean(axis=0), points.mean(axis=1)
    a, b = model - center, points - centers[:, None]
    u, s, vt = np.linalg.svd(b.transpose(0, 2, 1) @ a)
    signs = np.ones_like(s)
    signs[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = (u * signs[:, None]) @ vt
    scale = (s * signs).sum(axis=1) / (a * a).sum()
    translation = centers - scale[:, None] * (rotation @ center)
    fitted = scale[:, None, None] * model @ rotation.transpose(0, 2, 1)
    misfit = points - fitted - translation[:, None]
    residual = np.sqrt((misfit**2).sum(axis=2).mean(axis=1)) / np.maximum(scale, 1e-9)
    lost = np.where(whole, 0.0, np.nan)
    return HeadPose(
        scale=scale + lost,
        rotation=rotation + lost[:, None, None],
        translation=translation + lost[:, None],
        residual=residual + lost,
    )


def head_pose(landmarks: F32) -> HeadPose:
    """Pose of heads, landmarks (N, 478, 3)."""
    return similarity(REFERENCE, np.asarray(landmarks[:, STABLE], np.float64))


def angles(rotation: F64) -> F32:
    """(N, 3, 3) rotations -> (N, 3) yaw, pitch, roll in degrees.

    Yaw is positive when the nose points to the picture's left, pitch when the head looks down,
    roll when it leans clockwise on the screen.
    """
    yaw = np.arctan2(-rotation[:, 2, 0], np.hypot(rotation[:, 2, 1], rotation[:, 2, 2]))
    pitch = np.arctan2(rotation[:, 2, 1], rotation[:, 2, 2])
    roll = np.arctan2(rotation[:, 1, 0], rotation[:, 0, 0])
    return np.asarray(np.degrees(np.stack([yaw, pitch, roll], axis=1)), np.float32)

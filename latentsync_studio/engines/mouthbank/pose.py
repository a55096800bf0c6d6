"""Where the skull is: similarity poses, and the person's mean face in canonical coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.engines.mouthbank.anatomy import CORNERS, MOUTH_CENTER, STABLE

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64


@dataclass(frozen=True, slots=True)
class Poses:
    """n similarities, picture = scale * canonical @ rotation.T + shift.

    Attributes:
        scale: (n,) px per eye distance.
        rotation: (n, 3, 3).
        shift: (n, 3) px.
    """

    scale: F64
    rotation: F64
    shift: F64

    def to_canonical(self, points: F64) -> F64:
        """(n, k, 3) px -> canonical."""
        local = (points - self.shift[:, None]) / self.scale[:, None, None]
        out: F64 = local @ self.rotation
        return out

    def angles(self) -> F64:
        """(n, 3) yaw, pitch, roll in degrees."""
        r = self.rotation
        yaw = np.arctan2(-r[:, 2, 0], np.hypot(r[:, 2, 1], r[:, 2, 2]))
        pitch = np.arctan2(r[:, 2, 1], r[:, 2, 2])
        roll = np.arctan2(r[:, 1, 0], r[:, 0, 0])
        out: F64 = np.degrees(np.stack([yaw, pitch, roll], axis=1))
        return out


def fit_similarity(model: F64, points: F64) -> Poses:
    """Least-squares similarities from `model` (k, 3) to each of `points` (n, k, 3).

    Umeyama, "Least-squares estimation of transformation parameters", 1991.
    """
    model_mean, point_mean = model.mean(axis=0), points.mean(axis=1)
    a, b = model - model_mean, points - point_mean[:, None]
    u, s, vt = np.linalg.svd(np.einsum("kc,nkd->ncd", a, b))
    sign = np.ones_like(s)
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = np.einsum("nij,nj,njk->nki", u, sign, vt)
    scale = (s * sign).sum(axis=1) / (a**2).sum()
    shift = point_mean - scale[:, None] * np.einsum("nij,j->ni", rotation, model_mean)
    return Poses(scale, rotation, shift)


def mean_face(meshes: F64) -> F64:
    """Return the (478, 3) canonical mean of (n, 478, 3) px meshes by generalized Procrustes."""
    mean = meshes[len(meshes) // 2]
    for _ in range(4):
        poses = fit_similarity(mean[STABLE], meshes[:, STABLE])
        mean = poses.to_canonical(meshes).mean(axis=0)
    eyes = mean[263] - mean[33]
    unit = float(np.linalg.norm(eyes))
    x = eyes / unit
    down = mean[152] - mean[10]
    y = down - x * (down @ x)
    y /= np.linalg.norm(y)
    axes = np.stack([x, y, np.cross(x, y)])
    out: F64 = (mean - mean[MOUTH_CENTER].mean(axis=0)) @ axes.T / unit
    return out


def half_width(mean: F64) -> float:
    """Half the distance of the mouth corners."""
    return float(abs(mean[CORNERS[1], 0] - mean[CORNERS[0], 0])) / 2

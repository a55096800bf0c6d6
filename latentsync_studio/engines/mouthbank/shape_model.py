"""Target geometry: how this face deforms with the mouth's aperture and width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.engines.mouthbank.anatomy import (
    CORNERS,
    IN_LO,
    IN_UP,
    LIPS,
    LOWER_LIP,
    UPPER_LIP,
    mouth_measures,
)
from latentsync_studio.engines.mouthbank.pose import half_width

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64

_PROBE = 0.05  # eye distances
_LIP_REACH = 0.22  # eye distances from the lips to skin that moves with the jaw
_SEALED = 0.012  # aperture below which the inner lips are drawn together


class ShapeModel:
    """Linear map from (aperture, width) to canonical displacements of all vertices.

    Learnt from the person's own frames by ridge regression; as far as they do not move enough to
    learn from, an anatomical prior takes its place.
    """

    def __init__(self, mean: F64, meshes: F64, measures: F64) -> None:
        """Learn.

        Args:
            mean: (478, 3) canonical mean face.
            meshes: (n, 478, 3) canonical meshes of the person.
            measures: (n, 2) their aperture and width.
        """
        self.center = np.median(measures, axis=0)
        x = np.c_[measures - self.center, np.ones(len(measures))]
        ridge = np.diag([0.02, 0.02, 1e-6]) * len(measures) * 0.05
        xy = np.tensordot(x.T, meshes, axes=1).reshape(3, -1)
        learnt = np.linalg.solve(x.T @ x + ridge, xy).reshape(3, *mean.shape)[:2]
        trust = np.clip(measures.std(axis=0) / (0.03, 0.025), 0, 1)[:, None, None]
        self._basis = trust * learnt + (1 - trust) * _prior(mean)
        self._calibrate(mean)
        self.moves = _influence(mean)
        self.of_lips = _near_lips(mean)

    def displacement(self, change: F64) -> F64:
        """(n, 2) change of aperture and width -> (n, 478, 3)."""
        out: F64 = (change @ self._basis.reshape(2, -1)).reshape(-1, *self._basis.shape[1:])
        return out

    def _calibrate(self, mean: F64) -> None:
        """Rescale so that the measures of the deformed mean change by what was asked for."""
        at_rest = mouth_measures(mean[None])[0]
        for _ in range(3):
            for k in (0, 1):
                moved = mouth_measures((mean + self._basis[k] * _PROBE)[None])[0]
                change = moved[k] - at_rest[k]
                if change > 0.004:
                    self._basis[k] *= _PROBE / change


def sealed(mesh: F64, aperture: float) -> F64:
    """Pull the inner lips of a canonical (478, 3) mesh together where `aperture` is near 0.

    The lips never cross.
    """
    out = mesh.copy()
    gap = out[IN_LO, 1] - out[IN_UP, 1]
    pull = np.where(gap < 0, 1.0, np.clip((_SEALED - aperture) / _SEALED, 0, 1))[:, None]
    middle = (out[IN_UP] + out[IN_LO]) / 2
    out[IN_UP] += (middle - out[IN_UP]) * pull
    out[IN_LO] += (middle - out[IN_LO]) * pull
    return out


def _influence(mean: F64) -> F64:
    """(478, 1) 0..1: how far a vertex may leave the source: nothing above the nose's base."""
    x, y = np.abs(mean[:, 0]), mean[:, 1]
    rise = np.clip((y + 0.34) / 0.2, 0, 1)
    rise = rise * rise * (3 - 2 * rise)
    side = np.clip((0.95 - x) / 0.3, 0, 1)
    low = np.clip((0.86 - x) / 0.3, 0, 1)
    out: F64 = (rise * np.where(y < 0.1, side, np.minimum(side, low)))[:, None]
    return out


def _near_lips(mean: F64) -> F64:
    """(478, 1) 1 on the lips .. 0 on chin and cheeks, by distance from the nearest lip vertex."""
    apart = np.linalg.norm(mean[:, None, :2] - mean[None, LIPS, :2], axis=2).min(axis=1)
    near = np.clip(1 - apart / _LIP_REACH, 0, 1)
    near[LIPS] = 1.0
    out: F64 = (near * near * (3 - 2 * near))[:, None]
    return out


def _prior(mean: F64) -> F64:
    """(2, 478, 3) anatomy of a face never seen with an open mouth.

    Opening drops the lower lip and the jaw (62 % of the aperture at the chin) and lifts the upper
    lip a little; widening pulls the lips and the skin near them apart.
    """
    x, y = mean[:, 0], mean[:, 1]
    half = half_width(mean)
    center = float(mean[CORNERS[:2], 0].mean())
    off = np.abs(x - center)
    u = np.clip(off / half, 0, 1.6)
    basis = np.zeros((2, *mean.shape))
    arch = np.clip(1 - u**2, 0, 1) ** 0.8
    middle = float(mean[13, 1] + mean[14, 1]) / 2
    jaw = np.clip(1 - np.abs(x) / 0.85, 0, 1) ** 0.6
    basis[0, :, 1] = np.where(y > middle, 0.62 * jaw * np.clip((y - middle) / 0.1, 0, 1), 0)
    basis[0, LOWER_LIP, 1] = 0.25 + 0.6 * arch[LOWER_LIP]
    basis[0, UPPER_LIP, 1] = 0.25 - 0.4 * arch[UPPER_LIP]
    basis[0, CORNERS, 1] = 0.25
    on_lip = np.zeros(len(mean), bool)
    on_lip[LOWER_LIP] = on_lip[UPPER_LIP] = True
    soft = (y > middle) & ~on_lip & (y < mean[17, 1] + 0.12) & (u < 1)
    basis[0, soft, 1] = np.maximum(basis[0, soft, 1], 0.25 + 0.5 * arch[soft])
    lips = np.exp(-(((y - middle) / 0.22) ** 2))
    pull = np.clip((x - center) / half, -1, 1) * np.exp(-np.maximum(off - half, 0) / 0.2)
    basis[1, :, 0] = 0.5 * lips * pull
    return basis

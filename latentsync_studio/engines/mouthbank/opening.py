"""Inside the lips: extra vertices that keep the teeth still.

Upper teeth belong to the skull, lower teeth and tongue to the jaw; lips only cover and uncover
them. Stretching what a donor shows between its lips to the target's lips would make teeth grow
and swim. So rows of vertices span the opening, and each is sampled where the skull (upper rows) or
the jaw (lower rows) puts it in the donor, kept inside the donor's own opening.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.engines.mouthbank.anatomy import (
    CHIN,
    IN_LO,
    IN_UP,
    INNER_CORNERS,
    MID_LO,
    MID_UP,
    OUT_LO,
    OUT_UP,
)

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64

ROWS = np.array([0.04, 0.2, 0.4, 0.6, 0.8, 0.96])  # share of the gap, from the upper lip
_OF_JAW = np.clip((ROWS - 0.35) / 0.3, 0, 1)[:, None]  # 0: moves with the skull, 1: with the jaw
_HOLD = 0.7  # how much of the skull's and jaw's hold a donor that fits is given
_LIP_MARGIN = 0.004  # eye distances kept from the donor's lip edges
_SHUT = (0.008, 0.02)  # gap of the donor: shows no inner mouth .. shows enough of it
_CLOSED_COLUMN = (0.004, 0.02)  # gap of the target: lips touch here .. lips are apart here
_OPEN_BANK = (0.02, 0.06)  # widest donor: knows nothing of open mouths .. knows enough
_TOUCHING = 0.005  # gap that keeps the mesh from folding where lips touch
_CLOSED_FROM = 0.92  # share of the inner lips' half width from which an opening is closed
_ROUNDING = 0.18  # how far each corner comes inwards per aperture
_UNSEEN = (0.012, 0.035)  # distance outside the donor's opening: still shown .. nothing to show


def rows_between(points: F64) -> F64:
    """(rows * 9, d) points between the inner lips of a (478, d) mesh."""
    up, lo = points[IN_UP], points[IN_LO]
    out: F64 = (up + ROWS[:, None, None] * (lo - up)).reshape(-1, points.shape[1])
    return out


def donor_rows(target: F64, donor: F64) -> tuple[F64, F64]:
    """Where the opening of `target` is to be sampled in `donor`, both (478, 3) canonical.

    A donor that shows about what is wanted is stretched, its middle rows pulled towards where
    skull and jaw put them; one that shows far too little keeps its size and leaves the rest free.

    Returns:
        (rows * 9, 3) canonical positions in the donor, and (rows * 9,) 0..1, how far there is
        nothing to sample because the donor's mouth did not show that place.
    """
    at = rows_between(target).reshape(len(ROWS), 9, 3)
    own = rows_between(donor).reshape(len(ROWS), 9, 3)
    lacking = _lacking(target, donor)
    jaw = float(donor[CHIN, 1].mean() - target[CHIN, 1].mean())
    left, right = INNER_CORNERS
    up = donor[[left, *IN_UP, right]]
    lo = donor[[left, *IN_LO, right]]
    kept_x = np.clip(at[..., 0], up[0, 0] + _LIP_MARGIN, up[-1, 0] - _LIP_MARGIN)
    apart = target[IN_LO, 1] - target[IN_UP, 1]
    free = np.clip((apart - _CLOSED_COLUMN[0]) / np.ptp(_CLOSED_COLUMN), 0, 1)
    x = own[..., 0] + lacking * free * (kept_x - own[..., 0])
    top, bottom = np.interp(x, up[:, 0], up[:, 1]), np.interp(x, lo[:, 0], lo[:, 1])
    margin = np.minimum(_LIP_MARGIN, np.maximum(bottom - top, 0) / 2)
    top, bottom = top + margin, np.maximum(bottom - margin, top + margin)
    with_skull = np.clip(at[..., 1], top, bottom)
    with_jaw = np.clip(at[..., 1] + jaw, top, bottom)
    rigid = with_skull + _OF_JAW * (with_jaw - with_skull)
    hold = np.maximum(lacking * free, _HOLD * 4 * (ROWS * (1 - ROWS))[:, None])
    y = np.maximum.accumulate(own[..., 1] + hold * (rigid - own[..., 1]), axis=0)
    share = (y - top) / np.maximum(bottom - top, 1e-6)
    z = donor[IN_UP, 2] + np.clip(share, 0, 1) * (donor[IN_LO, 2] - donor[IN_UP, 2])
    if lacking <= 0:
        unseen = np.zeros(y.size)
    else:
        far = np.abs(at[..., 1] - with_skull) * (1 - _OF_JAW)
        far = far + np.abs(at[..., 1] + jaw - with_jaw) * _OF_JAW + np.abs(at[..., 0] - x)
        outside = np.clip((far - _UNSEEN[0]) / (_UNSEEN[1] - _UNSEEN[0]), 0, 1)
        shut = np.clip((_SHUT[1] - (bottom - top)) / (_SHUT[1] - _SHUT[0]), 0, 1)
        unseen = lacking * np.maximum(outside, shut).ravel()
    return np.stack([x, y, z], axis=-1).reshape(-1, 3), unseen


def shut_bank(measures: F64) -> float:
    """1: none of the (n, 2) measured donors is open .. 0: the bank shows how the mouth opens."""
    return float(np.clip((_OPEN_BANK[1] - measures[:, 0].max()) / np.ptp(_OPEN_BANK), 0, 1))


def almond(target: F64, share: float) -> F64:
    """Give a canonical (478, 3) mesh the opening of a mouth that was never seen open.

    Its lips part in an almond: closed near the corners, rounder the wider it opens, the lips as
    thick as they were. The mean gap of the middle columns, the aperture, stays.

    Args:
        target: mesh from the anatomical prior.
        share: 0 leaves it alone .. 1 does all of it.
    """
    gap = np.maximum(target[IN_LO, 1] - target[IN_UP, 1], 0.0)
    aperture = float(gap[2:7].mean())
    if share <= 0 or aperture <= 0:
        return target
    out = target.copy()
    left, right = target[INNER_CORNERS[0]], target[INNER_CORNERS[1]]
    middle, half = (left[0] + right[0]) / 2, max((right[0] - left[0]) / 2, 1e-6)
    u = (target[IN_UP, 0] + target[IN_LO, 0]) / 2 - middle
    arch = np.clip(1 - (u / (_CLOSED_FROM * half)) ** 2, 0, 1) ** 0.8
    wanted = arch * (aperture / max(float(arch[2:7].mean()), 0.3))
    wanted = np.maximum(wanted, np.minimum(gap, _TOUCHING))
    less = share * (gap - wanted)  # negative in the middle
    for rows, part in ((IN_UP, 1.0), (MID_UP, 0.8), (OUT_UP, 0.35)):
        out[rows, 1] += part * 0.4 * less
    for rows, part in ((IN_LO, 1.0), (MID_LO, 0.95), (OUT_LO, 0.65)):
        out[rows, 1] -= part * 0.6 * less
    line = (target[13, 1] + target[14, 1]) / 2
    off = np.abs(target[:, 0] - middle)
    near = np.exp(-(((target[:, 1] - line) / 0.25) ** 2) - np.maximum(off - half, 0) / 0.2)
    inward = share * _ROUNDING * min(aperture, 0.15) * near
    out[:, 0] -= np.clip((target[:, 0] - middle) / half, -1, 1) * inward
    return out


def _lacking(target: F64, donor: F64) -> float:
    """0: the donor's opening suffices .. 1: it shows far too little of the inner mouth."""
    wanted, shown = (
        float(np.maximum(mesh[IN_LO[2:7], 1] - mesh[IN_UP[2:7], 1], 0).mean())
        for mesh in (target, donor)
    )
    return min(max((wanted - 1.35 * shown - 0.006) / 0.02, 0.0), 1.0)

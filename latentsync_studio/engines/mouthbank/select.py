"""Which of the person's own mouths is shown when: a path through the bank with bounded reach.

A Viterbi search over the whole speech would let its first second change its last frame. Here the
donor of every anchor frame is decided by a search over a fixed neighbourhood; between two anchors
the path is the exact optimum with both ends given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.engines.mouthbank.anatomy import CHIN, IN_LO, IN_UP
from latentsync_studio.engines.mouthbank.person import expression_of

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64, Bools
    from latentsync_studio.engines.mouthbank.person import Geometry, Person, Rows

CANDIDATES = 20
_PEERS = 31  # donors of like aperture that a donor's sharpness is compared with
_JUMP, _LOOKS = 0.9, 1.4  # cost of a cut between donors, and per unit of their difference in looks
_HASTE = 2.0  # cost of a donor between two mouths far apart: it may show both at once
_ONSET = 2.4  # cost of a donor whose mouth has opened within a frame
_FAR_S = 4.0  # seconds between donor and base after which lighting may differ fully


@dataclass(frozen=True, slots=True)
class Candidates:
    """Best donors of k frames: (k, c) rows of the bank and their costs."""

    donors: Rows
    costs: F64


_TASTE = 0.8  # cost between the dearest and the cheapest donor of a seed's taste


class Selector:
    """Scores donors for frames and finds paths."""

    def __init__(self, person: Person, rate: float, seed: int) -> None:
        """Any `seed` but 0 has tastes of its own: other mouths that fit about as well."""
        self._person = person
        donors = person.donors
        taste = np.random.default_rng(seed).uniform(0, _TASTE, len(donors.measures))
        own = taste if seed else np.zeros_like(taste)
        own += 4 * np.clip(0.92 - _crispness(person), 0, 0.5)
        own *= np.clip((donors.measures[:, 0] - 0.02) / 0.03, 0, 1)  # pressed lips are smooth
        own += np.clip(1 - donors.poses.scale / np.median(donors.poses.scale), 0, 0.5) * 2
        own += 1.2 * np.clip((person.speeds - 0.012) / 0.03, 0, 1.5)  # motion blur
        own += 0.5 * np.minimum((person.doubts / 0.012) ** 2, 5)
        self._own_cost = own + 0.4 * np.minimum((_lopsided(donors.canonical) / 0.025) ** 2, 5)
        self._clenched = _clenched(donors.canonical, donors.measures[:, 0])
        parted = np.clip((donors.measures[:, 0] - 0.004) / 0.008, 0, 1)  # shut is shut
        doubtful = _HASTE * np.clip((person.haste - 0.03) / 0.03, 0, 1)
        doubtful += _ONSET * np.clip((person.onset - 0.035) / 0.025, 0, 1)
        self._blended = parted * doubtful
        self._far = _FAR_S * rate
        self._expression = expression_of(donors.canonical)
        self._order = person.frames

    def candidates(self, targets: F64, base: Rows, geometry: Geometry, mood: F64) -> Candidates:
        """Score all donors.

        Args:
            targets: (k, 2) aperture and width wanted.
            base: (k,) source frames.
            geometry: their geometry.
            mood: (k, 4) slow expression of the base, see `expression_of`.
        """
        donors = self._person.donors
        want = targets[:, :1]
        error = donors.measures[:, 0] - want
        short = 1.25 + 0.5 * np.clip((want - 0.05) / 0.05, 0, 1)  # teeth must not be stretched
        misfit = (error / (0.008 + 0.17 * want) * np.where(error < 0, short, 1.0)) ** 2
        cost = np.minimum(misfit, 2 + 2 * np.sqrt(misfit))
        cost += ((donors.measures[:, 1] - targets[:, 1:]) / 0.05) ** 2 * 0.6
        cost += np.where((want > 0.03) & (donors.measures[:, 0] < 0.01), 2.5, 0.0)
        cost += np.clip((want - 0.04) / 0.04, 0, 1) * np.minimum(self._clenched / 0.02, 4)
        cost += self._blended * np.clip((want - 0.004) / 0.008, 0, 1)
        turn = donors.angles - geometry.angles[:, None]
        pose = (turn[..., 0] / 5) ** 2 * 0.6 + (turn[..., 1] / 6) ** 2 * 0.5
        pose += np.minimum((turn[..., 2] / 20) ** 2, 4) * 0.15
        near = np.minimum(np.abs(self._order - base[:, None]) / self._far, 1) * 0.5
        felt = (((self._expression - mood[:, None]) / 0.035) ** 2).mean(axis=2)
        near += 0.5 * np.minimum(felt, 4)
        cost += np.where(geometry.present[:, None], pose + near, 0.0) + self._own_cost
        count = min(CANDIDATES, cost.shape[1])
        best = np.argsort(cost, axis=1, kind="stable")[:, :count]
        return Candidates(best, np.take_along_axis(cost, best, axis=1))

    def path(self, choices: Candidates, cut: Bools) -> Rows:
        """Cheapest donors of k frames, (k,) rows of the bank.

        Args:
            choices: candidates of each frame; a row with infinite costs but one pins that frame.
            cut: (k,) True where a frame does not continue the frame before it.
        """
        before, after = choices.donors[:-1, :, None], choices.donors[1:, None, :]
        step = self._order[after] - self._order[before]
        change = self._costs_of_change(choices.donors, step)
        change[cut[1:]] = 0.0
        cost = choices.costs[0]
        back = np.zeros(choices.donors.shape, np.int64)
        for t, dear in enumerate(change, start=1):
            total = cost[:, None] + dear
            back[t] = total.argmin(axis=0)
            cost = total.min(axis=0) + choices.costs[t]
        best = np.zeros(len(back), np.int64)
        best[-1] = cost.argmin()
        for t in range(len(back) - 1, 0, -1):
            best[t - 1] = back[t, best[t]]
        return choices.donors[np.arange(len(best)), best]

    def _costs_of_change(self, donors: Rows, step: Rows) -> F64:
        """(k - 1, c, c) what it costs to show one candidate after another.

        donors: (k, c). step: (k - 1, c, c) frames between them in the source.
        """
        codes = self._person.looks[donors]
        squares = (codes**2).sum(axis=-1)
        mixed = codes[:-1] @ codes[1:].transpose(0, 2, 1)
        looks = np.maximum(squares[:-1, :, None] + squares[1:, None, :] - 2 * mixed, 0.0)
        jump: F64 = _JUMP + _LOOKS * np.minimum(looks, 4)
        jump[(step == 2) | (step == -1)] = 0.35
        jump[step == 0] = 0.12
        jump[step == 1] = 0.0
        return jump


def _crispness(person: Person) -> F64:
    """(n,) sharpness of a mouth against the median of the donors about as wide open."""
    sharp = np.array([c.sharp for c in person.crops])
    aperture = person.donors.measures[:, 0]
    order = np.argsort(aperture, kind="stable")
    reach = min(_PEERS, len(order))
    start = np.clip(np.arange(len(order)) - reach // 2, 0, len(order) - reach)
    usual = np.empty(len(order))
    usual[order] = np.median(sharp[order][start[:, None] + np.arange(reach)], axis=1)
    out: F64 = sharp / np.maximum(usual, 1e-6)
    return out


def _lopsided(canonical: F64) -> F64:
    """(n,) how far a mouth departs from the person's usual asymmetry, eye distances."""
    gap = canonical[:, IN_LO, 1] - canonical[:, IN_UP, 1]
    lean = gap[:, 1:4].mean(axis=1) - gap[:, 5:8].mean(axis=1)
    tilt = canonical[:, 61, 1] - canonical[:, 291, 1]
    out: F64 = np.hypot(lean - np.median(lean), tilt - np.median(tilt))
    return out


def _clenched(canonical: F64, aperture: F64) -> F64:
    """(n,) how much less a jaw has dropped than it usually has at that aperture, >= 0.

    Lips drawn apart over clenched teeth make no vowel.
    """
    drop = canonical[:, CHIN, 1].mean(axis=1)
    off = aperture - aperture.mean()
    slope = float(off @ (drop - drop.mean()) / (off @ off + 1e-3))
    out: F64 = np.maximum(drop.mean() + slope * off - drop, 0.0)
    return out


def pinned(choices: Candidates, row: int, donor: int) -> Candidates:
    """Leave only `donor` at frame `row`; the donor need not be among its candidates."""
    donors, costs = choices.donors.copy(), choices.costs.copy()
    donors[row, 0] = donor
    costs[row] = np.inf
    costs[row, 0] = 0.0
    return Candidates(donors, costs)

"""What is drawn in each output frame, computed on demand in segments with bounded reach.

The output is divided into segments on a fixed grid. A segment needs the targets of its
neighbourhood and the anchors of two segments on each side, nothing else; so a change of the speech
changes the plan within about a second of it, and a long take costs memory for the segments in use.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from latentsync_studio.engines.mouthbank.anatomy import gaps
from latentsync_studio.engines.mouthbank.opening import shut_bank
from latentsync_studio.engines.mouthbank.person import expression_of
from latentsync_studio.engines.mouthbank.select import Candidates, Selector, pinned
from latentsync_studio.engines.mouthbank.shape_model import ShapeModel, sealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.arrays import F64, Bools
    from latentsync_studio.core.engine import Take
    from latentsync_studio.engines.mouthbank.drive import Drive, MouthRange
    from latentsync_studio.engines.mouthbank.person import Geometry, Person, Rows

T = TypeVar("T")
_SEGMENT_S, _AROUND_S = 0.48, 0.36
_KEPT = 48  # results kept of each kind
_RESIDUAL_SIGMA, _JAW_SIGMA = 1.6, 0.9  # frames; the jaw is heavier than the lips
_REACH = 5  # frames that smoothing looks ahead and back
_STRETCH, _STRETCH_FROM = 1.12, 0.008  # an open donor is drawn at most this much wider, and so far
_LEAST_LIMITED = 0.06  # eye distances; donors of less show hardly any teeth to stretch
_MOOD_S = 0.7  # seconds (sigma) over which the source's own expression is averaged


@dataclass(frozen=True, slots=True)
class FramePlan:
    """All that shapes one patch beside the source frame's pixels.

    Attributes:
        frame: output frame.
        points: (478, 3) base mesh, px, pixel centers at whole numbers.
        scale: px per eye distance of the base pose.
        rotation: (3, 3) of the base pose.
        canonical: (478, 3) base mesh in canonical coordinates.
        target: (478, 3) wanted mesh in canonical coordinates.
        aperture: wanted inner-lip gap, eye distances.
        donors: (row of the bank, weight), weights sum to 1, the first is the largest.
    """

    frame: int
    points: F64
    scale: float
    rotation: F64
    canonical: F64
    target: F64
    aperture: float
    donors: tuple[tuple[int, float], ...]


class _Recent(Generic[T]):
    """A small cache of results by number."""

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._kept: OrderedDict[int, T] = OrderedDict()

    def __getitem__(self, number: int) -> T:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        made = self._kept[number] = self._make(number)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True)
class _Segment:
    """Inputs of a segment's frames start..stop-1."""

    start: int
    stop: int
    base: Rows
    geometry: Geometry
    targets: F64  # (k, 2)
    cut: Bools  # (k,) the frame does not continue the one before it
    choices: Candidates


class Planner:
    """Plans the frames of one take. Safe to call from two threads."""

    def __init__(self, take: Take, person: Person, drive: Drive, span: MouthRange) -> None:
        self._take, self._person, self._drive, self._span = take, person, drive, span
        self._selector = Selector(person, take.rate, take.seed)
        donors = person.donors
        self.model = ShapeModel(person.mean, donors.canonical, donors.measures)
        self._length = max(6, round(_SEGMENT_S * take.rate))
        self._around = max(4, round(_AROUND_S * take.rate))
        self._count = len(take.source)
        self._segment, self._anchor = _Recent(self._prepare), _Recent(self._find_anchor)
        self._path, self._plans = _Recent(self._find_path), _Recent(self._plan)
        self._lock = RLock()
        self._opens = 1 - shut_bank(donors.measures)
        change = donors.measures - self.model.center
        self._residuals = donors.canonical - self.model.displacement(change)

    def frame(self, t: int) -> FramePlan:
        """Plan of output frame `t`."""
        with self._lock:
            return self._plans[t // self._length][t % self._length]

    def present(self, t: int) -> bool:
        """Whether the face was measured in the source frame of output frame `t`."""
        return bool(self._take.face.present[self._take.source[t]])

    # ---- segments -------------------------------------------------------------------

    def _last(self) -> int:
        return (self._count - 1) // self._length

    def _prepare(self, number: int) -> _Segment:
        start = number * self._length
        stop = min(start + self._length, self._count)
        margin = self._drive.slew_frames
        wide = np.clip(np.arange(start - margin, stop + margin), 0, self._count - 1)
        source, shot = self._take.source[wide], self._take.face.shot
        cut = np.r_[True, (shot[source[1:]] != shot[source[:-1]])]
        cut |= np.r_[True, np.abs(np.diff(source)) > 2]
        change = self._drive.targets(self._take.seconds[wide], np.cumsum(cut).astype(np.int32))
        base = source[margin : margin + stop - start]
        geometry = self._person.geometry(base)
        slow = self._slow(base)
        span = self._span
        deviation = np.clip(0.8 * slow[:, 4] + change[:, 1], span.narrowest, span.widest)
        width = span.usual_width(change[:, 0]) + deviation
        targets = np.stack([change[:, 0], width], axis=1)
        choices = self._selector.candidates(targets, base, geometry, slow[:, :4])
        inner = cut[margin : margin + stop - start]
        return _Segment(start, stop, base, geometry, targets, inner, choices)

    def _slow(self, base: Rows) -> F64:
        """(k, 5) expression and unusual width of the source around each frame, in its shot."""
        sigma = _MOOD_S * self._take.rate
        reach = int(np.ceil(2 * sigma))
        offsets = np.unique(np.round(np.linspace(-reach, reach, 17)).astype(int))
        weights = np.exp(-0.5 * (offsets / sigma) ** 2)
        shot = self._take.face.shot
        near = np.clip(base[:, None] + offsets, 0, len(shot) - 1)
        wanted = np.unique(near)
        geometry = self._person.geometry(wanted)
        usual = self._span.usual_width(geometry.measures[:, 0])
        values = np.c_[expression_of(geometry.canonical), geometry.measures[:, 1] - usual]
        rows = np.searchsorted(wanted, near)
        alike = (shot[near] == shot[base][:, None]) & geometry.present[rows]
        weight = np.where(alike, weights, 0.0) + 1e-9
        out: F64 = np.einsum("kw,kwc->kc", weight, values[rows]) / weight.sum(axis=1)[:, None]
        return out

    def _joined(self, start: int, stop: int) -> tuple[Candidates, Bools]:
        """Candidates and cuts of output frames start..stop-1."""
        donors, costs, cuts = [], [], []
        for number in range(start // self._length, (stop - 1) // self._length + 1):
            part = self._segment[number]
            rows = slice(max(start - part.start, 0), min(stop, part.stop) - part.start)
            donors.append(part.choices.donors[rows])
            costs.append(part.choices.costs[rows])
            cuts.append(part.cut[rows])
        return Candidates(np.concatenate(donors), np.concatenate(costs)), np.concatenate(cuts)

    def _find_anchor(self, number: int) -> int:
        at = number * self._length
        start, stop = max(at - self._around, 0), min(at + self._around + 1, self._count)
        choices, cut = self._joined(start, stop)
        return int(self._selector.path(choices, cut)[at - start])

    def _find_path(self, number: int) -> Rows:
        """Donors of a segment: the optimum between its anchor and the next one."""
        start = number * self._length
        ends_free = number == self._last()
        stop = self._count if ends_free else start + self._length + 1
        choices, cut = self._joined(start, stop)
        choices = pinned(choices, 0, self._anchor[number])
        if not ends_free:
            choices = pinned(choices, -1, self._anchor[number + 1])
        return self._selector.path(choices, cut)[: self._length]

    # ---- geometry -------------------------------------------------------------------

    def _plan(self, number: int) -> list[FramePlan]:
        segment = self._segment[number]
        numbers = range(max(number - 1, 0), min(number + 1, self._last()) + 1)
        donors = np.concatenate([self._path[k] for k in numbers])
        cut = np.concatenate([self._segment[k].cut for k in numbers])
        first = numbers[0] * self._length
        rows = np.arange(segment.start, segment.stop) - first
        residual = self._smoothed(self._residuals, donors, cut, rows, _RESIDUAL_SIGMA)
        apertures = self._within(segment.targets[:, 0], donors[rows])
        shaped = np.stack([apertures, segment.targets[:, 1]], axis=1)
        lips = self.model.displacement(shaped - self.model.center)
        wanted = np.concatenate([self._segment[k].targets for k in numbers])
        calm = self._smoothed(wanted, np.arange(len(wanted)), cut, rows, _JAW_SIGMA)
        jaw = self.model.displacement(calm - self.model.center)
        target = residual + jaw + self.model.of_lips * (lips - jaw)
        # The donors' residuals have gaps of their own; the lips are to part by what is wanted.
        excess = np.zeros((len(rows), 2))
        excess[:, 0] = np.minimum(apertures - gaps(target), 0.0)
        target += self.model.of_lips * self.model.displacement(excess)
        plans = []
        for k, row in enumerate(rows):
            aperture = float(apertures[k])
            plans.append(
                FramePlan(
                    frame=segment.start + k,
                    points=segment.geometry.points[k],
                    scale=float(segment.geometry.poses.scale[k]),
                    rotation=segment.geometry.poses.rotation[k],
                    canonical=segment.geometry.canonical[k],
                    target=sealed(target[k], aperture),
                    aperture=aperture,
                    donors=self._mixture(donors, cut, int(row), aperture),
                )
            )
        return plans

    def _within(self, apertures: F64, donors: Rows) -> F64:
        """Apertures that do not stretch the teeth the donors show, as far as the bank has any."""
        most = _STRETCH * self._person.donors.measures[donors, 0] + _STRETCH_FROM
        limited = np.where(most > _LEAST_LIMITED, np.minimum(apertures, most), apertures)
        return apertures + self._opens * (limited - apertures)

    @staticmethod
    def _smoothed(values: F64, donors: Rows, cut: Bools, rows: Rows, sigma: float) -> F64:
        """Values of the donors over time, Gaussian with finite reach, never across a cut."""
        shots = np.cumsum(cut)
        apart = np.arange(len(donors)) - rows[:, None]
        weight = np.exp(-0.5 * (apart / sigma) ** 2)
        weight *= (np.abs(apart) <= _REACH) & (shots == shots[rows][:, None])
        weight /= weight.sum(axis=1, keepdims=True)
        found = values[donors].reshape(len(donors), -1)
        out: F64 = (weight @ found).reshape(len(rows), *values.shape[1:])
        return out

    def _mixture(
        self, donors: Rows, cut: Bools, row: int, aperture: float
    ) -> tuple[tuple[int, float], ...]:
        """The donor, and beside a cut between two look-alikes a share of the other one."""
        own = int(donors[row])
        frames, codes = self._person.frames, self._person.codes
        measures = self._person.donors.measures
        for other_row, broken in (
            (row - 1, cut[row]),
            (row + 1, row + 1 < len(cut) and cut[row + 1]),
        ):
            if broken or not 0 <= other_row < len(donors):
                continue
            other = int(donors[other_row])
            if abs(int(frames[other]) - int(frames[own])) <= 1:
                continue
            apart = abs(measures[other, 0] - measures[own, 0])
            alike = ((codes[other] - codes[own]) ** 2).sum() < 0.9
            if alike and apart < (0.03 if aperture > 0.03 else 0.010):
                return ((own, 0.67), (other, 0.33))
        return ((own, 1.0),)

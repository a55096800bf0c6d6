"""Which raw tracks of an analysis pass show the same person, and who comes first.

Two raw tracks in one frame are two people. Otherwise they are one person if the second takes up
the first where it ended, or if their average looks are near; in doubt they stay apart, because a
face that is split can be joined by the user, and one that changes identity ruins a render.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32, F64

SAME_LOOK = 0.85  # distance of average looks; different people are 1.0 or more apart
SAME_PLACE_LOOK = 1.0  # where the motion fits, too
SHORT_GAP = 12  # frames
PLACE = 0.6  # eye distances between where a face was expected and where it was found
DRIFT = 0.1  # eye distances a frame of gap adds
GROWTH = 1.3
MIN_FRAMES = 4  # shorter people are errors of the detector, unless the clip is that short


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTrack:
    """Summary of one raw track; it is present in every frame from first to last.

    Attributes:
        raw_id: id in the pass.
        first: first frame.
        last: last frame, inclusive.
        look: average look.
        size: median eye distance, px.
        begin: (3,) x, y of the nose bridge and eye distance in the first frame.
        end: (3,) the same in the last frame.
        velocity: (2,) px a frame at the end.
        shot_first: number of the shot of the first frame.
        shot_last: number of the shot of the last frame.
    """

    raw_id: int
    first: int
    last: int
    look: F32
    size: float
    begin: F64
    end: F64
    velocity: F64
    shot_first: int
    shot_last: int

    @property
    def frames(self) -> int:
        """How many frames it lasts."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Person:
    """Raw tracks of one person, in order of time."""

    tracks: tuple[RawTrack, ...]

    @property
    def frames(self) -> int:
        """Frames in which the person is present."""
        return sum(track.frames for track in self.tracks)

    @property
    def look(self) -> F64:
        """Average look."""
        weights = np.array([track.frames for track in self.tracks], np.float64)
        looks = np.stack([track.look for track in self.tracks]).astype(np.float64)
        return np.asarray(weights @ looks / weights.sum())

    @property
    def weight(self) -> float:
        """Presence times size: who is the clip about?"""
        sizes = np.array([track.size for track in self.tracks])
        return float(np.median(sizes)) * self.frames


def link(tracks: Sequence[RawTrack], n_frames: int) -> tuple[Person, ...]:
    """Join raw tracks to people, the largest and most present first."""
    people = _continued(sorted(tracks, key=lambda track: (track.first, track.raw_id)))
    people = _covered(_alike(people))
    least = min(MIN_FRAMES, n_frames)
    kept = [person for person in people if person.frames >= least]
    return tuple(sorted(kept, key=lambda p: (-p.weight, p.tracks[0].raw_id)))


def _continued(tracks: Sequence[RawTrack]) -> list[Person]:
    """Join tracks across short gaps in a shot where position, size and look fit."""
    chains: list[list[RawTrack]] = []
    for track in tracks:
        fitting = [
            (misfit, k)
            for k, chain in enumerate(chains)
            if (misfit := _misfit(chain[-1], track)) is not None
        ]
        if fitting:
            chains[min(fitting)[1]].append(track)
        else:
            chains.append([track])
    return [Person(tuple(chain)) for chain in chains]


def _misfit(before: RawTrack, after: RawTrack) -> float | None:
    """How badly `after` continues `before` in place and look; None where it does not."""
    apart = _apart(before, after)
    different = float(np.linalg.norm(before.look - after.look))
    return None if apart is None or different > SAME_PLACE_LOOK else apart + different


def _apart(before: RawTrack, after: RawTrack) -> float | None:
    """Eye distances from the end of a track to the begin of the next one.

    None where they have nothing to do with each other: too late, another shot, another size, too
    far.
    """
    gap = after.first - before.last
    if gap < 1 or gap > SHORT_GAP or before.shot_last != after.shot_first:
        return None
    size = max(float(before.end[2]), 1e-6)
    if not 1 / GROWTH < float(after.begin[2]) / size < GROWTH:
        return None
    step = after.begin[:2] - before.end[:2]
    moved = step - before.velocity * min(gap, 3)
    apart = min(float(np.hypot(*step)), float(np.hypot(*moved))) / size
    return None if apart > PLACE + DRIFT * gap else apart


def _alike(people: list[Person]) -> list[Person]:
    """Join the two nearest people who are never in one frame, until all are too far apart."""
    people = list(people)
    looks = [person.look for person in people]
    while len(people) > 1:
        best = _nearest(people, np.stack(looks))
        if best is None:
            break
        i, j = best
        tracks = sorted([*people[i].tracks, *people[j].tracks], key=lambda track: track.first)
        people[i], looks[i] = Person(tuple(tracks)), Person(tuple(tracks)).look
        del people[j], looks[j]
    return people


def _covered(people: list[Person]) -> list[Person]:
    """Give back to a person what was seen in their place while they were out of sight.

    A hand before the face changes its look, and what is followed then seems to be somebody new,
    who appears where the person was and vanishes where the person is again.
    """
    people = sorted(people, key=lambda person: -person.frames)
    for k, person in enumerate(people):
        others = [other for other in people[k + 1 :] if other.tracks]
        own = {track.raw_id: other for other in others for track in other.tracks}
        found: list[RawTrack] = []
        for before, after in pairwise(person.tracks):
            found += _between(before, after, [t for other in others for t in other.tracks])
        ids = {track.raw_id for track in found}
        whole = [t for t in found if all(o.raw_id in ids for o in own[t.raw_id].tracks)]
        gone = {track.raw_id for track in whole}
        joined = sorted([*person.tracks, *whole], key=lambda track: track.first)
        people[k] = Person(tuple(joined))
        for j in range(k + 1, len(people)):
            rest = [track for track in people[j].tracks if track.raw_id not in gone]
            people[j] = Person(tuple(rest))
    return [person for person in people if person.tracks]


def _between(before: RawTrack, after: RawTrack, strangers: Sequence[RawTrack]) -> list[RawTrack]:
    """Strangers that lead from one track to the next without a break in place."""
    chain = [before]
    while True:
        steps = [
            (apart, track.raw_id, track)
            for track in strangers
            if track.last < after.first and (apart := _apart(chain[-1], track)) is not None
        ]
        if not steps:
            break
        chain.append(min(steps)[2])
    closed = _apart(chain[-1], after) is not None
    return chain[1:] if closed else []


def _nearest(people: Sequence[Person], looks: F64) -> tuple[int, int] | None:
    squares = (looks * looks).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * looks @ looks.T, 0.0))
    rows, columns = np.triu_indices(len(people), k=1)
    order = np.argsort(distances[rows, columns], kind="stable")
    for k in order:
        i, j = int(rows[k]), int(columns[k])
        if distances[i, j] > SAME_LOOK:
            return None
        if not _meet(people[i], people[j]):
            return i, j
    return None


def _meet(one: Person, other: Person) -> bool:
    """Whether both are in a frame at the same time."""
    return any(a.first <= b.last and b.first <= a.last for a in one.tracks for b in other.tracks)

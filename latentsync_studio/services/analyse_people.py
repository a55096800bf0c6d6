"""From the records of the pass to people: who is in it, when, and what of it may be redrawn."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from latentsync_studio.core.face import occlusion
from latentsync_studio.core.face.landmarks import NOSE_BRIDGE, OUT_RING, head_size
from latentsync_studio.core.face.people import Person, RawTrack
from latentsync_studio.core.face.pose import angles, head_pose
from latentsync_studio.core.face.reasons import Evidence, judge
from latentsync_studio.core.face.smoothing import runs, smoothed_block
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.storage.sizes import disk_full, is_disk_full

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, I32, Bools
    from latentsync_studio.services.analyse_pass import Record

BLOCK = 256  # frames that are in memory at a time
BRIDGED = 2  # frames without a measurement between two that have one
SAMPLED_COLOURS = 1500  # frames at most that say how a person's skin usually looks
SHOT_SAMPLES = 24  # frames that a shot must have for a reference of its own
FRONTAL = 35.0  # degrees of yaw up to which a look is typical
JUMP = 0.27  # eye distances a frame: a face that moves faster has been cut
JUMP_TIMES = 3.0  # and this many times faster than in the frames beside


def shots(chunks: Sequence[Record]) -> I32:
    """(N,) number of the shot of each frame, from the cuts of the whole picture."""
    cuts = np.concatenate([np.asarray(chunk["cut"]) for chunk in chunks])
    return np.cumsum(cuts).astype(np.int32)


class Rows:
    """Faces of all chunks, row by row, without having them in memory."""

    def __init__(self, chunks: Sequence[Record]) -> None:
        self._chunks = chunks
        self.frame = np.concatenate([np.asarray(c["frame"], np.int32) for c in chunks])
        self.raw_id = np.concatenate([np.asarray(c["raw_id"], np.int32) for c in chunks])
        self._starts = np.cumsum([0, *(len(c["frame"]) for c in chunks)])

    def take(self, name: str, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.generic]:
        """Rows of one of the records' arrays."""
        chunk = np.searchsorted(self._starts, rows, side="right") - 1
        parts = [
            self._chunks[k][name][rows[chunk == k] - self._starts[k]] for k in np.unique(chunk)
        ]
        return np.concatenate(parts) if parts else np.asarray(self._chunks[0][name][:0])


def raw_tracks(rows: Rows, shot: I32) -> tuple[RawTrack, ...]:
    """Summaries of all raw tracks."""
    order = np.argsort(rows.raw_id, kind="stable")
    bounds = np.flatnonzero(np.diff(rows.raw_id[order])) + 1
    groups = np.split(order, bounds) if len(order) else []
    return tuple(_summary(rows, mine, shot) for mine in groups)


def _summary(rows: Rows, mine: npt.NDArray[np.intp], shot: I32) -> RawTrack:
    total, weight, sizes = np.zeros(0), 0.0, []
    ends: list[F64] = []
    for start in range(0, len(mine), BLOCK):
        part = mine[start : start + BLOCK]
        landmarks = cast("F32", rows.take("landmarks", part))
        looks = rows.take("look", part).astype(np.float64)
        yaw = np.abs(angles(head_pose(landmarks).rotation)[:, 0])
        weights = np.where(yaw < FRONTAL, 1.0, 0.01)  # a profile counts where there is no other
        total = weights @ looks + (total if len(total) else 0.0)
        weight += float(weights.sum())
        size = head_size(landmarks).astype(np.float64)
        sizes.append(size)
        ends.append(np.column_stack([landmarks[:, NOSE_BRIDGE, :2], size]))
    path = np.concatenate(ends)
    tail = path[-4:, :2]
    first, last = int(rows.frame[mine[0]]), int(rows.frame[mine[-1]])
    return RawTrack(
        raw_id=int(rows.raw_id[mine[0]]),
        first=first,
        last=last,
        look=np.asarray(total / weight, np.float32),
        size=float(np.median(np.concatenate(sizes))),
        begin=path[0],
        end=path[-1],
        velocity=(tail[-1] - tail[0]) / max(len(tail) - 1, 1),
        shot_first=int(shot[first]),
        shot_last=int(shot[last]),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a person's measurements lie: rows before and after each frame, and how they mix."""

    before: I32  # (N,) row, -1 where the person is not
    after: I32
    mix: F32  # (N,) 0 = before, 1 = after

    @property
    def present(self) -> Bools:
        return np.asarray(self.before >= 0)


def _place(person: Person, rows: Rows, shot: I32) -> _Place:
    """Rows of each frame; gaps of up to 2 frames within a shot are filled in."""
    before = np.full(len(shot), -1, np.int32)
    mine = np.flatnonzero(np.isin(rows.raw_id, [track.raw_id for track in person.tracks]))
    before[rows.frame[mine]] = mine
    after, mix = before.copy(), np.zeros(len(shot), np.float32)
    there = np.flatnonzero(before >= 0)
    for a, b in pairwise(there):
        if 1 < b - a <= BRIDGED + 1 and shot[a] == shot[b]:
            before[a + 1 : b], after[a + 1 : b] = before[a], before[b]
            mix[a + 1 : b] = np.arange(1, b - a) / (b - a)
    return _Place(before, after, mix)


class PersonArrays:
    """Computes the arrays of one `FaceTrack`, a block of frames at a time."""

    def __init__(
        self, person: Person, rows: Rows, shot: I32, size: tuple[int, int], folder: Path
    ) -> None:
        self._rows, self._size, self._folder = rows, size, folder
        self._place = _place(person, rows, shot)
        self._sizes, positions = self._measured()
        self._shot = _with_jumps(shot, self._place.present, positions, self._sizes)
        counts = np.bincount(rows.frame, minlength=len(shot))
        mine = np.bincount(
            rows.frame[np.isin(rows.raw_id, [t.raw_id for t in person.tracks])],
            minlength=len(shot),
        )
        self._others = counts > mine

    def compute(self) -> Record:
        """All arrays by name; landmarks are a memory map of an unnamed file in the folder."""
        present = self._place.present
        n = len(present)
        turned = np.full((n, 3), np.nan, np.float32)
        sizes, edge = np.full(n, np.nan, np.float32), np.full(n, np.nan, np.float32)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            for block, points in self._blocks():
                _append(file, points, self._folder)
                inside = slice(block.start, block.stop)
                turned[inside] = angles(head_pose(points).rotation)
                sizes[inside] = head_size(points)
                edge[inside] = self._edge(points) / sizes[inside]
            file.flush()
            landmarks = np.memmap(file, np.float32, "r", shape=(n, 478, 3))
        foreign = self._occlusion(turned[:, 0])
        usable, reason = judge(
            Evidence(
                present=present,
                shot=self._shot,
                yaw=turned[:, 0],
                pitch=turned[:, 1],
                eye_distance=sizes,
                occlusion=foreign,
                edge=edge,
                others=self._others,
            )
        )
        return {
            "landmarks": landmarks,
            "present": present,
            "shot": self._shot,
            "angles": turned,
            "eye_distance": sizes,
            "occlusion": foreign,
            "usable": usable,
            "reason": reason,
        }

    def _read(self, start: int, stop: int) -> F32:
        """Measured (or bridged) landmarks of frames that are all present."""
        place = self._place
        before = cast("F32", self._rows.take("landmarks", place.before[start:stop].astype(np.intp)))
        mix = place.mix[start:stop]
        if not mix.any():
            return before
        after = cast("F32", self._rows.take("landmarks", place.after[start:stop].astype(np.intp)))
        return np.asarray(before + mix[:, None, None] * (after - before), np.float32)

    def _measured(self) -> tuple[F32, F64]:
        """(N,) eye distances and (N, 2) places of the nose bridge before smoothing."""
        present = self._place.present
        sizes = np.full(len(present), np.nan, np.float32)
        positions = np.full((len(present), 2), np.nan)
        for frames in _parts(np.flatnonzero(present)):
            rows = self._place.before[frames].astype(np.intp)
            landmarks = cast("F32", self._rows.take("landmarks", rows))
            sizes[frames] = head_size(landmarks)
            positions[frames] = landmarks[:, NOSE_BRIDGE, :2]
        return sizes, positions

    def _blocks(self) -> Iterator[tuple[FrameRange, F32]]:
        """Smoothed landmarks of all frames in order, NaN where the person is not."""
        continuous = runs(self._place.present, self._shot)
        n = len(self._shot)
        for start in range(0, n, BLOCK):
            block = FrameRange(start, min(start + BLOCK, n))
            points = np.full((len(block), 478, 3), np.nan, np.float32)
            for run in continuous:
                part = block.intersection(FrameRange(*run))
                if part is not None:
                    points[part.start - start : part.stop - start] = smoothed_block(
                        self._read, lambda a, b: self._sizes[a:b], run, part
                    )
            yield block, points

    def _edge(self, points: F32) -> F32:
        """(n,) px from the outermost lip point to the nearest edge of the picture."""
        width, height = self._size
        x, y = points[:, OUT_RING, 0], points[:, OUT_RING, 1]
        distance = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
        return np.asarray(distance.min(axis=1), np.float32)

    def _colours(self, frames: npt.NDArray[np.intp]) -> F32:
        rows = self._place.before[frames].astype(np.intp)
        return self._rows.take("colours", rows).astype(np.float32)

    def _occlusion(self, yaw: F32) -> F32:
        there = np.flatnonzero(self._place.present)
        result = np.full(len(self._shot), np.nan, np.float32)
        if not len(there):
            return result
        usual = occlusion.reference(self._colours(_thinned(there)))
        for shot in np.unique(self._shot[there]):
            mine = there[self._shot[there] == shot]
            own = usual
            if len(mine) >= SHOT_SAMPLES:
                of_shot = occlusion.reference(self._colours(_thinned(mine)))
                own = occlusion.shot_reference(usual, of_shot)
            for frames in _parts(mine):
                result[frames] = occlusion.share_unlike(self._colours(frames), own, yaw[frames])
        return result


def _with_jumps(shot: I32, present: Bools, positions: F64, sizes: F32) -> I32:
    """Number the shots anew, with a boundary where the face alone jumps (a cut within a take)."""
    steps = np.zeros(len(shot))
    steps[1:] = np.hypot(*np.diff(positions, axis=0).T) / np.maximum(sizes[1:], 1e-6)
    steps[~np.isfinite(steps)] = 0.0
    beside = np.maximum(np.append(steps[1:], 0.0), np.append(0.0, steps[:-1]))
    both = present & np.append(False, present[:-1])
    jumps = both & (steps > JUMP) & (steps > JUMP_TIMES * beside)
    boundaries = np.append(False, np.diff(shot) != 0) | jumps
    return np.asarray(np.cumsum(boundaries), np.int32)


def _parts(frames: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
    for start in range(0, len(frames), BLOCK):
        yield frames[start : start + BLOCK]


def _thinned(frames: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    return frames[:: max(1, -(-len(frames) // SAMPLED_COLOURS))]


def _append(file: IO[bytes], points: F32, folder: Path) -> None:
    try:
        file.write(np.ascontiguousarray(points).data)
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise disk_full(points.nbytes, 0, folder) from error

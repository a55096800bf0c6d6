"""The analysis pass: every frame seen once, in chunks that are kept as they are finished.

    chunk      0        1        2        3
    faces     kept     kept     kept     -         a kill lost chunk 3, or the engine is new:
    collected kept     -        -        -         frames of 1..3 are decoded, faces of 3 measured

A chunk's record ends with the tracker's state, a collector's with the collector's, so that the
next chunk comes out the same, bit for bit, whether or not the pass was interrupted in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, overload

import msgspec
import numpy as np

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.engine import SeenFace
from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.read_ahead import ReadAhead
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.engines.face_mesh.looks import LOOK_SIZE
from latentsync_studio.engines.face_mesh.models import models_digest
from latentsync_studio.engines.face_mesh.tracker import FaceTracker
from latentsync_studio.services.observing import Observing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from latentsync_studio.core.engine import Collector
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.engines.face_mesh.tracker import FrameFaces
    from latentsync_studio.storage.store import Store

CHUNK = 128
MEASURED_VERSION = "3"  # raise whenever the same pictures give other measurements
KIND = "faces"
COLLECTED = "collected"

Record = dict[str, "npt.NDArray[np.generic]"]


class FrameCount(Protocol):
    """The part of a reader's index that is needed."""

    @property
    def n_frames(self) -> int:
        """Frames of the medium."""


class FrameSource(Protocol):
    """The part of `media.reader.FrameReader` that the pass needs."""

    @property
    def index(self) -> FrameCount:
        """The frames that exist."""

    def frames(self, start: int, stop: int) -> Iterator[Picture]:
        """Frames start .. stop - 1."""


class _Collected(msgspec.Struct, frozen=True):
    blob: bytes
    state: bytes


class KeptBlobs(Sequence[bytes]):
    """What a collector kept, one blob a chunk, read from the store when asked for."""

    def __init__(self, store: Store, keys: Sequence[str]) -> None:
        self._store, self._keys = store, tuple(keys)

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        """The blob of a chunk.

        Raises:
            StorageError: it has been removed from the store since the analysis.
        """
        if isinstance(index, slice):
            return KeptBlobs(self._store, self._keys[index])
        found = _collected(self._store, self._keys[index])
        if found is None:
            raise StorageError(
                f"Part {index} of the analysis was removed from the cache while it was in use.",
                remedy="Run the same command again: only that part is made anew.",
            )
        return found.blob


def _collected(store: Store, key: str) -> _Collected | None:
    data = store.get(key)
    return None if data is None else msgspec.msgpack.decode(data, type=decodable(_Collected))


@dataclass(frozen=True, slots=True)
class PassResult:
    """Records of all chunks in order (memory maps), and what the collectors kept."""

    chunks: tuple[Record, ...]
    kept: dict[str, Sequence[bytes]]
    reused_chunks: int
    mesh_calls: int


def chunk_ranges(n_frames: int) -> tuple[FrameRange, ...]:
    """The absolute grid of chunks."""
    return tuple(FrameRange(a, min(a + CHUNK, n_frames)) for a in range(0, n_frames, CHUNK))


def pass_key(media_digest: str, n_frames: int) -> str:
    """Key of everything that is derived from the pass as a whole."""
    return cache_key(
        KIND,
        media=media_digest,
        frames=n_frames,
        version=MEASURED_VERSION,
        models=models_digest(),
    )


class AnalysisPass:
    """Finds what is missing, makes it, keeps it. Use once."""

    def __init__(
        self,
        reader: FrameSource,
        media_digest: str,
        store: Store,
        progress: Progress,
        collectors: Sequence[tuple[str, Collector]],
    ) -> None:
        self._reader, self._store, self._progress = reader, store, progress
        self._collectors = dict(collectors)
        self._n_frames = reader.index.n_frames
        self._ranges = chunk_ranges(self._n_frames)
        base = pass_key(media_digest, self._n_frames)
        self._keys = [cache_key(KIND, of=base, start=r.start, stop=r.stop) for r in self._ranges]
        self._collected_keys = {
            name: [
                cache_key(COLLECTED, faces=key, name=name, version=collector.version)
                for key in self._keys
            ]
            for name, collector in collectors
        }
        self._records: list[Record | None] = [self._stored_record(key) for key in self._keys]
        self._missing = {
            name: [k for k, key in enumerate(keys) if _collected(store, key) is None]
            for name, keys in self._collected_keys.items()
        }
        self._tracker: FaceTracker | None = None
        self._tracker_at = -1
        self._collectors_at = dict.fromkeys(self._collectors, 0)
        self._done = 0

    def run(self) -> PassResult:
        """Make what is missing.

        Raises:
            Cancelled: the user stopped it; finished chunks are kept.
        """
        wanted = self._wanted()
        self._done = self._n_frames - sum(len(self._ranges[k]) for k in wanted)
        self._progress.report("analyse", self._done, self._n_frames)
        for first, last in _consecutive(sorted(wanted)):
            start, stop = self._ranges[first].start, self._ranges[last].stop
            with ReadAhead(self._reader.frames(start, stop)) as pictures:
                for k in range(first, last + 1):
                    self._make(k, pictures)
        return PassResult(
            chunks=tuple(record for record in self._records if record is not None),
            kept={
                name: KeptBlobs(self._store, keys) for name, keys in self._collected_keys.items()
            },
            reused_chunks=len(self._ranges) - len(wanted),
            mesh_calls=0 if self._tracker is None else self._tracker.mesh_calls,
        )

    @property
    def is_complete(self) -> bool:
        """Whether `run` has nothing to make."""
        return not self._wanted()

    def _wanted(self) -> set[int]:
        wanted = {k for k, record in enumerate(self._records) if record is None}
        return wanted | {k for missing in self._missing.values() for k in missing}

    def _stored_record(self, key: str) -> Record | None:
        found = self._store.get_arrays(key)
        return None if found is None else dict(found)

    def _make(self, k: int, pictures: Iterator[Picture]) -> None:
        """See the frames of chunk k and keep what was missing of it."""
        record = self._records[k]
        tracker = self._ready_tracker(k) if record is None else None
        names = [name for name, missing in self._missing.items() if k in missing]
        for name in names:
            self._ready_collector(name, k)
        observers = [self._collectors[name] for name in names]
        frames: list[FrameFaces] = []
        with Observing(observers) as observing:
            for frame in self._ranges[k]:
                picture = next(pictures)
                if tracker is not None:
                    frames.append(tracker.step(picture))
                    faces = [
                        SeenFace(raw_id=face.raw_id, landmarks=face.landmarks)
                        for face in frames[-1].faces
                    ]
                else:
                    faces = _seen(record or {}, frame)
                observing.show(picture, faces)
                self._done += 1
                self._progress.report("analyse", self._done, self._n_frames)
        if tracker is not None:
            self._keep_record(k, frames, tracker)
        for name in names:
            self._keep_collected(name, k)

    def _ready_tracker(self, k: int) -> FaceTracker:
        if self._tracker is None:
            self._tracker, self._tracker_at = FaceTracker(), 0
        if self._tracker_at != k:
            before = self._records[k - 1] or {}
            self._tracker.restore(before["state"].tobytes())
        return self._tracker

    def _ready_collector(self, name: str, k: int) -> None:
        if self._collectors_at[name] == k:
            return
        before = _collected(self._store, self._collected_keys[name][k - 1])
        if before is None:
            raise StorageError(
                f"Part {k - 1} of the analysis was removed from the cache while it was in use.",
                remedy="Run the same command again: only that part is made anew.",
            )
        self._collectors[name].restore(before.state)

    def _keep_record(self, k: int, frames: list[FrameFaces], tracker: FaceTracker) -> None:
        record = _packed(self._ranges[k], frames, tracker.state())
        self._store.put_arrays(self._keys[k], KIND, record)
        # Read back as a memory map: what waits for the end of the pass costs no memory.
        self._records[k] = self._stored_record(self._keys[k]) or record
        self._tracker_at = k + 1

    def _keep_collected(self, name: str, k: int) -> None:
        collector = self._collectors[name]
        kept = _Collected(collector.flush(), collector.state())
        self._store.put(self._collected_keys[name][k], COLLECTED, msgspec.msgpack.encode(kept))
        self._collectors_at[name] = k + 1


def _consecutive(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers as (first, last)."""
    first = None
    for k, number in enumerate(numbers):
        if first is None:
            first = number
        if k + 1 == len(numbers) or numbers[k + 1] != number + 1:
            yield first, number
            first = None


def _seen(record: Record, frame: int) -> list[SeenFace]:
    rows = np.flatnonzero(record["frame"] == frame)
    landmarks = np.asarray(record["landmarks"], np.float32)
    return [SeenFace(raw_id=int(record["raw_id"][row]), landmarks=landmarks[row]) for row in rows]


def _packed(frames: FrameRange, seen: list[FrameFaces], state: bytes) -> Record:
    """Arrays of one chunk: a row a face, beside one cut flag a frame and the state at its end."""
    rows = [(number, face) for number, one in zip(frames, seen, strict=True) for face in one.faces]
    count = len(rows)
    landmarks = np.empty((count, 478, 3), np.float32)
    looks = np.empty((count, LOOK_SIZE), np.float16)
    colours = np.empty((count, 66, 3), np.uint8)
    for row, (_, face) in enumerate(rows):
        landmarks[row], looks[row], colours[row] = face.landmarks, face.look, face.colours
    return {
        "cut": np.array([one.cut for one in seen], bool),
        "frame": np.array([number for number, _ in rows], np.int32),
        "raw_id": np.array([face.raw_id for _, face in rows], np.int32),
        "landmarks": landmarks,
        "look": looks,
        "colours": colours,
        "state": np.frombuffer(state, np.uint8),
    }

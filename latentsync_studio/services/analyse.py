"""Find and follow every face of a medium once, for all engines; resumable, kept in the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.face.people import link
from latentsync_studio.core.face.track import FaceAnalysis, FaceTrack
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.services.analyse_pass import AnalysisPass, FrameSource, pass_key
from latentsync_studio.services.analyse_people import PersonArrays, Rows, raw_tracks, shots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.engine import Collector
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.analyse_pass import PassResult
    from latentsync_studio.storage.store import Store

PEOPLE_VERSION = "2"  # raise whenever the same measurements give other tracks
KIND = "people"
MAX_PEOPLE = 12  # the largest; each takes 5.7 kB a frame in the store


class PictureSize(Protocol):
    """The part of `media.facts.VideoFacts` that is needed."""

    @property
    def width(self) -> int:
        """Display width, px."""

    @property
    def height(self) -> int:
        """Display height, px."""


class Medium(FrameSource, Protocol):
    """The part of `media.reader.FrameReader` that is needed."""

    @property
    def video(self) -> PictureSize:
        """Facts of the video stream."""


class _Summary(msgspec.Struct, frozen=True):
    """What is kept of an analysis beside the arrays of each person."""

    raw_ids: list[tuple[int, ...]]
    cuts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisResult:
    """All that is known of the faces of a medium.

    Attributes:
        analysis: people, the largest first; their landmarks are memory maps.
        raw_ids: track id -> ids of the raw tracks of the pass that belong to it.
        kept: name of a collector -> what it kept, one blob a chunk, read on access.
        cuts: first frames of the shots after the first one.
        reused_chunks: chunks of which no frame had to be decoded.
        mesh_calls: runs of the mesh network in this call.
        key: digest of medium, networks and versions: changes whenever a result may.
    """

    analysis: FaceAnalysis
    raw_ids: dict[int, tuple[int, ...]]
    kept: dict[str, Sequence[bytes]]
    cuts: tuple[int, ...]
    reused_chunks: int
    mesh_calls: int
    key: str


def analyse_faces(
    reader: Medium,
    media_digest: str,
    store: Store,
    progress: Progress,
    collectors: Sequence[tuple[str, Collector]] = (),
) -> AnalysisResult:
    """Measure every face in every frame, or read it from the store where that was done before.

    Frames are decoded once, however much is missing; a medium without a face gives an empty
    analysis, not an error. The result does not depend on interruptions.

    Args:
        reader: the medium, used from another thread while this runs.
        media_digest: digest of the file's content.
        store: keeps chunks of 128 frames as they are finished, then the people.
        progress: told of every frame as stage "analyse"; may cancel.
        collectors: (stable name, collector) of the engines that need to see the frames.

    Raises:
        Cancelled: the user stopped it; finished chunks are kept.
        InputError: the medium cannot be decoded.
        StorageError: the store cannot be written.
    """
    passed = AnalysisPass(reader, media_digest, store, progress, collectors).run()
    key = people_key(media_digest, reader.index.n_frames)
    size = reader.video.width, reader.video.height
    found = _stored(store, key)
    if found is None:
        _make_people(passed, size, store, key)
        found = _stored(store, key)
    if found is None:
        raise StorageError(
            "What was found of the faces did not stay in the cache.",
            remedy="Check the disk, then run the same command again.",
        )
    return _result(reader, key, found, passed)


def stored_faces(
    reader: Medium,
    media_digest: str,
    store: Store,
    progress: Progress,
    collectors: Sequence[tuple[str, Collector]] = (),
) -> AnalysisResult | None:
    """The analysis that `analyse_faces` would give, if no frame had to be decoded for it."""
    found = _stored(store, people_key(media_digest, reader.index.n_frames))
    if found is None:
        return None
    analysis = AnalysisPass(reader, media_digest, store, progress, collectors)
    if not analysis.is_complete:
        return None
    return _result(reader, people_key(media_digest, reader.index.n_frames), found, analysis.run())


def stored_people(media_digest: str, n_frames: int, store: Store) -> tuple[FaceTrack, ...] | None:
    """The people of a medium, the largest first; None where it was never analysed."""
    found = _stored(store, people_key(media_digest, n_frames))
    return None if found is None else found[1]


def people_key(media_digest: str, n_frames: int) -> str:
    """Key of a medium's people: changes whenever they may."""
    return cache_key(KIND, of=pass_key(media_digest, n_frames), version=PEOPLE_VERSION)


def _result(
    reader: Medium,
    key: str,
    found: tuple[_Summary, tuple[FaceTrack, ...]],
    passed: PassResult,
) -> AnalysisResult:
    summary, tracks = found
    return AnalysisResult(
        analysis=FaceAnalysis(
            n_frames=reader.index.n_frames,
            width=reader.video.width,
            height=reader.video.height,
            tracks=tracks,
        ),
        raw_ids=dict(enumerate(summary.raw_ids)),
        kept=passed.kept,
        cuts=summary.cuts,
        reused_chunks=passed.reused_chunks,
        mesh_calls=passed.mesh_calls,
        key=key,
    )


def _stored(store: Store, key: str) -> tuple[_Summary, tuple[FaceTrack, ...]] | None:
    data = store.get(key)
    if data is None:
        return None
    summary = msgspec.msgpack.decode(data, type=decodable(_Summary))
    tracks = []
    for number in range(len(summary.raw_ids)):
        arrays = store.get_arrays(_person_key(key, number))
        if arrays is None:
            return None
        tracks.append(FaceTrack(id=number, **arrays))
    return summary, tuple(tracks)


def _person_key(key: str, number: int) -> str:
    return cache_key(KIND, of=key, person=number)


def _make_people(passed: PassResult, size: tuple[int, int], store: Store, key: str) -> None:
    shot = shots(passed.chunks)
    rows = Rows(passed.chunks)
    people = link(raw_tracks(rows, shot), len(shot))[:MAX_PEOPLE]
    for number, person in enumerate(people):
        arrays = PersonArrays(person, rows, shot, size, store.root).compute()
        store.put_arrays(_person_key(key, number), KIND, arrays)
    cuts = tuple(k for k in range(1, len(shot)) if shot[k] != shot[k - 1])
    raw_ids = [tuple(track.raw_id for track in person.tracks) for person in people]
    store.put(key, KIND, msgspec.msgpack.encode(_Summary(raw_ids, cuts)))

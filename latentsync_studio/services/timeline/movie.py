"""A sequence as a movie: what is missing is drawn, everything composed, encoded, mixed, muxed.

    cut -> segments: decode -> draw or reuse -> compose -> conform -> encode, store -> mux

Every finished segment and window is in the store: run the same request again after any
interruption, and at most what was in flight is made again; the file is the same.
"""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import replace
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InputError, StorageError, StudioError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.render.plan import segments
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.services.pipeline import Pipeline
from latentsync_studio.services.ran_on import RanOn
from latentsync_studio.services.report import peak_rss_mib
from latentsync_studio.services.segments import SegmentStore, segment_frames
from latentsync_studio.services.timeline.ahead import Place, draw_ahead, place_of
from latentsync_studio.services.timeline.cut_pieces import CutCounts, CutPieces, Scene
from latentsync_studio.services.timeline.medium import MediaBook
from latentsync_studio.services.timeline.movie_target import cut_sound, cut_target, used_clips
from latentsync_studio.services.timeline.passing import passed_frames
from latentsync_studio.services.timeline.requests import MovieReport, MovieRequest
from latentsync_studio.services.timeline.synthesize import Told
from latentsync_studio.services.timeline.takes import engine_of
from latentsync_studio.services.validate import (
    Problem,
    ValidationError,
    output_problems,
    problem_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.render.plan import Segment
    from latentsync_studio.core.timeline.model import ClipId, Project, Sequence
    from latentsync_studio.media.encode import EncodedSegment
    from latentsync_studio.services.request import PassedThrough
    from latentsync_studio.services.segments import SegmentResult
    from latentsync_studio.services.timeline.requests import FrameDone, SynthesisReport
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services


__all__ = ["MovieReport", "MovieRequest", "delivered_frames", "export_movie", "movie_problems"]


def export_movie(
    request: MovieRequest,
    services: Services,
    progress: Progress,
    finished: Callable[[FrameDone], None] | None = None,
    takes: TakeCache | None = None,
    *,
    owner: str = "",
) -> MovieReport:
    """Write the movie.

    Args:
        request: what.
        services: store, digests, budget.
        progress: told of the stages "analyse", "speech", where several devices draw "synthesize",
            and "render" (frames of the sequence); all media are analysed before the first frame is
            written.
        finished: told of every frame that is drawn on the way, in a thread of the export's.
        takes: share opened engines with others; not used where the request has engines elsewhere.
        owner: the job that this is: what is stored stays pinned for it, and whoever runs it
            unpins. Without one the movie pins for itself until it is written.

    Raises:
        ValidationError: with every problem found before work begins.
        Cancelled: stopped; the same request goes on.
        DiskFullError, StorageError: a disk refuses; the same request goes on after that.
    """
    problems = movie_problems(request, services)
    if problems:
        raise ValidationError(problems)
    own = f"movie-{cache_key('movie', output=request.output.absolute())[:16]}"
    mine = replace(services, store=services.store.owned_by(owner or own))
    report = _Export(request, place_of(request, mine, takes), progress).run(finished)
    if not owner:
        with suppress(StorageError):  # pins of a finished movie also end by themselves
            services.store.unpin(own)
    return report


class _Export:
    """One movie on its way."""

    def __init__(self, request: MovieRequest, place: Place, progress: Progress) -> None:
        self._request, self._place, self._progress = request, place, progress
        self._services, takes = place
        self._sequence = find_sequence(request.project, request.sequence)
        self._frames = delivered_frames(request)
        from latentsync_studio.media.output import suffix_of

        settings = request.project.settings.encode
        suffix = suffix_of(request.output, settings)
        self._target = cut_target(
            request.project, self._sequence, self._frames, takes.book, settings, suffix
        )
        self._scene = Scene(
            project=request.project,
            sequence=self._sequence,
            frames=self._frames,
            target=self._target.video,
            fmt=self._target.fmt,
            takes=takes,
        )
        self._counts, self._reused = CutCounts(), 0
        self._ahead: SynthesisReport | None = None

    def run(self, finished: Callable[[FrameDone], None] | None) -> MovieReport:
        from latentsync_studio.media.output import write_output

        started = time.monotonic()
        request, scene = self._request, self._scene
        for track, clip in used_clips(self._sequence, self._frames):
            if track.kind == "video":
                scene.take(clip.id, self._progress)
        told = None if finished is None else Told(request.sequence, finished)
        pieces = CutPieces(scene, self._progress, told, self._counts)
        kept = SegmentStore(
            self._services.store,
            scene.target,
            pieces.key,
            lambda frame: frame - self._frames.start,
        )
        planned = segments(self._frames, (), segment_frames(scene.target))
        self._draw_ahead(kept, planned, finished)
        pipeline = Pipeline(pieces, kept, planned, self._progress, self._services.budget)
        sound, mix = cut_sound(
            request.project,
            self._sequence,
            self._frames,
            self._services,
            request.project.settings.encode,
        )
        with closing(pieces.readers):
            try:
                losses = write_output(
                    request.output,
                    scene.target,
                    self._counted(pipeline.run()),
                    sound,
                    self._target.facts,
                    end_pts=len(self._frames),
                )
            finally:
                self._note()
                if mix is not None:
                    mix.close()
            damage = pieces.readers.damage_notes()
        loud = () if mix is None or mix.peak <= 1.0 else (_too_loud(mix.peak),)
        notes = (*self._target.notes, *damage, *losses, *loud)
        return self._report(time.monotonic() - started, len(planned), notes)

    def _draw_ahead(
        self,
        kept: SegmentStore,
        planned: Iterable[Segment],
        finished: Callable[[FrameDone], None] | None,
    ) -> None:
        """Where several devices are asked for, let all draw what segments that are missing need."""
        if len(self._request.devices) < 2:
            return
        missing = [segment.frames for segment in planned if not kept.is_stored(segment)]
        if missing:
            frames = FrameRange(missing[0].start, missing[-1].stop)
            self._ahead = draw_ahead(
                self._request, self._place, self._progress, finished, frames=frames
            )

    def _counted(self, results: Iterator[SegmentResult]) -> Iterator[EncodedSegment]:
        for result in results:
            self._reused += result.reused
            self._note()
            yield result.encoded

    def _note(self) -> None:
        """Write receipts of what was drawn since the last time; they are hints only."""
        with self._counts.lock:
            drawn, self._counts.drawn = self._counts.drawn, []
        faces = {id(face): face for face, _ in drawn}
        for face in faces.values():
            with suppress(StudioError):
                face.note([window for each, window in drawn if each is face])

    def _report(self, seconds: float, total: int, notes: tuple[str, ...]) -> MovieReport:
        counts, target, ahead = self._counts, self._target, self._ahead
        ran_on = RanOn()
        takes_notes, passed = self._passed(ran_on)
        told = ran_on.fields()
        if ahead is not None and ahead.engine_calls:
            told["device"] = ahead.device  # those that drew
            takes_notes += ahead.notes
        told["engine"] = told["engine"] or engine_of(self._request.project.settings)
        return MovieReport(
            output=str(self._request.output),
            codec=target.video.codec,
            encoder=target.video.encoder,
            size_bytes=_size_of(self._request.output),
            **told,
            frames=len(self._frames),
            rate=float(self._sequence.rate.fraction),
            width=target.video.width,
            height=target.video.height,
            seconds=round(seconds, 3),
            frames_per_second=round(len(self._frames) / max(seconds, 1e-9), 2),
            patched_frames=counts.patched,
            passed_through=passed,
            engine_calls=counts.engine_calls + (ahead.engine_calls if ahead is not None else 0),
            windows_total=len(counts.windows),
            segments_total=total,
            segments_reused=self._reused,
            peak_rss_mib=peak_rss_mib(),
            notes=tuple(dict.fromkeys((*notes, *takes_notes, *ran_on.notes))),
        )

    def _passed(self, ran_on: RanOn) -> tuple[list[str], tuple[PassedThrough, ...]]:
        """Notes of the driven clips, and their frames that stay as they were."""
        notes: list[str] = []
        found: list[PassedThrough] = []
        for clip, frames in _joined(self._counts.seen):
            take = self._scene.take(clip, self._progress)
            if take.is_driven:
                notes += [take.note] if take.note else []
                found += passed_frames(take, frames)
            for face in take.faces:
                for engine, running in face.ran():
                    ran_on.add(engine, running)
        return notes, tuple(found)


def _size_of(output: Path) -> int:
    held = output.iterdir() if output.is_dir() else [output]
    return sum(path.stat().st_size for path in held)


def _joined(seen: list[tuple[ClipId, FrameRange]]) -> list[tuple[ClipId, FrameRange]]:
    """Neighbouring ranges of the same clip as one; the order is that of the first frames."""
    found: list[tuple[ClipId, FrameRange]] = []
    for clip, frames in sorted(set(seen), key=lambda each: (each[0], each[1])):
        if found and found[-1][0] == clip and found[-1][1].stop >= frames.start:
            before = found[-1][1]
            found[-1] = clip, FrameRange(before.start, max(before.stop, frames.stop))
        else:
            found.append((clip, frames))
    return sorted(found, key=lambda each: each[1])


def delivered_frames(request: MovieRequest) -> FrameRange:
    """The frames of the sequence that are delivered.

    Raises:
        InputError: the sequence is empty, or the range reaches beyond its end.
    """
    sequence = find_sequence(request.project, request.sequence)
    if sequence.stop == 0:
        raise InputError(f"{sequence.name} is empty.", remedy="Lay a clip on the timeline first.")
    whole = FrameRange(0, sequence.stop)
    frames = whole if request.frames is None else request.frames
    if frames.start < 0 or frames.stop > whole.stop:
        raise InputError(
            f"The range {frames.start}:{frames.stop} reaches beyond {sequence.name}, which has"
            f" {whole.stop} frames.",
            remedy=f"Choose a range within 0:{whole.stop}.",
        )
    return frames


def movie_problems(request: MovieRequest, services: Services) -> tuple[Problem, ...]:
    """Everything that keeps an export from beginning, each with what to do about it."""
    found: list[Problem] = []
    project = request.project
    paths = [Path(item.path) for item in project.media]
    found += output_problems(request.output, paths, project.settings.encode)
    try:
        sequence = find_sequence(project, request.sequence)
        frames = delivered_frames(request)
    except StudioError as error:
        return (*found, problem_of(error))
    book = MediaBook(services)
    offline = list(_media_problems(project, sequence, frames, book))
    found += offline
    if not offline:
        found += _delivery_problems(request, sequence, frames, services, book)
    return tuple(found)


def _media_problems(
    project: Project, sequence: Sequence, frames: FrameRange, book: MediaBook
) -> Iterator[Problem]:
    """Media that are used and cannot be."""
    from latentsync_studio.media.audio import audio_facts

    seen: set[tuple[str, str]] = set()
    for track, clip in used_clips(sequence, frames):
        item = find_media(project, clip.media)
        if (item.id, track.kind) in seen:
            continue
        seen.add((item.id, track.kind))
        try:
            if track.kind == "video":
                book.medium(item)
            else:
                book.require(item)
                audio_facts(Path(item.path))
        except StudioError as error:
            yield problem_of(error)


def _delivery_problems(
    request: MovieRequest,
    sequence: Sequence,
    frames: FrameRange,
    services: Services,
    book: MediaBook,
) -> Iterator[Problem]:
    """Formats that do not fit, and disks without room."""
    from latentsync_studio.core.delivery.codecs import CODECS, FOLDER, SUFFIXES
    from latentsync_studio.media.output import suffix_of
    from latentsync_studio.media.picture_folder import SOUND_SUFFIX
    from latentsync_studio.media.soundtrack import Soundtrack
    from latentsync_studio.services.disk_room import check_room

    project, settings = request.project, request.project.settings.encode
    suffix = suffix_of(request.output, settings)
    if suffix not in {FOLDER, *SUFFIXES}:
        return  # the output's own problem says it
    try:
        target = cut_target(project, sequence, frames, book, settings, suffix)
        sound, mix = cut_sound(project, sequence, frames, services, settings)
        if mix is not None:
            mix.close()
        if sound is not None:
            Soundtrack(sound, suffix or SOUND_SUFFIX)
    except StudioError as error:
        yield problem_of(error)
        return
    try:
        room = check_room(
            request.output.parent,
            services.store.root,
            target.facts,
            frames=len(frames),
            a_pixel=CODECS[target.video.codec].bytes_per_pixel,
        )
    except OSError:
        return  # the output's own problem says it
    yield from map(problem_of, room)


def _too_loud(peak: float) -> str:
    return (
        f"The mix is {20 * log10(peak):.1f} dB above full scale and may sound distorted; mute a"
        " track, or lower the media's level."
    )

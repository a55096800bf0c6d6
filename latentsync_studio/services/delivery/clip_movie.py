"""One clip as a file of its own: the whole composed picture, or what is redrawn as a layer.

The file has the medium's own size, planes and pixel shape and the sequence's rate, with handles on
both sides, its time code goes on from the medium's. So a host that lays it over the original, or
puts it in its place, shows what the program shows.
"""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.delivery.codecs import CODECS, FOLDER, SUFFIXES
from latentsync_studio.core.delivery.handles import handled, label_at
from latentsync_studio.core.errors import InvalidSettingError, StorageError, StudioError
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.render.plan import segments
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.imaging.layer import layer_of, matte_of
from latentsync_studio.services.delivery.requests import ClipMovieReport, ClipMovieRequest
from latentsync_studio.services.pipeline import Pipeline
from latentsync_studio.services.segments import SegmentStore, segment_frames
from latentsync_studio.services.timeline.ahead import Place, draw_ahead, place_of
from latentsync_studio.services.timeline.cut_pieces import CutCounts, CutPieces, Run, Scene
from latentsync_studio.services.timeline.passing import passed_frames
from latentsync_studio.services.timeline.synthesize import Told
from latentsync_studio.services.timeline.takes import TakeCache, placed
from latentsync_studio.services.validate import ValidationError, output_problems, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latentsync_studio.core.delivery.handles import Handled, Label
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.pages import EncodeSettings
    from latentsync_studio.core.timeline.model import Clip, MediaItem, Sequence
    from latentsync_studio.media.encode import EncodedSegment
    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.media.target import VideoTarget
    from latentsync_studio.services.delivery.requests import Part
    from latentsync_studio.services.segments import SegmentResult
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.timeline.requests import FrameDone
    from latentsync_studio.services.validate import Problem
    from latentsync_studio.services.wiring import Services

LAYER_VERSION = "2"  # raise whenever the same pictures give other layers

__all__ = [
    "ClipMovieReport",
    "ClipMovieRequest",
    "ClipPlan",
    "clip_movie_problems",
    "export_clip",
    "planned_frames",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClipScene(Scene):
    """A single clip, its handles included."""

    clip: Clip
    part: Part


class _ClipPieces(CutPieces):
    """The pictures of one clip in its medium's planes."""

    def __init__(
        self, scene: _ClipScene, progress: Progress, told: Told | None, counts: CutCounts
    ) -> None:
        super().__init__(scene, progress, told, counts)
        self._clip_scene = scene
        self.shown = f"{scene.part} {LAYER_VERSION}"

    def _runs(self, frames: FrameRange) -> Iterator[Run]:
        clip = self._clip_scene.clip
        yield Run(frames, (clip,), ((1.0,),) * len(frames))

    def _finished(self, source: Picture, composed: Picture, medium: Medium) -> Picture:  # noqa: ARG002 - there is one
        if self._clip_scene.part == "patch":
            return layer_of(source, composed, self._scene.target.coded_format)
        return matte_of(source, composed) if self._clip_scene.part == "matte" else composed


def export_clip(
    request: ClipMovieRequest,
    services: Services,
    progress: Progress,
    takes: TakeCache | None = None,
    finished: Callable[[FrameDone], None] | None = None,
    *,
    owner: str = "",
) -> ClipMovieReport:
    """Write the file; what is not drawn yet is drawn on the way, also in the handles.

    Args:
        request: what.
        services: store, digests, budget.
        progress: told of the stages "analyse", "speech" and "render".
        takes: share opened engines with others.
        finished: told of every frame that is drawn on the way.
        owner: the job that this is, see `export_movie`.

    Raises:
        ValidationError: with every problem found before work begins.
        Cancelled: stopped; the same request goes on.
        DiskFullError, StorageError: a disk refuses; the same request goes on after that.
    """
    problems = clip_movie_problems(request, services)
    if problems:
        raise ValidationError(problems)
    own = f"clip-{cache_key('clip', output=request.output.absolute())[:16]}"
    mine = replace(services, store=services.store.owned_by(owner or own))
    place = place_of(request, mine, takes)
    ahead = draw_ahead(
        request, place, progress, finished, clips=(request.clip,), frames=request.frames
    )
    report = _ClipExport(request, place, progress).run(finished)
    if ahead is not None:
        calls = report.engine_calls + ahead.engine_calls
        report = msgspec.structs.replace(report, engine_calls=calls)
    if not owner:
        with suppress(StorageError):  # pins also end by themselves
            services.store.unpin(own)
    return report


def planned_frames(request: ClipMovieRequest) -> int:
    """How many frames the file will have; opens nothing. Raises InvalidEditError."""
    sequence, track, clip = placed(request.project, request.sequence, request.clip)
    item = find_media(request.project, clip.media)
    span = handled(track, clip, item, sequence.rate, request.handles_s, request.frames)
    return len(span.frames)


def clip_movie_problems(request: ClipMovieRequest, services: Services) -> tuple[Problem, ...]:
    """Everything that keeps a clip's export from beginning, each with what to do about it."""
    from latentsync_studio.media.output import suffix_of
    from latentsync_studio.services.disk_room import check_room

    paths = [Path(item.path) for item in request.project.media]
    encode = encoding_of(request)
    found = list(output_problems(request.output, paths, encode))
    if suffix_of(request.output, encode) not in {FOLDER, *SUFFIXES}:
        return tuple(found)
    try:
        plan = ClipPlan(request, TakeCache(services))
        room = check_room(
            request.output.parent,
            services.store.root,
            plan.facts,
            frames=len(plan.span.frames),
            a_pixel=CODECS[plan.target.codec].bytes_per_pixel,
        )
        found += [problem_of(error) for error in room]
    except StudioError as error:
        found.append(problem_of(error))
    except OSError:
        pass  # the output's own problem says it
    return tuple(found)


def encoding_of(request: ClipMovieRequest) -> EncodeSettings:
    """The request's encoding; where it is left open, what suits the part and the ending."""
    encode, suffix = request.encode, request.output.suffix.lower()
    if encode.codec == "auto" and request.part == "patch":
        encode = msgspec.structs.replace(encode, codec="ffv1" if suffix == ".mkv" else "prores4444")
    if encode.codec == "auto" and request.part == "matte" and suffix == ".mov":
        encode = msgspec.structs.replace(encode, codec="prores")
    is_folder = encode.codec != "auto" and CODECS[encode.codec].is_folder
    if is_folder and encode.depth == "source" and request.part == "patch":
        encode = msgspec.structs.replace(encode, depth="16")  # RGB of 8 bits would round YUV
    return encode


class ClipPlan:
    """What is known of the file before a frame is made.

    Attributes:
        clip: that is rendered.
        sequence: in which it lies.
        item: its medium in the document.
        medium: the same, opened.
        span: its frames with handles.
        label: time code of the first one.
        reel: to be embedded.
        facts: of the file to come.
        target: how it is encoded.
        notes: what is stored or shown in another way.
    """

    def __init__(self, request: ClipMovieRequest, takes: TakeCache) -> None:
        """Look at the clip.

        Raises:
            InputError: its medium is offline or unreadable.
            InvalidEditError: there is no such clip.
            InvalidSettingError: the encoding does not fit the part, the output or the picture.
        """
        from latentsync_studio.media.output import suffix_of
        from latentsync_studio.media.target import choose_target

        sequence, track, self.clip = placed(request.project, request.sequence, request.clip)
        self.sequence: Sequence = sequence
        self.item: MediaItem = find_media(request.project, self.clip.media)
        self.medium: Medium = takes.book.medium(self.item)
        grid = sequence.rate
        self.span: Handled = handled(
            track, self.clip, self.item, grid, request.handles_s, request.frames
        )
        self.label: Label = label_at(self.item, grid, self.span.source.start)
        self.reel = request.reel or self.medium.video.reel
        encode = encoding_of(request)
        if request.part == "patch" and encode.codec != "auto" and not CODECS[encode.codec].alpha:
            fitting = ", ".join(facts.title for facts in CODECS.values() if facts.alpha)
            raise InvalidSettingError(
                f"{CODECS[encode.codec].title} stores no transparency, which a layer needs.",
                remedy=f"Choose one of {fitting}.",
            )
        self.facts: MediaFacts = self._facts(request)
        self.target: VideoTarget
        self.target, notes = choose_target(self.facts, encode, suffix_of(request.output, encode))
        self.notes = (*notes, *self._differences())

    def _facts(self, request: ClipMovieRequest) -> MediaFacts:
        """The medium's, upright, at the sequence's rate, with the clip's own time code."""
        video, rate = self.medium.video, self.sequence.rate
        across, down = video.sample_aspect
        made = msgspec.structs.replace(
            video,
            coded_width=video.width,
            coded_height=video.height,
            sample_aspect=(down, across) if video.rotation in {90, 270} else (across, down),
            rotation=0,
            mirrored=False,
            time_base_ratio=(rate.den, rate.num),
            rate_ratio=(rate.num, rate.den),
            variable_rate=False,
            frames=len(self.span.frames),
            interlaced=False,
            has_alpha=request.part == "patch",
            timecode=self.label.text(rate),
            reel=self.reel,
        )
        return msgspec.structs.replace(self.medium.facts, video=made, audio=None, chapters=())

    def _differences(self) -> list[str]:
        """What a host may show in another way than the program."""
        video, rate = self.medium.video, self.sequence.rate
        if self.item.is_still or (video.rate == rate.fraction and not video.variable_rate):
            return []
        note = (
            f"{self.item.name} has {float(video.rate):.3f} frames/s; its frames are placed on the"
            f" grid of {rate} frames/s, and a host may place them in another way."
        )
        return [note]


class _ClipExport:
    """One file on its way."""

    def __init__(self, request: ClipMovieRequest, place: Place, progress: Progress) -> None:
        self._request, self._progress = request, progress
        self._services, takes = place
        self._plan = plan = ClipPlan(request, takes)
        self._scene = _ClipScene(
            project=request.project,
            sequence=plan.sequence,
            frames=plan.span.frames,
            target=plan.target,
            fmt=plan.medium.video.format,
            takes=takes,
            clip=plan.clip,
            part=request.part,
        )
        self._counts = CutCounts()

    def run(self, finished: Callable[[FrameDone], None] | None) -> ClipMovieReport:
        from latentsync_studio.media.output import write_output

        started = time.monotonic()
        scene, request, plan = self._scene, self._request, self._plan
        scene.take(plan.clip.id, self._progress)
        told = None if finished is None else Told(request.sequence, finished)
        pieces = _ClipPieces(scene, self._progress, told, self._counts)
        kept = SegmentStore(
            self._services.store,
            scene.target,
            pieces.key,
            lambda frame: frame - scene.frames.start,
        )
        planned = segments(scene.frames, (), segment_frames(scene.target))
        pipeline = Pipeline(pieces, kept, planned, self._progress, self._services.budget)
        with closing(pieces.readers):
            try:
                losses = write_output(
                    request.output,
                    scene.target,
                    self._encoded(pipeline.run()),
                    None,
                    plan.facts,
                    end_pts=len(scene.frames),
                )
            finally:
                self._note()
            damage = pieces.readers.damage_notes()
        notes = (*plan.notes, *damage, *losses)
        return self._report(time.monotonic() - started, notes)

    def _encoded(self, results: Iterator[SegmentResult]) -> Iterator[EncodedSegment]:
        for result in results:
            self._note()
            yield result.encoded

    def _note(self) -> None:
        """Write receipts of what was drawn; they are hints only."""
        with self._counts.lock:
            drawn, self._counts.drawn = self._counts.drawn, []
        for face in {id(face): face for face, _ in drawn}.values():
            with suppress(StudioError):
                face.note([window for each, window in drawn if each is face])

    def _report(self, seconds: float, notes: tuple[str, ...]) -> ClipMovieReport:
        request, plan, target = self._request, self._plan, self._scene.target
        take = self._scene.take(plan.clip.id, self._progress)
        first, size = _written(request.output, plan, target)
        begins = Fraction(plan.span.source.start) / plan.sequence.rate.fraction
        return ClipMovieReport(
            output=str(first),
            part=request.part,
            frames=len(plan.span.frames),
            before=plan.span.before,
            after=plan.span.after,
            rate=plan.sequence.rate,
            begins=(begins.numerator, begins.denominator),
            first_label=plan.label.frame,
            is_drop=plan.label.is_drop,
            timecode=plan.label.text(plan.sequence.rate),
            reel=plan.reel,
            width=target.width,
            height=target.height,
            codec=target.codec,
            pixel_format=target.pixel_format,
            patched_frames=self._counts.patched,
            passed_through=passed_frames(take, plan.span.frames) if take.is_driven else (),
            engine_calls=self._counts.engine_calls,
            seconds=round(seconds, 3),
            size_bytes=size,
            notes=tuple(dict.fromkeys((*notes, *((take.note,) if take.note else ())))),
        )


def _written(output: Path, plan: ClipPlan, target: VideoTarget) -> tuple[Path, int]:
    """The file, of numbered pictures the first one, and all bytes."""
    from latentsync_studio.media.picture_folder import first_number, picture_name

    if not target.is_folder:
        return output, output.stat().st_size
    first = output / picture_name(output, target, first_number(plan.facts, target))
    return first, sum(held.stat().st_size for held in output.iterdir())

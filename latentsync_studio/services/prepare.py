"""Everything that must be known before the first frame is drawn: faces, speech, plan, session."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from latentsync_studio.core.engine import Take
from latentsync_studio.core.render import plan as planning
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.render.length import map_frames
from latentsync_studio.media.encode import choose_target
from latentsync_studio.media.output import suffix_of
from latentsync_studio.media.probe import probe
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.analyse import analyse_faces
from latentsync_studio.services.analyse_pass import chunk_ranges
from latentsync_studio.services.first_frames import FirstFrames
from latentsync_studio.services.segments import segment_frames
from latentsync_studio.services.speech import RATE_HZ, Speech, load_speech
from latentsync_studio.services.validate import delivered, no_such_face

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.engine import EngineSpec, LipSyncSession
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.render.budget import WorkBudget
    from latentsync_studio.core.render.length import LengthPlan
    from latentsync_studio.media.encode import VideoTarget
    from latentsync_studio.services.analyse import AnalysisResult
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.wiring import Services

SEEN_FRAMES = 1000  # of an analysis that wait for the render at most
FIRST_FRAMES = 48  # decoded while the engine is opened and plans; more would be new memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A render that is ready to run.

    Attributes:
        ahead: holds the reader of the clip, which decodes the first frames until it is wanted.
        spec: of the engine, as planned with.
        length: output frames -> source frames and times.
        frames: output frames to deliver.
        windows: windows of the whole output (not only of `frames`).
        segments: pieces to deliver, in order.
        face: the chosen person; None where there is nobody.
        session: the engine, ready; None where nothing is drawn.
        media_digest: digest of the clip's content.
        face_key: digest of the measured face.
        notes: sentences that the user should read.
    """

    ahead: FirstFrames
    spec: EngineSpec
    speech: Speech
    length: LengthPlan
    frames: FrameRange
    windows: tuple[FrameRange, ...]
    segments: tuple[planning.Segment, ...]
    face: FaceTrack | None
    session: LipSyncSession | None
    media_digest: str
    face_key: str
    target: VideoTarget
    notes: tuple[str, ...]

    @property
    def reader(self) -> FrameReader:
        """The reader of the clip; it decodes nothing by itself from now on."""
        return self.ahead.reader()

    @property
    def rate(self) -> float:
        """Mean output frames a second."""
        return mean_rate(self.length)


@contextmanager
def prepared(request: RenderRequest, services: Services, progress: Progress) -> Iterator[Prepared]:
    """Analyse, plan and open the engine; the reader is open as long as the context."""
    engines = services.engines.chosen(request.weights, next(iter(request.devices), ""))
    engine = engines.ready(request.settings.engine, progress)
    spec = engine.spec
    media_digest = services.digests.digest(request.video)
    audio_digest = services.digests.digest(request.audio)
    with FrameReader(request.video, tail_bytes=_seen_bytes(request, services.budget)) as reader:
        speech = load_speech(
            request.audio,
            audio_digest,
            request.transcript,
            request.language,
            services.store,
            progress,
        )
        length = _mapped(request, reader, speech)
        frames = delivered(request, len(length.source))
        collector = engine.collector()
        collectors = [] if collector is None else [(spec.id, collector)]
        seen = analyse_faces(reader, media_digest, services.store, progress, collectors)
        face, note = _chosen(request, seen)
        encode = request.settings.encode
        target, losses = choose_target(reader.facts, encode, suffix_of(request.output, encode))
        drawn: tuple[FrameRange, ...] = ()
        session = None
        if face is not None:
            mask = planning.drawn_frames(length.source, face.usable)
            mask[length.n_spoken :] = False
            drawn = planning.windows(length.source, mask, face.shot, spec.window)
        with FirstFrames(reader, _first(reader, seen, length, frames)) as ahead:
            if face is not None and drawn:
                take = _take(request, spec.id, seen, face, length, speech)
                session = engine.open(take, progress)
            yield Prepared(
                ahead=ahead,
                spec=spec,
                speech=speech,
                length=length,
                frames=frames,
                windows=drawn,
                segments=planning.segments(frames, drawn, segment_frames(target)),
                face=face,
                session=session,
                media_digest=media_digest,
                face_key=cache_key("face", analysis=seen.key, face=-1 if face is None else face.id),
                target=target,
                notes=tuple(n for n in (length.note, note, *losses) if n),
            )


def _seen_bytes(request: RenderRequest, budget: WorkBudget) -> int:
    """Memory for frames that the analysis decodes and the render need not decode again.

    No more than a quarter of what is free, and than a number of frames takes, so that a long clip
    takes no more than a short one.
    """
    import psutil

    video = probe(request.video).video
    if video is None:
        return 0  # the reader will tell
    frame = video.width * video.height * (2 if video.format.bits == 8 else 4)
    free = int(psutil.virtual_memory().available)
    return min(budget.seen_bytes, free // 4, SEEN_FRAMES * frame)


def _first(
    reader: FrameReader, seen: AnalysisResult, length: LengthPlan, frames: FrameRange
) -> range:
    """Source frames to decode at once; none after an analysis, which left frames of its own."""
    count = reader.index.n_frames
    if seen.reused_chunks < len(chunk_ranges(count)):
        return range(0)
    start = int(length.source[frames.start])
    return range(start, min(start + FIRST_FRAMES, start + reader.most_in_tail, count))


def _mapped(request: RenderRequest, reader: FrameReader, speech: Speech) -> LengthPlan:
    """Which source frame is shown when, by the length policy."""
    index = reader.index
    seconds = Fraction(len(speech.pcm), RATE_HZ)
    return map_frames(
        index.pts, index.end_pts, index.time_base, seconds, request.settings.length_policy
    )


def _chosen(request: RenderRequest, seen: AnalysisResult) -> tuple[FaceTrack | None, str]:
    """The person to redraw and what to say about the choice."""
    tracks = seen.analysis.tracks
    if not tracks:
        return None, "No face was found; every frame passes through untouched."
    number = request.face if request.face is not None else 0
    if number >= len(tracks):
        raise no_such_face(number, len(tracks))
    if len(tracks) > 1 and request.face is None:
        others = ", ".join(str(track.id) for track in tracks[1:])
        return tracks[
            0
        ], f"{len(tracks)} faces: the largest is redrawn (--face {others} for others)."
    return tracks[number], ""


def _take(
    request: RenderRequest,
    engine_id: str,
    seen: AnalysisResult,
    face: FaceTrack,
    length: LengthPlan,
    speech: Speech,
) -> Take:
    return Take(
        width=seen.analysis.width,
        height=seen.analysis.height,
        rate=mean_rate(length),
        face=face,
        raw_ids=seen.raw_ids[face.id],
        source=length.source,
        seconds=length.middle_seconds(),
        pcm=speech.pcm,
        shapes=speech.shapes,
        kept=seen.kept.get(engine_id, []),
        settings=getattr(request.settings, engine_id),
        seed=request.settings.seed,
    )


def mean_rate(length: LengthPlan) -> float:
    """Output frames a second, over the whole output."""
    return len(length.pts) / float((length.end_pts - int(length.pts[0])) * length.time_base)

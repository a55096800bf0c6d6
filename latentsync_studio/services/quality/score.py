"""Measures any movie of someone talking, beside the clip that it was made of where there is one."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.quality.curves import Curve
from latentsync_studio.services.quality.meter import FrameMeter, Seen
from latentsync_studio.services.quality.own_sound import own_sound
from latentsync_studio.services.quality.same_scene import SceneCheck
from latentsync_studio.services.quality.summing import Mouth, Shown, mouth_of, quality_of
from latentsync_studio.services.quality.weighted import Side, Weighted, weighted_figures

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.media.reader import FrameReader
    from latentsync_studio.services.quality.table import FrameTable
    from latentsync_studio.services.quality.weighted import Wanted
    from latentsync_studio.services.speech import Speech
    from latentsync_studio.services.wiring import Services

MEASURE: Final = "measure"  # stage of the progress
RATE_HZ: Final = 16_000  # of speech
_SAME_PERSON: Final = 1.0  # eye distances between two faces that are one


def score_files(
    video: Path,
    reference: Path | None,
    audio: Path | None,
    services: Services,
    progress: Progress,
    wanted: Wanted | None = None,
) -> ClipQuality:
    """Measure a movie.

    Every frame is measured. Frames of both files are matched by their rank in order of time; the
    faces of both are analysed alike, so that a file against itself has every measure at its ideal.

    Args:
        video: the result.
        reference: the clip that it was made of; without one all that is judged against the source
            is unknown.
        audio: what is said, from the first frame on; None: the movie's own sound.
        services: analyses and speech are kept in its store.
        progress: told of stages "analyse", "speech" and "measure"; may cancel.
        wanted: what to measure with networks as well; what cannot be is a note.

    Raises:
        InputError: a file cannot be decoded, or the reference shows another scene.
        Cancelled: the user stopped it.
    """
    from latentsync_studio.media.reader import FrameReader

    notes: list[str] = []
    with ExitStack() as opened:
        reader = opened.enter_context(FrameReader(video))
        seen = _Film.of(video, reader, services, progress)
        speech, early = _speech(video, audio, services, progress, notes)
        if reference is None:
            notes.append("There is no reference: what is judged against the source is unknown.")
            other, pair = None, _Pair(seen, None, len(seen.pts))
        else:
            other = opened.enter_context(FrameReader(reference))
            own = _Film.of(reference, other, services, progress)
            pair = _Pair(seen, own, min(len(seen.pts), len(own.pts)))
            notes += pair.notes()
        scene = None if reference is None else SceneCheck(video, reference, pair.count)
        table = pair.table(reader, other, progress, scene)
        weighted = Weighted()
        if wanted is not None and wanted.groups:
            heard = None if speech is None else speech.pcm[round(early * RATE_HZ) :]
            source = None
            if reference is not None and other is not None:
                source = pair.source_side(other, own_sound(reference, services, progress))
            side = pair.result_side(reader, heard)
            weighted = weighted_figures(side, source, wanted, progress)
    shapes = None if speech is None else speech.shapes
    shown = pair.shown(seen.middles[: pair.count] + early)
    notes += [] if speech is None else speech.notes
    found = quality_of(shown, table, shapes, mouth=pair.mouth(), notes=tuple(notes))
    return found.with_figures(weighted.figures, *weighted.notes())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Film:
    """A file with its faces.

    Attributes:
        pts: (T,) times of the frames, rising.
        starts: (T,) f64 seconds from the first frame to the beginning of each.
        end_s: seconds from the first frame to the end of the last.
        middles: (T,) f64 seconds from the first frame to the middle of each.
        rate: mean frames a second.
        tracks: people, the largest first.
        size: width, height, px.
    """

    pts: npt.NDArray[np.int64]
    starts: F64
    end_s: float
    middles: F64
    rate: Fraction
    tracks: tuple[FaceTrack, ...]
    size: tuple[int, int]

    @classmethod
    def of(
        cls, path: Path, reader: FrameReader, services: Services, progress: Progress
    ) -> _Film:  # fmt: skip
        from latentsync_studio.services.analyse import analyse_faces

        digest = services.digests.digest(path)
        found = analyse_faces(reader, digest, services.store, progress, [])
        index = reader.index
        pts = np.array(index.pts, np.int64)
        ends = np.append(pts[1:], index.end_pts)
        span = (index.end_pts - index.pts[0]) * index.time_base
        return cls(
            pts=pts,
            starts=(pts - pts[0]) * float(index.time_base),
            end_s=float(span),
            middles=((pts + ends) / 2 - pts[0]) * float(index.time_base),
            rate=Fraction(len(pts)) / Fraction(span),
            tracks=found.analysis.tracks,
            size=(reader.video.width, reader.video.height),
        )

    def side(self, reader: FrameReader, face: FaceTrack | None, pcm: F32 | None) -> Side:
        """What networks look at."""
        return Side(
            frames=reader,
            starts=self.starts,
            end_s=self.end_s,
            size=self.size,
            face=face,
            pcm=pcm,
        )


class _Pair:
    """A result and its source, frame by frame."""

    def __init__(self, result: _Film, source: _Film | None, count: int) -> None:
        self.count = count
        self._result, self._source = result, source
        base = source if source is not None else result
        self._face = base.tracks[0] if base.tracks else None
        self._mouth = self._face_of_result()

    def _face_of_result(self) -> FaceTrack | None:
        """The person of the result who stands where the source's does most often."""
        if self._source is None or self._face is None:
            return self._face
        best, most = None, 0
        scale = np.array(self._source.size) / np.array(self._result.size)
        for track in self._result.tracks:
            both = track.present[: self.count] & self._face.present[: self.count]
            at = np.flatnonzero(both)[:: max(1, int(both.sum()) // 50)]
            if not len(at):
                continue
            here = np.asarray(track.landmarks[at, 4, :2]) * scale
            apart = np.linalg.norm(here - self._face.landmarks[at, 4, :2], axis=1)
            near = int((apart < _SAME_PERSON * self._face.eye_distance[at]).sum())
            if near > most:
                best, most = track, near
        return best

    def notes(self) -> list[str]:
        """What a reader of the figures should know."""
        result, source = self._result, self._source
        found: list[str] = []
        if source is None:
            return found
        if len(result.pts) != len(source.pts):
            found.append(
                f"The result has {len(result.pts)} frames, the reference {len(source.pts)};"
                f" the first {self.count} are compared."
            )
        if result.size != source.size:
            found.append(
                f"The result has {result.size[0]} x {result.size[1]} px, the reference"
                f" {source.size[0]} x {source.size[1]}: sharpness, seam and what lies outside of"
                " the mask are unknown."
            )
        if self._face is None:
            found.append("No face was found in the reference.")
        elif self._mouth is None:
            found.append("The reference's face was not found in the result.")
        return found

    def table(
        self,
        result: FrameReader,
        source: FrameReader | None,
        progress: Progress,
        scene: SceneCheck | None,
    ) -> FrameTable:
        """Measure all frames; `scene` looks at them too."""
        run = FrameMeter(1, pairs=1, with_mesh=False).begin()
        results = result.frames(0, self.count)
        sources = None if source is None else source.frames(0, self.count)
        face = self._face
        for frame in range(self.count):
            progress.check()
            is_there = face is not None and bool(face.present[frame])
            seen = Seen(
                frame=frame,
                result=next(results),
                source=None if sources is None else next(sources),
                landmarks=face.landmarks[frame] if face is not None and is_there else None,
                shot=0 if face is None else int(face.shot[frame]),
                parts=None,
            )
            if scene is not None and seen.source is not None:
                scene.look(frame, seen.result, seen.source, seen.landmarks)
            run.add(seen)
            progress.report(MEASURE, frame + 1, self.count)
        if scene is not None:
            scene.decide()
        return run.table()

    def mouth(self) -> Mouth | None:
        """Of both."""
        if self._mouth is None or self._face is None:
            return None
        frames = np.arange(self.count, dtype=np.int32)
        own = (None, None) if self._source is None else mouth_of(self._face, frames)
        seen = mouth_of(self._mouth, frames)
        return Mouth(Curve.of(seen[0], own[0]), Curve.of(seen[1], own[1]))

    def result_side(self, reader: FrameReader, pcm: F32 | None) -> Side:
        """The result for networks."""
        return self._result.side(reader, self._mouth, pcm)

    def source_side(self, reader: FrameReader, pcm: F32 | None) -> Side | None:
        """The source for networks."""
        return None if self._source is None else self._source.side(reader, self._face, pcm)

    def shown(self, seconds: F64) -> Shown:
        """The frames that were compared."""
        from latentsync_studio.core.ranges import FrameRange

        return Shown(
            frames=FrameRange(0, self.count),
            rate=self._result.rate.limit_denominator(100_000),
            seconds=np.asarray(seconds),
            source=np.arange(self.count, dtype=np.int32),
            face=self._face,
            is_encoded=True,
        )


def _speech(
    video: Path, audio: Path | None, services: Services, progress: Progress, notes: list[str]
) -> tuple[Speech | None, float]:
    """What is said, and the second of it at which the first frame is shown."""
    from latentsync_studio.media.probe import probe
    from latentsync_studio.services.speech import load_speech

    heard = video if audio is None else audio
    early = 0.0
    if audio is None:
        facts = probe(video).audio
        if facts is None:
            notes.append("The movie has no sound: nothing is known of how its mouth follows.")
            return None, 0.0
        early = max(-facts.offset_s, 0.0)
    digest = services.digests.digest(heard)
    speech = load_speech(heard, digest, None, "en-us", services.store, progress)
    return speech, early

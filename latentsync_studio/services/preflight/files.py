"""Preflight of a clip and a speech that are files: what `render` would do with them."""

from __future__ import annotations

import time
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.errors import Cancelled, StudioError
from latentsync_studio.core.preflight import Finding, Preflight, by_severity
from latentsync_studio.core.render.length import map_frames
from latentsync_studio.services.analyse import stored_people
from latentsync_studio.services.disk_room import estimate_room
from latentsync_studio.services.machine_room import room_now
from latentsync_studio.services.preflight.faces import Place, face_findings, nobody, of_track
from latentsync_studio.services.preflight.machine import (
    disk_finding,
    memory_findings,
    of_problems,
    time_finding,
)
from latentsync_studio.services.preflight.picture import Subject, picture_findings
from latentsync_studio.services.preflight.sound import SoundPlace, listen, sound_findings
from latentsync_studio.services.speeds import Drawing, Writing, forecast, known_speeds
from latentsync_studio.services.validate import delivered, find_problems, problem_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import EngineDemands
    from latentsync_studio.core.preflight import Forecast, Severity, Span
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.render.length import LengthPlan
    from latentsync_studio.media.probe import Survey
    from latentsync_studio.services.engines import EngineBook
    from latentsync_studio.services.preflight.faces import SeenFaces
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.wiring import Services

PREFLIGHT: Final = "preflight"  # the stage that progress is told of
PATIENCE_S: Final = 1.7  # from the beginning: then no further sample is begun
_LEAST_S: Final = 0.3  # for faces and sound each, however long the files took
_FOR_FACES: Final = 0.6  # share of the time that is left, at least
_SMALL_BYTES: Final = 32 * 1024**2  # read in a tenth of a second
_OF_OUTPUT: Final = frozenset({"bad-output", "output-is-input"})
_FAR_S, _FAR_SHARE = 0.5, 0.1  # lengths that differ by more than both are warned of


def preflight_files(
    request: RenderRequest,
    services: Services,
    progress: Progress,
    *,
    has_output: bool = True,
) -> Preflight:
    """Find what speaks against a render.

    Args:
        request: what would be rendered.
        services: hold what was analysed and measured before; nothing is stored.
        progress: told the stage "preflight" in steps of 4; may stop it.
        has_output: the request's output is meant; else problems of it are left out.

    Raises:
        Cancelled: the user stopped it.
    """
    return _Check(request, services, progress, has_output=has_output).run()


class _Check:
    """One look at a request."""

    def __init__(
        self, request: RenderRequest, services: Services, progress: Progress, *, has_output: bool
    ) -> None:
        self._services, self._progress, self._has_output = services, progress, has_output
        self._began = time.monotonic()
        self._digest = known_digest(request.video, services)
        self._wanted_face = request.face or 0
        self._is_chosen = request.face is not None
        if self._digest is None and self._is_chosen:  # nobody knows how many there are
            request = msgspec.structs.replace(request, face=None)
        self._request = request
        self._findings: list[Finding] = []

    def run(self) -> Preflight:
        """Look at everything in turn."""
        self._progress.report(PREFLIGHT, 0, 4)
        self._problems()
        video, audio = self._survey(self._request.video), self._survey(self._request.audio)
        plan, frames = self._planned(video, audio)
        self._progress.report(PREFLIGHT, 1, 4)
        now = time.monotonic()
        deadline = max(self._began + PATIENCE_S, now + 2 * _LEAST_S)
        if audio is not None and audio.facts.audio is not None:
            self._sound(audio, plan, deadline - _FOR_FACES * (deadline - now))
        self._progress.report(PREFLIGHT, 2, 4)
        unseen = 0
        if video is not None and video.facts.video is not None:
            self._findings += picture_findings(video.facts.video, Subject(self._request.video.name))
            unseen = self._faces(video, plan, frames, deadline)
        self._progress.report(PREFLIGHT, 3, 4)
        told = self._machine(video, frames, unseen)
        self._progress.report(PREFLIGHT, 4, 4)
        return Preflight(
            findings=by_severity(self._findings),
            forecast=told,
            frames=0 if frames is None else len(frames),
            looked_s=round(time.monotonic() - self._began, 3),
        )

    def _problems(self) -> None:
        found = find_problems(self._request, self._services)
        if not self._has_output:
            found = tuple(each for each in found if each.code not in _OF_OUTPUT)
        self._findings += of_problems(found)

    def _survey(self, path: Path) -> Survey | None:
        from latentsync_studio.media.probe import survey

        try:
            return survey(path)
        except StudioError:
            return None  # a problem says it already

    def _planned(
        self, video: Survey | None, audio: Survey | None
    ) -> tuple[LengthPlan | None, FrameRange | None]:
        """Which frame is shown when, and which of them are asked for."""
        if video is None or audio is None or video.index is None or audio.facts.audio is None:
            return None, None
        index, sound = video.index, audio.facts.audio
        seconds = Fraction(sound.duration_s or audio.facts.duration_s).limit_denominator(10**6)
        policy = self._request.settings.length_policy
        try:
            plan = map_frames(index.pts, index.end_pts, index.time_base, seconds, policy)
            frames = delivered(self._request, len(plan.source))
        except StudioError:
            return None, None  # as above
        clip = float((index.end_pts - index.pts[0]) * index.time_base)
        self._findings.append(length_finding(clip, float(seconds), policy, plan.note))
        return plan, frames

    def _sound(self, audio: Survey, plan: LengthPlan | None, deadline: float) -> None:
        path = self._request.audio
        try:
            digest = known_digest(path, self._services)
            heard = listen(path, digest, self._services.store, deadline, self._progress)
        except Cancelled:
            raise
        except StudioError as error:
            self._findings += of_problems([problem_of(error)])
            return
        shown = np.zeros(0) if plan is None else plan.middle_seconds()

        def span_of(start: float, stop: float) -> Span | None:
            first, last = np.searchsorted(shown, (start, stop))
            return (int(first), int(last)) if last > first else None

        place = SoundPlace(subject=audio.path.name, subject_id="", span_of=span_of)
        self._findings += sound_findings(heard, place)

    def _faces(
        self, video: Survey, plan: LengthPlan | None, frames: FrameRange | None, deadline: float
    ) -> int:
        """Findings of the face; frames in which faces are still to be found."""
        index, facts = video.index, video.facts.video
        if index is None or facts is None:
            return 0
        if plan is None or frames is None:
            numbers = np.arange(index.n_frames, dtype=np.int32)
        else:
            numbers = np.unique(plan.source[frames.start : min(frames.stop, plan.n_spoken)])
        if not len(numbers):
            return 0
        seen, unseen = self._seen(index.n_frames, numbers, deadline)
        if seen is not None:
            engine = self._request.settings.engine
            place = Place(self._request.video.name, "", float(facts.rate), self._is_chosen)
            demands = demands_of(self._engines, engine)
            self._findings += face_findings(seen, place, engine, demands)
        return unseen

    def _seen(self, n_frames: int, numbers: I32, deadline: float) -> tuple[SeenFaces | None, int]:
        from latentsync_studio.media.opening_reader import open_reader
        from latentsync_studio.services.preflight.face_sampling import sample_faces

        people = None
        if self._digest is not None:
            people = stored_people(self._digest, n_frames, self._services.store)
        if people is not None:
            if self._wanted_face >= len(people):
                return nobody(numbers), 0
            return of_track(people[self._wanted_face], numbers, numbers, len(people)), 0
        try:
            with open_reader(self._request.video) as reader:
                return sample_faces(reader, numbers, numbers, deadline, self._progress), n_frames
        except Cancelled:
            raise
        except StudioError as error:
            self._findings += of_problems([problem_of(error)])
            return None, n_frames

    def _machine(self, video: Survey | None, frames: FrameRange | None, unseen: int) -> Forecast:
        request, services = self._request, self._services
        settings = request.settings
        speeds = known_speeds(services.engines.notes)
        device = request.devices[0] if request.devices else services.engines.device
        demands = demands_of(self._engines, settings.engine)
        self._findings += memory_findings(
            room_now(), services.budget, [(settings.engine, demands)], speeds, device
        )
        facts = None if video is None else video.facts.video
        count = 0 if frames is None else len(frames)
        if video is None or facts is None or not count:
            return forecast((), None, speeds)
        size = {"width": facts.width, "height": facts.height}
        told = forecast(
            [Drawing(settings=settings, frames=count, unseen=unseen, **size)],
            Writing(encode=settings.encode, frames=count, **size),
            speeds,
            devices=max(len(request.devices), 1),
        )
        self._findings.append(time_finding(told, count))
        with suppress(OSError):
            folder = request.output.absolute().parent
            from shutil import disk_usage

            needed = estimate_room(video.facts, count)
            self._findings.append(disk_finding(needed, folder, disk_usage(folder).free))
        return told

    @property
    def _engines(self) -> EngineBook:
        request = self._request
        return self._services.engines.chosen(request.weights, next(iter(request.devices), ""))


def known_digest(path: Path, services: Services) -> str | None:
    """Digest of a file's content where it is known, or quick to find out; else None."""
    known = services.digests.recalled(path)
    if known is not None:
        return known
    try:
        return services.digests.digest(path) if path.stat().st_size <= _SMALL_BYTES else None
    except (OSError, StudioError):
        return None  # a problem says it


def length_finding(clip: float, speech: float, policy: str, note: str) -> Finding:
    """What the length policy makes of both lengths, seconds."""
    gap = abs(clip - speech)
    far = gap > _FAR_S and gap > _FAR_SHARE * max(clip, speech)
    severity: Severity = "warning" if far else "info"
    return Finding(
        id="length",
        severity=severity,
        sentence=note if note.startswith("Clip and") else f"Length policy {policy}: {note}",
        numbers={"clip_s": round(clip, 3), "speech_s": round(speech, 3), "gap_s": round(gap, 3)},
        actions=("length-policy",) if far else (),
    )


def demands_of(engines: EngineBook, engine: str) -> EngineDemands | None:
    """What an engine asks for; None where it asks for nothing, or nobody knows it."""
    from latentsync_studio.core.engine import DemandingEngine

    try:
        found = engines.get(engine)
    except StudioError:
        return None  # a problem says it
    return found.demands() if isinstance(found, DemandingEngine) else None


def words_for_terminal(finding: Finding) -> Iterator[str]:
    """What the actions of a finding mean on the command line."""
    told = {
        "length-policy": "--length-policy hold, loop, bounce or tail",
        "choose-face": "--face N; see: latentsync-studio faces FILE",
        "other-engine": "--engine mouthbank",
        "faster": "--set latentsync.steps=10, --set encode.speed=ultrafast",
        "clear-cache": "latentsync-studio cache clear",
        "open-weights": "latentsync-studio models list",
    }
    yield from ([finding.remedy] if finding.remedy else [])
    yield from (told[action] for action in finding.actions if action in told)

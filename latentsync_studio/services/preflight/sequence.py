"""Preflight of a sequence: of its synthesis, or of its export. All frames are the sequence's."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.errors import Cancelled, StudioError
from latentsync_studio.core.preflight import Preflight, by_severity
from latentsync_studio.core.ranges import FrameRange  # noqa: TC001 - msgspec reads the annotations
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.model import (  # noqa: TC001 - as above
    ClipId,
    Project,
    SequenceId,
)
from latentsync_studio.core.timeline.showing import drivers_of, reach_of
from latentsync_studio.services.disk_room import RoomNeeded, check_needed, estimate_room
from latentsync_studio.services.machine_room import room_now
from latentsync_studio.services.preflight.faces import Place, face_findings
from latentsync_studio.services.preflight.files import PREFLIGHT, demands_of, known_digest
from latentsync_studio.services.preflight.lanes import (
    Driven,
    lane_findings,
    seen_of,
    sound_media,
)
from latentsync_studio.services.preflight.machine import (
    disk_finding,
    memory_findings,
    of_problems,
    skipped_finding,
    time_finding,
)
from latentsync_studio.services.preflight.picture import Subject, picture_findings
from latentsync_studio.services.preflight.sound import listen, sound_findings
from latentsync_studio.services.speeds import Writing, forecast, known_speeds
from latentsync_studio.services.timeline.drawings import drawings_of
from latentsync_studio.services.timeline.medium import MediaBook
from latentsync_studio.services.timeline.takes import obstacle_of
from latentsync_studio.services.validate import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.engine import EngineDemands
    from latentsync_studio.core.preflight import Finding, Forecast
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaId, MediaItem
    from latentsync_studio.services.speeds import Drawing
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.wiring import Services

PATIENCE_S: Final = 1.7  # from the beginning: then no further sample is begun
_FOR_FACES: Final = 0.6  # share of the time that is left
_LEAST_S: Final = 0.4  # for the faces of the first clip, however long its file took


class SequenceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be looked at.

    Attributes:
        project: the document.
        sequence: id of the sequence.
        clips: ids; none: all that speech drives.
        frames: of the sequence; None: all.
        to_draw: id of a clip -> frames of it that still have to be drawn, where that is known.
        output: movie that is written; None: nothing is.
        devices: where engines run.
    """

    project: Project
    sequence: SequenceId
    clips: tuple[ClipId, ...] = ()
    frames: FrameRange | None = None
    to_draw: dict[ClipId, int] | None = None
    output: Path | None = None
    devices: tuple[str, ...] = ()


def preflight_sequence(
    request: SequenceRequest, services: Services, progress: Progress
) -> Preflight:
    """Find what speaks against synthesizing, or exporting, what is asked for.

    Args:
        request: what.
        services: hold what was analysed and measured before; nothing is analysed or stored.
        progress: told the stage "preflight" in clips; may stop it.

    Raises:
        InvalidEditError: there is no such sequence.
        Cancelled: the user stopped it.
    """
    return _Check(request, services, progress).run()


@dataclass(slots=True)
class _Sum:
    """What came together."""

    findings: list[Finding] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)
    engines: dict[str, None] = field(default_factory=dict)
    store_bytes: int = 0
    skipped: int = 0  # clips and sounds that there was no time for
    pictured: set[MediaId] = field(default_factory=set)


class _Check:
    """One look at a sequence."""

    def __init__(self, request: SequenceRequest, services: Services, progress: Progress) -> None:
        self._request, self._services, self._progress = request, services, progress
        self._project = request.project
        self._sequence = find_sequence(self._project, request.sequence)
        self._book = MediaBook(services)
        self._began = time.monotonic()
        self._sum = _Sum()

    def run(self) -> Preflight:
        """Look at clip after clip, then at the machine."""
        driven = self._driven()
        for number, each in enumerate(driven):
            self._progress.report(PREFLIGHT, number, len(driven))
            self._clip(each)
        self._progress.report(PREFLIGHT, len(driven), len(driven))
        self._sum.findings += lane_findings(
            self._project, self._sequence, driven, whole=not self._request.clips
        )
        self._sounds(driven)
        frames = sum(len(each.frames) for each in driven)
        if self._request.output is not None:
            self._movie()
            frames = self._n_frames
        told = self._machine(frames)
        if self._sum.skipped:
            self._sum.findings.append(skipped_finding(self._sum.skipped))
        return Preflight(
            findings=by_severity(self._sum.findings),
            forecast=told,
            frames=frames,
            looked_s=round(time.monotonic() - self._began, 3),
        )

    @property
    def _n_frames(self) -> int:
        frames = self._request.frames
        return self._sequence.stop if frames is None else len(frames)

    def _driven(self) -> list[Driven]:
        """Clips that speech drives, within what is asked for."""
        request, found = self._request, []
        for track in self._sequence.tracks:
            for clip in track.clips if track.kind == "video" else ():
                if request.clips and clip.id not in request.clips:
                    continue
                drivers = drivers_of(self._project, self._sequence, track, clip)
                reach = reach_of(track, clip)
                part = reach if request.frames is None else reach.intersection(request.frames)
                if drivers and part is not None:
                    found.append(Driven(clip, part, drivers))
        return found

    def _clip(self, each: Driven) -> None:
        """Its medium, engine and face."""
        clip, total = each.clip, self._sum
        item = find_media(self._project, clip.media)
        if self._is_late:
            self._glance(each, item)
            return
        try:
            medium = self._book.medium(item)
            size = medium.video.width, medium.video.height
            to_draw = self._to_draw(each)
            parts = drawings_of(self._project, clip, each.frames, to_draw, size)
        except Cancelled:
            raise
        except StudioError as error:
            total.findings += of_problems([problem_of(error)], str(clip.media), item.name)
            return
        obstacle = obstacle_of(self._project, self._sequence.id, clip.id, self._services)
        if obstacle is not None:
            total.findings += of_problems([problem_of(obstacle)], str(clip.id), item.name)
        if clip.media not in total.pictured:
            total.pictured.add(clip.media)
            total.findings += picture_findings(medium.video, Subject(item.name, str(item.id)))
        engines = dict.fromkeys(part.settings.engine for part in parts)
        total.engines |= engines
        unseen = self._face(each, medium, engines)
        first = msgspec.structs.replace(parts[0], unseen=unseen if to_draw else 0)
        total.drawings += (first, *parts[1:])
        total.store_bytes += estimate_room(medium.facts, to_draw).store

    def _glance(self, each: Driven, item: MediaItem) -> None:
        """Only whether its file is there, and what it costs: there is no time for more."""
        total = self._sum
        total.skipped += 1
        try:
            self._book.require(item)
            size = (item.video.width, item.video.height) if item.video is not None else (0, 0)
            to_draw = self._to_draw(each)
            parts = drawings_of(self._project, each.clip, each.frames, to_draw, size)
        except StudioError as error:
            total.findings += of_problems([problem_of(error)], str(item.id), item.name)
            return
        total.engines |= dict.fromkeys(part.settings.engine for part in parts)
        if item.video is not None:
            total.drawings += parts

    @property
    def _is_late(self) -> bool:
        return time.monotonic() > self._began + PATIENCE_S and bool(self._sum.drawings)

    def _to_draw(self, each: Driven) -> int:
        """Frames of a clip that are still to be drawn, as far as that is known."""
        known = self._request.to_draw
        return len(each.frames) if known is None else known.get(each.clip.id, len(each.frames))

    def _face(self, each: Driven, medium: Medium, engines: Iterable[str]) -> int:
        """Findings of its faces; frames in which they are still to be found."""
        now = time.monotonic()
        least = _LEAST_S if len(self._sum.drawings) == 0 else 0.0
        deadline = now + max(_FOR_FACES * (self._began + PATIENCE_S - now), least)
        clip = each.clip
        engine, demands = self._coarsest(engines)
        unseen = 0
        name = clip.name or medium.item.name
        for driver in each.drivers:
            place = Place(
                name, str(clip.id), float(self._sequence.rate.fraction), is_chosen=each.is_chosen
            )
            try:
                seen, unseen = seen_of(
                    each, driver.face, medium, self._sequence, self._services, deadline,
                    self._progress,
                )  # fmt: skip
            except Cancelled:
                raise
            except StudioError as error:
                self._sum.findings += of_problems([problem_of(error)], str(clip.media))
                break
            if seen is not None:
                self._sum.findings += face_findings(seen, place, engine, demands)
        return unseen

    def _coarsest(self, engines: Iterable[str]) -> tuple[str, EngineDemands | None]:
        """Of the engines of a clip and its takes the one that draws faces with the fewest px."""
        book = self._services.engines
        asked = [(engine, demands_of(book, engine)) for engine in engines]
        return min(asked, key=lambda each: (each[1].face_px if each[1] else 0.0) or math.inf)

    def _sounds(self, driven: list[Driven]) -> None:
        """Each recording that drives lips, once."""
        for number, (item, place) in enumerate(sound_media(self._project, self._sequence, driven)):
            if number and self._is_late:
                self._sum.skipped += 1
                continue
            deadline = max(self._began + PATIENCE_S, time.monotonic() + 0.1)
            try:
                path = Path(item.path)
                digest = known_digest(path, self._services)
                heard = listen(path, digest, self._services.store, deadline, self._progress)
            except Cancelled:
                raise
            except StudioError as error:
                self._sum.findings += of_problems([problem_of(error)], str(item.id), item.name)
                continue
            self._sum.findings += sound_findings(heard, place)

    def _movie(self) -> None:
        """What keeps the movie from being written."""
        from latentsync_studio.services.timeline.movie import movie_problems
        from latentsync_studio.services.timeline.requests import MovieRequest

        request = self._request
        if request.output is None:
            return
        wanted = MovieRequest(
            project=self._project,
            sequence=request.sequence,
            output=request.output,
            frames=request.frames,
        )
        known = {each.sentence for each in self._sum.findings}
        problems = movie_problems(wanted, self._services)
        self._sum.findings += of_problems(p for p in problems if p.message not in known)

    def _machine(self, frames: int) -> Forecast:
        request, services, total = self._request, self._services, self._sum
        speeds = known_speeds(services.engines.notes)
        device = request.devices[0] if request.devices else services.engines.device
        engines = [(name, demands_of(services.engines, name)) for name in total.engines]
        total.findings += memory_findings(room_now(), services.budget, engines, speeds, device)
        writing, output = None, 0
        if request.output is not None:
            size = {"width": self._sequence.width, "height": self._sequence.height}
            encode = self._project.settings.encode
            writing = Writing(encode=encode, frames=frames, **size)
            output = round(self._sequence.width * self._sequence.height * frames * 0.02)
        told = forecast(total.drawings, writing, speeds, devices=max(len(request.devices), 1))
        if frames:
            total.findings.append(time_finding(told, frames))
        self._disks(RoomNeeded(store=total.store_bytes, output=output))
        return told

    def _disks(self, needed: RoomNeeded) -> None:
        from shutil import disk_usage

        store = self._services.store.root
        output = self._request.output
        folder = store if output is None else output.absolute().parent
        try:
            if output is None:  # of a movie its own problems say it
                lacking = check_needed(folder, store, needed)
                self._sum.findings += of_problems(map(problem_of, lacking))
            self._sum.findings.append(disk_finding(needed, folder, disk_usage(folder).free))
        except OSError:
            return  # the output's own problem says it

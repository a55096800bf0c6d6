"""The work of a package: clips, reference, timelines, papers, written into its part folder."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.delivery.codecs import CODECS
from latentsync_studio.core.delivery.targets import TARGETS
from latentsync_studio.core.job_frames import PLAN
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.services.delivery.clip_movie import export_clip, planned_frames
from latentsync_studio.services.delivery.names import plain_name, reel_name
from latentsync_studio.services.delivery.originals import copy_originals
from latentsync_studio.services.delivery.readme import readme_text
from latentsync_studio.services.delivery.receipt import RECEIPT, files_below, receipt_text
from latentsync_studio.services.delivery.requests import (
    MATTE_ENCODING,
    ClipMovieReport,
    ClipMovieRequest,
    PackageReport,
    PackageRequest,
    TimelineLosses,
)
from latentsync_studio.services.delivery.sheet import cut_sheet
from latentsync_studio.services.delivery.timelines import made_timeline
from latentsync_studio.services.timeline.movie import MovieRequest, delivered_frames, export_movie

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latentsync_studio.core.engine import EngineSpec
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.settings.pages import EncodeSettings
    from latentsync_studio.core.timeline import model
    from latentsync_studio.media.part_folder import PartFolder
    from latentsync_studio.services.delivery.requests import Part
    from latentsync_studio.services.interchange.requests import Delivered
    from latentsync_studio.services.timeline.movie import MovieReport
    from latentsync_studio.services.timeline.requests import FrameDone
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services

FOLDERS: Final[dict[Part, str]] = {"patch": "layers", "clip": "clips", "matte": "mattes"}
_MARKS: Final[dict[Part, str]] = {"patch": "L", "clip": "R", "matte": "M"}
_REFERENCE: Final = TARGETS["preview"].encode


def clip_request(
    request: PackageRequest,
    sequence: model.Sequence,
    clip: model.Clip,
    part: Part,
    number: int = 1,
    folder: Path | None = None,
) -> ClipMovieRequest:
    """One clip of a package; the `number`-th one, below `folder` (default: the package)."""
    item = find_media(request.project, clip.media)
    encode = {"patch": request.layer, "clip": request.clip, "matte": MATTE_ENCODING}[part]
    mark = _MARKS[part]
    name = f"{plain_name(Path(item.name).stem)}_{clip.id}_{mark}{number:02d}"
    output = (folder or request.output) / FOLDERS[part] / f"{name}{_suffix(encode)}"
    return ClipMovieRequest(
        project=request.project,
        sequence=sequence.id,
        clip=clip.id,
        output=output,
        part=part,
        frames=request.frames,
        handles_s=request.handles_s,
        reel=reel_name(Path(item.name).stem, mark, number),
        encode=encode,
    )


def timeline_folder(part: Part) -> str:
    """Where in a package the timelines lie that show these files."""
    return f"timelines/{FOLDERS[part]}"


def _suffix(encode: EncodeSettings) -> str:
    return ".mov" if encode.codec == "auto" else CODECS[encode.codec].containers[0]


class _Joined:
    """Progress of one file within that of all: its frames go on from those before."""

    def __init__(self, inner: Progress, total: int) -> None:
        self._inner, self._total, self._before = inner, total, 0

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        if stage == "render":
            done, total = min(self._before + done, self._total), self._total
        self._inner.report(stage, done, total, note)

    def check(self) -> None:
        self._inner.check()

    def ended(self, frames: int) -> None:
        """A file with so many frames is written."""
        self._before += frames


class Packing:
    """Makes one package."""

    def __init__(
        self,
        request: PackageRequest,
        clips: tuple[model.Clip, ...],
        services: Services,
        progress: Progress,
        takes: TakeCache,
    ) -> None:
        self._request, self._clips, self._services, self._takes = request, clips, services, takes
        self._sequence = find_sequence(request.project, request.sequence)
        self._name = plain_name(self._sequence.name, "cut")
        self._folder, self._owner = Path(), ""
        self._parts: tuple[Part, ...] = (*request.parts, *(("matte",) if request.mattes else ()))
        self._plain, self._total = progress, self._planned()
        self._progress = _Joined(progress, self._total)

    def run(
        self, part: PartFolder, finished: Callable[[FrameDone], None] | None, owner: str
    ) -> PackageReport:
        """Fill the part folder."""
        started = time.monotonic()
        self._folder, self._owner = part.part, owner
        self._plain.report(PLAN, 0, self._total)
        reports = self._write_clips(finished)
        reference = self._write_reference() if self._request.reference else None
        project = self._with_originals()
        losses = self._write_timelines(part, project, reports)
        notes = _notes(reports, reference)
        self._write_papers(part, reports, losses, notes)
        self._progress.report("render", 0, self._total)
        return PackageReport(
            output=str(self._request.output.absolute()),
            frames=self._total,
            clips=reports,
            reference=reference,
            losses=losses,
            files=files_below(self._folder, self._plain),
            seconds=round(time.monotonic() - started, 3),
            notes=notes,
        )

    def _planned(self) -> int:
        """Frames of all files together."""
        total = 0
        for clip in self._clips:
            for part in self._parts:
                wanted = clip_request(self._request, self._sequence, clip, part)
                total += planned_frames(wanted)
        return total + (len(delivered_frames(self._movie())) if self._request.reference else 0)

    def _movie(self) -> MovieRequest:
        project = self._request.project
        settings = msgspec.structs.replace(project.settings, encode=_REFERENCE)
        return MovieRequest(
            project=msgspec.structs.replace(project, settings=settings),
            sequence=self._sequence.id,
            output=self._folder / "reference" / f"{self._name}.mp4",
            frames=self._request.frames,
        )

    def _write_clips(
        self, finished: Callable[[FrameDone], None] | None
    ) -> tuple[ClipMovieReport, ...]:
        reports = []
        for part in self._parts:
            (self._folder / FOLDERS[part]).mkdir()
        for number, clip in enumerate(self._clips, 1):
            for part in self._parts:
                wanted = clip_request(
                    self._request, self._sequence, clip, part, number, self._folder
                )
                report = export_clip(
                    wanted,
                    self._services,
                    self._progress,
                    self._takes,
                    finished,
                    owner=self._owner,
                )
                self._progress.ended(report.frames)
                reports.append(msgspec.structs.replace(report, output=self._final(report.output)))
        return tuple(reports)

    def _write_reference(self) -> MovieReport:
        movie = self._movie()
        movie.output.parent.mkdir()
        report = export_movie(
            movie, self._services, self._progress, takes=self._takes, owner=self._owner
        )
        self._progress.ended(report.frames)
        return msgspec.structs.replace(report, output=self._final(report.output))

    def _final(self, path: str) -> str:
        """Where a file of the part folder will lie."""
        return str(self._request.output.absolute() / Path(path).relative_to(self._folder))

    def _with_originals(self) -> model.Project:
        """The project as the timelines show it: with copies of the media where they are asked."""
        if not self._request.copy_media:
            return self._request.project
        copied = copy_originals(
            self._request.project,
            self._sequence,
            self._request.frames,
            self._folder / "media",
            self._plain,
        )
        return msgspec.structs.replace(
            copied,
            media=tuple(
                msgspec.structs.replace(item, path=self._final(item.path))
                if Path(item.path).is_relative_to(self._folder)
                else item
                for item in copied.media
            ),
        )

    # ---- timelines ------------------------------------------------------------------

    def _write_timelines(
        self, part: PartFolder, project: model.Project, reports: Sequence[ClipMovieReport]
    ) -> tuple[TimelineLosses, ...]:
        losses = []
        for shown in self._request.parts:
            placements = {
                clip.id: delivered(report)
                for clip, report in zip(
                    self._clips, [r for r in reports if r.part == shown], strict=True
                )
            }
            folder = timeline_folder(shown)
            (self._folder / folder).mkdir(parents=True)
            for name in self._request.formats:
                made = made_timeline(self._request, project, placements, folder, name)
                for file in made.files:
                    part.write(f"{folder}/{file.name}", file.data)
                losses.append(made.told)
        return tuple(each for each in losses if each.losses)

    # ---- papers ---------------------------------------------------------------------

    def _write_papers(
        self,
        part: PartFolder,
        reports: tuple[ClipMovieReport, ...],
        losses: tuple[TimelineLosses, ...],
        notes: tuple[str, ...],
    ) -> None:
        from latentsync_studio.services.contact_sheet import png_bytes

        request, sequence = self._request, self._sequence
        shown = FrameRange(0, sequence.stop) if request.frames is None else request.frames
        image = cut_sheet(
            request.project,
            sequence,
            [(clip.id, clip.placed.intersection(shown) or clip.placed) for clip in self._clips],
            self._services,
            self._takes,
            self._plain,
        )
        part.write("contact-sheet.png", png_bytes(image))
        readme = readme_text(request, sequence, reports, losses, notes)
        part.write("README.md", readme.encode())
        told = {
            "clips": [msgspec.to_builtins(report) for report in reports],
            "losses": losses,
            "notes": notes,
        }
        files = files_below(self._folder, self._plain)
        receipt = receipt_text(request, sequence, self._engines(), files, told)
        part.write(RECEIPT, receipt.encode())

    def _engines(self) -> tuple[EngineSpec, ...]:
        """Those that drew, by id."""
        found: dict[str, EngineSpec] = {}
        for clip in self._clips:
            take = self._takes.get(self._request.project, self._sequence.id, clip.id, self._plain)
            for face in take.faces:
                found |= {spec.id: spec for spec in face.specs()}
        return tuple(found[name] for name in sorted(found))


def delivered(report: ClipMovieReport) -> Delivered:
    """A rendered clip as timelines place it."""
    from latentsync_studio.services.interchange.requests import Delivered

    return Delivered(
        path=Path(report.output),
        role="patch" if report.part == "patch" else "clip",
        rate=report.rate,
        frames=report.frames,
        begins=Fraction(*report.begins),
        first_label=report.first_label,
        is_drop=report.is_drop,
        reel=report.reel,
        width=report.width,
        height=report.height,
        has_alpha=report.part == "patch",
    )


def _notes(reports: tuple[ClipMovieReport, ...], reference: MovieReport | None) -> tuple[str, ...]:
    notes = [note for report in reports for note in report.notes]
    if reference is not None:
        notes += [span.text for span in reference.passed_through]
    return tuple(dict.fromkeys(notes))

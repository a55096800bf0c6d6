"""The main job on the bundled sample, with a picture and a report to judge it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.installed import resource
from latentsync_studio.core.json_text import json_text
from latentsync_studio.services.contact_sheet import before_after, write_png
from latentsync_studio.services.inspect import analysed
from latentsync_studio.services.overwriting import refuse_overwriting, write_whole
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderReport, RenderRequest

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.wiring import Services


class DemoReport(RenderReport, frozen=True, kw_only=True):
    """A render's report, and where its pictures are.

    Attributes:
        contact_sheet: PNG with mouths of the source above those of the result.
        report: this report as a file.
    """

    contact_sheet: str
    report: str


def sample_request(folder: Path) -> RenderRequest:
    """Ask for the sample's result in `folder`, with the default engine and settings."""
    return RenderRequest(
        video=resource("sample/portrait.mp4"),
        audio=resource("sample/speech.wav"),
        output=folder / "result.mp4",
    )


def run_demo(folder: Path, services: Services, progress: Progress) -> DemoReport:
    """Write result.mp4, contact_sheet.png and report.json into `folder`, made where missing.

    Raises:
        InputError: one of them is a link to the sample, which would be overwritten.
        StorageError: the folder cannot be made or written to.
        StudioError: as `render`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made: {error.strerror}.",
            remedy="Choose another folder with -o.",
        ) from error
    request = sample_request(folder)
    sheet, summary = folder / "contact_sheet.png", folder / "report.json"
    for output in (request.output, sheet, summary):
        refuse_overwriting(output, (request.video, request.audio))
    report = render(request, services, progress)
    seen = analysed(request.video, services, progress)
    # The sample's speech is shorter than its clip: frame t of the result shows frame t of the clip.
    same = np.arange(report.frames, dtype=np.int32)
    picture = before_after(request.video, request.output, seen.analysis.tracks[0], same)
    write_png(sheet, picture)
    told = DemoReport(
        **msgspec.structs.asdict(report), contact_sheet=str(sheet), report=str(summary)
    )
    write_whole(summary, json_text(told, indent=2).encode("ascii") + b"\n")
    return told

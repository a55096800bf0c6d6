"""Quality of jobs that are done: a line in the list, and the way to spans that need somebody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from latentsync_studio.core.quality.curves import Closure, Curve, Figure
from latentsync_studio.core.quality.gate import judge
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.services.quality.kept import save_movie
from latentsync_studio.services.quality.of_job import JobQuality, MeasuredPart
from latentsync_studio.services.queue import JobQueue
from latentsync_studio.services.render import job_id
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.ui.jobs.findings_dialog import FindingsDialog
from latentsync_studio.ui.jobs.model import QUALITY
from latentsync_studio.ui.jobs.panel import JobsPanel
from latentsync_studio.ui.jobs.quality_words import figures_of, line_of
from tests.ui.quality.bench import measured

DOT = " \N{MIDDLE DOT} "


@pytest.fixture
def panel(qtbot, desk):
    shown = JobsPanel(desk.workbench)
    desk.setCentralWidget(shown)
    desk.resize(420, 600)
    return shown


def done(services, number=1):
    """A render that is done, and its request."""
    request = RenderRequest(
        video=Path("/nowhere/a.mp4"), audio=Path("/a.wav"), output=Path(f"/nowhere/{number}.mp4")
    )
    job = JobQueue(services).enqueue(request, f"Render {number}")
    services.jobs.finish(job.id)
    return job, request


def part(name="", clip=None, quality=None, at=0):
    known = measured() if quality is None else quality
    return MeasuredPart(
        name=name, clip=clip, quality=known, at=at, attentions=judge(known, Limits()).attentions
    )


def test_a_render_says_its_figures_and_lists_its_spans(qtbot, desk, panel, services):
    job, request = done(services)
    save_movie(job_id(request), measured(), services)
    other, _ = done(services, 2)
    desk.jobs.refresh()
    qtbot.waitUntil(lambda: panel.model.index(0).data(QUALITY) not in {None, ""})
    line = panel.model.index(0).data(QUALITY)
    assert line == DOT.join(
        ["lag +3 frames", "sharpness 100\N{NO-BREAK SPACE}%", "3 spans need you"]
    )
    assert line in panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert panel.model.index(1).data(QUALITY) == ""
    panel.choose(job.id)
    assert line in panel.details.text.text()
    assert [b.text() for b in panel.details.buttons] == [
        "Spans that need you...", "Open", "Show in folder",
    ]  # fmt: skip
    panel.details.buttons[0].click()
    assert panel.dialog.list.topLevelItemCount() == 3
    assert not panel.dialog.go_button.isEnabled()  # of no open sequence
    assert "41.60 s" in {panel.dialog.list.topLevelItem(k).text(0) for k in range(3)}
    panel.details.buttons[0].click()  # once more: one list at a time
    qtbot.waitUntil(lambda: len(desk.findChildren(FindingsDialog)) == 1)
    assert panel.dialog is desk.findChild(FindingsDialog)
    panel.close_panel()
    assert panel.dialog is None
    panel.choose(other.id)
    assert [b.text() for b in panel.details.buttons] == ["Open", "Show in folder"]


def test_what_is_measured_later_is_said_then(qtbot, desk, panel, services):
    _, request = done(services)
    desk.jobs.refresh()
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    assert panel.model.index(0).data(QUALITY) == ""
    qtbot.waitUntil(lambda: desk.workbench.qualities.is_settled)
    save_movie(job_id(request), measured(), services)
    desk.workbench.quality.measured.emit("c1")
    qtbot.waitUntil(lambda: "need you" in panel.model.index(0).data(QUALITY))


def test_of_several_clips_the_worst_is_told():
    calm = measured(curves={}, figures={"agreement": Figure(0.4)})
    found = JobQuality(parts=(part("good", quality=calm), part("poor")), unmeasured=("far", "near"))
    told = ["worst of 2 clip(s), poor: lag +3 frames", "sharpness 100\N{NO-BREAK SPACE}%"]
    assert line_of(found) == DOT.join([*told, "3 spans need you", "2 clip(s) not measured"])
    assert line_of(JobQuality(parts=(part(quality=calm),))) == f"sync 0.40{DOT}no span needs you"
    assert line_of(JobQuality(parts=(), unmeasured=("far",))) == ""


def test_closures_are_counted_where_they_were_watched():
    shut = measured().curves["aperture"].result.copy()
    sounds = tuple(Closure(k * 0.8 + 0.1, k * 0.8 + 0.2, "p") for k in range(9))
    shut[:] = 0.1
    shut[:60] = 0.0
    of = {"curves": {"aperture": Curve.of(shut)}, "closures": sounds}
    (told,) = figures_of(measured(**of, figures={"closure_recall": Figure(3 / 9)}))
    assert told == "closures 3 of 9"
    (told,) = figures_of(measured(**of, figures={"closure_recall": Figure(0.9)}))
    assert told == "closures 90\N{NO-BREAK SPACE}%"
    assert np.isnan(measured(**of, figures={}).figure("closure_recall").result)

"""The list of what a job left to look at leads to the spans of the open project."""

from __future__ import annotations

from latentsync_studio.core.quality.gate import judge
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.services.quality.of_job import JobQuality, MeasuredPart
from latentsync_studio.ui.jobs.findings_dialog import FindingsDialog
from tests.ui.quality.bench import measured


def part(clip):
    known = measured()
    spans = judge(known, Limits()).attentions
    return MeasuredPart(name="talk", clip=clip, quality=known, at=20 - 1000, attentions=spans)


def test_a_span_of_the_open_project_is_gone_to(known, qtbot):
    sequence = known.session.sequence
    found = JobQuality(parts=(part("c21"),), sequence=sequence)
    seen = []
    known.actions.bind("window.attention", lambda: seen.append("list"))
    dialog = FindingsDialog("Export", found, known)
    rows = [dialog.list.topLevelItem(k) for k in range(3)]
    blurred = next(row for row in rows if row.text(2).startswith("Sharpness"))
    dialog.list.setCurrentItem(blurred)
    assert dialog.go_button.isEnabled()
    dialog.go()
    assert known.session.playhead == 20 + 40
    assert known.session.clips == {"c21"}
    assert seen == ["list"]
    dialog.close()


def test_a_clip_that_is_gone_cannot_be_gone_to(known):
    found = JobQuality(parts=(part("c99"),), sequence=known.session.sequence)
    dialog = FindingsDialog("Export", found, known)
    assert not dialog.go_button.isEnabled()
    dialog.close()

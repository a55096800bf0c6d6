"""The list of what a job left to look at leads to the spans of the open project."""

from __future__ import annotations

from latentsync_studio.core.quality.gate import judge
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.services.quality.of_job import JobQuality, MeasuredPart
from latentsync_studio.ui.jobs.findings_dialog import FindingsDialog
from tests.ui.quality.bench import measured


def part(clip, medium):
    known = measured()
    return MeasuredPart(
        name="talk",
        clip=clip,
        quality=known,
        at=20 - 1000,
        attentions=judge(known, Limits()).attentions,
        medium=medium,
    )


def shown_by(bench):
    """Path of what the clip shows."""
    return find_media(bench.store.project, bench.session.sequence.tracks[0].clips[0].media).path


def test_a_span_of_the_open_project_is_gone_to(known, qtbot):
    sequence = known.session.sequence
    found = JobQuality(parts=(part("c21", shown_by(known)),), sequence=sequence)
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
    found = JobQuality(parts=(part("c99", shown_by(known)),), sequence=known.session.sequence)
    dialog = FindingsDialog("Export", found, known)
    assert not dialog.go_button.isEnabled()
    dialog.close()


def test_a_clip_of_another_project_with_the_same_ids_cannot_be_gone_to(known):
    found = JobQuality(parts=(part("c21", "/other/talk.mp4"),), sequence=known.session.sequence)
    dialog = FindingsDialog("Export", found, known)
    assert dialog.list.topLevelItemCount() > 0
    assert not dialog.go_button.isEnabled()
    dialog.go()
    assert known.session.playhead == 0
    dialog.close()

"""Spans are looked up in the background, for the clips whose parts of the document changed."""

from __future__ import annotations

import pytest

from latentsync_studio.core.timeline.edits.clips import override
from latentsync_studio.core.timeline.edits.tracks import drive_lips, rename_track
from latentsync_studio.ui.timeline import spans
from tests.ui.timeline.scenes import A2, V2, talk


@pytest.fixture
def looked(bench, qtbot):
    """The clips that were looked up for an answer, one set for each time."""
    found = []
    bench.spans.changed.connect(found.append)
    bench.store.open(talk())
    qtbot.waitUntil(lambda: bench.spans.is_settled and bool(found), timeout=20_000)
    return found


def settle(bench, qtbot):
    qtbot.waitUntil(lambda: bench.spans.is_settled, timeout=20_000)


def test_only_clips_under_speech_have_spans(bench, looked):
    assert looked == [frozenset({"c100"})]
    assert bench.spans.spans_of("c101") == ()


def test_a_clip_whose_file_is_gone_says_so(bench, looked):
    (span,) = bench.spans.spans_of("c100")
    assert span.state == "failed"
    assert "/nowhere/interview take 3.mp4" in span.text
    assert (span.frames.start, span.frames.stop) == (25, 225)


def test_what_does_not_matter_for_a_clip_looks_nothing_up(bench, looked, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(spans, "_looked_up", lambda *of: asked.append(of[2]) or ())
    bench.store.edit("Rename", lambda p: rename_track(p, V2, "Titles"))
    settle(bench, qtbot)
    assert asked == []
    bench.store.edit("Setting", lambda p: override(p, ["c100"], "compose.strength", 0.5))
    settle(bench, qtbot)
    qtbot.waitUntil(lambda: asked == ["c100"], timeout=20_000)


def test_a_finished_job_looks_again(bench, looked, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(spans, "_looked_up", lambda *of: asked.append(of[2]) or ())
    bench.jobs.job_done.emit("j1")
    qtbot.waitUntil(lambda: asked == ["c100"], timeout=20_000)
    bench.spans._live.setInterval(10)
    bench.jobs.frame_finished.emit(object())
    qtbot.waitUntil(lambda: asked == ["c100", "c100"], timeout=20_000)


def test_spans_go_when_the_lane_drives_nothing_any_more(bench, looked, qtbot):
    bench.store.edit("No lips", lambda p: drive_lips(p, A2, None))
    qtbot.waitUntil(lambda: bench.spans.spans_of("c100") == (), timeout=20_000)
    assert looked[-1] == frozenset({"c100"})


def test_after_close_nothing_is_looked_up(bench, looked):
    bench.spans.close()
    bench.spans.recompute()
    assert bench.spans.is_settled
    assert bench.background.pending == 0

"""What was synthesized is seen, compared and changed live; no engine runs for it."""

from __future__ import annotations

import numpy as np
import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.timeline.edits.clips import override
from latentsync_studio.engines.mouthbank.session import MouthBankSession
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.ui.viewer.panel import ViewerPanel
from tests.services.conftest import cut_clip, cut_speech
from tests.services.timeline.projects import SEQUENCE, clip, item_of, project

pytestmark = pytest.mark.slow

FRAMES, SHOWN = 24, 9


@pytest.fixture
def spoken(tmp_path):
    """A project with a clip of somebody who talks and a speech that drives the lips."""
    video = item_of(cut_clip(tmp_path / "talk.mp4", FRAMES), 1)
    audio = item_of(cut_speech(tmp_path / "speech.wav", FRAMES / 25), 2)
    whole = (0, FRAMES)
    return project((video, audio), {"V1": [clip(1, 1, 0, whole)], "A1": [clip(2, 2, 0, whole)]})


@pytest.fixture
def viewer(qtbot, workbench, playback, spoken):
    made = ViewerPanel(workbench)
    made.resize(640, 560)
    qtbot.addWidget(made)
    made.show()
    workbench.store.open(spoken)
    workbench.session.seek(SHOWN)
    qtbot.waitUntil(lambda: playback.pictures.is_exact, timeout=30_000)
    yield made
    made.close_panel()


def settle(qtbot, playback):
    qtbot.waitUntil(lambda: playback.pictures.is_exact, timeout=30_000)


def test_a_finished_job_is_seen_and_a_slider_changes_it_without_an_engine(
    qtbot, viewer, workbench, playback, spoken, monkeypatch
):
    assert "Not synthesized yet" in viewer.line.text()
    assert playback.pictures.current.result is playback.pictures.current.source
    viewer.views.follow.click()  # the playhead stays
    finished = []
    request = SynthesisRequest(project=spoken, sequence=SEQUENCE)
    synthesize(request, workbench.services, CallbackProgress(), finished.append)
    monkeypatch.setattr(MouthBankSession, "synthesize", pytest.fail)
    for done in finished:
        workbench.jobs.frame_finished.emit(done)
    qtbot.waitUntil(lambda: "drawn by mouthbank" in viewer.line.text(), timeout=30_000)
    source = playback.pictures.current.source
    full = playback.pictures.current.result.astype(int)
    assert np.abs(full - source).max() > 10

    workbench.session.use_view("difference")
    assert viewer.canvas.composed.largest == np.abs(full - source).max()
    workbench.session.use_view("wipe")
    assert viewer.canvas.composed.left is source

    ids = [workbench.session.sequence.tracks[0].clips[0].id]
    gesture = workbench.store.gesture("Strength")
    amounts = []
    for strength in (0.5, 0.0):
        gesture.show(lambda p, s=strength: override(p, ids, "compose.strength", s))
        assert not playback.pictures.is_current  # asked for at once, nothing is waited for
        settle(qtbot, playback)
        amounts.append(np.abs(playback.pictures.current.result.astype(int) - source).mean())
    assert 0 < amounts[0] < np.abs(full - source).mean()
    assert amounts[1] == 0
    gesture.cancel()
    settle(qtbot, playback)
    assert np.array_equal(playback.pictures.current.result, full)

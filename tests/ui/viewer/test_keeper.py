"""Copies of frames are made when nothing else is to be done, and only then."""

import pytest

from latentsync_studio.core.errors import StorageError
from latentsync_studio.services.media_bin import exact_frames
from latentsync_studio.ui.viewer import keeper as keeping
from latentsync_studio.ui.viewer.keeper import FrameKeeper


@pytest.fixture
def keeper(workbench, playback, project, monkeypatch):
    """A keeper that finds every clip slow and looks at once, on a project of 60 frames."""
    monkeypatch.setattr(exact_frames, "GOAL_MS", 0.0)
    monkeypatch.setattr(exact_frames, "PIECE", 16)
    monkeypatch.setattr(keeping, "REST_MS", 20)
    made = FrameKeeper(workbench)
    yield made
    made.close()


def files(workbench):
    return workbench.services.frames.info().files


def test_all_pieces_are_made_once_it_is_quiet(qtbot, workbench, keeper, project):
    workbench.store.open(project)
    qtbot.waitUntil(lambda: keeper.plan is not None and not keeper.plan.missing, timeout=10_000)
    assert (files(workbench), keeper.plan.kept) == (4, 4)
    assert workbench.background.pending == 0


def test_nothing_is_made_while_it_plays_or_a_job_runs_or_nobody_wants_it(
    qtbot, workbench, keeper, project
):
    workbench.preferences.set("performance.exact_frames", value=False)
    workbench.store.open(project)
    workbench.preferences.set("performance.exact_frames", value=True)
    workbench.session.set_playing(True)
    workbench.jobs.running = "j1"
    for release in (
        lambda: workbench.session.set_playing(False),
        lambda: setattr(workbench.jobs, "running", None),
    ):
        keeper.look()
        assert (workbench.background.pending, files(workbench)) == (0, 0)
        release()
    keeper.look()
    assert workbench.background.pending == 1
    qtbot.waitUntil(lambda: files(workbench) == 4, timeout=10_000)


def test_a_disk_that_refuses_is_told_once_and_not_tried_again(
    qtbot, workbench, keeper, project, monkeypatch
):
    def refuse(*_):
        raise StorageError("The disk is read-only.", remedy="Choose another one.")

    monkeypatch.setattr(exact_frames.ExactFrames, "make", refuse)
    told = []
    workbench.message.connect(lambda text, level, _buttons: told.append((level, text)))
    workbench.store.open(project)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    keeper.wake()
    keeper.look()
    assert workbench.background.pending == 0
    ((level, text),) = told
    assert level == "warning"
    assert "read-only. Choose another one." in text


def test_a_cut_that_has_no_room_is_told_with_its_share(qtbot, workbench, keeper, project):
    workbench.services.frames.budget_bytes = 100_000
    told = []
    workbench.message.connect(lambda text, level, _buttons: told.append((level, text)))
    workbench.store.open(project)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert keeper.plan.left_out
    assert told[0][0] == "info"
    assert "next to the playhead" in told[0][1]

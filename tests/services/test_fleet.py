"""Processes that share the windows of a job: dealt out, heard, stopped, and their errors."""

import os
import signal

import pytest

from latentsync_studio.core.errors import Cancelled, InternalError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.fleet import Fleet, RemoteError, Share, Told, dealt

WINDOWS = [FrameRange(k * 16, k * 16 + 16) for k in range(5)]


def share(**more):
    values = {"windows": [(0, 16)], "device": "cpu", "owner": "", "workers": 1}
    return Share(**{**values, "in_flight_bytes": 1 << 27, **more})


def hopeless(tmp_path):
    """A share of a clip that does not exist."""
    words = ("render", str(tmp_path / "no.mp4"), str(tmp_path / "no.wav"), "-o", "/o.mp4")
    return share(render=(*words, "--engine", "mouthbank"))


def test_windows_are_dealt_out_in_turn_also_to_equal_names():
    shares = dealt([[window] for window in WINDOWS], ("cpu", "cpu"))
    assert list(shares.values()) == [WINDOWS[::2], WINDOWS[1::2]]
    assert len(dealt([WINDOWS[:2]], ("0", "1", "2"))) == 1


@pytest.mark.slow
def test_an_error_of_a_child_comes_back_as_what_it_was(tmp_path):
    with Fleet([hopeless(tmp_path)], tmp_path / "store") as fleet:
        with pytest.raises(RemoteError) as caught:
            fleet.wait(WINDOWS[0], CallbackProgress())
        assert caught.value.code in {"missing-file", "bad-input"}
        assert "no.mp4" in str(caught.value)
        # It ends by itself while its input is still open: the others may have much to do yet.
        assert fleet._children[0].wait() == 1


@pytest.mark.slow
def test_a_child_that_is_killed_is_told_and_another_is_stopped_with_the_parent(tmp_path):
    with Fleet([hopeless(tmp_path), share()], tmp_path / "store") as fleet:
        os.kill(fleet._children[0].pid, signal.SIGKILL)
        with pytest.raises((InternalError, RemoteError)):
            fleet.wait(WINDOWS[0], CallbackProgress())
    assert all(child.poll() is not None for child in fleet._children)


def test_a_child_that_dies_after_its_last_window_is_no_loss(tmp_path, monkeypatch):
    monkeypatch.setattr("latentsync_studio.services.fleet.WORKER", "tests.services.telling")
    both = [share(windows=[(0, 16), (16, 32)]), share(windows=[])]
    with Fleet(both, tmp_path / "store") as fleet:
        for thread in fleet._threads:
            thread.join()  # both are dead
        assert fleet.wait(WINDOWS[0], CallbackProgress()) == "0"
        assert fleet.wait(WINDOWS[1], CallbackProgress()) == "1"
        with pytest.raises(InternalError, match="Nobody"):
            fleet.wait(WINDOWS[2], CallbackProgress())


def test_a_child_that_cannot_be_started_leaves_no_others_behind(tmp_path, monkeypatch):
    start = Fleet._start

    def failing(fleet, number):
        if number == 1:
            raise OSError("no more processes")
        start(fleet, number)

    monkeypatch.setattr(Fleet, "_start", failing)
    with pytest.raises(OSError, match="no more"), Fleet([share(), share()], tmp_path / "store"):
        pytest.fail("it began")  # the fixture against leaks finds a child that still lives


def test_waiting_for_a_window_can_be_stopped(tmp_path):
    progress = CallbackProgress()
    progress.stop.set()
    fleet = Fleet([], tmp_path / "store")
    with pytest.raises(Cancelled):
        fleet.wait(WINDOWS[0], progress)


def test_a_window_that_nobody_has_is_a_fault(tmp_path):
    with pytest.raises(InternalError, match="Nobody"):
        Fleet([], tmp_path / "store").wait(WINDOWS[0], CallbackProgress())


def test_remote_errors_keep_code_and_remedy():
    error = RemoteError(Told(code="disk-full", message="Full.", remedy="Free some."))
    assert (error.code, str(error), error.remedy) == ("disk-full", "Full.", "Free some.")

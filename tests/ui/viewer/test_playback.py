"""Playing follows the sound that is heard; pictures are left out, sound never."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtTest import QTest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.marks import set_work_area
from latentsync_studio.services.timeline.preview import Shown
from latentsync_studio.ui.viewer.playback import Playback
from tests.ui.viewer.scenes import PulledStream, no_device, number_in

FRAME = 1920  # samples at 25 fps and 48 kHz


class SilentMix:
    """Silence of any length."""

    def read(self, _project, _sequence, samples):
        return np.zeros((len(samples), 2), np.float32)

    def close(self):
        pass


@pytest.fixture
def streams():
    return []


@pytest.fixture
def heard(qtbot, workbench, project, streams):
    """A transport with a device that plays what the test pulls."""

    def open_stream(hz, fill):
        streams.append(PulledStream(hz, fill))
        return streams[-1]

    made = Playback(workbench, make_mix=lambda _hz, _n: SilentMix(), open_stream=open_stream)
    workbench.playback = made
    workbench.store.open(project)
    qtbot.waitUntil(lambda: made.pictures.is_exact, timeout=5000)
    yield made
    made.stop()
    made.close()


def begin(qtbot, playback, streams):
    playback.toggle()
    qtbot.waitUntil(lambda: bool(streams) and streams[0].is_running)


def test_the_playhead_is_where_the_sound_is(qtbot, heard, workbench, streams):
    begin(qtbot, heard, streams)
    QTest.qWait(60)
    assert workbench.session.playhead == 0  # nothing was heard yet
    for frame in (3, 7, 20):
        while sum(len(block) for block in streams[0].played) < frame * FRAME + FRAME // 2:
            streams[0].pull(FRAME // 2)
            QTest.qWait(1)
        qtbot.waitUntil(lambda frame=frame: workbench.session.playhead == frame)
    qtbot.waitUntil(lambda: abs(heard.pictures.current.frame - 20) <= 1, timeout=3000)
    assert heard.is_heard


class SlowServer:
    """Takes as long for a picture as for three frames."""

    def show(self, _project, _sequence, frame, *, exact, max_size=None, want_result=True):
        time.sleep(0.12)
        black = np.zeros((4, 4, 3), np.uint8)
        return Shown(frame=frame, source=black, result=black, is_exact=exact)

    def play(self, project, sequence, frame, **how):
        return self.show(project, sequence, frame, exact=False, **how)

    def interrupt(self):
        pass

    def invalidate(self):
        pass

    def close(self):
        pass


def test_slow_pictures_are_left_out_and_counted_and_the_clock_goes_on(qtbot, workbench, project):
    playback = Playback(workbench, make_server=SlowServer, open_stream=no_device)
    workbench.store.open(project)
    playback.toggle()
    begun = time.perf_counter()
    qtbot.waitUntil(lambda: workbench.session.playhead >= 25, timeout=5000)
    assert time.perf_counter() - begun < 2.0
    assert playback.rate.dropped >= 10
    playback.close()


def test_playing_stops_at_the_end_on_the_last_frame(qtbot, heard, workbench, streams):
    workbench.session.seek(57)
    begin(qtbot, heard, streams)
    for _ in range(4):
        streams[0].pull(FRAME)
        QTest.qWait(1)
    qtbot.waitUntil(lambda: not workbench.session.is_playing)
    assert workbench.session.playhead == 59
    qtbot.waitUntil(lambda: heard.pictures.is_exact, timeout=5000)
    assert number_in(heard.pictures.current.result) == 59


def test_play_at_the_end_begins_anew(qtbot, heard, workbench, streams):
    workbench.session.seek(59)
    begin(qtbot, heard, streams)
    assert workbench.session.playhead == 0


def test_a_loop_stays_within_the_work_area(qtbot, heard, workbench, streams):
    sequence = workbench.session.sequence.id
    workbench.store.edit("Work area", lambda p: set_work_area(p, sequence, FrameRange(10, 15)))
    workbench.session.switch(loop=True)
    workbench.session.seek(12)
    seen = set()
    workbench.session.playhead_changed.connect(seen.add)
    begin(qtbot, heard, streams)
    for _ in range(60):
        streams[0].pull(FRAME // 4)
        QTest.qWait(9)
    assert workbench.session.is_playing
    assert seen <= set(range(10, 15))
    assert {10, 14} <= seen


def test_seeking_while_playing_goes_on_from_there(qtbot, heard, workbench, streams):
    begin(qtbot, heard, streams)
    workbench.session.seek(40)
    assert workbench.session.is_playing
    QTest.qWait(50)
    qtbot.waitUntil(lambda: streams[0].is_running)
    streams[0].pull(FRAME + 100)
    qtbot.waitUntil(lambda: workbench.session.playhead == 41)


def test_mute_while_playing_goes_on_silently(qtbot, heard, workbench, streams):
    begin(qtbot, heard, streams)
    heard.mute(True)
    assert not heard.is_heard
    qtbot.waitUntil(lambda: workbench.session.playhead >= 2)
    qtbot.waitUntil(lambda: not streams[0].is_running)
    heard.mute(False)
    assert heard.is_heard


def test_switches_edits_and_sizes_do_not_interrupt_the_sound(qtbot, heard, workbench, streams):
    begin(qtbot, heard, streams)
    workbench.session.switch(snapping=False)
    heard.use((321, 123), want_result=False)
    heard.use((400, 300), want_result=True)
    workbench.preferences.set("performance.preview_quality", "quarter")
    media = workbench.store.project.media
    workbench.store.edit("Rename", lambda p: replace(p, media=(replace(media[0], name="x"),)))
    assert heard._clock._number == 1
    assert streams[0].is_running
    streams[0].pull(3 * FRAME + 1)
    qtbot.waitUntil(lambda: workbench.session.playhead == 3)
    qtbot.waitUntil(lambda: heard.pictures.current.frame >= 2, timeout=5000)


def test_without_a_device_it_plays_by_the_clock(qtbot, panel, workbench, playback):
    playback.toggle()
    begun = time.perf_counter()
    qtbot.waitUntil(lambda: workbench.session.playhead >= 20, timeout=5000)
    took = time.perf_counter() - begun
    assert 0.75 < took < 2.5
    assert not playback.has_device
    assert "no sound device" in panel.line.text()
    playback.toggle()
    qtbot.waitUntil(lambda: playback.pictures.is_exact, timeout=5000)
    assert number_in(panel.canvas.composed.picture) == workbench.session.playhead


@pytest.mark.parametrize(("presses", "speed"), [("L", 1), ("LL", 2), ("LLLLL", 8), ("LJ", -1)])
def test_shuttle_keys(panel, workbench, playback, presses, speed):
    workbench.session.seek(30)
    for key in presses:
        workbench.actions.trigger("play.forward" if key == "L" else "play.reverse")
    assert playback.speed == speed
    workbench.actions.trigger("play.stop")
    assert playback.speed == 0
    assert not workbench.session.is_playing


def test_backwards_it_stops_on_the_first_frame(qtbot, panel, workbench, playback):
    workbench.session.seek(30)
    playback.shuttle(Fraction(-8))
    qtbot.waitUntil(lambda: not workbench.session.is_playing, timeout=5000)
    assert workbench.session.playhead == 0
    qtbot.waitUntil(lambda: playback.pictures.is_exact, timeout=5000)
    assert number_in(panel.canvas.composed.picture) == 0


def test_every_picture_that_plays_is_the_frame_that_it_says(qtbot, panel, workbench, playback):
    wrong = []
    playback.shown.connect(
        lambda shown: number_in(shown.result) != shown.frame and wrong.append(shown.frame)
    )
    playback.toggle()
    qtbot.waitUntil(lambda: workbench.session.playhead >= 30, timeout=5000)
    playback.stop()
    qtbot.waitUntil(lambda: playback.pictures.is_exact, timeout=5000)
    assert wrong == []


def test_an_empty_sequence_does_not_play(workbench, playback):
    playback.toggle()
    assert not workbench.session.is_playing

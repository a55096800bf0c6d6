"""Sound: a bounded ring, a device that tells what is heard, a thread that mixes ahead."""

from __future__ import annotations

import threading
import time
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import Project, SequenceId
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.viewer.audio_output import NoSoundDevice, Speaker
from latentsync_studio.ui.viewer.clock import PlayClock
from latentsync_studio.ui.viewer.course import Course
from latentsync_studio.ui.workers.ring import SampleRing
from latentsync_studio.ui.workers.sound import BLOCK, HELD, SoundThread
from tests.ui.viewer.scenes import PulledStream, no_device

SEQUENCE = SequenceId("s1")
HZ = 48_000


def ramp(start, stop):
    """Samples that tell their own number."""
    return np.repeat(np.arange(start, stop, dtype=np.float32)[:, None], 2, axis=1)


class RampMix:
    """A mix whose sample n is n; `broken_from` on it fails."""

    def __init__(self, broken_from=None):
        self.broken_from, self.is_closed = broken_from, False
        self.projects = []

    def read(self, project, _sequence, samples):
        self.projects.append(project)
        if self.broken_from is not None and samples.stop > self.broken_from:
            raise InputError("The file is gone.")
        return ramp(samples.start, samples.stop)

    def close(self):
        self.is_closed = True


def test_a_new_volume_is_reached_within_a_block_without_a_click():
    ring = SampleRing(8000, 2)
    streams = []
    speaker = Speaker(ring, lambda hz, fill: streams.append(PulledStream(hz, fill)) or streams[-1])
    speaker.open(HZ)
    ring.restart(1)
    ring.write(np.ones((4000, 2), np.float32), 1, 1.0)
    speaker.gain = 0.5
    speaker.start()
    (stream,) = streams
    assert np.all(stream.pull(1000) == 0.5)
    speaker.gain = 0.25
    ramp_down = stream.pull(1000)[:, 0]
    assert (ramp_down[0], ramp_down[-1]) == (0.5, 0.25)
    assert np.abs(np.diff(ramp_down)).max() < 0.001
    assert np.all(stream.pull(1000) == 0.25)
    speaker.gain = 1.0
    stream.pull(500)
    assert np.all(stream.pull(500) == 1.0)
    speaker.close()


def test_a_first_block_without_a_time_does_not_hold_the_playhead_back():
    """As ALSA does on the way to a sound server: nothing is told of the first block only."""
    ring = SampleRing(8000, 2)
    streams = []
    speaker = Speaker(ring, lambda hz, fill: streams.append(PulledStream(hz, fill)) or streams[-1])
    speaker.open(HZ)
    streams[0].latency = 0.5
    ring.restart(1)
    ring.write(np.ones((4800, 2), np.float32), 1, 1.0)
    speaker.start()
    out = np.zeros((2400, 2), np.float32)
    for told in (0.0, 0.02):
        speaker._fill(
            out, 2400, SimpleNamespace(currentTime=7.0, outputBufferDacTime=7.0 + told), 0
        )
    time.sleep(0.1)
    assert speaker.heard() == 4800
    speaker.close()


def course(frames=500, *, loops=False, start=0):
    return Course(
        start=start,
        frames=FrameRange(0, frames),
        loops=loops,
        speed=Fraction(1),
        rate=FrameRate(25),
        hz=HZ,
    )


def until(condition, patience_s=3.0):
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.002)


@pytest.fixture
def streams():
    return []


@pytest.fixture
def mix():
    return RampMix()


@pytest.fixture
def sound(streams, mix):
    def open_stream(hz, fill):
        streams.append(PulledStream(hz, fill))
        return streams[-1]

    made = SoundThread(lambda _hz, _channels: mix, open_stream)
    yield made
    made.close()


def test_the_ring_gives_back_what_was_put_in_over_its_edge():
    ring = SampleRing(10, 2)
    ring.restart(1)
    out = np.zeros((7, 2), np.float32)
    for start in range(0, 70, 7):
        assert ring.write(ramp(start, start + 7), 1, 1.0)
        assert ring.read_into(out) == 7
        assert np.array_equal(out, ramp(start, start + 7))
    assert ring.read_into(out) == 0


def test_a_full_ring_lets_the_writer_wait_and_another_run_sends_it_away():
    ring = SampleRing(10, 2)
    ring.restart(1)
    told = []
    writer = threading.Thread(target=lambda: told.append(ring.write(ramp(0, 25), 1, 5.0)))
    writer.start()
    until(lambda: ring.filled == 10)
    ring.restart(2)
    writer.join(3)
    assert told == [False]
    assert ring.filled == 0


def test_a_ring_that_nobody_reads_is_told():
    ring = SampleRing(4, 2)
    ring.restart(1)
    assert ring.write(ramp(0, 5), 1, 0.01) is None


def test_the_speaker_counts_what_is_heard_not_what_is_taken():
    ring = SampleRing(48_000, 2)
    ring.restart(1)
    ring.write(ramp(0, 9600), 1, 1.0)
    made = []
    speaker = Speaker(ring, lambda hz, fill: made.append(fill) or PulledStream(hz, fill))
    speaker.open(HZ)
    speaker.start()
    out = np.zeros((9600, 2), np.float32)
    made[0](out, 9600, SimpleNamespace(currentTime=1.0, outputBufferDacTime=1.25), None)
    assert speaker.heard() == 0  # it leaves the device in a quarter of a second
    time.sleep(0.3)
    assert 0 < speaker.heard() <= 9600
    time.sleep(0.25)
    assert speaker.heard() == 9600  # no more than was taken


def test_an_empty_ring_is_silence_that_does_not_count(streams, sound, mix):
    number = sound.play(Project(), SEQUENCE, course(frames=1))
    until(lambda: sound.heard(number) == 0)
    assert np.array_equal(streams[0].pull(1920), ramp(0, 1920))
    assert streams[0].pull(100).max() == 0.0
    time.sleep(0.08)
    assert sound.heard(number) == 1920
    assert sound.underruns == 0  # the course was complete


def test_all_samples_come_in_order_through_loops(streams, sound):
    number = sound.play(Project(), SEQUENCE, course(frames=3, loops=True, start=1))
    until(lambda: sound.heard(number) is not None)
    played = []
    for _ in range(20):
        until(lambda: sound._ring.filled >= 1000)
        played.append(streams[0].pull(1000)[:, 0])
    heard = np.concatenate(played)
    assert np.array_equal(heard, (1920 + np.arange(20_000)) % 5760)


def test_mixing_is_bounded_by_the_ring(streams, sound, mix):
    number = sound.play(Project(), SEQUENCE, course())
    until(lambda: sound.heard(number) is not None)
    until(lambda: sound._ring.filled == HELD)
    time.sleep(0.02)
    assert len(mix.projects) <= HELD // BLOCK + 1


def test_an_edit_is_heard_in_the_next_block(streams, sound, mix):
    number = sound.play(Project(), SEQUENCE, course())
    until(lambda: sound.heard(number) is not None and sound._ring.filled == HELD)
    edited = Project(next_id=9)
    sound.update(edited)
    streams[0].pull(3 * BLOCK)
    until(lambda: edited in mix.projects)


def test_rest_is_silent_at_once_and_the_device_stays_open(streams, sound):
    number = sound.play(Project(), SEQUENCE, course())
    until(lambda: sound.heard(number) is not None)
    sound.rest()
    assert streams[0].pull(100).max() == 0.0
    until(lambda: not streams[0].is_running)
    again = sound.play(Project(), SEQUENCE, course(start=2))
    until(lambda: sound.heard(again) is not None)
    assert streams[0].pull(1)[0, 0] == 2 * 1920
    assert len(streams) == 1
    assert sound.heard(number) is None


def test_what_cannot_be_mixed_is_a_problem_of_that_run_only(streams):
    sound = SoundThread(lambda _hz, _channels: RampMix(broken_from=3 * BLOCK), PulledStream)
    number = sound.play(Project(), SEQUENCE, course())
    until(lambda: sound.problem(number) is not None)
    assert str(sound.problem(number)) == "The file is gone."
    assert sound.problem(number + 1) is None
    sound.close()


def test_closing_lets_go_of_device_and_files(streams, sound, mix):
    number = sound.play(Project(), SEQUENCE, course())
    until(lambda: sound.heard(number) is not None)
    sound.close()
    assert streams[0].is_closed
    assert mix.is_closed


def test_without_a_device_a_steady_clock_stands_in():
    sound = SoundThread(lambda _hz, _channels: RampMix(), no_device)
    clock = PlayClock(sound)
    clock.start(Project(), SEQUENCE, course(), sound=True)
    until(lambda: clock.samples() > 0)
    assert isinstance(clock.problem, NoSoundDevice)
    begun, first = time.perf_counter(), clock.samples()
    time.sleep(0.2)
    passed = clock.samples() - first
    assert passed == pytest.approx((time.perf_counter() - begun) * HZ, abs=0.02 * HZ)
    sound.close()


def test_when_sound_fails_on_the_way_the_clock_goes_on_from_there(streams):
    broken = RampMix(broken_from=HELD + 4 * BLOCK)

    def open_stream(hz, fill):
        streams.append(PulledStream(hz, fill))
        return streams[-1]

    sound = SoundThread(lambda _hz, _channels: broken, open_stream)
    clock = PlayClock(sound)
    clock.start(Project(), SEQUENCE, course(), sound=True)
    until(lambda: sound._ring.filled == HELD)
    streams[0].pull(2 * BLOCK)
    time.sleep(0.1)
    assert clock.samples() == 2 * BLOCK
    streams[0].pull(6 * BLOCK)
    until(lambda: clock.problem is None and clock.samples() >= 2 * BLOCK)
    until(lambda: not clock.has_sound or (clock.samples() and not clock.has_sound))
    assert 2 * BLOCK <= clock.samples() < HZ
    sound.close()


def test_a_device_that_only_swallows_samples_makes_no_haste(streams, sound):
    number = sound.play(Project(), SEQUENCE, course())
    until(lambda: sound.heard(number) is not None)
    begun = time.perf_counter()
    for _ in range(10):
        until(lambda: sound._ring.filled >= 4000)
        streams[0].pull(4000)
    assert sound.heard(number) <= (time.perf_counter() - begun) * HZ * 1.02 + HZ // 20

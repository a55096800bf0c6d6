"""The sound of a sequence, to the sample."""

from itertools import pairwise

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import Dissolve, DissolveId
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.services.timeline.mix import SequenceMix
from tests.media.movies import write_sound
from tests.services.timeline.projects import SEQUENCE, clip, item_of, project, with_track

HZ = 48_000
FRAME = HZ // 25


def noise(path, hz=HZ, channels=2, seconds=8.0, seed=1):
    """Write noise and return its item's path and the samples as written."""
    values = np.random.default_rng(seed).normal(0, 0.1, (round(hz * seconds), channels))
    soundfile.write(path, values.astype(np.float32), hz, subtype="FLOAT")
    return values.astype(np.float32)


@pytest.fixture
def two(tmp_path):
    """Two media of noise and their samples."""
    samples = [noise(tmp_path / f"{n}.wav", seed=n) for n in (1, 2)]
    return [item_of(tmp_path / f"{n}.wav", n) for n in (1, 2)], samples


@pytest.fixture
def mixed(services):
    opened = []

    def read(project, start, stop, hz=HZ, channels=2, **more):
        opened.append(SequenceMix(services, hz, channels, **more))
        return opened[-1].read(project, SEQUENCE, FrameRange(start, stop))

    yield read
    for mix in opened:
        mix.close()


def test_a_clip_is_heard_where_it_lies_and_silence_around_it(two, mixed):
    items, (one, _) = two
    cut = project(items, {"A1": [clip(1, 1, 10, (5, 30))]})
    heard = mixed(cut, 0, 40 * FRAME)
    assert not heard[: 10 * FRAME].any()
    assert np.array_equal(heard[10 * FRAME : 35 * FRAME], one[5 * FRAME : 30 * FRAME])
    assert not heard[35 * FRAME :].any()


def test_tracks_are_summed_and_switches_obeyed(two, mixed):
    items, (one, two_) = two
    cut = project(items, {"A1": [clip(1, 1, 0, (0, 50))], "A2": [clip(2, 2, 0, (3, 53))]})
    first, second = one[: 50 * FRAME], two_[3 * FRAME : 53 * FRAME]
    assert np.array_equal(mixed(cut, 0, 50 * FRAME), first + second)
    muted = with_track(cut, "A1", is_muted=True)
    assert np.array_equal(mixed(muted, 0, 50 * FRAME), second)
    solo = with_track(cut, "A1", is_solo=True)
    assert np.array_equal(mixed(solo, 0, 50 * FRAME), first)


def test_ntsc_cuts_repeat_and_lose_no_sample(two, mixed):
    items, (one, _) = two
    rate = FrameRate(30_000, 1001)
    cut = project(
        items, {"A1": [clip(n, 1, 7 * n, (7 * n, 7 * n + 7)) for n in range(1, 20)]}, rate=rate
    )
    heard = mixed(cut, 20_000, 200_000)
    assert np.array_equal(heard, one[20_000:200_000])


def test_in_pieces_it_sounds_as_in_one(two, services):
    items, _ = two
    cut = project(
        items,
        {
            "A1": [clip(1, 1, 0, (100, 150)), clip(2, 1, 50, (0, 60))],
            "A2": [clip(3, 2, 9, (0, 80))],
        },
    )
    whole, parts = SequenceMix(services, HZ), SequenceMix(services, HZ)
    one = whole.read(cut, SEQUENCE, FrameRange(0, 110 * FRAME))
    edges = [0, 777, 50_000, 50_001, 123_456, 110 * FRAME]
    many = [parts.read(cut, SEQUENCE, FrameRange(a, b)) for a, b in pairwise(edges)]
    whole.close()
    parts.close()
    assert np.array_equal(np.concatenate(many), one)


def test_a_dissolve_keeps_the_power(two, mixed):
    items, (one, two_) = two
    cut = project(items, {"A1": [clip(1, 1, 0, (0, 50)), clip(2, 2, 50, (60, 110))]})
    dissolve = Dissolve(id=DissolveId("d9"), left="c1", right="c2", before=10, after=10)
    heard = mixed(with_track(cut, "A1", dissolves=(dissolve,)), 0, 100 * FRAME)
    assert np.array_equal(heard[: 40 * FRAME], one[: 40 * FRAME])
    assert np.array_equal(heard[60 * FRAME :], two_[70 * FRAME : 110 * FRAME])
    middle = heard[49 * FRAME : 51 * FRAME]
    assert middle.std() == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize("codec", ["aac", "flac", "mp3"])
def test_a_jump_into_compressed_sound_lands_on_the_sample(codec, tmp_path, services):
    suffix = {"aac": "m4a", "flac": "flac", "mp3": "mp3"}[codec]
    name = {"mp3": "libmp3lame"}.get(codec, codec)
    item = item_of(write_sound(tmp_path / f"s.{suffix}", name, seconds=12.0), 1)
    cut = project([item], {"A1": [clip(1, 1, 0, (0, 250))]})
    straight = SequenceMix(services, HZ, is_exact=True)
    jumped = SequenceMix(services, HZ)
    whole = straight.read(cut, SEQUENCE, FrameRange(0, 240 * FRAME))
    part = jumped.read(cut, SEQUENCE, FrameRange(200 * FRAME, 210 * FRAME))
    straight.close()
    jumped.close()
    assert np.abs(part - whole[200 * FRAME : 210 * FRAME]).max() < 2e-3


def test_resampled_sound_does_not_depend_on_where_reading_began(tmp_path, services):
    noise(tmp_path / "s.wav", hz=44_100, channels=1)
    cut = project([item_of(tmp_path / "s.wav", 1)], {"A1": [clip(1, 1, 0, (0, 200))]})
    straight, jumped = SequenceMix(services, HZ), SequenceMix(services, HZ)
    whole = straight.read(cut, SEQUENCE, FrameRange(0, 8 * HZ))
    part = jumped.read(cut, SEQUENCE, FrameRange(5 * HZ, 6 * HZ))
    straight.close()
    jumped.close()
    assert np.abs(part - whole[5 * HZ : 6 * HZ]).max() < 1e-5
    assert np.array_equal(whole[:, 0], whole[:, 1])
    assert whole[:-100].std() > 0.05


def test_more_channels_are_mixed_down_and_mono_is_the_mean(tmp_path, services, mixed):
    item = item_of(write_sound(tmp_path / "s.wav", "pcm_s16le", layout="5.1"), 1)
    cut = project([item], {"A1": [clip(1, 1, 0, (0, 50))]})
    assert mixed(cut, 0, 2 * HZ).shape == (2 * HZ, 2)
    assert mixed(cut, 0, 2 * HZ, channels=6).std() > 0
    assert np.abs(mixed(cut, 0, 2 * HZ, channels=1)).max() > 0.3


def test_a_disabled_clip_is_silent(two, mixed):
    items, (one, _) = two
    disabled = replace(clip(1, 1, 0, (0, 50)), is_enabled=False)
    assert not mixed(project(items, {"A1": [disabled]}), 0, 50 * FRAME).any()
    assert one.any()

"""Damaged files: what can be shown is shown, what cannot is repeated, and it is always the same."""

import random
from fractions import Fraction

import av
import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.reader import FrameReader
from tests.media.frame_ids import X264, make_clip, number_of, numbers

# The tests damage frame 24 of "rate 25" (a predicted one), and its keyframe at the beginning.


def damaged_copy(source, target, packets, *, noise=False):
    """Overwrite the data of some packets (numbered as stored)."""
    data, draw = bytearray(source.read_bytes()), random.Random(1)
    with av.open(str(source)) as container:
        stored = [p for p in container.demux(video=0) if p.size]
        for number in packets:
            at, size = stored[number].pos, stored[number].size
            data[at + 8 : at + size] = draw.randbytes(size - 8) if noise else bytes(size - 8)
    target.write_bytes(data)
    return target


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("name", ["rate 25", "open GOP H.264", "motion JPEG", "4:2:2 10 bit"])
@pytest.mark.parametrize("packet", [20, 24])
def test_lost_frames_repeat_the_last_good_one(clip, tmp_path, name, packet, noise):
    source = clip(name)
    path = damaged_copy(source, tmp_path / f"d{source.suffix}", [packet], noise=noise)
    with FrameReader(path) as reader:
        shown = list(reader.frames())
        assert 1 <= len(reader.damaged) <= 12
        for picture in shown:
            good = max(set(range(picture.index + 1)) - reader.damaged)
            assert number_of(picture) == good
        assert [p.pts for p in shown] == list(reader.index.pts)


@pytest.mark.parametrize("packet", [0, 20, 24])
def test_damaged_files_read_the_same_in_any_order(clip, tmp_path, packet):
    path = damaged_copy(clip("rate 25"), tmp_path / "d.mp4", [packet], noise=True)
    with FrameReader(path) as reader:
        forward = [[p.tobytes() for p in picture.planes] for picture in reader.frames()]
    order = [40, 25, 24, 23, 26, *range(59, -1, -1), 11, 12]
    with FrameReader(path) as reader:
        for picture, number in zip(reader.walk(order), order, strict=True):
            assert [p.tobytes() for p in picture.planes] == forward[number]


def test_frames_before_the_first_good_one_show_it(clip, tmp_path):
    path = damaged_copy(clip("rate 25"), tmp_path / "d.mp4", [0])
    with FrameReader(path) as reader:
        assert numbers(reader.frames()) == [12] * 12 + list(range(12, 60))
        assert reader.damaged == set(range(12))


def test_a_long_run_without_keyframes_is_not_lost_to_one_packet(clip, tmp_path):
    path = damaged_copy(clip("one keyframe"), tmp_path / "d.mp4", [30])
    with FrameReader(path) as reader:
        shown = numbers(reader.frames())
        lost = min(reader.damaged)
        assert shown[:lost] == list(range(lost))
        assert shown[lost : lost + 25] == [lost - 1] * 25
        assert shown[lost + 25 :] == list(range(lost + 25, 120))
        assert reader.damaged == set(range(lost, 120))  # the later ones may show traces


def test_a_clip_whose_only_keyframe_is_lost_is_refused(clip, tmp_path):
    path = damaged_copy(clip("one keyframe"), tmp_path / "d.mp4", [0])
    with pytest.raises(InputError, match=r"None of the 120 frames .* could be decoded"):
        FrameReader(path)


def test_a_file_cut_off_behind_its_table_keeps_the_frames_that_are_there(clip, tmp_path):
    source = clip("4:4:4")  # Matroska has no table at its end
    path = tmp_path / "cut.mkv"
    path.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with FrameReader(path) as reader:
        assert 10 < reader.index.n_frames < 60
        shown = [number_of(p) for p in reader.frames()]
        good = [n for n in range(reader.index.n_frames) if n not in reader.damaged]
        assert [shown[n] for n in good] == good


def test_a_change_of_size_on_the_way_is_refused_with_both_sizes(clip, tmp_path):
    path = tmp_path / "two.ts"
    other = tmp_path / "other.ts"
    make_clip(other, frames=12, size=(80, 48), pts=lambda i: i + 60)
    path.write_bytes(clip("open GOP transport stream").read_bytes() + other.read_bytes())
    with FrameReader(path) as reader, pytest.raises(InputError, match=r"80x48 .* 160x96"):
        for _ in reader.frames():
            pass


@pytest.fixture(scope="module")
def interlaced(tmp_path_factory):
    """48 frames that say that they are interlaced, of about 8 kB each."""
    path = tmp_path_factory.mktemp("interlaced") / "clip.mp4"
    noise = np.random.default_rng(0).integers(0, 255, (96, 160, 3), dtype=np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={**X264, "x264-params": "tff=1"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.gop_size = 12
        for number in range(48):
            frame = av.VideoFrame.from_ndarray(np.roll(noise, 3 * number, 1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.5])
def test_a_damaged_interlaced_clip_keeps_its_frames_and_times(interlaced, tmp_path, share):
    with FrameReader(interlaced) as reader:
        assert reader.video.interlaced
        whole = reader.index
    data = bytearray(interlaced.read_bytes())
    at, size = int(share * len(data)), len(data) // 10
    data[at : at + size] = random.Random(2).randbytes(size)
    path = tmp_path / "d.mp4"
    path.write_bytes(data)
    with FrameReader(path) as reader:
        assert reader.index.pts == whole.pts
        assert not reader.index.counted
        shown = list(reader.frames())
        assert len(shown) == 48
        assert 1 <= len(reader.damaged) < 30


def test_packets_without_a_time_do_not_cost_the_times_of_all_others(clip, tmp_path):
    source = clip("open GOP transport stream")
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        places = [p.pos for p in container.demux(video=0) if p.size]
    for place in places[20:22]:
        at = data.index(b"\0\0\1\xe0", place)  # ISO/IEC 13818-1, 2.4.3.6: a PES header
        data[at + 7] = 0  # says that no time follows
    path = tmp_path / "d.ts"
    path.write_bytes(data)
    with FrameReader(source) as reader:
        whole = reader.index
    with FrameReader(path) as reader:
        assert not reader.index.counted
        assert set(reader.index.pts) <= set(whole.pts)
        assert reader.index.n_frames >= 58

"""No reader may ever deliver a wrong frame, in whatever order frames are asked for."""

import hashlib
import random

import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.reader import FrameReader
from tests.media.conftest import RECIPES
from tests.media.frame_ids import number_of, numbers

FIRST_NUMBER = {"edit list": 13}
COUNTS = {"edit list": 67}


def digest(picture):
    return hashlib.blake2b(b"".join(p.tobytes() for p in picture.planes)).digest()


def expected_numbers(name):
    first = FIRST_NUMBER.get(name, 0)
    count = COUNTS.get(name, RECIPES[name][1].get("frames", 60))
    return list(range(first, first + count))


@pytest.mark.parametrize("name", RECIPES)
def test_every_order_delivers_exactly_the_frames_asked_for(clip, name):
    expected = expected_numbers(name)
    count, draw = len(expected), random.Random(7)
    with FrameReader(clip(name)) as reader:
        forward = list(reader.frames())
        assert numbers(forward) == expected
        assert [p.pts for p in forward] == list(reader.index.pts)
        digests = [digest(p) for p in forward]
        del forward
        at_random = [draw.randrange(count) for _ in range(40)]
        assert [digest(reader.read(i)) for i in at_random] == [digests[i] for i in at_random]
        backwards = range(count - 1, -1, -1)
        assert [digest(reader.read(i)) for i in backwards] == digests[::-1]
        order = [*at_random, *backwards, *range(0, count, 7), *range(count - 1, 0, -5)]
        assert [digest(p) for p in reader.walk(order)] == [digests[i] for i in order]
        assert reader.damaged == set()


def test_the_last_frames_of_a_pass_are_not_decoded_again(clip):
    with FrameReader(clip("rate 25")) as reader:
        digests = [digest(p) for p in reader.frames()]
        a_frame = sum(p.nbytes for p in reader.read(0).planes)
    with FrameReader(clip("rate 25"), tail_bytes=5 * a_frame) as reader:
        last = list(reader.frames())[-5:]
        order = [*range(len(digests)), *range(len(digests) - 1, -1, -1)]
        again = list(reader.walk(order))
    assert [digest(p) for p in again] == [digests[k] for k in order]
    count = len(digests)
    assert all(again[count - 5 + k] is last[k] for k in range(5))


def test_pictures_are_contiguous_read_only_and_tell_their_place(clip):
    with FrameReader(clip("turned 90")) as reader:
        picture = reader.read(31)
    assert (picture.index, picture.pts) == (31, reader.index.pts[31])
    assert (picture.width, picture.height) == (160, 96)
    assert all(p.flags.c_contiguous and not p.flags.writeable for p in picture.planes)
    assert number_of(picture) == 31  # valid after the reader is closed


def test_a_quarter_turn_swaps_the_chroma_subsampling(clip):
    with FrameReader(clip("4:2:2 turned")) as reader:
        picture, video = reader.read(0), reader.video
    assert (video.planar_format, picture.format.name) == ("yuv422p", "yuv440p")
    assert [p.shape for p in picture.planes] == [(96, 160), (48, 160), (48, 160)]


def test_walking_backwards_decodes_a_run_of_frames_once(clip, monkeypatch):
    with FrameReader(clip("one keyframe"), kept_frames=40) as reader:
        runs = []
        run = reader._decoder.run
        monkeypatch.setattr(reader._decoder, "run", lambda key: runs.append(key) or run(key))
        assert numbers(reader.walk(range(119, -1, -1))) == list(range(119, -1, -1))
    assert len(runs) == 3


def test_memory_is_bounded_in_frames_and_bytes(clip):
    frame = 160 * 96 * 3 // 2
    with FrameReader(clip("one keyframe"), kept_bytes=5 * frame) as reader:
        for _ in reader.walk(range(119, 60, -1)):
            assert len(reader._kept) <= 5
        for number in (119, 118, 90, 89, 100):
            reader.read(number)
            assert len(reader._kept) <= 5
        for _ in reader.frames():
            assert not reader._kept


def test_a_reader_goes_on_after_an_abandoned_walk_and_a_repeated_frame(clip):
    with FrameReader(clip("rate 25")) as reader:
        walk = reader.walk(range(50, 0, -1))
        assert number_of(next(walk)) == 50
        assert reader.read(7) is reader.read(7)
        assert numbers(reader.frames(20, 24)) == [20, 21, 22, 23]
        assert number_of(next(walk)) == 49


@pytest.mark.parametrize("number", [-1, 60])
def test_frames_outside_the_clip_are_refused_with_its_length(clip, number):
    with FrameReader(clip("rate 25")) as reader, pytest.raises(InputError, match="frames 0 to 59"):
        reader.read(number)


def test_two_readers_of_one_file_do_not_disturb_each_other(clip):
    with FrameReader(clip("rate 25")) as a, FrameReader(clip("rate 25"), threads=1) as b:
        pairs = zip(a.frames(), b.walk(range(59, -1, -1)), strict=True)
        assert all(number_of(x) + number_of(y) == 59 for x, y in pairs)


@pytest.mark.slow
def test_real_clips_read_the_same_in_any_order(shared_clips):
    with FrameReader(shared_clips / "talker3.mp4") as reader:
        forward = [digest(p) for p in reader.frames()]
        order = [124, 3, 60, 59, 58, 124, 0]
        assert [digest(p) for p in reader.walk(order)] == [forward[i] for i in order]
        assert reader.index.n_frames == 125
        assert np.all(np.diff(reader.index.pts) > 0)

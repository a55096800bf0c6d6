"""On the way to a frame those that no other is built on are left out; what is shown is the same."""

from itertools import pairwise

import pytest

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.media.reader import FrameReader
from tests.media.frame_ids import X264, make_clip, number_of
from tests.media.test_reader_damage import damaged_copy

CODECS = {
    "H.264": {"options": {**X264, "x264-params": "bframes=3:b-pyramid=normal:scenecut=0"}},
    "HEVC": {
        "codec": "libx265",
        "options": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:bframes=3"},
    },
}


@pytest.fixture(scope="module", params=CODECS)
def long_gop(request, tmp_path_factory):
    """60 numbered frames with one keyframe, half of them built on by no other."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    return make_clip(path, gop=250, **CODECS[request.param])


def test_the_way_to_a_frame_delivers_fewer_frames_and_the_rest_comes_whole(long_gop):
    steps = []
    with FrameReader(long_gop) as reader:
        reader.check = lambda: steps.append(1)
        assert number_of(reader.read(50)) == 50
        assert len(steps) < 40
        assert [number_of(reader.read(k)) for k in range(51, 60)] == list(range(51, 60))
        assert [number_of(reader.read(k)) for k in (49, 48, 47, 12)] == [49, 48, 47, 12]
        assert [number_of(picture) for picture in reader.frames(7, 23)] == list(range(7, 23))
        assert reader.damaged == set()


def test_another_frame_wished_for_on_the_way_is_not_one_that_was_left_out(long_gop):
    for other in (11, 20, 33):
        steps = []

        def impatient(steps=steps):
            steps.append(1)
            if len(steps) == 6:
                raise Cancelled("Enough.")

        with FrameReader(long_gop) as reader:
            reader.check = impatient
            with pytest.raises(Cancelled):
                reader.read(55)
            assert number_of(reader.read(other)) == other
            assert reader.damaged == set()


@pytest.mark.parametrize("packet", [21, 23])
def test_with_damage_on_the_way_every_frame_is_that_of_a_whole_pass(tmp_path, packet):
    source = make_clip(tmp_path / "long.mp4", gop=250, **CODECS["H.264"])
    path = damaged_copy(source, tmp_path / "d.mp4", [packet], noise=True)
    with FrameReader(path) as reader:
        forward = [number_of(picture) for picture in reader.frames()]
        lost = reader.damaged
    assert lost
    assert all(b - a >= 0 for a, b in pairwise(forward))
    for wanted in (30, 59):
        with FrameReader(path) as reader:
            assert number_of(reader.read(wanted)) == forward[wanted]

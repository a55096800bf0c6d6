"""A wish that takes long can be given up; the reader goes on from where it is."""

from __future__ import annotations

import pytest

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.media.reader import FrameReader
from tests.media.frame_ids import make_clip, number_of


@pytest.fixture
def long_gop(tmp_path):
    """60 numbered frames and one keyframe."""
    return make_clip(tmp_path / "long.mp4", gop=250)


def test_what_check_raises_ends_the_wish_and_every_later_frame_is_right(long_gop):
    calls = []

    def impatient():
        calls.append(1)
        if len(calls) in {7, 30}:
            raise Cancelled("Enough.")

    with FrameReader(long_gop) as reader:
        reader.check = impatient
        with pytest.raises(Cancelled):
            reader.read(50)
        with pytest.raises(Cancelled):
            reader.read(50)
        assert number_of(reader.read(50)) == 50
        assert len(calls) <= 56  # nothing was decoded twice
        for wanted in (49, 3, 59, 0, 31):
            assert number_of(reader.read(wanted)) == wanted

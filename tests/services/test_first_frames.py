from threading import active_count

import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.first_frames import FirstFrames

ROOM = 64 * 1024**2


def test_what_is_decoded_ahead_is_what_a_walk_gives(tiny):
    with FrameReader(tiny[0]) as reader:
        expected = list(reader.walk(range(24)))
    with FrameReader(tiny[0], tail_bytes=ROOM) as reader, FirstFrames(reader, range(16)) as ahead:
        ahead._thread.join()
        walked = list(ahead.reader().walk(range(24)))
    assert [picture.index for picture in walked] == list(range(24))
    for one, other in zip(walked, expected, strict=True):
        assert all((a == b).all() for a, b in zip(one.planes, other.planes, strict=True))


def test_whoever_wants_the_reader_ends_the_thread(tiny):
    before = active_count()
    with FrameReader(tiny[0], tail_bytes=ROOM) as reader, FirstFrames(reader, range(48)) as ahead:
        assert ahead.reader() is reader
        assert active_count() == before
        assert next(reader.walk([0])).index == 0


def test_a_frame_that_does_not_exist_is_told_to_whoever_wants_it(tiny):
    with FrameReader(tiny[0], tail_bytes=ROOM) as reader:
        last = reader.index.n_frames
        with FirstFrames(reader, range(last - 1, last + 3)) as ahead, pytest.raises(InputError):
            list(ahead.reader().walk([last]))


def test_nothing_is_started_where_nothing_is_to_be_decoded(tiny):
    before = active_count()
    with FrameReader(tiny[0]) as reader, FirstFrames(reader, range(0)):
        assert active_count() == before

"""Pictures that are composed where the encoder reads them."""

from dataclasses import replace

import msgspec
import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.pixels import with_delta
from latentsync_studio.media.encode import SegmentEncoder
from latentsync_studio.media.frame_pool import FramePool
from tests.media.movies import TIMES_25, facts, picture, target_of

KNOWN = facts()
TARGET = target_of(KNOWN)


def composed(number, copies=None):
    box = Box(x0=10, y0=6, x1=31, y1=29)
    delta = np.full((box.height, box.width, 3), 9 + number, np.float32)
    return with_delta(picture(number, KNOWN), box, delta, copies)


def test_frames_are_used_again_and_hold_what_is_composed():
    pool = FramePool(TARGET)
    encoder, memory = SegmentEncoder(TARGET, pool), set()
    for number in range(12):
        there = composed(number, pool)
        for one, other in zip(there.planes, composed(number).planes, strict=True):
            assert np.array_equal(one, other)
            assert not one.flags.writeable
        memory.add(there.planes[0].ctypes.data)
        encoder.write(there, TIMES_25[number])
    assert len(memory) < 6


def test_pictures_composed_in_frames_give_the_same_bytes():
    pool = FramePool(TARGET)
    plain, pooled = SegmentEncoder(TARGET), SegmentEncoder(TARGET, pool)
    for number in range(8):
        plain.write(composed(number), TIMES_25[number])
        pooled.write(composed(number, pool), TIMES_25[number])
    assert pooled.finish() == plain.finish()


def test_what_is_stored_in_another_way_gets_no_frame():
    source = picture(1, KNOWN)
    assert FramePool(msgspec.structs.replace(TARGET, rotation=90)).planes(source) is None
    deep = msgspec.structs.replace(source.format, name="yuv420p10le", bits=10)
    assert FramePool(TARGET).planes(replace(source, format=deep)) is None
    assert FramePool(TARGET).frame_of(source) is None

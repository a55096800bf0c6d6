"""Pictures that are composed where the encoder reads them."""

from dataclasses import replace
from fractions import Fraction

import msgspec
import numpy as np

from latentsync_studio.core.picture import Box, Picture, PixelFormat
from latentsync_studio.imaging.pixels import with_delta
from latentsync_studio.media.encode import SegmentEncoder
from latentsync_studio.media.frame_pool import FramePool
from latentsync_studio.media.layouts import Samples
from latentsync_studio.media.target import VideoTarget

FORMAT = PixelFormat(name="yuv420p", bits=8, sub_x=1, sub_y=1, matrix="bt709", full_range=False)
TARGET = VideoTarget(
    codec="h264",
    encoder="libx264",
    build="test",
    width=70,
    height=50,
    samples=Samples("yuv", 8, 1, 1),
    time_base=Fraction(1, 25),
    rate=Fraction(25),
    matrix=1,
    color_range=1,
)


def picture(number):
    rng = np.random.default_rng(number)
    shapes = (50, 70), (25, 35), (25, 35)
    planes = tuple(rng.integers(30, 200, shape).astype(np.uint8) for shape in shapes)
    return Picture(planes=planes, format=FORMAT, index=number, pts=number)


def composed(source, copies=None):
    box = Box(x0=10, y0=6, x1=31, y1=29)
    delta = np.full((box.height, box.width, 3), 9 + source.index, np.float32)
    return with_delta(source, box, delta, copies)


def test_frames_are_used_again_and_hold_what_is_composed():
    pool = FramePool(TARGET)
    encoder, memory = SegmentEncoder(TARGET, pool), set()
    for number in range(12):
        source = picture(number)
        there = composed(source, pool)
        for one, other in zip(there.planes, composed(source).planes, strict=True):
            assert np.array_equal(one, other)
            assert not one.flags.writeable
        memory.add(there.planes[0].ctypes.data)
        encoder.write(there, number)
    assert len(memory) < 6


def test_pictures_composed_in_frames_give_the_same_bytes():
    pool = FramePool(TARGET)
    plain, pooled = SegmentEncoder(TARGET), SegmentEncoder(TARGET, pool)
    for number in range(8):
        source = picture(number)
        plain.write(composed(source), number)
        pooled.write(composed(source, pool), number)
    assert pooled.finish() == plain.finish()


def test_what_is_stored_in_another_way_gets_no_frame():
    turned = msgspec.structs.replace(TARGET, rotation=90)
    assert FramePool(turned).planes(picture(1)) is None
    deep = msgspec.structs.replace(FORMAT, name="yuv420p10le", bits=10)
    assert FramePool(TARGET).planes(replace(picture(1), format=deep)) is None
    assert FramePool(TARGET).frame_of(picture(1)) is None

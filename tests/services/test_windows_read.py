"""An engine may see more frames than it redraws; keys, decoding and the store follow that."""

import numpy as np
import pytest

from latentsync_studio.core.engine import EngineSpec, Patch, Running
from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.reading import walked
from latentsync_studio.services.windows import Drawing, WindowStore

SPEC = EngineSpec(id="wide", title="Wide", version="1", window=4)
SMALL = EngineSpec(id="wide", title="Wide", version="1", window=4, weights_digest="256")
RGB = PixelFormat(name="gbrp", bits=8, sub_x=0, sub_y=0, matrix="rgb", full_range=True)
SOURCE = np.arange(12, dtype=np.int32)


class Wide:
    """Draws the mean of what it reads: the window and two frames around it, as a real engine."""

    def __init__(self, forced=()):
        self.forced, self.saw = set(forced), []

    def spec_for(self, window):
        return SMALL if window in self.forced else SPEC

    def running(self):
        return Running()

    def at_once(self):
        return 1

    def reads(self, window):
        return FrameRange(max(window.start - 2, 0), min(window.stop + 2, len(SOURCE)))

    def digest(self, window):
        return b"same"

    def synthesize(self, window, pictures, progress):
        self.saw.append([picture.index for picture in pictures])
        level = int(np.mean([picture.planes[0].mean() for picture in pictures]))
        pixels = np.full((40, 40, 3), level, np.uint8)
        alpha = np.zeros((40, 40), np.uint8)
        still = np.eye(2, 3)
        return tuple(Patch(frame=t, pixels=pixels, alpha=alpha, transform=still) for t in window)


def picture(number):
    plane = np.full((8, 8), number * 10, np.uint8)
    return Picture(planes=(plane, plane, plane), format=RGB, index=number, pts=number)


def seen(frames):
    return [picture(int(number)) for number in SOURCE[frames.start : frames.stop]]


def windows_of(services, session, source=SOURCE):
    drawing = Drawing(session=session, spec=SPEC, media_digest="m", source=source)
    return WindowStore(drawing, services.store)


def test_the_engine_sees_what_it_reads_and_only_the_window_is_stored(services):
    session = Wide()
    windows = windows_of(services, session)
    patches = windows.patches(FrameRange(4, 8), seen, CallbackProgress())
    assert session.saw == [[2, 3, 4, 5, 6, 7, 8, 9]]
    assert [patch.frame for patch in patches] == [4, 5, 6, 7]


def test_stored_patches_are_given_without_a_look_at_any_picture(services):
    windows_of(services, Wide()).patches(FrameRange(4, 8), seen, CallbackProgress())

    def blind(frames):
        raise AssertionError(frames)

    windows_of(services, Wide()).patches(FrameRange(4, 8), blind, CallbackProgress())


@pytest.mark.parametrize(("frame", "differs"), [(1, False), (2, True), (9, True), (10, False)])
def test_the_key_covers_the_source_frames_that_are_read(services, frame, differs):
    other = SOURCE.copy()
    other[frame] = 99
    key = windows_of(services, Wide()).key(FrameRange(4, 8))
    assert (windows_of(services, Wide(), other).key(FrameRange(4, 8)) != key) is differs


def test_what_other_weights_drew_is_kept_under_their_key_and_not_handed_on(services):
    window, before = FrameRange(4, 8), FrameRange(0, 4)
    session = Wide()
    windows = windows_of(services, session)
    planned = windows.key(window)
    windows.patches(before, seen, CallbackProgress())
    session.forced.add(window)  # memory ran out
    windows.patches(window, seen, CallbackProgress())
    assert not services.store.has(planned)
    assert windows.key(window) != planned
    assert windows.is_stored(window)
    assert set(windows.keys) == {before}


def test_frames_that_neighbors_share_are_decoded_once():
    asked = []

    class Reader:
        def walk(self, order):
            for number in order:
                asked.append(number)
                yield picture(number)

    wanted = [[0, 1, 2, 2], [1, 2, 3], [9], [3, 1]]
    pieces = [sorted(held) for held in walked(Reader(), wanted)]
    assert pieces == [[0, 1, 2], [1, 2, 3], [9], [1, 3]]
    assert asked == [0, 1, 2, 3, 9, 3, 1]

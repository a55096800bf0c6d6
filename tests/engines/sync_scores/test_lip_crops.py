"""Tracks and squares: the published rules, against the padded picture they were written for."""

import cv2
import numpy as np
import pytest

from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.engines.sync_scores.crops import LipTrack, lip_tracks

RGB = PixelFormat(name="gbrp", bits=8, sub_x=0, sub_y=0, matrix="rgb", full_range=True)


@pytest.fixture(scope="module")
def picture():
    """A picture, and the same as (240, 320, 3) BGR."""
    rng = np.random.default_rng(0)
    bgr = cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (320, 240))
    red, green, blue = (np.ascontiguousarray(bgr[..., k]) for k in (2, 1, 0))
    return Picture(planes=(red, green, blue), format=RGB, index=0, pts=0), bgr


def published(bgr, x, y, half):
    """The square cut out of the picture in a frame of grey, whole px."""
    around = int(half * 1.8)
    padded = np.full((240 + 2 * around, 320 + 2 * around, 3), 110, np.uint8)
    padded[around : around + 240, around : around + 320] = bgr
    y, x = y + around, x + around
    part = padded[int(y - half) : int(y + half * 1.8), int(x - half * 1.4) : int(x + half * 1.4)]
    return cv2.resize(part, (224, 224))


@pytest.mark.parametrize(
    ("x", "y", "half"), [(160.3, 90.7, 60.2), (20.0, 30.9, 55.5), (310.6, 230.1, 80.0)]
)
def test_a_square_is_cut_as_out_of_the_padded_picture(picture, x, y, half):
    track = LipTrack(7, np.array([[x, y]]), np.array([half]))
    np.testing.assert_array_equal(track.crop(picture[0], 7), published(picture[1], x, y, half))


def walk(count, size=120.0):
    x = 100 + np.arange(count, dtype=float)
    return np.stack([x, x * 0 + 50, x + 0.8 * size, x * 0 + 50 + size], axis=1)


def spans(boxes, present=None, shots=None):
    count = len(boxes)
    seen = np.ones(count, bool) if present is None else present
    of = np.zeros(count, np.int32) if shots is None else shots
    return [(track.start, track.stop) for track in lip_tracks(boxes, seen, of)]


def test_gaps_of_a_second_are_bridged_and_longer_ones_end_a_track():
    present = np.ones(200, bool)
    present[60:84] = False
    assert spans(walk(200), present) == [(0, 200)]
    present[60:86] = False
    assert spans(walk(200), present) == [(0, 60), (86, 200)]


def test_no_track_goes_beyond_a_shot_or_is_short_or_small():
    shots = (np.arange(200) >= 80).astype(np.int32)
    assert spans(walk(200), shots=shots) == [(0, 80), (80, 200)]
    assert spans(walk(50)) == []
    assert spans(walk(51)) == [(0, 51)]
    assert spans(walk(80, size=99.0)) == []
    assert spans(walk(80), np.zeros(80, bool)) == []


def test_places_are_smoothed_and_filled_within_gaps():
    boxes, present = walk(80), np.ones(80, bool)
    boxes[30] += 400
    present[40:45] = False
    boxes[40:45] = np.nan
    (track,) = lip_tracks(boxes, present, np.zeros(80, np.int32))
    np.testing.assert_allclose(track.centers[10:70, 0], 148 + np.arange(10, 70), atol=1.5)
    assert track.halves[10:70] == pytest.approx(60)
    assert 79 in track
    assert 80 not in track

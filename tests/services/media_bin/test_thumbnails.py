import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.services.media_bin.thumbnails import Thumbnails
from tests.media.frame_ids import BITS
from tests.media.pictures_in_a_row import write_picture, write_pictures

QUIET = CallbackProgress()
GRID = FrameRate(25)


def number_shown(rgb):
    """The number that a picture of `frame_ids` shows."""
    height, width, _ = rgb.shape
    block, number = width // BITS, 0
    for bit in range(BITS):
        inner = slice(bit * block + block // 4, (bit + 1) * block - block // 4)
        number |= int(rgb[height // 12 : height // 4, inner].mean() > 128) << bit
    return number


@pytest.fixture
def thumbnails(services):
    return Thumbnails(services)


@pytest.mark.parametrize("name", ["rate 25", "turned 90", "open GOP HEVC", "edit list", "VP8"])
def test_a_thumbnail_shows_the_asked_frame(thumbnails, item, clip, name):
    found = item(clip(name))
    assert thumbnails.get(found, 33, GRID, 48) is None
    first = 0 if name != "edit list" else 13
    made = thumbnails.make(found, [33, 5], GRID, 48, QUIET)
    assert {f: number_shown(rgb) for f, rgb in made.items()} == {33: 33 + first, 5: 5 + first}
    assert made[33].shape == (48, 80, 3)
    assert np.array_equal(thumbnails.get(found, 33, GRID, 48), made[33])


def test_frames_of_another_grid_and_of_a_variable_rate_are_the_shown_ones(thumbnails, item, clip):
    from latentsync_studio.core.timeline.rate import shown_frames
    from latentsync_studio.media.reader import FrameReader

    fast = item(clip("rate 59.94"))
    made = thumbnails.make(fast, [0, 1, 10], FrameRate(30000, 1001), 48, QUIET)
    assert [number_shown(made[f]) for f in (0, 1, 10)] == [0, 2, 20]
    uneven = item(clip("variable rate"))
    assert thumbnails.get(uneven, 30, GRID, 48) is None
    made = thumbnails.make(uneven, [0, 30, 60], GRID, 48, QUIET)
    with FrameReader(clip("variable rate")) as reader:
        index = reader.index
    pts = np.array(index.pts, np.int64)
    wanted = shown_frames([0, 30, 60], GRID, pts, index.end_pts, index.time_base)
    assert [number_shown(made[f]) for f in (0, 30, 60)] == wanted.tolist()
    assert number_shown(thumbnails.get(uneven, 30, GRID, 48)) == wanted[1]


def test_frames_outside_are_those_at_the_ends(thumbnails, item, clip):
    made = thumbnails.make(item(clip("rate 25")), [-5, 900], GRID, 48, QUIET)
    assert [number_shown(made[f]) for f in (-5, 900)] == [0, 59]


def test_a_clip_with_far_keyframes_shows_the_nearest_one(thumbnails, item, clip):
    found = item(clip("one keyframe"))
    made = thumbnails.make(found, [10, 100], GRID, 48, QUIET)
    assert [number_shown(made[f]) for f in (10, 100)] == [0, 0]


def test_thumbnails_are_kept_on_the_disk(services, item, clip, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(clip("rate 25").read_bytes())
    found = item(path)
    made = Thumbnails(services).make(found, [7], GRID, 48, QUIET)
    path.unlink()
    again = Thumbnails(services).make(found, [7], GRID, 48, QUIET)
    assert np.array_equal(made[7], again[7])
    with pytest.raises(InputError):
        Thumbnails(services).make(found, [8], GRID, 48, QUIET)


def test_memory_is_bounded_by_bytes(services, item, clip):
    found = item(clip("rate 25"))
    one = 48 * 80 * 3
    thumbnails = Thumbnails(services, memory_bytes=3 * one)
    thumbnails.make(found, range(6), GRID, 48, QUIET)
    held = [f for f in range(6) if thumbnails.get(found, f, GRID, 48) is not None]
    assert held == [3, 4, 5]
    thumbnails.get(found, 3, GRID, 48)
    thumbnails.make(found, [6], GRID, 48, QUIET)
    assert thumbnails.get(found, 3, GRID, 48) is not None
    assert thumbnails.get(found, 4, GRID, 48) is None
    thumbnails.forget(found)
    assert thumbnails.get(found, 3, GRID, 48) is None


def test_stills_and_rows_have_thumbnails(thumbnails, item, tmp_path):
    still = item(write_picture(tmp_path / "one.png", 300))
    made = thumbnails.make(still, [0, 5000], GRID, 48, QUIET)
    assert {number_shown(rgb) for rgb in made.values()} == {300}
    write_pictures(tmp_path / "row", "f{}.png", range(6))
    row = item(tmp_path / "row")
    made = thumbnails.make(row, [4], GRID, 48, QUIET)
    assert number_shown(made[4]) == 4


def test_a_sound_has_no_thumbnail(thumbnails, item, tmp_path):
    from tests.media.movies import write_sound

    sound = item(write_sound(tmp_path / "a.wav", "pcm_s16le"))
    with pytest.raises(InputError, match="no picture"):
        thumbnails.make(sound, [0], GRID, 48, QUIET)

from fractions import Fraction

import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.model import ImageRun, MediaItem, VideoFacts
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.media.image_header import header_size
from latentsync_studio.media.image_sequence import ImageReader, image_size
from latentsync_studio.media.opening_reader import open_reader
from latentsync_studio.media.probe import probe
from latentsync_studio.media.reader import FrameReader
from tests.media.frame_ids import HEIGHT, WIDTH, number_of, numbers
from tests.media.pictures_in_a_row import WAYS, write_picture, write_pictures

RATE = Fraction(24)


@pytest.fixture
def row(tmp_path):
    """Return the folder and the run of twelve pictures, 8 to 19."""
    write_pictures(tmp_path, "é shot_{:03d}.png", range(8, 20))
    return tmp_path, ImageRun(prefix="é shot_", digits=3, suffix=".png", first=8, count=12)


def test_numbered_pictures_are_read_in_any_order(row):
    with ImageReader(*row, RATE) as reader:
        assert numbers(reader.frames()) == list(range(12))
        assert numbers(reader.walk([5, 2, 11, 2])) == [5, 2, 11, 2]
        assert [reader.read(7).index, reader.read(7).pts] == [7, 7]
        assert not reader.damaged


def test_facts_of_a_row_are_those_of_a_video_with_the_chosen_rate(row):
    with ImageReader(*row, Fraction(30000, 1001)) as reader:
        video = reader.video
        assert (video.frames, video.keyframes, video.rate) == (12, 12, Fraction(30000, 1001))
        assert video.duration == Fraction(12 * 1001, 30000)
        assert (reader.index.n_frames, reader.index.end_pts) == (12, 12)
        assert reader.index.time_base == video.time_base
        assert reader.facts.video == video


def test_a_missing_and_a_broken_picture_repeat_the_last_good_one(row):
    folder, run = row
    (folder / run.name(3)).unlink()
    (folder / run.name(4)).write_bytes(b"no picture")
    with ImageReader(folder, run, RATE) as reader:
        assert numbers(reader.frames()) == [0, 1, 2, 2, 2, *range(5, 12)]
        assert reader.damaged == {3, 4}
        assert reader.damage_notes()


def test_a_grey_picture_among_colored_ones_is_shown(row):
    folder, run = row
    write_picture(folder / run.name(2), 2, pix_fmt="gray")
    with ImageReader(folder, run, RATE) as reader:
        picture = reader.read(2)
        assert number_of(picture) == 2
        assert picture.format == reader.read(1).format


def test_a_picture_of_another_size_is_refused_with_both_sizes(row):
    folder, run = row
    write_picture(folder / run.name(2), 2, size=(WIDTH * 2, HEIGHT))
    with ImageReader(folder, run, RATE) as reader, pytest.raises(InputError, match="320x96"):
        reader.read(2)


def test_a_row_that_does_not_begin_is_refused(row):
    folder, run = row
    (folder / run.name(0)).unlink()
    with pytest.raises(InputError, match="no file"):
        ImageReader(folder, run, RATE)


def test_a_frame_beyond_the_row_is_refused(row):
    with ImageReader(*row, RATE) as reader, pytest.raises(InputError, match="0 to 11"):
        reader.read(12)


@pytest.mark.parametrize("suffix", WAYS)
@pytest.mark.parametrize("name", ["still", "100%03d", "a b"])
def test_stills_of_every_kind_are_read_as_a_clip_of_one_frame(tmp_path, name, suffix):
    path = write_picture(tmp_path / f"{name}{suffix}", 5)
    assert probe(path).video.frames == 1
    with FrameReader(path) as reader:
        assert number_of(reader.read(0)) == 5
    assert image_size(path) == (WIDTH, HEIGHT)


def test_large_photographs_with_noise_are_opened(tmp_path, monkeypatch):
    noise = np.random.default_rng(1).integers(0, 255, (1080, 1920, 3)).astype(np.uint8)
    monkeypatch.setattr("tests.media.pictures_in_a_row.number_picture", lambda *_: noise)
    path = write_picture(tmp_path / "noise.jpg", 0, size=(1920, 1080))
    assert probe(path).video.width == 1920


@pytest.mark.parametrize("suffix", WAYS)
def test_a_header_that_is_cut_off_tells_no_size(tmp_path, suffix):
    path = write_picture(tmp_path / f"cut{suffix}", 5)
    path.write_bytes(path.read_bytes()[:14])
    assert header_size(path) is None
    with pytest.raises(InputError):
        image_size(path)


def test_the_right_reader_is_opened_for_files_and_for_rows(row, clip):
    folder, run = row
    video = VideoFacts(n_frames=12, rate=FrameRate(24), width=WIDTH, height=HEIGHT)
    first = folder / run.name(0)
    item = MediaItem(id="m1", name="row", path=str(first), video=video, images=run)
    with open_reader(first, item) as reader:
        assert reader.index.n_frames == 12
    with open_reader(first) as reader:
        assert reader.index.n_frames == 1
    with open_reader(clip("rate 25")) as reader:
        assert numbers([reader.read(17)]) == [17]

import shutil
from fractions import Fraction
from threading import Event

import pytest

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.media.audio import AudioReader
from latentsync_studio.services.media_bin.importing import import_media
from latentsync_studio.services.media_bin.sources import sources_of
from tests.media.movies import write_sound
from tests.media.pictures_in_a_row import write_picture, write_pictures


def test_a_video_becomes_an_item_with_exact_facts(item, clip):
    path = clip("rate 23.976")
    found = item(path)
    assert (found.id, found.name, found.path) == ("", path.name, str(path))
    assert found.size == path.stat().st_size
    assert len(found.digest) == 40
    video = found.video
    assert (video.n_frames, video.rate, video.width, video.height) == (
        60,
        FrameRate(24000, 1001),
        160,
        96,
    )
    assert video.timecode == "01:00:00:00"
    assert found.audio.offset == 12_000
    assert not found.is_still


def test_of_a_variable_rate_the_mean_holds_exactly_the_duration(item, clip):
    video = item(clip("variable rate")).video
    assert video.is_variable
    assert video.n_frames / video.rate.fraction == Fraction(54029, 15000)


def test_a_turned_clip_has_the_size_that_is_shown(item, clip):
    video = item(clip("turned 90")).video
    assert (video.width, video.height) == (160, 96)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.mp3", "libmp3lame"),
        ("a.m4a", "aac"),
        ("a.opus", "libopus"),
        ("a.mka", "aac"),
    ],
)
def test_a_sound_has_as_many_samples_as_are_decoded(item, tmp_path, name, codec):
    path = write_sound(tmp_path / name, codec, seconds=2.5)
    found = item(path)
    assert found.video is None
    with AudioReader(path) as reader:
        decoded = sum(block.shape[1] for block in reader.blocks())
    padding = 0 if codec in {"pcm_s16le", "flac"} else 2400  # before and after the sound
    assert abs(found.audio.n_samples - decoded) <= padding
    assert (found.audio.rate_hz, found.audio.channels) == (48_000, 2)


def test_a_folder_gives_its_media_in_order_and_its_rows_of_pictures(imported, clip, tmp_path):
    folder = tmp_path / "rushes é"
    write_pictures(folder / "shots", "take.2_{:04d}.png", range(98, 103))
    write_pictures(folder / "shots", "take.2_{:04d}.png", range(110, 112))
    write_picture(folder / "shots" / "take.2_0200.png", 1)
    write_picture(folder / "poster.jpg", 1)
    shutil.copy(clip("rate 25"), folder / "b2.mp4")
    shutil.copy(clip("one frame"), folder / "b10.mp4")
    (folder / "notes.txt").write_text("not a medium")
    (folder / ".hidden.mp4").write_bytes(b"x")
    found = imported(folder)
    assert [each.item.name for each in found] == [
        "b2.mp4",
        "b10.mp4",
        "poster.jpg",
        "take.2_0098-0102.png",
        "take.2_0110-0111.png",
        "take.2_0200.png",
    ]
    row = found[3].item
    assert (row.images.first, row.images.count, row.images.digits) == (98, 5, 4)
    assert (row.video.n_frames, row.video.rate) == (5, FrameRate(25))
    assert row.size == sum(
        p.stat().st_size for p in (folder / "shots").iterdir() if p.name < "take.2_0103"
    )
    assert [each.item.is_still for each in found] == [False, True, True, False, False, True]


def test_a_row_survives_saving_and_its_digest_does_not_depend_on_the_rate(item, tmp_path):
    paths = write_pictures(tmp_path, "f{}.bmp", range(8, 12))
    found = item(tmp_path, images_rate=FrameRate(30000, 1001))
    assert found.video.rate == FrameRate(30000, 1001)
    assert found.images.name(2) == "f10.bmp"
    project = add_media(Project(), found)
    assert from_json(to_json(project)) == project
    assert item(tmp_path).digest == found.digest
    write_picture(paths[2], 9)
    assert item(tmp_path).digest != found.digest


def test_pictures_of_another_size_begin_a_row_of_their_own(imported, tmp_path):
    write_pictures(tmp_path, "f{:02d}.png", range(3))
    for number in (3, 4):
        write_picture(tmp_path / f"f{number:02d}.png", number, size=(320, 96))
    assert [each.item.images.count for each in imported(tmp_path)] == [3, 2]


def test_pictures_can_be_kept_apart(imported, tmp_path):
    paths = write_pictures(tmp_path, "f{:02d}.png", range(3))
    found = imported(*paths, join_images=False)
    assert [each.item.is_still for each in found] == [True] * 3


def test_one_numbered_picture_alone_is_a_still(item, tmp_path):
    paths = write_pictures(tmp_path, "f{:02d}.png", range(3))
    assert item(paths[1]).is_still


def test_one_bad_file_stops_no_other_and_says_what_to_do(imported, clip, tmp_path):
    empty, text, folder = tmp_path / "empty.mp4", tmp_path / "text.mp4", tmp_path / "none"
    empty.touch()
    text.write_text("words")
    folder.mkdir()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip("rate 25").read_bytes()[:900])
    found = imported(empty, tmp_path / "gone.mov", text, folder, cut, clip("rate 25"))
    assert [each.item is not None for each in found] == [False] * 5 + [True]
    for each in found[:5]:
        assert isinstance(each.problem, InputError)
        assert each.problem.remedy
    assert [each.path.name for each in found[:3]] == ["empty.mp4", "gone.mov", "text.mp4"]


def test_a_broken_picture_within_a_row_stays_in_its_place(item, tmp_path):
    paths = write_pictures(tmp_path, "f{:02d}.png", range(4))
    paths[2].write_bytes(b"broken")
    assert item(tmp_path).images.count == 4


def test_importing_can_be_stopped(services, clip):
    progress = CallbackProgress(stop=Event())
    progress.stop.set()
    with pytest.raises(Cancelled):
        import_media([clip("rate 25")], services, progress)


def test_progress_tells_names_and_counts(services, clip, tmp_path):
    told = []
    paths = [clip("rate 25"), tmp_path / "gone.mov"]
    import_media(paths, services, CallbackProgress(told.append))
    assert [(r.done, r.total, r.note) for r in told if r.stage == "import"] == [
        (0, 2, "plain.mp4"),
        (1, 2, "gone.mov"),
        (2, 2, ""),
    ]


def test_the_same_file_twice_is_one_source(tmp_path):
    path = write_picture(tmp_path / "a.png", 1)
    assert len(sources_of([path, tmp_path, path], CallbackProgress())) == 1

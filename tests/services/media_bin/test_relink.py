import shutil
from pathlib import Path

import msgspec
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.model import (
    Clip,
    Project,
    Sequence,
    Track,
)
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.services.media_bin.relink import (
    apply_relink,
    find_relinks,
    moved_path,
    prefix_change,
    search_folder,
)
from latentsync_studio.services.media_bin.relink_search import search
from tests.media.movies import write_sound
from tests.media.pictures_in_a_row import write_pictures

QUIET = CallbackProgress()


@pytest.fixture
def moved(imported, clip, tmp_path):
    """Return a project of three media and a row of pictures whose folder was moved."""
    folder = tmp_path / "disk one" / "rushes"
    (folder / "day 1").mkdir(parents=True)
    shutil.copy(clip("rate 25"), folder / "day 1" / "a é.mp4")
    shutil.copy(clip("variable rate"), folder / "b.mp4")
    write_sound(folder / "c.wav", "pcm_s16le")
    write_pictures(folder / "row", "f{:02d}.png", range(3))
    project = Project()
    for each in imported(folder):
        project = add_media(project, each.item)
    (tmp_path / "disk one").rename(tmp_path / "disk two")
    return project


def ids(project):
    return {item.name: item.id for item in project.media}


def placed(project, name, frames):
    """The project with `frames` of a medium on a track."""
    media = ids(project)[name]
    cut = Clip(id=f"c{project.next_id}", media=media, source=FrameRange(*frames), start=0)
    track = Track(id=f"t{project.next_id + 1}", kind="video", clips=(cut,))
    sequence = Sequence(
        id=f"s{project.next_id + 2}",
        name="cut",
        rate=FrameRate(25),
        width=160,
        height=96,
        tracks=(track,),
    )
    return msgspec.structs.replace(project, sequences=(sequence,), next_id=project.next_id + 3)


def test_what_moved_along_is_found_with_one_file(moved, services, tmp_path):
    folder = tmp_path / "disk two" / "rushes"
    found = find_relinks(moved, ids(moved)["a é.mp4"], folder / "day 1" / "a é.mp4", services)
    assert found.warnings == ()
    assert {item.name for item in found.changes.values()} == set(ids(moved))
    after = apply_relink(moved, found)
    assert all(Path(item.path).is_file() for item in after.media)
    assert [i.digest for i in after.media] == [i.digest for i in moved.media]
    assert [i.id for i in after.media] == [i.id for i in moved.media]


def test_a_folder_may_be_chosen_instead_of_the_file(moved, services, tmp_path):
    folder = tmp_path / "disk two" / "rushes"
    found = find_relinks(moved, ids(moved)["c.wav"], folder, services)
    assert len(found.changes) == 4
    row = next(item for item in moved.media if item.images is not None)
    assert find_relinks(moved, row.id, folder / "row", services).changes[row.id].path == str(
        folder / "row" / "f00.png"
    )
    with pytest.raises(InputError, match=r"f00\.png"):
        find_relinks(moved, row.id, folder, services)
    with pytest.raises(InputError, match="no file"):
        find_relinks(moved, ids(moved)["a é.mp4"], folder, services)


def test_others_of_another_size_or_content_are_not_taken(moved, services, tmp_path):
    folder = tmp_path / "disk two" / "rushes"
    with (folder / "b.mp4").open("ab") as file:
        file.write(b"more")
    data = bytearray((folder / "c.wav").read_bytes())
    data[-1] ^= 1
    (folder / "c.wav").write_bytes(data)
    found = find_relinks(moved, ids(moved)["a é.mp4"], folder / "day 1" / "a é.mp4", services)
    assert {item.name for item in found.changes.values()} == {"a é.mp4", "f00-02.png"}
    assert len(found.warnings) == 2
    assert all("was not taken" in warning for warning in found.warnings)


def test_another_file_is_taken_with_a_warning_of_all_that_differs(moved, services, clip):
    found = find_relinks(moved, ids(moved)["a é.mp4"], clip("rate 23.976"), services)
    new = found.changes[ids(moved)["a é.mp4"]]
    assert (new.name, new.video.rate) == (clip("rate 23.976").name, FrameRate(24000, 1001))
    (warning,) = [w for w in found.warnings if "differs" in w]
    for part in ("23.976 frames/s, before 25", "01:00:00:00", "it has sound"):
        assert part in warning


def test_a_file_too_short_for_the_cuts_is_refused(moved, services, clip):
    project = placed(moved, "a é.mp4", (10, 50))
    name = ids(moved)["a é.mp4"]
    with pytest.raises(InputError, match="too short"):
        find_relinks(project, name, clip("4:2:2 10 bit"), services)
    after = apply_relink(project, find_relinks(project, name, clip("rate 23.976"), services))
    assert after.sequences == project.sequences


def test_a_file_without_the_picture_is_refused(moved, services, tmp_path):
    with pytest.raises(InputError, match="no picture"):
        find_relinks(
            moved,
            ids(moved)["a é.mp4"],
            tmp_path / "disk two" / "rushes" / "c.wav",
            services,
        )


def test_a_renamed_file_is_found_by_size_and_content(moved, services, tmp_path):
    folder = tmp_path / "disk two" / "rushes"
    (folder / "b.mp4").rename(folder / "b (copy).mp4")
    found = search_folder(moved, tmp_path / "disk two", services)
    assert found.warnings == ()
    after = apply_relink(moved, found)
    assert len(found.changes) == 4
    assert "b (copy).mp4" in ids(after)


def test_a_search_is_bounded_in_depth_and_time(moved, tmp_path):
    deep = tmp_path / "disk two" / "rushes"
    found, notes = search(moved.media, tmp_path / "disk two", QUIET, levels=1)
    assert len(found) == 2  # not those in folders below
    assert notes
    assert str(deep) in notes[0]
    _, notes = search(moved.media, tmp_path / "disk two", QUIET, seconds=0)
    assert "stopped after 0 s" in notes[0]


def test_media_removed_meanwhile_are_passed_over(moved, services, tmp_path):
    found = search_folder(moved, tmp_path / "disk two", services)
    fewer = msgspec.structs.replace(moved, media=moved.media[:1])
    assert len(apply_relink(fewer, found).media) == 1


@pytest.mark.parametrize(
    ("old", "new", "other", "wanted"),
    [
        ("/a/p/x.mp4", "/b/p/x.mp4", "/a/q/y.mp4", "/b/q/y.mp4"),
        ("/a/p/x.mp4", "/a/p/new/x.mp4", "/a/p/y.mp4", "/a/p/new/y.mp4"),
        ("/a/p/x.mp4", "/b/z.mp4", "/a/p/q/y.mp4", "/b/q/y.mp4"),
        ("/a/p/x.mp4", "/b/p/x.mp4", "/c/y.mp4", None),
        ("C:\\p\\x.mp4", "/mnt/p/x.mp4", "c:\\q\\y.mp4", "/mnt/q/y.mp4"),
        ("\\\\nas\\s\\x.mp4", "/nas/x.mp4", "\\\\nas\\s\\q\\y.mp4", "/nas/q/y.mp4"),
        ("/a/x.mp4", "/b/x.mp4", "C:\\a\\y.mp4", None),
    ],
)
def test_the_same_change_of_a_path_is_applied_to_others(old, new, other, wanted):
    found = moved_path(other, prefix_change(old, Path(new)))
    assert found == (None if wanted is None else Path(wanted))


def test_what_is_still_missing_is_named(moved, services, tmp_path):
    (tmp_path / "disk two" / "rushes" / "b.mp4").unlink()
    searched = search_folder(moved, tmp_path / "disk two", services)
    assert searched.missing == ("b.mp4",)
    file = tmp_path / "disk two" / "rushes" / "day 1" / "a é.mp4"
    assert find_relinks(moved, ids(moved)["a é.mp4"], file, services).missing == ("b.mp4",)


def test_media_of_an_imported_cut_are_found_together_and_never_above_their_folder(
    moved, services, tmp_path
):
    """Their paths mean nothing; what the cut names them by tells what moved along."""
    folder = tmp_path / "disk two" / "rushes"
    named = {"a é.mp4": "day 1\\a é.mp4", "b.mp4": "b.mp4", "c.wav": "day 1\\..\\c.wav"}
    project = Project()
    for item in moved.media[:3]:
        made = msgspec.structs.replace(
            item, id="", path=str(tmp_path / "missing" / item.name), digest="", size=0
        )
        made = msgspec.structs.replace(made, origin=f"D:\\shoot\\{named[item.name]}")
        project = add_media(project, made)
    found = find_relinks(project, ids(project)["a é.mp4"], folder / "day 1" / "a é.mp4", services)
    assert [Path(item.path).name for item in found.changes.values()] == ["a é.mp4", "b.mp4"]
    assert found.missing == ("c.wav",)
    assert all(not item.origin for item in found.changes.values())

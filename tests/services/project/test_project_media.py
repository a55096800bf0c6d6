"""Media are found again where a project was moved."""

from contextlib import closing

from msgspec.structs import replace

from latentsync_studio.services.project_files import (
    new_untitled,
    open_project,
    read_project,
)
from latentsync_studio.storage.project import ProjectFile
from tests.services.project.states import MADE


def test_media_are_found_again_where_the_project_was_moved_with_them(home, tmp_path):
    clips = tmp_path / "film" / "clips"
    clips.mkdir(parents=True)
    (clips / "talk.mp4").write_bytes(b"12345")
    item = replace(MADE.media[0], path=str(clips / "talk.mp4"), size=5)
    made = replace(MADE, media=(item, *MADE.media[1:]))
    with closing(new_untitled(home)) as opened:
        opened.save_as(tmp_path / "film" / "cut", made)
    assert read_project(tmp_path / "film" / "cut.lsp").media[0].relative == "clips/talk.mp4"
    (tmp_path / "film").rename(tmp_path / "moved")
    moved = tmp_path / "moved" / "cut.lsp"
    assert read_project(moved).media[0].path == str(tmp_path / "moved" / "clips" / "talk.mp4")
    clips.mkdir(parents=True)
    (clips / "talk.mp4").write_bytes(b"12345")
    assert read_project(moved).media[0].path == str(tmp_path / "moved" / "clips" / "talk.mp4")
    (tmp_path / "moved" / "clips" / "talk.mp4").write_bytes(b"another size")
    assert read_project(moved).media[0].path == str(clips / "talk.mp4")
    with closing(open_project(moved, home)) as opened:
        opened.note(state := opened.project)
        opened.save(state)
        assert read_project(moved).media[0].relative == "../film/clips/talk.mp4"


def test_the_absolute_path_comes_first_where_the_project_was_not_moved(home, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"12345")
    item = replace(MADE.media[0], path=str(tmp_path / "a"), size=5)
    with closing(new_untitled(home)) as opened:
        path = opened.save_as(tmp_path / "cut", replace(MADE, media=(item, *MADE.media[1:])))
    with closing(ProjectFile(path, writable=True)) as file:
        document = file.document()
        file.save(document.json.replace(b'"relative":"a"', b'"relative":"b"'), document.digest)
    assert read_project(path).media[0].path == str(tmp_path / "a")
    (tmp_path / "a").unlink()
    assert read_project(path).media[0].path == str(tmp_path / "b")
    (tmp_path / "b").unlink()
    assert read_project(path).media[0].path == str(tmp_path / "a"), "offline, as it was"

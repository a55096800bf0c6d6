"""`import` makes a project of another program's cut, or nothing at all."""

from __future__ import annotations

import json

import clips
import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, USAGE
from latentsync_studio.services.project_files import read_project

LIST = (
    "TITLE: My cut\n001  AX  V  C  00:00:00:00 00:00:00:10 01:00:00:00 01:00:00:10\n"
    "* FROM CLIP NAME: talk.mp4\n* FRAME RATE: 25\n"
)


@pytest.fixture
def timeline(tmp_path):
    """Return a list beside whose media folder lies."""
    folder = tmp_path / "edit"
    folder.mkdir()
    path = folder / "cut.edl"
    path.write_text(LIST, "ascii")
    return path


def test_it_makes_a_project_with_the_media_that_it_may_open(timeline, tmp_path, capsys):
    media = tmp_path / "media"
    media.mkdir()
    clips.write_clip(media / "talk.mp4", clips.plain_frames(16))
    target = tmp_path / "my film"
    command = ["import", str(timeline), "-o", str(target), "--media-root", str(media), "--json"]
    assert run(command) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["project"] == str(tmp_path / "my film.lsp")
    assert told["report"]["found"] == [str(media / "talk.mp4")]
    assert told["report"]["sequences"][0]["frames"] == 10
    project = read_project(tmp_path / "my film.lsp")
    assert project.media[0].relative == "media/talk.mp4"
    assert [c.source.stop for c in project.sequences[0].tracks[0].clips] == [10]


def test_it_says_what_it_made_what_is_missing_and_what_is_lost(timeline, tmp_path, capsys):
    timeline.write_text(LIST.replace("* FRAME RATE: 25\n", ""), "ascii")
    assert run(["import", str(timeline), "-o", str(tmp_path / "a.lsp")]) == DONE
    out = capsys.readouterr().out
    assert "My cut, 10 frames at 24" in out
    assert "missing: talk.mp4" in out
    assert "lost: A list does not say its frame rate" in out
    assert run(["import", str(timeline), "-o", str(tmp_path / "b.lsp"), "--rate", "29.97"]) == DONE
    assert read_project(tmp_path / "b.lsp").sequences[0].rate.num == 30_000


def test_nothing_is_written_when_the_timeline_is_damaged(timeline, tmp_path, capsys):
    timeline.write_text("<xmeml><sequence>", "ascii")
    assert run(["import", str(timeline), "-o", str(tmp_path / "a.lsp"), "--json"]) == BAD_INPUT
    told = json.loads(capsys.readouterr().out)
    assert "line 1" in told["message"]
    assert told["remedy"]
    assert not (tmp_path / "a.lsp").exists()


def test_a_project_that_is_there_is_only_replaced_when_asked(timeline, tmp_path, capsys):
    command = ["import", str(timeline), "-o", str(tmp_path / "a.lsp")]
    assert run(command) == DONE
    assert run(command) == BAD_INPUT
    assert run([*command, "--replace"]) == DONE
    assert run(["import", str(timeline), "-o", str(tmp_path / "c.lsp"), "--rate", "x"]) == BAD_INPUT
    assert run(["import", str(timeline)]) == USAGE

"""`new` makes a project of a clip and speech."""

from __future__ import annotations

import json

import clips
import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE
from latentsync_studio.services.project_files import open_project, read_project


@pytest.fixture
def pair(tmp_path):
    """Return (clip of 16 frames, speech)."""
    clip = clips.write_clip(tmp_path / "talk é.mp4", clips.plain_frames(16))
    return str(clip), str(clips.write_speech(tmp_path / "speech.wav"))


def test_it_makes_a_project_that_opens(pair, tmp_path, capsys, own_data_home):
    assert run(["new", str(tmp_path / "my film"), *pair, "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    path = tmp_path / "my film.lsp"
    assert told["project"] == str(path)
    assert (told["frames"], told["rate"], told["width"]) == (16, [25, 1], 320)
    project = read_project(path)
    assert [item.name for item in project.media] == ["talk é.mp4", "speech.wav"]
    assert [item.relative for item in project.media] == ["talk é.mp4", "speech.wav"]
    assert all(item.digest for item in project.media)
    assert project.sequences[0].tracks[-1].speech is not None
    opened = open_project(path, own_data_home)
    assert opened.locked_by is None
    assert opened.recovery is None
    opened.close()


def test_it_says_what_it_made(pair, tmp_path, capsys):
    assert run(["new", str(tmp_path / "a.lsp"), *pair]) == DONE
    told = capsys.readouterr().out
    assert "16 frames at 25, 320 x 320 px" in told
    assert "no picture" not in told


def test_a_project_that_is_there_is_only_replaced_when_asked(pair, tmp_path, capsys):
    path = tmp_path / "a.lsp"
    assert run(["new", str(path), *pair]) == DONE
    before = path.read_bytes()
    assert run(["new", str(path), *pair]) == BAD_INPUT
    assert "exists already" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert run(["new", str(path), *pair, "--replace"]) == DONE


@pytest.mark.parametrize("swapped", [True, False])
def test_media_that_cannot_be_used_are_told_and_nothing_is_made(pair, tmp_path, capsys, swapped):
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    given = pair[::-1] if swapped else (pair[0], str(tmp_path / "bad.wav"))
    assert run(["new", str(tmp_path / "a.lsp"), *given]) == BAD_INPUT
    assert "->" in capsys.readouterr().err
    assert not (tmp_path / "a.lsp").exists()


def test_a_folder_that_is_not_there_is_told(pair, tmp_path, capsys):
    assert run(["new", str(tmp_path / "gone" / "a.lsp"), *pair]) == BAD_INPUT
    assert "cannot be" in capsys.readouterr().err

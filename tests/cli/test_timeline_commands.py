"""`synthesize` and `export`: a project on the command line."""

import json

import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.core.timeline.document import to_json
from tests.services.conftest import cut_clip, cut_speech
from tests.services.timeline.projects import clip, item_of, project


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """A document of 20 frames with speech, whose name has a space."""
    folder = tmp_path_factory.mktemp("a project")
    media = [
        item_of(cut_clip(folder / "c.mp4", 20), 1),
        item_of(cut_speech(folder / "s.wav", 0.8), 2),
    ]
    tracks = {"V1": [clip(1, 1, 0, (0, 20))], "A1": [clip(2, 2, 0, (0, 20))]}
    path = folder / "my cut.json"
    path.write_bytes(to_json(project(media, tracks)))
    return path


def told(capsys):
    return json.loads(capsys.readouterr().out)


def test_synthesized_then_exported_nothing_is_drawn_twice(document, tmp_path, capsys):
    assert run(["synthesize", str(document), "--json"]) == 0
    report = told(capsys)
    assert (report["drawn"], report["engine_calls"]) == (20, 2)
    output = tmp_path / "out.mp4"
    assert run(["export", str(document), "-o", str(output), "--range", "4:18", "--json"]) == 0
    report = told(capsys)
    assert output.is_file()
    assert (report["frames"], report["patched_frames"], report["engine_calls"]) == (14, 14, 0)
    assert run(["synthesize", str(document), "--clip", "c1"]) == 0
    assert "20 of 20 frames are redrawn" in capsys.readouterr().out


def test_what_cannot_be_is_told_with_a_remedy(document, tmp_path, capsys):
    output = tmp_path / "out.mp4"
    assert run(["export", str(document), "-o", str(output), "--sequence", "none", "--json"]) == 3
    assert "Cut (s9)" in told(capsys)["remedy"]
    assert run(["synthesize", str(document), "--clip", "c77", "--json"]) == 3
    error = told(capsys)
    assert "no clip 'c77'" in error["message"]
    assert error["remedy"] == "Driven by speech are: c1."
    assert run(["export", str(document), "-o", str(document), "--json"]) == 3
    assert document.read_bytes().startswith(b"{")
    assert run(["export", str(tmp_path / "none.lsp"), "-o", str(output), "--json"]) == 3
    capsys.readouterr()
    assert run(["export", str(document), "-o", str(output), "--range", "9:2"]) == 2

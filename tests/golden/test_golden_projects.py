"""Project files of every schema open for ever, also what a crash left of them."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from latentsync_studio.core.mask.keyframes import value_at
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.model import SCHEMA
from latentsync_studio.services.project_files import open_project, read_project
from latentsync_studio.storage.project import digest_of
from tests.golden.make import BLOB

FOLDER = Path(__file__).parent
SCHEMAS = sorted(
    int(found[1])
    for each in FOLDER.iterdir()
    if (found := re.fullmatch(r"project-(\d+)\.lsp", each.name))
)


@pytest.fixture
def golden(tmp_path):
    """Return a function that copies a golden file to where it can be written."""
    return lambda name: Path(shutil.copy(FOLDER / name, tmp_path / name))


def test_there_is_one_of_every_schema():
    assert list(range(1, SCHEMA + 1)) == SCHEMAS


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_golden_project_opens_and_can_be_edited_and_saved(schema, golden, own_data_home):
    path = golden(f"project-{schema}.lsp")
    with closing(open_project(path, own_data_home)) as opened:
        project = opened.project
        assert opened.recovery is None
        assert opened.read_only == ""
        assert opened.blob(digest_of(BLOB)) == BLOB
        _check_content(project)
        opened.note(project)
        opened.flush()
        opened.save(project)
    assert read_project(path).sequences == project.sequences


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_journal_of_a_golden_project_is_recovered(schema, golden, own_data_home):
    path = golden(f"project-{schema}-crashed.lsp")
    with closing(open_project(path, own_data_home)) as opened:
        _check_content(opened.project)
        assert opened.recovery.edits == 3
        assert opened.recovery.lost == 0
        found = opened.recovery.project
        assert found.sequences[0].tracks[0].clips[0].name == "first"
        assert [mark.name for mark in found.sequences[0].markers] == ["here", "second"]
        assert found.settings.seed == 77
        opened.discard_journal()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_golden_document_opens_as_what_it_was(schema):
    project = from_json((FOLDER / f"project-{schema}.json").read_bytes())
    _check_content(project)
    assert from_json(to_json(project)) == project


@pytest.mark.parametrize("schema", SCHEMAS[1:])
def test_masks_and_curves_of_golden_projects_are_there(schema):
    project = from_json((FOLDER / f"project-{schema}.json").read_bytes())
    clip = project.sequences[0].tracks[0].clips[0]
    [layer] = clip.masks
    assert (layer.name, layer.role, layer.space) == ("hand", "protect", "face")
    assert [key.frame for key in layer.rasters] == [10, 20]
    assert layer.rasters[1].raster.tiles[0].digest == "cd" * 20
    names = ["compose.lips", f"layer.{layer.id}.opacity", "usable.1"]
    assert [curve.key for curve in clip.curves] == names
    assert value_at(clip.curves[0].keys, 35) == 1.0


@pytest.mark.parametrize("schema", SCHEMAS[2:])
def test_takes_and_votes_of_golden_projects_are_there(schema):
    project = from_json((FOLDER / f"project-{schema}.json").read_bytes())
    first, second = project.sequences[0].tracks[0].clips[0].takes
    assert (first.name, first.is_chosen, first.frames.start) == ("seven", True, 10)
    assert first.values["seed"] == 7
    assert (second.name, second.is_chosen, second.preset) == ("diffusion", False, "draft")
    assert second.values["latentsync.steps"] == 8
    [ballot] = project.ballots
    assert (ballot.question, ballot.voter, ballot.seed) == ("Which mouth?", "é", 3)
    assert [vote.winner for vote in ballot.votes] == ["diffusion", ""]


def _check_content(project):
    """What all golden projects hold, whatever later programs call it."""
    assert [item.name for item in project.media][:3] == ["talk.mp4", "speech.wav", "photo.png"]
    assert project.media[0].path == "/films/talk é.mp4"
    assert project.media[0].audio.offset == -10
    assert project.media[3].images.count == 48
    first = project.sequences[0]
    assert str(first.rate) == "29.97"
    assert first.is_drop
    assert first.first_label == 107_892
    picture = first.tracks[0]
    assert [clip.name for clip in picture.clips][:1] == ["é 日本"]
    assert picture.clips[0].overrides[0].value == 0.5
    assert not picture.clips[1].is_enabled
    assert (picture.dissolves[0].before, picture.dissolves[0].after) == (4, 5)
    assert first.tracks[1].is_muted
    assert first.tracks[2].speech.offset_ms == -20
    assert first.tracks[2].speech.face_of(project.media[0].id) == 1
    assert project.sequences[1].name == "Second"
    assert project.settings.length_policy == "hold"
    assert project.settings.seed == 5

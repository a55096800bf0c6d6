"""`score --with`: measures that need networks; what is missing is a line, not an error."""

from __future__ import annotations

import json

import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import DONE, USAGE
from tests.fakes.talking_clips import heads, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", list(heads(6)))


LENIENT = [w for name in ("face_px", "flicker") for w in ("--set", f"quality.{name}=0")]
LENIENT[-1] = "quality.flicker=50"


def test_missing_weights_leave_their_measures_unknown_and_are_told(clip, capsys):
    words = ["score", str(clip), "--reference", str(clip), *LENIENT]
    assert run([*words, "--with", "lse,lpips", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert {"lse_c", "lpips"}.isdisjoint(told["figures"])
    notes = [note for note in told["notes"] if note.startswith("Not measured")]
    assert "syncnet_v2.model is missing: put it into" in notes[0]
    assert "alex.pth is missing: put it into" in notes[1]
    assert run(words) == DONE
    assert "Not measured" not in capsys.readouterr().out


def test_a_measure_that_does_not_exist_is_a_mistake_of_the_command(clip, capsys):
    assert run(["score", str(clip), "--with", "beauty"]) == USAGE
    assert "lse" in capsys.readouterr().err

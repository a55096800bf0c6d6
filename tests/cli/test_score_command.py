"""`score`: a table for people, one object for programs, and an exit code for scripts."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, GATE, USAGE
from tests.fakes.talking_clips import heads, write_clip


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A clip of a head and the same with a blurred mouth."""
    folder = tmp_path_factory.mktemp("pair")
    pictures = heads(16)
    blurred = [cv2.GaussianBlur(np.asarray(each), (0, 0), 4) for each in pictures]
    clip = write_clip(folder / "clip.mp4", list(pictures))
    return clip, write_clip(folder / "blurred.mp4", blurred)


def test_a_result_that_is_not_good_enough_exits_with_1_and_says_why(pair, capsys):
    clip, blurred = pair
    assert run(["score", str(blurred), "--reference", str(clip)]) == GATE
    told = capsys.readouterr().out
    assert "FAIL" in told
    assert "Sharpness of the mouth" in told
    assert "need" in told.splitlines()[-1]


def test_limits_can_be_changed_and_json_says_everything(pair, capsys):
    clip, blurred = pair
    lenient = [
        "sharpness=0", "seam_gradient=20", "seam_color=100", "outside_psnr=0", "flicker=50",
        "face_px=0",
    ]  # fmt: skip
    words = [word for each in lenient for word in ("--set", f"quality.{each}")]
    assert run(["score", str(blurred), "--reference", str(clip), "--json", *words]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["passed"] is True
    assert told["attentions"] == []
    assert told["quality"]["sharpness"]["judged"] < 0.6
    assert len(told["curves"]["sharpness"]["result"]) == 16
    assert "agreement" in told["unknown"]


def test_a_reference_of_another_scene_is_bad_input_and_what_is_unknown_is_not_ok(pair, capsys):
    clip, _ = pair
    other = write_clip(clip.with_name("turned.mp4"), [np.rot90(each, 2) for each in heads(16)])
    assert run(["score", str(clip), "--reference", str(other)]) == BAD_INPUT
    assert "turned.mp4 does not show the picture of clip.mp4" in capsys.readouterr().err
    assert run(["score", str(clip), "--set", "quality.face_px=0"]) == DONE
    told = capsys.readouterr().out.splitlines()
    [sharp] = [line for line in told if line.startswith("Sharpness of the mouth  ")]
    assert not sharp.rstrip().endswith("ok")
    assert told[-1].startswith("Passed in all that is known: ")


def test_mistakes_are_told_from_bad_results(pair, capsys, tmp_path):
    clip, _ = pair
    assert run(["score", str(clip), "--set", "quality.beauty=1"]) == USAGE
    assert run(["score", str(clip), "--set", "quality.sharpness=9"]) == USAGE
    assert run(["score", str(tmp_path / "none.mp4")]) == BAD_INPUT

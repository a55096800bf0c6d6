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


def test_mistakes_are_told_from_bad_results(pair, capsys, tmp_path):
    clip, _ = pair
    assert run(["score", str(clip), "--set", "quality.beauty=1"]) == USAGE
    assert run(["score", str(clip), "--set", "quality.sharpness=9"]) == USAGE
    assert run(["score", str(tmp_path / "none.mp4")]) == BAD_INPUT

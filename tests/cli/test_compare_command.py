"""`compare`: movies of the same, measured beside each other."""

import json
import re

import cv2
import pytest

from latentsync_studio.cli.app import run
from tests.fakes.talking_clips import heads, write_clip
from tests.services.conftest import cut_speech

FRAMES = 30


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A clip, two results of it (one has a blurred mouth), and what is said."""
    folder = tmp_path_factory.mktemp("compared clips")
    pictures = list(heads(FRAMES))
    blurred = [cv2.GaussianBlur(picture, (0, 0), 3) for picture in pictures]
    write_clip(folder / "source.mp4", pictures)
    for name, shown in (("good", pictures), ("dull", blurred)):
        (folder / name).mkdir()
        write_clip(folder / name / "one.mp4", shown)
    cut_speech(folder / "said.wav", FRAMES / 25)
    votes = "item,left,right,choice\n" + "a,good,dull,left\nb,dull,good,right\nc,good,dull,tie\n"
    (folder / "votes.csv").write_text(votes, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A data folder in which what was analysed stays."""
    return tmp_path_factory.mktemp("compare home")


@pytest.fixture
def compare(clips, home, capsys, monkeypatch):
    """Run the command and return its exit code and what it printed."""

    def called(*words):
        monkeypatch.setenv("LATENTSYNC_STUDIO_HOME", str(home))
        code = run(["compare", *map(str, words)])
        return code, capsys.readouterr()

    return called


@pytest.mark.slow
def test_movies_are_measured_ranked_and_reported(compare, clips, tmp_path):
    beside = ("--reference", clips / "source.mp4", "--audio", clips / "said.wav")
    movies = (clips / "dull/one.mp4", clips / "good/one.mp4")
    report = tmp_path / "report.html"
    code, told = compare(
        *movies,
        *beside,
        "--html",
        report,
        "--votes",
        clips / "votes.csv",
        "--span",
        "0.4",
        "--json",
    )
    assert code == 0
    found = json.loads(told.out)
    assert [system["name"] for system in found["systems"]] == ["dull/one", "good/one"]
    assert [standing["rank"] for standing in found["measures"]["standings"]] == [2, 1]
    sharpness = next(r for r in found["measures"]["rows"] if r["measure"] == "sharpness")
    dull, good = sharpness["cells"]
    assert dull["is_beyond"]
    assert good["judged"] == pytest.approx(1.0, abs=0.05)
    difference = next(d for d in found["differences"] if d["measure"] == "sharpness")
    assert difference["found"]["mean"] < 0
    assert difference["found"]["clusters"] == 3
    assert found["votes"]["pairs"][0]["counts"]["wins"] == 0
    assert any("no names" in note or "are called" in note for note in found["notes"])
    assert any("no p value can be below 0.25" in note for note in found["notes"])
    text = report.read_text("utf-8")
    assert text.count("data:image/png;base64,") == 3
    assert "needs" in text

    code, told = compare(*movies, *beside, "--set", "sharpness=0")
    assert code == 0
    assert "1. good/one:" in told.out
    assert re.search("Beside good/one:.* worse in sharpness of the mouth", told.out)
    assert "Beyond the limit: Sharpness" not in told.out


def test_movies_of_different_scenes_are_not_ranked(compare, clips, tmp_path):
    turned = [picture[::-1] for picture in heads(FRAMES)]
    other = write_clip(tmp_path / "turned.mp4", turned)
    code, told = compare(clips / "good/one.mp4", other)
    assert code == 3
    assert "turned.mp4 does not show the picture of one.mp4" in told.err


def test_votes_alone_are_counted_and_written_as_a_table(compare, clips, tmp_path):
    out = tmp_path / "again.csv"
    code, told = compare("--votes", clips / "votes.csv", "--save-votes", out)
    assert code == 0
    assert "good has 2 of 2 votes, 1 tie" in told.out
    assert "65 %: 90" in told.out
    assert out.read_text("utf-8").count("\n") == 4


def test_a_table_without_votes_is_named(compare, tmp_path):
    (tmp_path / "none.csv").write_text("item,left,right,choice\n", encoding="utf-8")
    code, told = compare("--votes", tmp_path / "none.csv", "--json")
    assert code == 3
    error = json.loads(told.out)
    assert error["message"] == "There are no votes in none.csv."
    assert "blindly" in error["remedy"]


@pytest.mark.parametrize(
    ("words", "code", "match"),
    [
        ((), 3, "nothing to compare"),
        (("one.mp4",), 3, "One movie"),
        (("a.mp4", "b.mp4"), 3, "is not there"),
        (("a.mp4", "b.mp4", "--primary", "beauty"), 3, "no measure"),
        (("a.mp4", "b.mp4", "--set", "glow=1"), 2, "no setting"),
    ],
)
def test_what_cannot_be_compared_is_told(compare, words, code, match):
    found, told = compare(*words, "--json")
    assert found == code
    error = json.loads(told.out)
    assert match in error["message"]
    assert error["remedy"]

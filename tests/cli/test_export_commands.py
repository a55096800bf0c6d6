"""`export` beyond movies: timelines, layers, packages, and what is told when it cannot be."""

import json

import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.document import to_json
from latentsync_studio.core.timeline.model import Dissolve, Marker
from tests.services.conftest import cut_clip, cut_speech
from tests.services.timeline.projects import clip, item_of, project, with_track


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """A document of 20 frames with speech, a marker and a dissolve."""
    folder = tmp_path_factory.mktemp("cut")
    media = [
        item_of(cut_clip(folder / "c.mp4", 24), 1),
        item_of(cut_speech(folder / "s.wav", 0.8), 2),
    ]
    tracks = {"V1": [clip(1, 1, 0, (0, 12)), clip(3, 1, 12, (12, 20))]}
    tracks["A1"] = [clip(2, 2, 0, (0, 20))]
    mark = Marker(id="k1", frames=FrameRange(3, 4), name="here")
    made = project(media, tracks, markers=(mark,))
    fade = Dissolve(id="d1", left="c1", right="c3", before=2, after=2)
    path = folder / "cut.json"
    path.write_bytes(to_json(with_track(made, "V1", dissolves=(fade,))))
    return path


def told(capsys):
    return json.loads(capsys.readouterr().out)


def export(document, output, *more):
    return run(["export", str(document), "-o", str(output), *more])


@pytest.mark.parametrize(
    ("name", "more", "holds"),
    [
        ("cut.xml", ["--flavour", "resolve"], "xmeml"),
        ("cut.fcpxml", ["--format-version", "1.11"], 'version="1.11"'),
        ("cut.otio", ["--relative"], "Timeline"),
        ("cut.mlt", [], "<mlt"),
        ("cut.txt", ["--format", "edl"], "TITLE"),
    ],
)
def test_the_ending_or_the_format_decides_on_the_timeline(
    document, tmp_path, capsys, name, more, holds
):
    assert export(document, tmp_path / name, "--json", *more) == 0
    written = told(capsys)
    assert written["paths"][0] == str(tmp_path / name)
    assert isinstance(written["losses"], list)
    assert holds in (tmp_path / name).read_text()


def test_what_is_lost_is_told_in_lines_of_its_own(document, tmp_path, capsys):
    assert export(document, tmp_path / "clips.ale") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(tmp_path / "clips.ale")
    assert any(line.startswith("lost: ") for line in lines)


@pytest.mark.slow
def test_a_package_and_a_layer_come_from_the_command_line(document, tmp_path, capsys):
    words = [
        "--package",
        "--parts",
        "layers",
        "--no-reference",
        "--format",
        "edl",
        "--handles",
        "0",
    ]
    assert export(document, tmp_path / "for avid", "--json", "--consent", "yes", *words) == 0
    report = told(capsys)
    assert [each["part"] for each in report["clips"]] == ["patch", "patch"]
    assert (tmp_path / "for avid" / "README.md").is_file()
    layer = ["--format", "layer", "--clip", "c3", "--codec", "ffv1", "--handles", "0.1"]
    assert export(document, tmp_path / "one.mkv", *layer) == 0
    assert "ffv1, 14 frames with handles of 3 + 3" in capsys.readouterr().out
    preset = ["--preset", "png-sequence", "--set", "speed=ultrafast", "--range", "0:3"]
    assert export(document, tmp_path / "frames", *preset) == 0
    assert len(list((tmp_path / "frames").glob("frames.*.png"))) == 3


@pytest.mark.parametrize(
    ("words", "code", "remedy"),
    [
        (["a.mov", "--format", "layer"], 2, "--clip c12"),
        (["a.xml", "--format", "fcp7"], 2, "fcp7xml"),
        (["a.xml", "--format", "edl", "--format", "mlt"], 2, "--package"),
        (["a.mp4", "--preset", "youtoob"], 2, "youtube"),
        (["a.mp4", "--codec", "h263"], 2, "h264"),
        (["a.mp4", "--set", "quality"], 2, "--set audio=pcm24"),
        (["a.mp4", "--codec", "prores"], 3, ".mov"),
        (["a.otio", "--package"], 3, "-o a"),
        (["a.otio", "--clip", "c1"], 2, "--package"),
        (["a.xml", "--flavour", "vegas"], 2, "premiere"),
        (["p", "--package", "--layer-codec", "h264"], 3, "ProRes 4444"),
    ],
)
def test_what_cannot_be_has_a_code_and_a_remedy(document, tmp_path, capsys, words, code, remedy):
    output, *more = words
    assert export(document, tmp_path / output, "--json", *more) == code
    assert remedy in told(capsys)["remedy"]
    assert list(tmp_path.glob("*")) == []


def test_the_help_tells_exit_codes_and_targets(capsys):
    assert run(["export", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 written" in text
    assert "prores-hq" in text


def test_devices_are_names_between_commas(document, tmp_path, capsys):
    assert export(document, tmp_path / "a.mp4", "--devices", "0,,1") == 2
    assert "'0,,1' are not of the form A,B" in capsys.readouterr().err

"""Files of real programs: all of them are read, and what they say is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from random_cuts import marks, rows

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.services.interchange.reading import read_timeline

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "interchange"


@pytest.fixture(scope="module", autouse=True)
def samples():
    if not SAMPLES.is_dir():
        pytest.skip("the files of ../shared/data/interchange are not on this machine")


def read(name):
    found = read_timeline(SAMPLES / name)
    return found.cuts[0], " ".join(found.losses)


def places(made, track=0, kind="video"):
    return [(start, length, source) for _, start, length, source, *_ in rows(made, kind)[track][0]]


def test_premiere_with_dissolves_nested_sequences_and_stereo_pairs():
    made, losses = read("premiere_example.xml")
    assert (made.rate, made.width, made.height) == (FrameRate(30), 1280, 720)
    assert [track.name for track in made.tracks] == ["V1", "V2", "V3", "V4", "A1", "A2", "A3", "A4"]
    assert places(made, 0) == [(536, 100, 0)]
    # the fourth and fifth are a nested sequence, laid out flat
    assert places(made, 1) == [
        (13, 100, 0),
        (165, 157, 0),
        (322, 235, 0),
        (636, 100, 0),
        (736, 220, 0),
    ]
    assert places(made, 3) == [(956, 208, 34), (1164, 82, 18)]
    assert rows(made)[3][1] == [(1152, 1177, 1164)]
    assert rows(made)[1][1] == [(538, 557, 557)]
    # the first channel's edges are wrong there where a fade lies, those of the second are right
    assert places(made, 3, "audio") == [(956, 208, 34), (1164, 82, 18)]
    assert all(not clip.channels for track in made.tracks for clip in track.clips)
    assert (113, "My MArker 1") in marks(made)
    assert "nested" in losses.lower()
    assert "test_title" in losses
    assert made.media[0].path == "D:/media/sc01_sh010_anim.mov"


def test_hiero_with_its_numbers_and_its_clip_without_a_file():
    made, losses = read("hiero_xml_export.xml")
    assert made.first_label == 86_400
    assert places(made) == [(14, 1055, 0)]
    assert made.media[0].first_label == 1_101_071
    assert made.media[0].width == 3424
    assert "without a file" in losses


def test_final_cut_with_a_compound_clip():
    made, _ = read("fcpx_clips.fcpxml")
    assert made.name == "compound_clip_1"
    assert places(made) == [(0, 300, 0), (1200, 300, 157), (1800, 300, 0)]
    assert places(made, 1) == [(600, 300, 0)]
    assert len(made.tracks_of("audio")) == 1
    assert made.media[0].path == "/Volumes/Media/otio/IMG_0233.MOV"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("avid_example.edl", [(0, 31, 0), (31, 50, 0)]),
        ("premiere_example.edl", [(0, 31, 0), (31, 50, 0)]),
        ("dissolve_test.edl", [(0, 14, 0), (14, 5, 5), (19, 1, 10)]),
        (
            "speed_effects_small.edl",
            [(0, 126, 0), (12240, 17, 0), (12257, 1, 0), (12258, 18, 0), (16600, 36, 0)],
        ),
    ],
)
def test_lists_of_avid_premiere_and_others(name, expected):
    made, losses = read(name)
    assert places(made) == expected
    assert "24 frames/s" in losses


def test_a_list_s_dissolve_freeze_and_speed():
    dissolved, _ = read("dissolve_test.edl")
    assert rows(dissolved)[0][1] == [(9, 19, 14)]
    fast, _ = read("speed_effects_small.edl")
    assert [float(clip.speed) for clip in fast.tracks[0].clips][1:] == [0, 0, 1, 47.6 / 24]
    assert fast.media[0].reel == "Z677_4C."


def test_a_place_of_avid_is_kept():
    made, _ = read("avid_example.edl")
    assert made.media[0].path == "S:\\path\\to\\ZZ100_501.take_1.0001.exr"
    assert made.tracks[0].clips[0].name == "take_1"

"""Sequences as timeline files: what is written, what it shows, what is told to be lost."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from edited_projects import CUT, PHOTO, edited, speech, talk
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError, InvalidEditError, UnknownNameError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.formats import FORMATS
from latentsync_studio.services.interchange.reading import read_timeline
from latentsync_studio.services.interchange.requests import Delivered, TimelineRequest
from latentsync_studio.services.interchange.to_cut import cut_of
from latentsync_studio.services.interchange.write import losses_of, write_timeline

READ = ("fcp7xml", "fcpxml", "otio", "edl")


def request(path, kind, **more):
    return TimelineRequest(sequence=CUT, output=path, format=kind, **more)


def places(cut, track=0, kind="video"):
    names = {medium.id: medium.name for medium in cut.media}
    held = cut.tracks_of(kind)[track].clips
    return [(names[c.medium], c.start, c.length, c.source) for c in held]


def test_a_sequence_becomes_a_cut_with_all_that_it_has():
    cut, losses = cut_of(edited(), CUT)
    assert losses == ()
    assert (cut.rate, cut.first_label, cut.is_drop) == (FrameRate(25), 90_000, False)
    assert places(cut) == [
        ("talk é.mov", 5, 30, 10),
        ("talk é.mov", 35, 30, 100),
        ("talk é.mov", 70, 10, 50),
    ]
    assert [c.name for c in cut.tracks[0].clips] == ["talk é.mov", "answer", "talk é.mov"]
    assert [c.is_enabled for c in cut.tracks[0].clips] == [True, True, False]
    (change,) = cut.tracks[0].transitions
    assert (change.at, change.before, change.after) == (35, 4, 6)
    assert cut.tracks[0].clips[0].link == cut.tracks[2].clips[0].link != ""
    medium = cut.media[0]
    assert (medium.first_label, medium.reel, medium.channels) == (90_000, "A001", 2)
    assert cut.media[1].is_still
    assert not cut.media[2].has_picture
    assert [(m.start, m.length, m.name, m.note, m.color) for m in cut.markers] == [
        (7, 0, "here", "why", "green"),
        (40, 12, "part", "", "red"),
    ]


def test_a_medium_of_another_rate_keeps_its_place_exactly():
    ntsc = FrameRate(30_000, 1001)
    made = edited((talk(ntsc, timecode="01:00:00;00"), PHOTO, speech()))
    cut, _ = cut_of(made, CUT)
    assert cut.tracks[0].clips[0].source == Fraction(10) * ntsc.fraction / 25
    assert (cut.media[0].first_label, cut.media[0].is_drop) == (107_892, True)


def test_muted_and_soloed_tracks_are_off():
    made = edited()
    tracks = list(made.sequences[0].tracks)
    tracks[0] = replace(tracks[0], is_muted=True)
    tracks[3] = replace(tracks[3], is_solo=True)
    made = replace(made, sequences=(replace(made.sequences[0], tracks=tuple(tracks)),))
    cut, _ = cut_of(made, CUT)
    assert [track.is_enabled for track in cut.tracks] == [False, True, False, True]


def test_a_range_is_cut_out_with_its_time_code():
    cut, losses = cut_of(edited(), CUT, FrameRange(20, 50))
    assert cut.first_label == 90_020
    assert places(cut) == [("talk é.mov", 0, 15, 25), ("talk é.mov", 15, 15, 100)]
    assert [(t.at, t.before, t.after) for t in cut.tracks[0].transitions] == [(15, 4, 6)]
    assert [m.start for m in cut.markers] == [20]
    assert any("Markers outside" in loss for loss in losses)
    with pytest.raises(InputError, match="reaches beyond"):
        cut_of(edited(), CUT, FrameRange(0, 500))


@pytest.mark.parametrize("kind", READ)
def test_what_is_written_is_read_as_the_same_cut(kind, tmp_path):
    made = edited()
    written = write_timeline(made, request(tmp_path / "cut", kind))
    first = Path(written.paths[0])
    assert first == tmp_path / f"cut{FORMATS[kind].suffix}"
    cut, _ = cut_of(made, CUT)
    again = read_timeline(first).cuts[0]
    assert (again.rate, again.first_label) == (cut.rate, cut.first_label)
    count = 2 if kind == "edl" else 3  # lists leave out what is turned off
    expected = places(cut)[:count]
    found = places(again)
    if kind == "edl":  # a dissolve lies in the middle of its frames there, and shows the same
        assert found == [("talk é.mov", 5, 31, 0), ("talk é.mov", 36, 29, 91)]
    else:
        assert found == expected
        assert [(t.start, t.stop) for t in again.tracks[0].transitions] == [(31, 41)]


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_every_format_is_written_whole_and_tells_its_losses_before(kind, tmp_path):
    made = edited()
    asked = request(tmp_path / "cut", kind)
    told = losses_of(made, asked)
    assert not list(tmp_path.iterdir())
    written = write_timeline(made, asked)
    assert written.losses == told
    assert sorted(map(str, tmp_path.iterdir())) == sorted(written.paths)
    assert all(Path(path).stat().st_size for path in written.paths if kind != "srt")


def delivered(path, role, **more):
    values = {"rate": FrameRate(25), "frames": 80, "begins": Fraction(2), "first_label": 90_050}
    return Delivered(path=path, role=role, width=640, height=360, **(values | more))


@pytest.mark.parametrize("kind", READ)
def test_a_rendered_clip_stands_for_the_original(kind, tmp_path):
    render = tmp_path / "answer.mov"
    asked = request(
        tmp_path / "cut", kind, placements={"c12": delivered(render, "clip", reel="LSS1")}
    )
    again = read_timeline(Path(write_timeline(edited(), asked).paths[0])).cuts[0]
    names = [name for name, *_ in places(again)]
    assert names[:2] == ["talk é.mov", "answer.mov"]
    medium = next(m for m in again.media if m.name == "answer.mov")
    shown = again.tracks[0].clips[1]
    first = medium.first_label + shown.source - (shown.start - 35)
    assert first == 90_050 + 50  # frame 100 of the original, whose frame 50 is the render's first


@pytest.mark.parametrize("kind", ["fcp7xml", "fcpxml", "otio"])
def test_a_layer_lies_above_the_untouched_original_and_fades_with_it(kind, tmp_path):
    layer = tmp_path / "answer lips.mov"
    asked = request(
        tmp_path / "cut", kind, placements={"c12": delivered(layer, "patch", has_alpha=True)}
    )
    again = read_timeline(Path(write_timeline(edited(), asked).paths[0])).cuts[0]
    assert places(again)[1][:3] == ("talk é.mov", 35, 30)
    assert places(again, 1) == [("answer lips.mov", 35, 30, 50)]
    assert places(again, 2) == [("photo.png", 8, 6, 0)]
    (fade,) = again.tracks[1].transitions
    assert (fade.start, fade.stop, fade.at) == (35, 41, 35)


def test_a_layer_of_the_medium_s_own_rate_lies_on_its_frames(tmp_path):
    ntsc = FrameRate(30_000, 1001)
    made = edited((talk(ntsc), PHOTO, speech()))
    patch = delivered(
        tmp_path / "p.mov", "patch", rate=ntsc, begins=Fraction(60) / ntsc.fraction, frames=120
    )
    cut, _ = cut_of(made, CUT, placements={"c12": patch})
    original, layer = cut.tracks[0].clips[1], cut.tracks[1].clips[0]
    assert original.source - layer.source == 60
    assert cut.tracks[1].name == "V1 lip sync"


def test_a_layer_of_numbered_pictures_is_named_by_the_first(tmp_path):
    layer = delivered(tmp_path / "lips_0001.png", "patch")
    asked = request(tmp_path / "cut", "mlt", placements={"c12": layer})
    written = write_timeline(edited(), asked)
    assert any("Numbered pictures" in loss for loss in written.losses)
    assert "lips_%04d.png?begin=1" in Path(written.paths[0]).read_text("utf-8")


def test_a_render_without_the_frames_is_refused(tmp_path):
    short = delivered(tmp_path / "p.mov", "clip", frames=10)
    with pytest.raises(InputError, match="which has 10"):
        write_timeline(edited(), request(tmp_path / "cut", "fcp7xml", placements={"c12": short}))
    assert not list(tmp_path.iterdir())


def test_a_render_without_handles_makes_its_dissolve_shorter(tmp_path):
    bare = delivered(tmp_path / "p.mov", "clip", begins=Fraction(4), frames=30)
    written = write_timeline(
        edited(), request(tmp_path / "cut", "fcp7xml", placements={"c12": bare})
    )
    assert any("shorter" in loss for loss in written.losses)


def test_media_can_be_named_from_the_file_s_folder(tmp_path):
    (tmp_path / "media").mkdir()
    made = edited((talk(path=str(tmp_path / "media" / "talk.mov")), PHOTO, speech()))
    (tmp_path / "edit").mkdir()
    asked = request(tmp_path / "edit" / "cut.fcpxml", "fcpxml", relative=True)
    text = Path(write_timeline(made, asked).paths[0]).read_text("utf-8")
    assert 'src="../media/talk.mov"' in text


def test_offline_media_of_an_imported_cut_are_named_as_they_were(tmp_path):
    lost = replace(talk(path="/nowhere/missing m1/talk.mov"), origin="D:\\day 1\\talk.mov")
    made = edited((lost, PHOTO, speech()))
    text = Path(write_timeline(made, request(tmp_path / "cut", "fcp7xml")).paths[0]).read_text(
        "utf-8"
    )
    assert "file://localhost/D%3a/day%201/talk.mov" in text


def test_captions_come_from_a_text_or_from_a_file_beside_the_sound(tmp_path):
    sound = tmp_path / "speech.wav"
    made = edited((talk(), PHOTO, speech(str(sound))))
    path = tmp_path / "cut.srt"
    assert any("No words" in loss for loss in losses_of(made, request(path, "srt")))
    sound.with_suffix(".txt").write_text("One two three. Four five six.", "utf-8")
    told = losses_of(made, request(path, "srt"))
    assert any("estimated" in loss for loss in told)
    sound.with_suffix(".srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n", "utf-8")
    written = write_timeline(made, request(path, "srt"))
    assert written.losses == ()
    assert "00:00:00,880 --> 00:00:01,880\r\nHello" in path.read_bytes().decode()
    texts = {"m3": "00:00.5 --> 00:01.5\nGiven"}
    write_timeline(made, request(path, "vtt", texts=texts, frames=FrameRange(0, 20)))
    assert "00:00:00.400 --> 00:00:00.800\nGiven" in path.read_text("utf-8")


def test_media_are_never_overwritten(tmp_path):
    medium = tmp_path / "talk.xml"
    medium.write_bytes(b"precious")
    made = edited((talk(path=str(medium)), PHOTO, speech()))
    with pytest.raises(InputError, match="would be overwritten"):
        write_timeline(made, request(medium, "fcp7xml"))
    assert medium.read_bytes() == b"precious"
    with pytest.raises(InputError, match="is a folder"):
        write_timeline(made, request(tmp_path, "fcp7xml", flavour="resolve"))
    with pytest.raises(InputError, match="does not exist"):
        write_timeline(made, request(tmp_path / "gone" / "cut.xml", "fcp7xml"))


def test_names_that_do_not_exist_are_told_with_those_that_do(tmp_path):
    with pytest.raises(UnknownNameError, match="timeline format"):
        losses_of(edited(), request(tmp_path / "cut", "aaf"))
    with pytest.raises(UnknownNameError, match="flavour of otio"):
        losses_of(edited(), request(tmp_path / "cut", "otio", flavour="avid"))
    with pytest.raises(UnknownNameError, match="version of fcpxml"):
        losses_of(edited(), request(tmp_path / "cut", "fcpxml", version="2.0"))


def test_an_empty_or_unknown_sequence_is_refused(tmp_path):
    made = edited()
    empty = replace(made, sequences=(replace(made.sequences[0], tracks=()),))
    with pytest.raises(InputError, match="is empty"):
        losses_of(empty, request(tmp_path / "cut", "edl"))
    with pytest.raises(InvalidEditError):
        losses_of(Project(), request(tmp_path / "cut", "edl"))


def test_variable_rates_and_numbered_pictures_are_told():
    item = talk()
    item = replace(item, video=replace(item.video, is_variable=True))
    _, losses = cut_of(edited((item, PHOTO, speech())), CUT)
    assert any("varies" in loss for loss in losses)

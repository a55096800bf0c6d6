"""Edit decision lists: what is written is read as the same cut, by ours and by other readers."""

from __future__ import annotations

import re
from fractions import Fraction
from io import StringIO

import opentimelineio
import pycmx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from random_cuts import GRIDS, clip, cut, cuts, full_cut, medium, without_transitions

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.interchange.cut import Marker, Track, Transition
from latentsync_studio.interchange.edl.read import read
from latentsync_studio.interchange.edl.write import write
from latentsync_studio.interchange.formats import FORMATS
from latentsync_studio.interchange.frames import first_shown
from latentsync_studio.interchange.output import Options
from latentsync_studio.interchange.pairs import embedded_sounds

R24 = FrameRate(24)
R25 = FrameRate(25)


def written(made, flavour="generic", **more):
    return write(made, Options(name="cut.edl", flavour=flavour, **more))


def lines(made, flavour="generic"):
    return written(made, flavour).files[0].data.decode("ascii").split("\r\n")


def number(held, of, made):
    return of.first_label + first_shown(held, of, made)


def expected(made):
    """Of each list: (path, start, length, frame number of the source) of its clips."""
    inside = {each.id for each in embedded_sounds(made).values()}
    media = {each.id: each for each in made.media}
    found = []
    for track in (*made.tracks_of("video"), *made.tracks_of("audio")):
        held = [
            (of.path, c.start, c.length, 0 if of.is_still else number(c, of, made))
            for c in track.clips
            for of in [media[c.medium]]
            if c.is_enabled and c.id not in inside
        ]  # fmt: skip
        found += [held] if held else []
    return found


def shown(made):
    """The same of what was read, of its first track."""
    media = {each.id: each for each in made.media}
    return [
        (of.path, c.start, c.length, 0 if of.is_still else of.first_label + c.source)
        for c in made.tracks[0].clips
        for of in [media[c.medium]]
    ]


def same(made, flavour):
    made = without_transitions(made)
    files = written(made, flavour).files
    found = [read(each.data, each.name) for each in files]
    assert [each.losses for each in found] == [()] * len(files)
    assert [shown(each.cuts[0]) for each in found] == (expected(made) or [[]])
    for each in found:
        again = each.cuts[0]
        assert (again.rate, again.first_label, again.is_drop) == (
            made.rate,
            made.first_label,
            made.is_drop,
        )


@settings(max_examples=30, deadline=None)
@given(cuts(), st.sampled_from(FORMATS["edl"].flavours))
def test_any_cut_is_read_as_it_was(made, flavour):
    if expected(made):
        same(made, flavour)


@pytest.mark.parametrize(("rate", "drop"), GRIDS)
def test_every_rate_is_read_as_it_was(rate, drop):
    same(full_cut(rate, drop=drop), "generic")


@pytest.mark.parametrize(("rate", "drop"), GRIDS)
def test_another_reader_of_lists_sees_the_same_events(rate, drop):
    made = full_cut(rate, drop=drop)
    text = written(made).files[0].data.decode()
    parsed = pycmx.parse_cmx3600(StringIO(text.replace("\r\n", "\n")))
    assert parsed.title == "Cut e 1"
    places = [(e.record_in, e.record_out) for event in parsed.events for e in event.edits]
    labels = [
        tuple(to_timecode(made.first_label + f, rate, drop=drop) for f in edges)
        for edges in ((2, 18), (18, 18), (18, 52), (60, 72))
    ]
    assert places == labels
    names = [e.source_file for event in parsed.events for e in event.edits if e.source_file]
    assert names[0] == made.media[0].path


@pytest.mark.parametrize("rate", [24, 25, 30])
def test_a_third_reader_agrees_on_the_cuts(rate):
    grid = FrameRate(rate)
    of = medium(0, grid, 300, first_label=rate * 3600)
    clips = [
        clip(1, of, grid, 0, 10, 20),
        clip(2, of, grid, 20, 50, 5),
        clip(3, of, grid, 40, 0, 9),
    ]
    made = cut(grid, {"V1": clips}, (of,), first_label=rate * 3600)
    timeline = opentimelineio.adapters.read_from_string(
        "\n".join(lines(made)), adapter_name="cmx_3600", rate=rate
    )
    found = [
        (each.source_range.start_time.value, each.duration().value)
        for each in timeline.video_tracks()[0]
        if isinstance(each, opentimelineio.schema.Clip)
    ]
    assert found == [(rate * 3600 + 10, 20), (rate * 3600 + 50, 5), (rate * 3600, 9)]


def test_a_list_is_plain_ascii_with_crlf():
    data = written(full_cut(R25)).files[0].data
    assert data.isascii()
    assert data.count(b"\n") == data.count(b"\r\n")
    head = data.decode().split("\r\n")[:3]
    assert head[0] == "TITLE: Cut e 1"
    assert head[1] == "FCM: NON-DROP FRAME"
    assert lines(full_cut(FrameRate.parse("29.97"), drop=True))[1] == "FCM: DROP FRAME"


def test_each_track_has_a_list_of_its_own_and_sounds_that_fit_lie_in_the_picture_s():
    output = written(full_cut(R25))
    assert [each.name for each in output.files] == [
        "cut.edl",
        "cut.V2.edl",
        "cut.A1.edl",
        "cut.A3.edl",
    ]
    assert any(
        "list of their own" in loss or "lists of their own" in loss for loss in output.losses
    )
    assert any(" B     C" in line for line in output.files[0].data.decode().split("\r\n"))


def test_a_dissolve_is_two_lines_and_is_read_over_the_same_frames():
    made = full_cut(R25)
    text = written(made).files[0].data.decode()
    first, second = re.findall(r"^002  .*$", text.replace("\r", ""), re.MULTILINE)
    assert " C        " in first
    assert re.search(r" D    009 ", second)
    again = read(text.encode(), "x").cuts[0]
    (change,) = again.tracks[0].transitions
    assert (change.start, change.stop) == (18, 27)
    right = again.tracks[0].clips[1]
    begins = 96 + (right.start - 18)  # the frame of the medium that is seen there
    assert again.media[0].first_label + right.source == 90_000 + begins


def test_fades_come_from_black_and_go_to_it():
    of = medium(0, R25, first_label=90_000)
    track = Track(
        kind="video",
        name="V1",
        clips=(clip(1, of, R25, 5, 10, 20),),
        transitions=(Transition(at=5, before=0, after=4), Transition(at=25, before=6, after=0)),
    )
    made = replace(cut(R25, {}, (of,), first_label=90_000), tracks=(track,))
    again = read(written(made).files[0].data, "x").cuts[0]
    assert again.tracks[0].transitions == track.transitions
    assert shown(again) == [(of.path, 5, 20, 90_010)]


def test_reels_are_short_and_all_different():
    media = tuple(
        replace(medium(n, R25), path=f"/m/{n}/very long name 1.mov", reel=reel)
        for n, reel in enumerate(("", "", "a-001.mov", "A001MOV", "AX"))
    )
    clips = [clip(n, of, R25, 10 * n, 0, 10) for n, of in enumerate(media)]
    text = written(cut(R25, {"V1": clips}, media)).files[0].data.decode()
    reels = re.findall(r"^\d{3}  (\S+)", text, re.MULTILINE)
    assert reels == ["VERYLONG", "VERYLON2", "A001MOV", "A001MOV2", "AX2"]
    assert all(re.fullmatch("[A-Z0-9]{1,8}", reel) for reel in reels)


def test_a_list_ends_after_999_events_and_goes_on_in_the_next():
    of = medium(0, R25, 5000, first_label=90_000)
    clips = [clip(n, of, R25, n, n, 1) for n in range(1001)]
    output = written(cut(R25, {"V1": clips}, (of,)))
    assert [each.name for each in output.files] == ["cut.edl", "cut.V1-2.edl"]
    assert output.files[0].data.count(b" V     C") == 999
    second = output.files[1].data.decode()
    assert second.startswith("TITLE: Cut e 1 PART 2\r\n")
    assert re.findall(r"^\d{3}", second, re.MULTILINE) == ["001", "002"]
    assert read(output.files[1].data, "x").cuts[0].tracks[0].clips[0].start == 999


def test_speeds_and_freezes_say_so():
    of = medium(0, R24, 400, first_label=86_400)
    clips = [
        clip(1, of, R24, 0, 10, 34, speed=Fraction(2)),
        clip(2, of, R24, 34, 80, 10, speed=Fraction(0)),
        clip(3, of, R24, 44, 90, 10, speed=Fraction(-1)),
    ]
    made = cut(R24, {"V1": clips}, (of,), first_label=86_400)
    text = written(made).files[0].data.decode()
    assert "M2   ATAKE          048.0                01:00:00:10" in text
    assert "01:00:00:10 01:00:03:06 01:00:00:00 01:00:01:10" in text  # 68 frames in 34
    assert "M2   ATAKE          000.0                01:00:03:08" in text
    again = read(text.encode(), "x").cuts[0]
    found = [(c.source, c.speed) for c in again.tracks[0].clips]
    assert found == [(0, 2), (70, 0), (80, -1)]


def test_markers_are_locators():
    made = full_cut(R25)
    data = written(made, "avid").files[0].data
    assert b"* LOC: 01:00:00:04 GREEN   mark" in data
    again = read(data, "x").cuts[0]
    assert {(each.start, each.name) for each in again.markers} == {
        (4, "on clip"),
        (4, "mark"),
        (40, "part"),
    }


def test_other_letters_survive_in_the_place_of_a_file():
    of = replace(medium(0, R25, first_label=9), path="/m/é 日本 #1%.mov")
    made = cut(R25, {"V1": [clip(1, of, R25, 0, 0, 5)]}, (of,))
    assert read(written(made).files[0].data, "x").cuts[0].media[0].path == of.path


def test_a_rate_that_is_not_said_is_guessed_told_and_can_be_chosen():
    head = "TITLE: x\nFCM: {}FRAME\n001  AX V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:{}\n"
    found = read(head.format("NON-DROP ", "24").encode(), "x")
    assert found.cuts[0].rate == FrameRate(25)
    assert "25 frames/s" in found.losses[0]
    assert read(head.format("DROP ", "00").encode(), "x").cuts[0].rate == FrameRate(30_000, 1001)
    chosen = read(head.format("NON-DROP ", "20").encode(), "x", FrameRate(50))
    assert chosen.cuts[0].rate == FrameRate(50)
    assert not any("frames/s" in loss for loss in chosen.losses)
    with pytest.raises(InputError, match=r"line 3.*|24 frames are too many") as caught:
        read(head.format("NON-DROP ", "24").encode(), "x", FrameRate(24))
    assert "frame rate" in caught.value.remedy


@pytest.mark.parametrize(
    ("channels", "kinds"),
    [
        ("V", ["video"]),
        ("B", ["video", "audio"]),
        ("AA/V", ["video", "audio"]),
        ("A2", ["audio"]),
        ("A1A2", ["audio"]),
        ("V1A1A2", ["video", "audio"]),
        ("NONE", []),
    ],
)
def test_channels_of_many_programs_are_understood(channels, kinds):
    text = f"001  R1 {channels} C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n"
    found = read(text.encode(), "x")
    assert [track.kind for track in found.cuts[0].tracks] == kinds
    assert bool(found.losses[1:]) == (not kinds)


def test_markers_and_turned_off_clips_are_told():
    losses = written(full_cut(R25)).losses
    assert any("turned off" in loss for loss in losses)
    assert any("frame rate" in loss for loss in losses)
    made = replace(full_cut(R25), markers=(Marker(start=1),))
    assert any("LOC" in loss for loss in written(made).losses)


@pytest.mark.parametrize(
    ("source", "is_told"),
    [
        ("00:00:02:00 00:00:03:00", False),
        ("23:59:59:12 00:00:00:12", False),
        ("00:00:02:00 00:00:01:00", True),
        ("00:00:02:00 00:00:09:00", True),
    ],
)
def test_sources_that_do_not_fill_their_events_are_told(source, is_told):
    text = f"TITLE: x\nFCM: NON-DROP FRAME\n001  AX V C {source} 00:00:00:00 00:00:01:00\n"
    found = read(text.encode(), "cut.edl", R24)
    assert any("do not fill" in loss for loss in found.losses) is is_told

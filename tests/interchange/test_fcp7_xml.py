"""Final Cut Pro 7 XML: what is written is read as the same cut, by ours and by another reader."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from random_cuts import (
    GRIDS,
    clip,
    cut,
    cuts,
    facts,
    frame_of,
    full_cut,
    links,
    medium,
    rows,
    without_empty,
    without_transitions,
)

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.cut import Marker, Track, Transition
from latentsync_studio.interchange.fcp7.read import read
from latentsync_studio.interchange.fcp7.write import write
from latentsync_studio.interchange.output import Options
from latentsync_studio.interchange.xml_in import parse_xml

FLAVOURS = ("premiere", "resolve", "generic")
R25 = FrameRate(25)


def written(made, flavour="premiere", **more):
    """(bytes, losses) of a cut."""
    output = write(made, Options(name="cut.xml", flavour=flavour, **more))
    return output.files[0].data, output.losses


def tree(made, flavour="premiere", **more):
    return parse_xml(written(made, flavour, **more)[0], "cut.xml", "xmeml")


def same(made, data):
    """Assert that `data` holds the cut `made`, and nothing was lost on reading."""
    found = read(data, "cut.xml")
    assert found.losses == ()
    again, made = without_empty(found.cuts[0]), without_empty(made)
    assert frame_of(again) == frame_of(made)
    assert rows(again) == rows(made)
    assert rows(again, "audio") == rows(made, "audio")
    assert links(again) == links(made)
    assert facts(again) == facts(made)


@settings(max_examples=30, deadline=None)
@given(cuts(), st.sampled_from(FLAVOURS))
def test_any_cut_is_read_as_it_was(made, flavour):
    same(made, written(made, flavour)[0])


@pytest.mark.parametrize(("rate", "drop"), GRIDS)
def test_every_rate_is_read_as_it_was(rate, drop):
    for flavour in FLAVOURS:
        same(full_cut(rate, drop=drop), written(full_cut(rate, drop=drop), flavour)[0])


@pytest.mark.parametrize("rate", ["23.976", "25", "29.97", "60"])
def test_another_reader_sees_the_same_cuts(rate):
    made = without_transitions(full_cut(FrameRate.parse(rate)))
    timeline = opentimelineio.adapters.read_from_string(
        written(made, "generic")[0].decode(), adapter_name="fcp_xml"
    )
    for track, theirs in zip(made.tracks_of("video"), timeline.video_tracks(), strict=True):
        found = [
            (round(each.range_in_parent().start_time.value), round(each.duration().value))
            for each in theirs
            if isinstance(each, opentimelineio.schema.Clip)
        ]
        assert found == [(each.start, each.length) for each in track.clips]


def test_a_document_names_its_type_and_shows_its_format_before_its_tracks():
    data, _ = written(full_cut(R25))
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n')
    root = tree(full_cut(R25))
    assert root.get("version") == "4"
    assert tree(full_cut(R25), "resolve").get("version") == "5"
    video = root.first("sequence", "media", "video")
    assert [child.tag for child in video.children] == ["format", "track", "track"]


def test_ids_are_unique_and_links_are_symmetric():
    root = tree(full_cut(R25))
    items = list(root.descendants("clipitem"))
    ids = [item.get("id") for item in items]
    assert len(set(ids)) == len(ids)
    named = {i.get("id"): {e.value("linkclipref") for e in i.all("link")} for i in items}
    for own, others in named.items():
        assert not others or own in others
        assert all(named[other] == others for other in others)
    lengths = [(i.value("end"), i.value("start"), i.value("out"), i.value("in")) for i in items]
    assert all(
        int(end) - int(start) == int(out) - int(first)
        for end, start, out, first in lengths
        if "-1" not in {end, start}
    )


def test_a_file_is_defined_once_or_in_the_repeating_flavour_always():
    once = [n for n in tree(full_cut(R25)).descendants("file") if n.children]
    assert len(once) == 5
    again = list(tree(full_cut(R25), "generic").descendants("file"))
    assert all(node.children for node in again)


def test_stereo_lies_on_two_tracks_for_premiere_and_mono_on_one():
    root = tree(full_cut(R25))
    tracks = list(root.first("sequence", "media", "audio").all("track"))
    kinds = [(t.get("premiereTrackType"), t.get("currentExplodedTrackIndex")) for t in tracks]
    assert kinds == [
        ("Stereo", "0"),
        ("Stereo", "1"),
        ("Mono", "0"),
        ("Stereo", "0"),
        ("Stereo", "1"),
    ]
    channels = [t.first("clipitem").value("sourcetrack", "trackindex") for t in tracks]
    assert channels == ["1", "2", "1", "1", "2"]
    assert root.first("sequence").get("explodedTracks") == "true"


def test_mono_and_stereo_of_one_track_go_apart_and_that_is_told():
    wide, narrow = medium(0, R25), medium(1, R25, channels=1)
    made = cut(
        R25, {"A1": [clip(1, wide, R25, 0, 0, 5), clip(2, narrow, R25, 5, 0, 5)]}, (wide, narrow)
    )
    data, losses = written(made)
    assert any("tracks of their own" in loss for loss in losses)
    assert (
        len(list(parse_xml(data, "x", "xmeml").first("sequence", "media", "audio").all("track")))
        == 3
    )


def test_ticks_are_those_of_a_sample_of_premiere():
    of = medium(0, FrameRate(30))
    root = tree(cut(FrameRate(30), {"V1": [clip(1, of, FrameRate(30), 0, 0, 100)]}, (of,)))
    assert next(root.descendants("pproTicksOut")).text == "846720000000"


def test_a_dissolve_hides_the_edges_and_reaches_over_them():
    root = tree(full_cut(R25))
    track = root.first("sequence", "media", "video", "track")
    first, change, second = track.children[:3]
    assert change.tag == "transitionitem"
    assert (first.value("end"), second.value("start")) == ("-1", "-1")
    assert (change.value("start"), change.value("end"), change.value("alignment")) == (
        "18",
        "27",
        "center",
    )
    assert (first.value("in"), first.value("out")) == ("10", "35")
    assert (second.value("in"), second.value("out")) == ("96", "130")


def test_a_fade_at_a_free_edge_is_kept():
    of = medium(0, R25)
    track = Track(
        kind="video",
        name="V1",
        clips=(clip(1, of, R25, 5, 10, 20),),
        transitions=(Transition(at=5, before=0, after=4), Transition(at=25, before=6, after=0)),
    )
    made = replace(cut(R25, {}, (of,)), tracks=(track,))
    data, _ = written(made)
    assert [
        n.value("alignment") for n in parse_xml(data, "x", "xmeml").descendants("transitionitem")
    ] == [
        "start-black",
        "end-black",
    ]
    same(made, data)


@pytest.mark.parametrize(
    ("path", "flavour", "expected"),
    [
        ("D:\\media\\a b.mov", "premiere", "file://localhost/D%3a/media/a%20b.mov"),
        ("D:\\media\\a b.mov", "resolve", "file:///D:/media/a%20b.mov"),
        ("\\\\srv\\share\\a#1.mov", "premiere", "file://srv/share/a%231.mov"),
        ("/Volumes/x/100%.mov", "premiere", "file://localhost/Volumes/x/100%25.mov"),
        ("/media/é.mov", "generic", "file://localhost/media/%C3%A9.mov"),
    ],
)
def test_places_are_spelled_as_the_program_wants_them(path, flavour, expected):
    of = replace(medium(0, R25), path=path)
    root = tree(cut(R25, {"V1": [clip(1, of, R25, 0, 0, 5)]}, (of,)), flavour)
    assert next(root.descendants("pathurl")).text == expected


def test_media_may_be_named_from_the_folder_of_the_file():
    of = replace(medium(0, R25), path="/work/media/a b.mov")
    made = cut(R25, {"V1": [clip(1, of, R25, 0, 0, 5)]}, (of,))
    data, losses = written(made, folder="/work/edit")
    assert next(parse_xml(data, "x", "xmeml").descendants("pathurl")).text == "../media/a%20b.mov"
    assert any("relative" in loss for loss in losses)


def test_retimes_and_reverse_are_kept():
    of = medium(0, R25)
    clips = [
        clip(1, of, R25, 0, 40, 10, speed=2),
        clip(2, of, R25, 10, 40, 10, speed=-1),
    ]
    clips = [replace(each, speed=Fraction(each.speed)) for each in clips]
    (again,) = read(written(cut(R25, {"V1": clips}, (of,)))[0], "x").cuts
    assert [(c.source, c.speed) for c in again.tracks[0].clips] == [(40, 2), (40, -1)]


def test_what_cannot_be_said_is_told():
    of = medium(0, FrameRate(33))
    made = cut(
        FrameRate(335, 10),
        {"V1": [clip(1, of, FrameRate(335, 10), 0, 0, 5)]},
        (of,),
        markers=(Marker(start=1, color="red"),),
    )
    _, losses = written(made)
    assert any("33.5" in loss for loss in losses)
    assert any("Colors" in loss for loss in losses)

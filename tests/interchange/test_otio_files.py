"""OpenTimelineIO: what is written is read as the same cut, by ours and by the library."""

from __future__ import annotations

import json

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
)

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.formats import FORMATS
from latentsync_studio.interchange.otio.read import read
from latentsync_studio.interchange.otio.write import write
from latentsync_studio.interchange.output import Options

R25 = FrameRate(25)


def written(made, flavour="resolve", **more):
    return write(made, Options(name="cut.otio", flavour=flavour, **more)).files[0].data


def same(made, flavour):
    data = written(made, flavour)
    found = read(data, "cut.otio")
    assert found.losses == ()
    (again,) = found.cuts
    assert frame_of(again) == frame_of(made)
    assert rows(again) == rows(made)
    assert rows(again, "audio") == rows(made, "audio")
    assert links(again) == links(made)
    assert facts(again) == facts(made)
    timeline = opentimelineio.adapters.read_from_string(data.decode(), adapter_name="otio_json")
    for track, theirs in zip(made.tracks, timeline.tracks, strict=True):
        places = [
            (round(each.range_in_parent().start_time.value), round(each.duration().value))
            for each in theirs
            if isinstance(each, opentimelineio.schema.Clip)
        ]
        assert places == [(each.start, each.length) for each in track.clips]


@settings(max_examples=15, deadline=None)
@given(cuts(), st.sampled_from(FORMATS["otio"].flavours))
def test_any_cut_is_read_as_it_was(made, flavour):
    same(made, flavour)


@pytest.mark.parametrize(("rate", "drop"), GRIDS)
def test_every_rate_is_read_as_it_was(rate, drop):
    same(full_cut(rate, drop=drop), "premiere")


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [
        ("resolve", "/m/a b#1.mov"),
        ("kdenlive", "/m/a b#1.mov"),
        ("premiere", "file:///m/a%20b%231.mov"),
        ("generic", "file:///m/a%20b%231.mov"),
    ],
)
def test_media_are_named_as_the_program_wants_them(flavour, expected):
    of = replace(medium(0, R25), path="/m/a b#1.mov")
    made = cut(R25, {"V1": [clip(1, of, R25, 0, 0, 5, link="x")], "A1": []}, (of,))
    root = json.loads(written(made, flavour))
    held = root["tracks"]["children"][0]["children"][0]
    media = held["media_references"]["DEFAULT_MEDIA"]
    assert media["target_url"] == expected
    assert media["name"] == "a b#1.mov"
    program = {"resolve": "Resolve_OTIO", "premiere": "PremierePro_OTIO"}.get(flavour)
    assert (program is None) == (set(held["metadata"]) == {"latentsync_studio"})
    assert "../a b#1.mov" in written(made, "resolve", folder="/m/edit").decode()


def test_plain_files_of_other_programs_are_read():
    schema = opentimelineio.schema
    rate = 24_000 / 1001

    def time(value):
        return opentimelineio.opentime.RationalTime(value, rate)

    def span(start, length):
        return opentimelineio.opentime.TimeRange(time(start), time(length))

    media = schema.ExternalReference("file:///m/a%20b.mov", span(86_400, 240))
    inner = schema.Stack(name="inner")
    inner.append(schema.Track(children=[schema.Clip("deep", media.clone(), span(86_410, 50))]))
    inner.source_range = span(10, 20)
    unknown = schema.Clip("fx", media.clone(), span(86_420, 12))
    unknown.effects.append(schema.Effect(effect_name="Blur"))
    track = schema.Track(
        "V1",
        kind="Video",
        children=[
            schema.Gap(duration=time(5)),
            unknown,
            inner,
            schema.Clip("none", None, span(0, 9)),
        ],
    )
    timeline = schema.Timeline("t", tracks=[track])
    timeline.global_start_time = time(86_400)
    found = read(timeline.to_json_string().encode(), "x")
    (made,) = found.cuts
    assert (made.rate, made.first_label) == (FrameRate(24_000, 1001), 86_400)
    places = [(c.name, c.start, c.length, c.source) for c in made.tracks[0].clips]
    assert places == [("fx", 5, 12, 20), ("deep", 17, 20, 20)]
    assert made.media[0].path == "/m/a b.mov"
    assert made.media[0].frames == 240
    told = " ".join(found.losses)
    assert "Blur" in told
    assert "none" in told
    assert "inner" in told


def test_an_effect_that_nobody_knows_stops_nothing():
    data = json.loads(written(full_cut(R25)))
    held = data["tracks"]["children"][0]["children"][1]
    held["effects"] = [{"OTIO_SCHEMA": "SecretSauce.9", "effect_name": "Sauce"}]
    held["OTIO_SCHEMA"] = "Clip.99"
    found = read(json.dumps(data).encode(), "x")
    assert rows(found.cuts[0]) == rows(full_cut(R25))
    assert found.losses == ("Effects are left out (Sauce)",)


def test_older_clips_and_numbered_pictures_are_read():
    moment = {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": 4.0}
    span = {"OTIO_SCHEMA": "TimeRange.1", "start_time": moment, "duration": moment}
    reference = {
        "OTIO_SCHEMA": "ImageSequenceReference.1",
        "target_url_base": "file:///m/shot/",
        "name_prefix": "x.",
        "name_suffix": ".exr",
        "start_frame": 12,
        "frame_zero_padding": 4,
    }
    held = {"OTIO_SCHEMA": "Clip.1", "name": "c", "media_reference": reference}
    held["source_range"] = span
    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [held]}
    stack = {"OTIO_SCHEMA": "Stack.1", "children": [track]}
    root = {"OTIO_SCHEMA": "Timeline.1", "name": "t", "tracks": stack}
    (made,) = read(json.dumps(root).encode(), "x").cuts
    assert made.rate == R25
    assert made.media[0].path == "/m/shot/x.0012.exr"
    assert made.media[0].is_run
    assert made.tracks[0].clips[0].length == 4

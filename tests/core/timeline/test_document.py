import json
from pathlib import Path

import msgspec
import pytest
from cuts import A1, TALK, clips_of, project, projects
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.edits import clips, marks, remove, trim
from latentsync_studio.core.timeline.edits import slice as razor
from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.core.timeline.edits.tracks import choose_face, drive_lips
from latentsync_studio.core.timeline.model import SCHEMA, Project, SpeechLane

GOLDENS = Path(__file__).parents[2] / "golden"

# A project of schema 1 as it was first saved; it must open for ever, so never change it.
GOLDEN = """
{"schema":1,"next_id":9,"media":[{"id":"m1","name":"talk.mp4","path":"/v/talk.mp4",
"relative":"talk.mp4","size":1234,"digest":"ab12","video":{"n_frames":250,"rate":{"num":30000,
"den":1001},"width":640,"height":360,"is_variable":true,"timecode":"01:00:00;00"},
"audio":{"rate_hz":48000,"n_samples":400000,"channels":2,"offset":-10}}],
"sequences":[{"id":"s2","name":"Cut","rate":{"num":25,"den":1},"width":640,"height":360,
"tracks":[{"id":"t3","kind":"video","name":"V1","clips":[{"id":"c5","media":"m1",
"source":{"start":0,"stop":50},"start":0,"link":"l7"},{"id":"c8","media":"m1",
"source":{"start":60,"stop":90},"start":50,"is_enabled":false,"overrides":[{"key":"compose.lips",
"value":0.5}]}],"dissolves":[{"id":"d6","left":"c5","right":"c8","before":4,"after":5}]},
{"id":"t4","kind":"audio","name":"A1","clips":[{"id":"c1","media":"m1","source":{"start":0,
"stop":50},"start":0,"link":"l7"}],"is_muted":true,"speech":{"faces":[{"media":"m1","face":1}],
"offset_ms":-20}}],"markers":[{"id":"k0","frames":{"start":3,"stop":4},"name":"here","color":"red"}],
"work_area":{"start":0,"stop":80},"first_label":90000}],
"settings":{"length_policy":"hold","seed":5,"compose":{"strength":1.0,"lips":0.5,"mouth":1.0,
"jaw":1.0,"cheeks":1.0,"feather":0.0,"color_match":0.0},"encode":{"codec":"auto","quality":18,
"speed":"superfast","audio":"auto"},"mouthbank":{"expression":1.0,"silence":{"governor":true,
"fade_ms":120.0}}}}
"""


def rich():
    made = project(V1=[(0, 0, 50), (50, 10, 60)], A1=[(0, 0, 50)])
    made = choose_face(drive_lips(made, A1, SpeechLane()), A1, TALK, 1)
    made = clips.override(made, [clips_of(made)[0].id], "compose.feather", 3)
    return marks.add_marker(made, "s4", FrameRange(3, 4), "é \u0000 日本")


def newer(project):
    """The saved project as a newer program would have it, with fields at every level."""
    data = json.loads(to_json(project))
    data["schema"] = SCHEMA + 4
    data["mood"] = {"light": [1, {"a.b": None}]}
    data["unknown"] = "a field of this very name"
    data["settings"]["compose"]["glow"] = 0.3
    data["settings"]["mouthbank"]["silence"]["hum"] = True
    data["media"][0]["video"]["rate"]["jitter"] = 1
    sequence = data["sequences"][0]
    sequence["grid.lines"] = 3
    sequence["tracks"][0]["clips"][0]["shine"] = "s"
    sequence["tracks"][0]["clips"][0]["source"]["speed"] = 2
    sequence["tracks"][0]["clips"][1]["depth"] = 1.5
    sequence["tracks"][2]["speech"]["faces"][0]["sure"] = 0.9
    return data


@given(made=projects())
@settings(max_examples=30, deadline=None)
def test_a_project_comes_back_as_it_was_saved(made):
    assert from_json(to_json(made)) == made
    assert to_json(from_json(to_json(made))) == to_json(made)


def test_everything_in_a_project_is_saved():
    assert from_json(to_json(rich())) == rich()
    assert from_json(to_json(Project())) == Project()


def test_settings_are_saved_even_at_their_defaults():
    assert json.loads(to_json(Project()))["settings"]["encode"]["quality"] == 18
    assert json.loads(to_json(Project()))["schema"] == SCHEMA


def test_the_first_schema_opens_for_ever():
    made = from_json(GOLDEN.encode())
    assert made.settings.length_policy == "hold"
    assert clips_of(made)[1].overrides[0].value == 0.5
    assert made.sequences[0].tracks[1].speech.face_of("m1") == 1
    assert made.media[0].audio.offset == -10
    assert holds(json.loads(to_json(made)), json.loads(GOLDEN) | {"schema": SCHEMA})


def test_what_was_cheeks_is_cheeks_nose_skin_and_rest():
    old = json.loads(GOLDEN)
    old["settings"]["compose"]["cheeks"] = 0.25
    own = old["sequences"][0]["tracks"][0]["clips"][1]["overrides"]
    own.insert(0, {"key": "compose.cheeks", "value": 0.75, "mood": 1})
    made = from_json(json.dumps(old).encode())
    assert {getattr(made.settings.compose, n) for n in ("cheeks", "nose", "skin", "rest")} == {0.25}
    look = clips.settings_of(made, clips_of(made)[1]).compose
    assert {getattr(look, n) for n in ("cheeks", "nose", "skin", "rest")} == {0.75}
    assert (look.lips, look.jaw) == (0.5, 1.0)
    again = json.loads(to_json(made))["sequences"][0]["tracks"][0]["clips"][1]["overrides"]
    assert [each.get("mood") for each in again] == [1, None, 1, 1, 1]


def holds(saved, golden):
    """Whether all of `golden` is in `saved`, which may have settings that are newer."""
    if isinstance(golden, dict):
        return all(name in saved and holds(saved[name], golden[name]) for name in golden)
    if isinstance(golden, list):
        return len(saved) == len(golden) and all(map(holds, saved, golden))
    return saved == golden


def test_an_older_program_does_not_destroy_a_newer_file():
    data = newer(rich())
    opened = from_json(json.dumps(data).encode())
    assert opened.schema == SCHEMA + 4
    assert json.loads(to_json(opened)) == data


def test_unknown_fields_go_where_their_clip_goes():
    opened = from_json(json.dumps(newer(rich())).encode())
    first, second = clips_of(opened)
    edited = razor.slice_at(opened, [opened.sequences[0].tracks[0].id], 20)
    edited = remove.delete(edited, [second.id])
    edited = trim.trim_tail(edited, first.id, -5)
    saved = json.loads(to_json(edited))["sequences"][0]["tracks"][0]["clips"]
    assert [each["shine"] for each in saved] == ["s", "s"]
    assert [each["source"]["speed"] for each in saved] == [2, 2]
    assert all("depth" not in each for each in saved)


def test_limits_of_the_measure_that_schema_4_asks_with_are_those_of_the_one_before():
    fields = json.loads((GOLDENS / "project-3.json").read_bytes())
    fields["settings"]["quality"] = {"correlation": 0.35, "sharpness": 0.5}
    clip = fields["sequences"][0]["tracks"][0]["clips"][0]
    clip["overrides"].append({"key": "quality.correlation", "value": -0.5})
    clip["takes"][0]["overrides"].insert(3, {"key": "quality.correlation", "value": 0.1})
    clip["accepted"] = ["correlation:0-90", "lag_frames:0-90"]
    opened = from_json(json.dumps(fields).encode())
    assert opened.settings.quality == Limits(agreement=0.35, sharpness=0.5)
    assert not opened.unknown
    first = opened.sequences[0].tracks[0].clips[0]
    assert settings_of(opened, first).quality.agreement == -0.5
    assert first.takes[0].values["quality.agreement"] == 0.1
    assert first.accepted == ("agreement:0-90", "lag_frames:0-90")


def test_migrations_run_in_order_up_to_the_schema():
    def name_tracks(fields):
        return {**fields, "sequences": fields.pop("cuts")}

    def add_settings(fields):
        settings = msgspec.to_builtins(Project().settings)
        return {**fields, "settings": {**settings, "seed": fields.pop("seed")}}

    migrations = {1: name_tracks, 2: add_settings}
    old = json.loads(to_json(rich()))
    old["cuts"], old["seed"] = old.pop("sequences"), 7
    del old["settings"]
    opened = from_json(json.dumps(old | {"schema": 1}).encode(), migrations, schema=3)
    assert opened.schema == 3
    assert opened.settings.seed == 7
    assert opened.sequences == rich().sequences
    with pytest.raises(InputError, match="no schema 0"):
        from_json(json.dumps(old | {"schema": 0}).encode(), migrations, schema=3)


def test_a_newer_file_that_cannot_be_read_says_so():
    data = newer(rich())
    data["sequences"][0]["tracks"][0]["kind"] = "smell"
    with pytest.raises(InputError, match="newer program") as caught:
        from_json(json.dumps(data).encode())
    assert caught.value.remedy == "Update the program."


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema":"1"}',
        b'{"schema":-99999999999}',
        b"\xff\xfe",
        b'{"schema":1,"next_id":1,"media":[{"id":"m5"}]}',
        b'{"schema":1,"sequences":{"a":1}}',
        b'{"schema":1,"media":[7]}',
        b'{"schema":1,"settings":{"seed":-4}}',
        b'{"schema":1,"next_id":' + b"9" * 5000 + b"}",
        b'{"schema":1,"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_damaged_documents_are_refused_with_a_remedy(data):
    with pytest.raises(InputError) as caught:
        from_json(data)
    assert caught.value.remedy


@given(cut=st.integers(0, 10**6), junk=st.binary(min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_damage_is_an_input_error_or_still_a_valid_project(cut, junk):
    good = GOLDEN.encode()
    place = cut % len(good)
    try:
        opened = from_json(good[:place] + junk + good[place + len(junk) :])
    except InputError:
        return
    assert from_json(to_json(opened)) == opened


def test_impossible_cuts_in_a_file_are_refused():
    data = json.loads(to_json(rich()))
    data["sequences"][0]["tracks"][0]["clips"][1]["start"] = 20
    with pytest.raises(InputError, match="ends at frame 50, after c101 has begun at 20"):
        from_json(json.dumps(data).encode())


def test_equal_projects_give_equal_bytes():
    assert to_json(rich()) == to_json(replace(rich()))

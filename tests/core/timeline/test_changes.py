import json
from itertools import pairwise

import pytest
from cuts import A1, TALK, V1, all_clips, attempt, clip, clips_of, project, projects
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.changes import changes_between, with_changes
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.edits import clips, marks, media, move, remove, tracks, trim
from latentsync_studio.core.timeline.edits import slice as razor
from latentsync_studio.core.timeline.model import SCHEMA, SpeechLane

EDITS = (
    lambda p, c, n: move.move(p, [c.id], n - 20),
    lambda p, c, n: trim.trim_tail(p, c.id, n - 20),
    lambda p, c, n: remove.delete(p, [c.id]),
    lambda p, c, n: remove.extract(p, [V1], FrameRange(n, n + 9)),
    lambda p, c, n: razor.slice_at(p, [V1], n),
    lambda p, c, n: clips.override(p, [c.id], "compose.feather", n),
    lambda p, c, n: marks.add_marker(p, p.sequences[0].id, FrameRange(n, n + 1), "é \u0000"),
    lambda p, c, n: tracks.drive_lips(p, A1, SpeechLane(offset_ms=n) if n % 2 else None),
    lambda p, c, n: tracks.add_track(p, p.sequences[0].id, "video"),
    lambda p, c, n: tracks.move_track(p, V1, n % 3),
    lambda p, c, n: media.set_settings(p, replace(p.settings, seed=n)),
    lambda p, c, n: media.add_media(p, replace(p.media[0], name=f"{n}")),
)
STEPS = st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 99), st.integers(0, 60)))


def edited(made, steps):
    """Every state that edits of `made` lead to."""
    states = [made]
    for edit, which, n in steps:
        held = all_clips(made) or [clip(1, 0, (0, 5))]
        made = attempt(edit, made, held[which % len(held)], n)
        states.append(made)
    return states


@given(made=projects(), steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_changes_lead_from_the_first_document_to_the_last(made, steps):
    states = edited(made, steps)
    changes = [changes_between(a, b) for a, b in pairwise(states)]
    assert from_json(with_changes(to_json(made), changes)) == states[-1]


@given(before=projects(), after=projects())
@settings(max_examples=30, deadline=None)
def test_documents_that_share_nothing_have_changes_too(before, after):
    changes = changes_between(before, after)
    assert from_json(with_changes(to_json(before), [changes])) == after


@given(made=projects(), steps=STEPS)
@settings(max_examples=30, deadline=None)
def test_fields_of_newer_programs_are_kept(made, steps):
    data = json.loads(to_json(made)) | {"schema": SCHEMA + 1, "mood": {"light": 1}}
    data["sequences"][0]["rate"]["jitter"] = 2
    data["settings"]["compose"]["glow"] = 3
    for track in data["sequences"][0]["tracks"]:
        for each in track.get("clips", ()):
            each["shine"] = "s"
            each["source"]["speed"] = 2
    states = edited(from_json(json.dumps(data).encode()), steps)
    document = to_json(states[0])
    for before, after in pairwise(states):
        changes = changes_between(before, after)
        document = to_json(after) if changes is None else with_changes(document, [changes])
    assert from_json(document) == states[-1]
    assert json.loads(to_json(from_json(document))) == json.loads(to_json(states[-1]))


def test_a_field_beside_an_unknown_one_is_written_with_it():
    data = json.loads(to_json(project())) | {"schema": SCHEMA + 1}
    data["settings"]["compose"]["glow"] = 3
    opened = from_json(json.dumps(data).encode())
    assert changes_between(opened, media.set_settings(opened, RenderSettings(seed=5))) is None


def test_one_edit_among_many_clips_is_small():
    many = project(V1=[(n * 10, 0, 10) for n in range(5000)])
    after = trim.trim_tail(many, clips_of(many)[2500].id, -3)
    assert len(changes_between(many, after)) < 200
    assert len(to_json(many)) > 300_000


def test_no_edit_is_no_change():
    made = project(V1=[(0, 0, 50)])
    assert changes_between(made, made) == b"[]"


@pytest.mark.parametrize(
    "changes",
    [
        b"",
        b"[",
        b"{}",
        b'[["set"]]',
        b'[["grow",["media"],1]]',
        b'[["set",["sequences",9,"name"],1]]',
        b'[["set",["next_id","x"],1]]',
        b'[["splice",["media"],2,9,[]]]',
        b'[["splice",["media"],-1,1,[]]]',
        b'[["splice",["media"],0,-1,[]]]',
        b'[["splice",["next_id"],0,1,[]]]',
        b'[["splice",["media",0],0,1,[]]]',
        b'[["splice",["sequences","x"],0,1,[]]]',
        b"[" * 5000,
    ],
)
def test_changes_that_do_not_fit_are_refused(changes):
    with pytest.raises(InputError, match="does not fit") as caught:
        with_changes(to_json(project()), [changes])
    assert caught.value.remedy
    assert TALK

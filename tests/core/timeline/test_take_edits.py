"""Takes and ballots in the document."""

import json

import pytest
from cuts import V1, clips_of, project
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from latentsync_studio.core.comparing.votes import Ballot, BallotId, Vote
from latentsync_studio.core.errors import InputError, InvalidEditError, InvalidSettingError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.changes import changes_between, with_changes
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.edits import clips, slice, trim  # noqa: A004 - the razor
from latentsync_studio.core.timeline.edits.ballots import (
    add_ballots,
    remove_ballot,
    rename_ballot,
)
from latentsync_studio.core.timeline.edits.takes import (
    add_take,
    change_take,
    choose_take,
    release_takes,
    remove_take,
    rename_take,
    settings_spans,
)

CLIP = "c100"
ALL = FrameRange(50, 150)
VOTE = Vote(item="a", left="x", right="y", choice="left")


def one_clip():
    """A clip that shows frames 50..150 of its medium from frame 10 on."""
    return project(V1=[(10, 50, 150)])


def spans(made, frames=ALL):
    """(start, stop, seed, name of the take) over frames of the medium."""
    [clip] = clips_of(made)
    return [
        (span.frames.start, span.frames.stop, span.settings.seed, span.take and span.take.name)
        for span in settings_spans(made, clip, frames)
    ]


def test_a_chosen_take_holds_on_its_frames_only():
    made = add_take(one_clip(), CLIP, {"seed": 3}, FrameRange(60, 80))
    assert spans(made) == [(50, 60, 0, None), (60, 80, 3, "Take 1"), (80, 150, 0, None)]
    assert spans(made, FrameRange(65, 70)) == [(65, 70, 3, "Take 1")]


def test_a_take_that_is_chosen_displaces_those_that_it_overlaps():
    made = add_take(one_clip(), CLIP, {"seed": 1}, FrameRange(50, 70))
    made = add_take(made, CLIP, {"seed": 2}, FrameRange(70, 90))
    made = add_take(made, CLIP, {"seed": 3}, FrameRange(60, 75))
    assert [take.is_chosen for take in clips_of(made)[0].takes] == [False, False, True]
    made = choose_take(made, CLIP, clips_of(made)[0].takes[0].id)
    made = choose_take(made, CLIP, clips_of(made)[0].takes[1].id)
    assert [row[2] for row in spans(made)] == [1, 2, 0]
    check(made)


def test_a_take_stays_as_it_was_whatever_the_clip_becomes():
    made = clips.override(one_clip(), [CLIP], "mouthbank.expression", 1.3)
    made = add_take(made, CLIP, {})
    made = clips.override(made, [CLIP], "mouthbank.expression", 0.5)
    made = clips.override(made, [CLIP], "compose.lips", 0.25)
    [span] = settings_spans(made, clips_of(made)[0], FrameRange(50, 150))
    assert span.settings.mouthbank.expression == 1.3
    assert span.settings.compose.lips == 0.25  # how it is laid over was not asked for


def test_a_take_may_have_a_look_and_an_engine_of_its_own():
    values = {"engine": "latentsync", "latentsync.steps": "8", "feather": 4}
    made = add_take(one_clip(), CLIP, values, preset="draft")
    [take] = clips_of(made)[0].takes
    assert take.values["latentsync.steps"] == 8
    assert take.values["compose.feather"] == 4.0
    assert "latentsync.compile" not in take.values  # costs time only
    assert "mouthbank.expression" not in take.values


def test_cutting_and_trimming_leave_a_take_where_it_is():
    made = add_take(one_clip(), CLIP, {"seed": 3}, FrameRange(60, 80))
    made = slice.slice_at(made, [V1], 30)  # frame 70 of the medium
    made = trim.trim_head(made, CLIP, 5)
    first, second = clips_of(made)
    assert [s.settings.seed for s in settings_spans(made, first, first.source)] == [0, 3]
    assert [s.settings.seed for s in settings_spans(made, second, second.source)] == [3, 0]


def test_a_take_is_renamed_and_removed():
    made = add_take(one_clip(), CLIP, {"seed": 3})
    [take] = clips_of(made)[0].takes
    renamed = rename_take(made, CLIP, take.id, " calm ")
    assert clips_of(renamed)[0].takes[0].name == "calm"
    assert rename_take(renamed, CLIP, take.id, "calm") is renamed
    assert spans(remove_take(renamed, CLIP, take.id)) == [(50, 150, 0, None)]
    assert spans(release_takes(renamed, CLIP)) == [(50, 150, 0, None)]
    with pytest.raises(InvalidEditError):
        rename_take(made, CLIP, take.id, "  ")
    with pytest.raises(InvalidEditError):
        remove_take(made, CLIP, "v77")


def test_settings_of_a_take_can_be_changed():
    made = add_take(one_clip(), CLIP, {"seed": 3}, preset="strong")
    [take] = clips_of(made)[0].takes
    assert change_take(made, CLIP, take.id, {"seed": 3}) is made
    changed = change_take(made, CLIP, take.id, {"expression": 1.5, "engine": "latentsync"})
    [new] = clips_of(changed)[0].takes
    assert (new.id, new.preset, new.is_chosen) == (take.id, "", True)
    assert (new.values["seed"], new.values["mouthbank.expression"]) == (3, 1.5)
    assert new.values["latentsync.steps"] == 20  # all of the new engine is held from now on
    check(changed)


def test_what_no_take_can_have_is_refused():
    with pytest.raises(InvalidEditError, match="none of those"):
        add_take(one_clip(), CLIP, {}, FrameRange(0, 50))
    with pytest.raises(InvalidEditError, match="whole delivery"):
        add_take(one_clip(), CLIP, {"encode.quality": 3})
    with pytest.raises(InvalidSettingError):
        add_take(one_clip(), CLIP, {"seed": -1})
    sound = project(A1=[(0, 0, 50)])
    with pytest.raises(InvalidEditError, match="no picture"):
        add_take(sound, CLIP, {})


def test_names_that_are_taken_are_not_given_again():
    made = add_take(one_clip(), CLIP, {}, name="Take 2")
    made = add_take(made, CLIP, {})
    assert [take.name for take in clips_of(made)[0].takes] == ["Take 2", "Take 3"]


def test_two_chosen_takes_of_one_frame_cannot_be_read():
    made = add_take(one_clip(), CLIP, {}, FrameRange(50, 70), chosen=False)
    made = add_take(made, CLIP, {}, FrameRange(60, 90))
    data = json.loads(to_json(made))
    data["sequences"][0]["tracks"][0]["clips"][0]["takes"][0]["is_chosen"] = True
    with pytest.raises(InputError, match="both chosen for frame 60"):
        from_json(json.dumps(data).encode())


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_is_done_with_takes_is_saved_journaled_and_undone(data):
    before = one_clip()
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(40, 149))
        frames = FrameRange(start, start + data.draw(st.integers(1, 120)))
        takes = clips_of(before)[0].takes
        if takes and data.draw(st.booleans()):
            take = data.draw(st.sampled_from(takes)).id
            edit = data.draw(st.sampled_from([choose_take, remove_take]))
            after = edit(before, CLIP, take)
        elif frames.intersection(FrameRange(50, 150)):
            after = add_take(before, CLIP, {"seed": start}, frames, chosen=start % 3 > 0)
        else:
            after = release_takes(before, CLIP, frames)
        check(after)
        assert from_json(to_json(after)) == after
        assert from_json(with_changes(to_json(before), [changes_between(before, after)])) == after
        rows = spans(after)
        assert [row[0] for row in rows][1:] == [row[1] for row in rows][:-1]
        assert (rows[0][0], rows[-1][1]) == (50, 150)
        before = after


def test_fields_of_a_newer_program_stay_with_their_take_and_ballot():
    made = add_take(one_clip(), CLIP, {"seed": 3})
    made = add_ballots(made, [Ballot(id=BallotId(""), votes=(VOTE,))])
    data = json.loads(to_json(made))
    data["schema"] += 1
    data["sequences"][0]["tracks"][0]["clips"][0]["takes"][0]["stars"] = 4
    data["ballots"][0]["votes"][0]["mood"] = "calm"
    opened = from_json(json.dumps(data).encode())
    [take] = clips_of(opened)[0].takes
    renamed = rename_take(opened, CLIP, take.id, "calm")
    saved = json.loads(to_json(rename_ballot(renamed, opened.ballots[0].id, "first")))
    assert saved["sequences"][0]["tracks"][0]["clips"][0]["takes"][0]["stars"] == 4
    assert saved["ballots"][0]["votes"][0]["mood"] == "calm"


def test_ballots_are_kept_renamed_and_removed():
    made = add_ballots(one_clip(), [Ballot(id=BallotId(""), votes=(VOTE,))] * 2)
    assert [ballot.name for ballot in made.ballots] == [
        "Blind comparison 1",
        "Blind comparison 2",
    ]
    check(made)
    first, second = (ballot.id for ballot in made.ballots)
    assert first != second
    made = remove_ballot(rename_ballot(made, second, "mine"), first)
    assert [ballot.name for ballot in made.ballots] == ["mine"]
    assert add_ballots(made, []) is made
    with pytest.raises(InvalidEditError):
        remove_ballot(made, first)


@pytest.mark.parametrize("votes", [(), (replace(VOTE, right="x"),), (replace(VOTE, left=""),)])
def test_ballots_that_say_nothing_are_refused(votes):
    with pytest.raises(InvalidEditError):
        add_ballots(one_clip(), [Ballot(id=BallotId(""), votes=votes)])

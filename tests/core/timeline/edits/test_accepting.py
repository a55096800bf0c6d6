"""What somebody finds good enough stays so in the document, and can be taken back."""

from __future__ import annotations

from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.edits.accepting import accept, reconsider
from latentsync_studio.core.timeline.edits.slice import slice_at
from tests.ui.timeline.scenes import V1, clip, project


def accepted(found):
    return [each.accepted for each in found.sequences[0].tracks[0].clips]


def test_accepting_is_saved_survives_a_cut_and_can_be_taken_back():
    before = project(V1=[clip(21, 0, 100)])
    after = accept(before, "c21", ["flicker:10-40", "lag_frames:0-100"])
    assert accepted(after) == [("flicker:10-40", "lag_frames:0-100")]
    assert accept(after, "c21", ["flicker:10-40"]) is after
    assert accepted(from_json(to_json(after))) == accepted(after)
    cut = slice_at(after, [V1], 50)
    assert accepted(cut) == [("flicker:10-40", "lag_frames:0-100")] * 2
    assert accepted(reconsider(after, "c21", ["flicker:12-41"])) == [("lag_frames:0-100",)]


def test_a_span_that_moved_a_little_replaces_the_one_that_was_accepted():
    before = accept(project(V1=[clip(21, 0, 100)]), "c21", ["flicker:10-40"])
    assert accepted(accept(before, "c21", ["flicker:11-42"])) == [("flicker:11-42",)]

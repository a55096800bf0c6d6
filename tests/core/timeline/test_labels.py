"""With which time code label a sequence begins, and whether labels are drop-frame."""

import pytest
from cuts import project
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.tracks import add_sequence, label_frames
from latentsync_studio.core.timeline.rate import FrameRate


def test_a_sequence_begins_with_another_label():
    before = project(V1=[(0, 0, 10)])
    after = label_frames(before, "s4", first_label=90_000)
    assert after.sequences[0] == replace(before.sequences[0], first_label=90_000)


def test_labels_that_stay_change_nothing():
    before = project()
    assert label_frames(before, "s4") is before
    assert label_frames(before, "s4", first_label=0, is_drop=False) is before


def test_drop_frame_labels_need_a_rate_that_has_them():
    with pytest.raises(InvalidEditError):
        label_frames(project(), "s4", is_drop=True)
    made = add_sequence(project(), "DF", FrameRate(30_000, 1001), (640, 360))
    after = label_frames(made, made.sequences[-1].id, is_drop=True)
    assert after.sequences[-1].is_drop

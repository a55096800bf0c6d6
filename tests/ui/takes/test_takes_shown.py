"""Which takes lie where, what can be compared, and how rows and measures read; without a window."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import Qt

from latentsync_studio.core.quality.curves import ClipQuality, Curve, Figure
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import Clip, ClipId, MediaId, TakeId
from latentsync_studio.core.timeline.takes import SpanTake
from latentsync_studio.services.takes.naming import source_of
from latentsync_studio.ui.takes.around import asked_at, near, stepped
from latentsync_studio.ui.takes.contests import (
    Contest,
    Contestant,
    System,
    chosen_refs,
    systems_in,
    trials_of,
)
from latentsync_studio.ui.takes.models import COLUMNS, MeasuresModel, TakesModel
from tests.ui.takes.rows import SPAN, listed, ref, row


def take(name, span, *, chosen=False):
    return SpanTake(id=TakeId(name), frames=FrameRange(*span), name=name, is_chosen=chosen)


@pytest.fixture
def clip():
    """A clip of frames 4..40 with two takes of 8..16 and one of 8..30."""
    takes = (take("v1", (8, 16), chosen=True), take("v2", (8, 30)), take("v3", (8, 16)))
    return Clip(
        id=ClipId("c1"), media=MediaId("m1"), start=0, source=FrameRange(4, 40), takes=takes
    )


def test_takes_are_stepped_through_in_a_ring_that_begins_with_the_clip_s_own(clip):
    assert asked_at(clip, 10) == {FrameRange(8, 16), FrameRange(8, 30)}
    span, after = stepped(clip, 10, 1)
    assert (span, after.id) == (FrameRange(8, 16), "v2")
    assert stepped(clip, 10, -1) == (FrameRange(8, 16), None)
    assert stepped(clip, 10, 3)[1] is None
    assert stepped(clip, 20, 1)[1].id == "v2"
    assert stepped(clip, 35, 1) is None
    assert [near(clip, frame) for frame in (0, 10, 99)] == [4, 10, 39]


def contest(*ready, here=True, missing=()):
    names = (*((name, True) for name in ready), *((name, False) for name in missing))
    takes = [Contestant(name, ref(name), is_ready) for name, is_ready in names]
    return Contest(here, (*takes, Contestant("Source", source_of(ref()), True)))


def test_only_what_is_drawn_is_compared_and_trials_are_counted_before():
    found = (contest("own", "a", missing=("b",)), contest("own", "b", here=False))
    assert systems_in(found) == (
        System("own", 2, 2),
        System("a", 1, 1),
        System("b", 1, 2),
        System("Source", 2, 2),
    )
    assert trials_of(found, {"own", "a", "b"}, 3) == 6
    assert trials_of(found, {"own", "a", "b", "Source"}, 1) == 6
    assert [each.take for each in chosen_refs(found, {"own", "a"})] == ["own", "a"]
    assert chosen_refs(found, {"a", "b"}) == ()


def texts(model, line):
    return [model.index(line, column).data() for column in range(model.columnCount())]


def test_a_row_tells_its_state_in_words_and_says_where_it_differs(qapp):
    model = TakesModel()
    assert model.show_takes(
        listed(
            row(is_chosen=True),
            row("v1", state="partly", drawn=3, preset="Soft", differs=(("Fade", "120", "40"),)),
            row("v2", state="stale"),
        )
    )
    assert texts(model, 0) == ["●", "Own settings", "mouthbank", "3", "", "✓ synthesized", "-"]
    assert texts(model, 1)[4:6] == ["Soft", "◐ 3 of 8 frames"]
    assert "Fade: 40 instead of 120" in model.index(1, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "not with these settings" in model.index(2, 5).data(Qt.ItemDataRole.ToolTipRole)
    spoken = model.index(1, COLUMNS.index("state")).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "3 of 8 frames"
    assert not model.show_takes(listed(*(model.row_at(model.index(n, 0)) for n in range(3))))


def test_only_takes_get_another_name_not_the_clip_s_own_settings(qapp):
    model, asked = TakesModel(), []
    model.renamed.connect(lambda one, name: asked.append((one.ref.take, name)))
    model.show_takes(listed(row(), row("v1")))
    editable = [bool(model.index(n, 1).flags() & Qt.ItemFlag.ItemIsEditable) for n in range(2)]
    assert editable == [False, True]
    assert model.setData(model.index(1, 1), "better")
    assert asked == [("v1", "better")]


def quality(sharpness):
    """Eight frames with one measure, the source's own being 1."""
    values = np.full(8, sharpness, np.float32)
    return ClipQuality(
        frames=SPAN,
        rate=Fraction(25),
        seconds=np.arange(8) / 25,
        curves={"sharpness": Curve(values, np.ones(8, np.float32))},
        figures={"agreement": Figure(0.5, 0.6)},
        spoken=np.ones(8, bool),
    )


def test_measures_stand_beside_the_source_s_own_with_signs_for_best_and_limit(qapp):
    found = listed(row(), row("v1"), qualities=[quality(0.9), quality(0.1)])
    model, takes = MeasuresModel(), TakesModel()
    model.show_takes(found)
    takes.show_takes(found)
    vertical, title = Qt.Orientation.Vertical, Qt.ItemDataRole.DisplayRole
    rows = {
        model.headerData(n, vertical, title): [model.index(n, k).data() for k in range(2)]
        for n in range(model.rowCount())
    }
    assert rows["Sharpness of the mouth"] == ["0.9 (1) *", "0.1 (1) !"]
    assert [takes.index(n, COLUMNS.index("rank")).data() for n in range(2)] == ["1", "2"]
    assert "Beyond the limit: Sharpness" in takes.reason_at(takes.index(1, 0))
    assert "beside the source" in model.headerData(0, vertical, Qt.ItemDataRole.ToolTipRole)

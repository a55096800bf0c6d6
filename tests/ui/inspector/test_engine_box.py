"""The engine is chosen in the inspector; one that cannot run says why, and stays what it is."""

import pytest
from PySide6.QtCore import Qt

from latentsync_studio.core.settings.latentsync import LEVELS
from tests.ui.inspector.test_inspector_panel import bench, panel, the_clip  # noqa: F401

TIP = Qt.ItemDataRole.ToolTipRole
DESCRIPTION = Qt.ItemDataRole.AccessibleDescriptionRole


@pytest.fixture
def box(panel, qtbot):  # noqa: F811 - the fixture
    box = panel.engine
    box.look()
    qtbot.waitUntil(lambda: not is_free(box, "latentsync"))
    return box


def row_of(box, name):
    return box.list.findData(name)


def is_free(box, name):
    return box._engines.item(row_of(box, name)).isEnabled()


def test_an_engine_without_weights_is_greyed_with_the_whole_reason(box):
    row = row_of(box, "latentsync")
    for role in (TIP, DESCRIPTION):
        reason = box.list.itemData(row, role)
        assert "latentsync_unet.pt" in reason
        assert "models fetch" in reason
        assert "mouthbank works now" in reason
    assert "cannot run" in box.list.itemText(row)
    assert is_free(box, "mouthbank")


def test_a_project_that_names_it_keeps_it_and_says_why_it_does_not_run(box, bench):  # noqa: F811
    box.engine_chosen.emit("latentsync")
    assert bench.store.project.settings.engine == "latentsync"
    assert box.chosen == "latentsync"
    assert box.problem.isVisibleTo(box)
    assert "needs weights" in box.problem.text()
    assert "latentsync_unet.pt" in box.list.accessibleDescription()
    bench.store.undo_stack.undo()
    assert box.chosen == "mouthbank"
    assert not box.problem.isVisibleTo(box)


def test_each_engine_has_its_own_page(box, panel, bench):  # noqa: F811
    assert box.forms["mouthbank"].isVisibleTo(box)
    assert not box.speed.isVisibleTo(box)
    box.engine_chosen.emit("latentsync")
    assert not box.forms["mouthbank"].isVisibleTo(box)
    assert box.forms["latentsync"].isVisibleTo(box)
    box.forms["latentsync"].editors["latentsync.steps"].spin.setValue(12)
    assert bench.store.project.settings.latentsync.steps == 12
    assert "(about)" in box._speed_text.text()


def test_the_slider_sets_steps_cache_and_guidance_in_one_undo_step(box, bench):  # noqa: F811
    box.engine_chosen.emit("latentsync")
    count = bench.store.undo_stack.count()
    box.speed.setValue(0)
    page = bench.store.project.settings.latentsync
    assert (page.steps, page.cache_interval, page.scheduler) == (8, 3, "dpm++")
    assert LEVELS[0].name in box._speed_text.text()
    assert bench.store.undo_stack.count() == count + 1


def test_a_clip_may_have_an_engine_of_its_own(box, bench):  # noqa: F811
    bench.session.select(clips=[the_clip(bench).id])
    box.engine_chosen.emit("latentsync")
    assert [own.key for own in the_clip(bench).overrides] == ["engine"]
    assert bench.store.project.settings.engine == "mouthbank"


def test_an_engine_of_a_newer_program_is_shown_and_kept(box, bench):  # noqa: F811
    box.engine_chosen.emit("holodeck")
    assert box.chosen == "holodeck"
    assert "no engine of that name" in box.problem.text()

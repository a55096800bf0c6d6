"""The dock of takes: it lists the span under the playhead; everything is one undo step."""

from __future__ import annotations

import pytest

from latentsync_studio.core.timeline.edits.takes import settings_with
from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.ui.quality.networks import COMMAND
from latentsync_studio.ui.takes.models import COLUMNS
from latentsync_studio.ui.takes.new_take import NewTakeDialog
from latentsync_studio.ui.takes.panel import TakesPanel
from tests.ui.takes.conftest import FRAMES, SPAN


@pytest.fixture
def panel(qtbot, desk, workbench):
    """The dock, seen, with the takes of the span."""
    made = TakesPanel(workbench)
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    made.be_seen(True)
    settle(qtbot, workbench)
    yield made
    made.close_panel()


def settle(qtbot, workbench):
    qtbot.waitUntil(lambda: workbench.takes.is_settled, timeout=20_000)


def names(panel):
    column = COLUMNS.index("name")
    return [panel.model.index(n, column).data() for n in range(panel.model.rowCount())]


def go_to(panel, line):
    panel.view.setCurrentIndex(panel.model.index(line, 1))


def clip_of(workbench):
    return workbench.session.sequence.tracks[0].clips[0]


def chosen(workbench):
    return [take.name for take in clip_of(workbench).takes if take.is_chosen]


def test_the_span_under_the_playhead_is_listed_with_the_chosen_take_current(panel, workbench):
    assert names(panel) == ["Own settings", "one", "two"]
    assert panel.current().name == "one"
    assert "00:00:00:06 from 00:00:00:08" in panel.where.text()
    assert panel.model.index(1, COLUMNS.index("state")).data() == "→ passes through"
    assert not panel.buttons["synthesize"].isEnabled()  # nobody speaks here
    assert panel.buttons["rename"].isEnabled()
    go_to(panel, 0)
    assert not panel.buttons["remove"].isEnabled()


def test_every_change_is_one_undo_step_and_shows_at_once(panel, workbench, qtbot):
    stack = workbench.store.undo_stack
    go_to(panel, 2)
    panel.choose()
    assert chosen(workbench) == ["two"]
    go_to(panel, 0)
    panel.choose()
    assert chosen(workbench) == []
    assert stack.index() == 2
    go_to(panel, 2)
    panel.duplicate()
    last = clip_of(workbench).takes[-1]
    assert settings_with(workbench.store.project, clip_of(workbench), last).seed == 3
    panel.model.setData(panel.model.index(2, 1), "better")
    assert clip_of(workbench).takes[1].name == "better"
    panel.remove()
    assert [take.name for take in clip_of(workbench).takes] == ["one", "Take 3"]
    assert stack.index() == 5
    for _ in range(5):
        workbench.store.undo()
    assert chosen(workbench) == ["one"]
    settle(qtbot, workbench)
    assert names(panel) == ["Own settings", "one", "two"]


def test_keys_of_commands_step_through_the_takes_under_the_playhead(panel, desk, workbench):
    seen = []
    for _ in range(3):
        workbench.actions.trigger("clip.next_take")
        seen.append(chosen(workbench))
    workbench.actions.trigger("clip.previous_take")
    assert seen == [["two"], [], ["one"]]
    assert chosen(workbench) == []
    workbench.session.seek(SPAN.stop + 2)
    workbench.actions.trigger("clip.next_take")
    assert desk.said("No take lies under the playhead")


def test_elsewhere_only_the_clip_s_own_settings_are_listed(panel, workbench, qtbot):
    workbench.session.seek(SPAN.stop + 2)
    settle(qtbot, workbench)
    assert names(panel) == ["Own settings"]
    assert "No takes here yet" in panel.where.text()
    workbench.session.seek(SPAN.start)
    settle(qtbot, workbench)
    assert len(names(panel)) == 3


def test_a_locked_track_refuses_and_nothing_changes(panel, desk, workbench):
    track = workbench.session.sequence.tracks[0].id
    workbench.store.edit("Lock", lambda p: switch_track(p, track, locked=True))
    before = workbench.store.project
    go_to(panel, 2)
    panel.choose()
    assert workbench.store.project is before
    assert desk.said("locked")


def test_a_new_take_begins_as_the_inspector_has_it_and_may_come_from_a_preset(
    panel, workbench, qtbot
):
    wanted = []
    workbench.jobs.enqueue = lambda make, title: wanted.append((make(), title))
    workbench.actions.trigger("clip.new_take")
    dialog = panel.commands.dialog
    assert isinstance(dialog, NewTakeDialog)
    qtbot.waitUntil(lambda: dialog.preset.count() > 1, timeout=10_000)
    assert [dialog.span.itemData(n) for n in range(dialog.span.count())] == [
        SPAN,
        clip_of(workbench).source,
    ]
    dialog.preset.setCurrentIndex(1)
    preset = dialog.preset.currentText()
    dialog.engine.setCurrentIndex(dialog.engine.findData("mouthbank"))
    dialog.seed.setValue(77)
    dialog.name.setText("fresh")
    dialog.accept()
    take = clip_of(workbench).takes[-1]
    assert (take.name, take.preset, take.frames, take.is_chosen) == ("fresh", preset, SPAN, True)
    assert (take.values["seed"], take.values["engine"]) == (77, "mouthbank")
    [(request, title)] = wanted
    assert title == "Synthesize take fresh"
    assert request.project is workbench.store.project
    assert workbench.store.undo_stack.index() == 1
    assert clip_of(workbench).source.stop == FRAMES


def test_before_a_take_is_drawn_it_is_looked_what_speaks_against_it(panel, workbench, monkeypatch):
    asked, begun = [], []
    gate = workbench.jobs.commands.gate
    monkeypatch.setattr(gate, "before_request", lambda make, go: asked.append((make, go)))
    workbench.jobs.enqueue = lambda make, title: begun.append((make(), title))
    go_to(panel, 2)
    panel.synthesize()
    [(make, go)] = asked
    looked = make(workbench.store.project)
    assert begun == []
    go()
    [(request, _title)] = begun
    assert looked == request
    assert looked.project != workbench.store.project  # the take that is not shown holds in it


def test_a_missing_take_becomes_a_job_of_its_own_span(panel, workbench):
    asked = []
    workbench.jobs.enqueue = lambda make, title: asked.append((make(), title))
    go_to(panel, 2)
    panel.synthesize()
    [(request, title)] = asked
    assert title == "Synthesize take two"
    assert request.frames.intersection(SPAN) == SPAN  # and where it fades
    [drawn] = [t for t in request.project.sequences[0].tracks[0].clips[0].takes if t.is_chosen]
    assert drawn.name == "two"
    assert chosen(workbench) == ["one"]  # what is shown stays


def test_networks_are_greyed_with_the_reason_of_their_command(panel, workbench):
    button, action = panel.buttons["networks"], workbench.actions[COMMAND]
    assert not button.isEnabled()
    action.setToolTip("lse: syncnet_v2.model is missing.")
    assert button.toolTip() == button.accessibleDescription() == "lse: syncnet_v2.model is missing."

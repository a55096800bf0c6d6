"""The holder of the project: edits, drags, undo."""

from __future__ import annotations

import pytest

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.media import add_media, remove_media
from latentsync_studio.core.timeline.model import AudioFacts, MediaId, MediaItem, Project
from latentsync_studio.ui.store import ProjectStore


def sound(name: str) -> MediaItem:
    facts = AudioFacts(rate_hz=48_000, n_samples=48_000)
    return MediaItem(id=MediaId(""), name=name, path=f"/media/{name}", audio=facts)


def names(project: Project) -> list[str]:
    return [item.name for item in project.media]


@pytest.fixture
def store(qapp):
    return ProjectStore(add_media(Project(), sound("a.wav")))


def test_an_edit_is_one_step_and_undo_gives_the_very_same_project(store):
    before = store.project
    assert store.edit("Add", lambda project: add_media(project, sound("b.wav")))
    after = store.project
    assert names(after) == ["a.wav", "b.wav"]
    assert store.undo_stack.count() == 1
    store.undo_stack.undo()
    assert store.project is before
    store.undo_stack.redo()
    assert store.project is after


def test_an_edit_that_changes_nothing_is_no_step(store):
    assert not store.edit("Nothing", lambda project: project)
    assert store.undo_stack.count() == 0


def test_a_refused_edit_is_told_and_changes_nothing(store):
    before, told = store.project, []
    store.refused.connect(told.append)
    assert not store.edit("Remove", lambda project: remove_media(project, [MediaId("m99")]))
    assert store.project is before
    assert isinstance(told[0], InvalidEditError)


def test_a_drag_of_many_moves_is_one_step_from_the_project_before_it(store):
    before = store.project
    drag = store.gesture("Drag")
    for name in ("x", "y", "z"):
        assert drag.show(lambda project, name=name: add_media(project, sound(name)))
    assert names(store.project) == ["a.wav", "z"]
    assert store.undo_stack.count() == 0
    assert drag.commit()
    assert store.undo_stack.count() == 1
    store.undo_stack.undo()
    assert store.project is before


def test_a_cancelled_drag_puts_the_very_same_project_back_without_a_step(store):
    before = store.project
    drag = store.gesture("Drag")
    drag.show(lambda project: add_media(project, sound("x")))
    drag.cancel()
    assert store.project is before
    assert store.undo_stack.count() == 0
    assert not drag.commit()


def test_a_move_that_is_refused_leaves_the_last_possible_one(store):
    drag = store.gesture("Drag")
    drag.show(lambda project: add_media(project, sound("x")))
    assert not drag.show(lambda project: remove_media(project, [MediaId("m99")]))
    assert drag.refusal is not None
    assert names(store.project) == ["a.wav", "x"]
    drag.commit()


def test_only_finished_states_are_told_as_committed(store):
    told = []
    store.committed.connect(told.append)
    drag = store.gesture("Drag")
    drag.show(lambda project: add_media(project, sound("x")))
    assert told == []
    drag.commit()
    assert told == [store.project]
    store.undo_stack.undo()
    assert told[-1] is store.project


def test_an_edit_in_the_middle_of_a_drag_takes_the_drag_back_first(store):
    drag = store.gesture("Drag")
    drag.show(lambda project: add_media(project, sound("x")))
    store.edit("Add", lambda project: add_media(project, sound("b")))
    assert names(store.project) == ["a.wav", "b"]
    assert not drag.is_open


def test_opening_another_project_ends_the_undo_steps(store):
    store.edit("Add", lambda project: add_media(project, sound("b")))
    opened = []
    store.opened.connect(opened.append)
    other = Project()
    store.open(other)
    assert store.project is other
    assert opened == [other]
    assert store.undo_stack.count() == 0

"""Holder of the open project: every change is a pure edit and one undo step.

    store.edit("Razor", lambda project: slice_at(project, tracks, frame))       one step
    gesture = store.gesture("Move")      a drag: shown live, one step at the end, or taken back
    gesture.show(lambda project: move(project, clips, by))
    gesture.commit() / gesture.cancel()

Views listen to `changed(before, after)` and compare parts by identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import isValid

from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.timeline.model import Project

if TYPE_CHECKING:
    from collections.abc import Callable

UNDO_STEPS = 1000


class Coming(Protocol):
    """Edits that the user has made and that are still worked out off the GUI thread."""

    @property
    def is_empty(self) -> bool:
        """Whether all of them are in the project."""
        ...

    def then(self, act: Callable[[], object]) -> None:
        """Call `act` once those that were made up to now are in the project."""
        ...


class ProjectStore(QObject):
    """The project that the window shows, with its undo stack.

    Signals:
        changed(before, after): the project is another one; also while a drag goes on.
        committed(project): a finished state, worth a line in the journal.
        opened(project): another document was opened; undo begins anew.
        refused(error): an edit was refused; the project is untouched.
        coming_changed(): edits are on their way, or all of them are in the project.

    Attributes:
        coming: edits on their way: undo, redo and saving wait for those made before them.
    """

    changed = Signal(object, object)
    committed = Signal(object)
    opened = Signal(object)
    refused = Signal(object)
    coming_changed = Signal()

    def __init__(self, project: Project | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project if project is not None else Project()
        self._gesture: Gesture | None = None
        self.coming: Coming | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_STEPS)

    def __del__(self) -> None:
        """Let go of the steps while they exist.

        Steps name the store: it ends as part of a cycle, of which the collector may destroy the
        steps first; the stack would then delete them again.
        """
        if isValid(self) and isValid(self.undo_stack):
            self.undo_stack.blockSignals(True)
            self.undo_stack.clear()

    @property
    def project(self) -> Project:
        """The present project; while a drag goes on, what it would become."""
        return self._project

    @property
    def is_dragging(self) -> bool:
        """Whether a gesture is under way."""
        return self._gesture is not None

    @property
    def has_coming(self) -> bool:
        """Whether edits are on their way."""
        return self.coming is not None and not self.coming.is_empty

    def after_coming(self, act: Callable[[], object]) -> None:
        """Call `act` when the edits that the user has made are in the project; at once mostly."""
        if self.coming is not None and not self.coming.is_empty:
            self.coming.then(act)
        else:
            act()

    def undo(self) -> None:
        """Take the last step back, also one that is still on its way; not during a drag."""
        self.after_coming(lambda: None if self.is_dragging else self.undo_stack.undo())

    def redo(self) -> None:
        """Take the next step again; not during a drag."""
        self.after_coming(lambda: None if self.is_dragging else self.undo_stack.redo())

    def edit(self, label: str, change: Callable[[Project], Project]) -> bool:
        """Apply a pure edit as one undo step; False where it changes nothing or is refused."""
        if self._gesture is not None:
            self._gesture.cancel()
        try:
            after = change(self._project)
        except StudioError as error:
            self.refused.emit(error)
            return False
        return self.commit(label, self._project, after)

    def commit(self, label: str, before: Project, after: Project) -> bool:
        """Push the step before -> after; False where they are the same object."""
        if after is before:
            self.replace(before)
            return False
        self.undo_stack.push(EditCommand(self, label, before, after))
        return True

    def gesture(self, label: str) -> Gesture:
        """Begin a drag; one that is still open is cancelled."""
        if self._gesture is not None:
            self._gesture.cancel()
        self._gesture = Gesture(self, label)
        return self._gesture

    def end_gesture(self) -> None:
        """Forget the open gesture; called by it."""
        self._gesture = None

    def open(self, project: Project) -> None:
        """Show another document; the undo steps of the old one are gone."""
        if self._gesture is not None:
            self._gesture.cancel()
        before, self._project = self._project, project
        self.undo_stack.clear()
        self.opened.emit(project)
        self.changed.emit(before, project)

    def replace(self, project: Project, *, finished: bool = False) -> None:
        """Show `project` without an undo step: for commands, drags and facts found in background.

        Facts that belong to the document but are no edit (a digest, a relative path) come here.
        """
        before = self._project
        if project is not before:
            self._project = project
            self.changed.emit(before, project)
        if finished:
            self.committed.emit(project)


class EditCommand(QUndoCommand):
    """One undo step: swaps whole immutable projects, so undo cannot drift from redo."""

    def __init__(self, store: ProjectStore, label: str, before: Project, after: Project) -> None:
        super().__init__(label)
        self._store, self._before, self._after = store, before, after

    def redo(self) -> None:
        self._store.replace(self._after, finished=True)

    def undo(self) -> None:
        self._store.replace(self._before, finished=True)


class Gesture:
    """A drag: every move is computed from the project before it, never from the move before."""

    def __init__(self, store: ProjectStore, label: str) -> None:
        self._store, self._label = store, label
        self.before = store.project
        self.is_open = True
        self.refusal: StudioError | None = None  # why the last move was not possible

    def show(self, change: Callable[[Project], Project]) -> bool:
        """Show what the drag would make; where that is refused, the last possible state stays."""
        if not self.is_open:
            return False
        try:
            after = change(self.before)
        except StudioError as error:
            self.refusal = error
            return False
        self.refusal = None
        self._store.replace(after)
        return True

    def commit(self) -> bool:
        """End the drag: one undo step, or none where nothing changed."""
        if not self.is_open:
            return False
        self._close()
        return self._store.commit(self._label, self.before, self._store.project)

    def cancel(self) -> None:
        """End the drag and put back what was there before it."""
        if self.is_open:
            self._close()
            self._store.replace(self.before)

    def _close(self) -> None:
        self.is_open = False
        self._store.end_gesture()

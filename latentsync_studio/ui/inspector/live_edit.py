"""Changes while a slider moves: shown at once, one undo step when it is let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.ui.store import Gesture, ProjectStore


class LiveEdit:
    """The one drag that a form may have open."""

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self._gesture: Gesture | None = None
        self._name = ""

    def show(self, name: str, label: str, change: Callable[[Project], Project]) -> None:
        """Show a change of the setting `name`; a drag of another one ends first."""
        if self._gesture is None or not self._gesture.is_open or self._name != name:
            self.finish()
            self._gesture, self._name = self._store.gesture(label), name
        if not self._gesture.show(change) and self._gesture.refusal is not None:
            refusal = self._gesture.refusal
            self._gesture.cancel()
            self._store.refused.emit(refusal)

    def finish(self) -> None:
        """Make one undo step of what is shown."""
        if self._gesture is not None:
            self._gesture.commit()
            self._gesture = None

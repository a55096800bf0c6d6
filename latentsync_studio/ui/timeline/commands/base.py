"""What all groups of commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import ClipId, Project, Sequence, Track, TrackId
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas


class Commands(QObject):
    """Binds a group of commands."""

    def __init__(self, stage: TimelineCanvas) -> None:
        super().__init__(stage)
        self._stage = stage
        self._workbench = stage.workbench
        self._store, self._session = stage.store, stage.session
        for command, handler in self.handlers().items():
            self._workbench.actions.bind(command, handler)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """Command -> what does it."""
        raise NotImplementedError

    def edit(self, label: str, change: Callable[[Project], Project]) -> bool:
        """One undo step."""
        return self._store.edit(label, change)

    @property
    def sequence(self) -> Sequence | None:
        """The shown sequence."""
        return self._session.sequence

    @property
    def chosen(self) -> frozenset[ClipId]:
        """The selected clips."""
        return self._session.clips

    def tracks(self) -> tuple[Track, ...]:
        """Tracks of the shown sequence."""
        return self.sequence.tracks if self.sequence is not None else ()

    def target_tracks(self) -> tuple[TrackId, ...]:
        """Tracks that commands without a selection work on: the targets, else all unlocked ones."""
        targets = self._session.tracks
        found = [t.id for t in self.tracks() if t.id in targets]
        return tuple(found or [t.id for t in self.tracks() if not t.is_locked])

    def clip_ids(self) -> frozenset[ClipId]:
        """All clips of the shown sequence."""
        return frozenset(clip.id for track in self.tracks() for clip in track.clips)

    def select_new(self, before: frozenset[ClipId]) -> None:
        """Select clips that were not there before."""
        new = self.clip_ids() - before
        if new:
            self._session.select(new)

"""What all groups of commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.timeline.edits.remove import HeldOpenError
from latentsync_studio.ui.timeline.geometry import clip_under

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import (
        Clip,
        ClipId,
        Project,
        Sequence,
        Track,
        TrackId,
    )
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

    Change = Callable[[Project, tuple[TrackId, ...] | None], Project]


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

    def close_gaps(self, label: str, change: Change, own: tuple[TrackId, ...]) -> None:
        """One undo step that closes gaps; where another track holds them open, offer to leave that.

        Args:
            label: of the undo step.
            change: takes the project and the tracks that move along, None for all.
            own: the tracks that the gaps are on.
        """
        held = _held_open(change, self._store.project)
        if held is None:
            self.edit(label, lambda project: change(project, None))
            return
        names = ", ".join(track.name for track in self.tracks() if track.id in own)
        way = self.tr("Move only {0}").format(names)

        def close() -> None:
            self.edit(label, lambda project: change(project, own))

        self._workbench.tell(f"{held} {held.remedy}", "warning", ((way, close),))

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

    def clips_here(self) -> list[Clip]:
        """The clips under the playhead on the tracks that commands work on."""
        tracks, frame = self.target_tracks(), self._session.playhead
        under = [clip_under(track, frame) for track in self.tracks() if track.id in tracks]
        return [clip for clip in under if clip is not None]

    def clip_ids(self) -> frozenset[ClipId]:
        """All clips of the shown sequence."""
        return frozenset(clip.id for track in self.tracks() for clip in track.clips)

    def select_new(self, before: frozenset[ClipId]) -> None:
        """Select clips that were not there before."""
        new = self.clip_ids() - before
        if new:
            self._session.select(new)


def _held_open(change: Change, project: Project) -> HeldOpenError | None:
    """What keeps gaps from closing, if it is another track."""
    try:
        change(project, None)
    except HeldOpenError as error:
        return error
    except StudioError:
        return None  # the store tells it
    return None

"""Cut, copy, paste, duplicate, delete, select."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.edits.copy import Clipboard, Targets, copy, duplicate, paste
from latentsync_studio.core.timeline.edits.remove import delete, ripple_delete
from latentsync_studio.ui.timeline.commands.base import Commands
from latentsync_studio.ui.timeline.placing import default_tracks

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import Project, TrackId
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

_OF_SELECTION = (
    "edit.cut", "edit.copy", "edit.duplicate", "edit.delete", "edit.ripple_delete", "edit.deselect",
)  # fmt: skip


class ClipboardCommands(Commands):
    """The clipboard of clips, and deleting."""

    def __init__(self, stage: TimelineCanvas) -> None:
        self._board: Clipboard | None = None
        self._origin: tuple[TrackId, ...] = ()
        super().__init__(stage)
        stage.session.selection_changed.connect(self._on_selection)
        stage.session.sequence_changed.connect(self._on_selection)
        self._on_selection()

    def handlers(self) -> dict[str, Callable[..., object]]:
        return {
            "edit.cut": self.cut,
            "edit.copy": self.copy,
            "edit.paste": self.paste,
            "edit.paste_insert": self.paste_insert,
            "edit.duplicate": self.duplicate,
            "edit.delete": self.delete,
            "edit.ripple_delete": self.ripple_delete,
            "edit.select_all": self.select_all,
            "edit.select_here": self.select_here,
            "edit.deselect": self.deselect,
        }

    def _on_selection(self) -> None:
        actions = self._workbench.actions
        actions.enable(bool(self.chosen), *_OF_SELECTION)
        actions.enable(self._board is not None, "edit.paste", "edit.paste_insert")

    def copy(self) -> None:
        """Copy the selected clips."""
        if not self.chosen:
            return
        self._board = copy(self._store.project, self.chosen, linked=False)
        self._origin = tuple(
            track.id
            for track in self.tracks()
            if any(clip.id in self.chosen for clip in track.clips)
        )
        self._on_selection()

    def cut(self) -> None:
        """Copy and delete."""
        chosen, held = self.chosen, (self._board, self._origin)
        self.copy()
        if not self.edit(self.tr("Cut"), lambda project: delete(project, chosen, linked=False)):
            self._board, self._origin = held
        self._on_selection()

    def paste(self) -> None:
        """Lay the copy at the playhead, over what is there."""
        self._paste(inserting=False)

    def paste_insert(self) -> None:
        """Lay the copy in at the playhead; what is behind moves later."""
        self._paste(inserting=True)

    def _paste(self, *, inserting: bool) -> None:
        board, before, frame = self._board, self.clip_ids(), self._session.playhead
        if board is None:
            return
        wanted = self._session.tracks or frozenset(self._origin)
        targets = Targets(*default_tracks(self.sequence, wanted))
        label = self.tr("Paste insert") if inserting else self.tr("Paste")
        if self.edit(label, lambda p: paste(p, board, frame, targets, inserting=inserting)):
            self.select_new(before)
            length = max((piece.clip.stop for piece in board.pieces), default=0)
            self._session.seek(frame + length)

    def duplicate(self) -> None:
        """Lay copies right behind the selected clips."""
        chosen, before = self.chosen, self.clip_ids()
        if self.edit(self.tr("Duplicate"), lambda p: duplicate(p, chosen, linked=False)):
            self.select_new(before)

    def delete(self) -> None:
        """Remove the selected clips; gaps stay."""
        chosen = self.chosen
        self.edit(self.tr("Delete"), lambda project: delete(project, chosen, linked=False))

    def ripple_delete(self) -> None:
        """Remove the selected clips and close the gaps."""
        chosen = self.chosen

        def change(project: Project, along: tuple[TrackId, ...] | None) -> Project:
            return ripple_delete(project, chosen, tracks=along, linked=False)

        own = tuple(t.id for t in self.tracks() if any(clip.id in chosen for clip in t.clips))
        self.close_gaps(self.tr("Ripple delete"), change, own)

    def select_all(self) -> None:
        """Select all clips of unlocked tracks."""
        self._session.select(
            clip.id for track in self.tracks() if not track.is_locked for clip in track.clips
        )

    def select_here(self) -> None:
        """Select what is under the playhead on the target tracks."""
        self._session.select(clip.id for clip in self.clips_here())

    def deselect(self) -> None:
        """Select nothing."""
        self._session.select(())

"""The razor: a click cuts the clip there, with Shift all tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from latentsync_studio.core.timeline.edits.slice import slice_at, slice_clip
from latentsync_studio.ui.timeline.painting.scene import Feedback
from latentsync_studio.ui.timeline.tools.base import (
    Drag,
    Pointer,
    Snapper,
    Tool,
    is_edited_linked,
    tr,
)

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Sequence


class RazorTool(Tool):
    """Cuts; the line shows where, and snaps."""

    _snapper: tuple[tuple[Sequence, int], Snapper] | None = None

    def press(self, at: Pointer) -> Drag | None:
        stage, sequence = self.stage, self.stage.sequence
        if sequence is None:
            return None
        frame, clip = self._frame(at, sequence), at.hit.clip
        if at.shift:
            tracks = [track.id for track in sequence.tracks if not track.is_locked]
            if tracks:
                stage.store.edit(tr("Razor"), lambda project: slice_at(project, tracks, frame))
        elif clip is not None:
            linked = is_edited_linked(stage, clip, at)
            stage.store.edit(
                tr("Razor"), lambda project: slice_clip(project, clip.id, frame, linked=linked)
            )
        return None

    def hover(self, at: Pointer) -> None:
        sequence = self.stage.sequence
        if sequence is None or (at.hit.clip is None and not at.shift):
            self.stage.show_feedback(Feedback())
            return
        row = at.hit.row
        track = None if at.shift or row is None else row.track.id
        self.stage.show_feedback(Feedback(cut=(self._frame(at, sequence), track)))

    def cursor(self, at: Pointer) -> str | Qt.CursorShape:
        locked = at.hit.row is not None and at.hit.row.track.is_locked and not at.shift
        return Qt.CursorShape.ForbiddenCursor if locked else "razor"

    def _frame(self, at: Pointer, sequence: Sequence) -> int:
        playhead, kept = self.stage.session.playhead, self._snapper
        if kept is None or kept[0][0] is not sequence or kept[0][1] != playhead:
            kept = self._snapper = ((sequence, playhead), Snapper(self.stage))
        by, _ = kept[1].pull((at.cut,), 0, alt=at.alt)
        return at.cut + by

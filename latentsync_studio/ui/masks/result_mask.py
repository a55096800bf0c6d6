"""Where the new mouth shows in the viewer: all layers, strengths, keys and protection together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from latentsync_studio.core.mask.blending import Coverage
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.masks.controller import MasksController
    from latentsync_studio.ui.workbench import Workbench

_KEY = "mask-result"  # of the background work


class ResultMask(QObject):
    """Looks that up while it is asked for, for the clip in focus.

    Signals:
        changed(): it is otherwise.

    Attributes:
        mask: (H, W) u8 in px of the medium; None while it is not known or not asked for.
    """

    changed = Signal()

    def __init__(self, workbench: Workbench, masks: MasksController, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench, self._masks = workbench, masks
        self.mask: Coverage | None = None
        self._of: Shown | None = None  # the picture that it belongs to
        self._clip = ""
        workbench.playback.shown.connect(self._look)
        masks.state.changed.connect(self._look)
        masks.seen_changed.connect(self._look)  # another clip, face or panel as well

    def forget(self) -> None:
        """A stroke begins: it is another one with the picture that has the stroke."""
        self._masks.background.cancel(_KEY)
        self.mask = None

    def restore(self) -> None:
        """The stroke was taken back."""
        self._of = None
        self._look()

    def _look(self, *_: object) -> None:
        masks, session = self._masks, self._workbench.session
        is_asked = masks.state.options.whole and not session.is_playing
        if not is_asked or masks.focus.frame is None:  # the playhead is beside the clip
            self._of = None
            masks.background.cancel(_KEY)
            self._show(None)
            return
        shown, face = self._workbench.playback.pictures.current, masks.focus.face
        if shown is None or face is None or masks.clip is None:
            return
        if shown is self._of and masks.clip.id == self._clip:
            return
        if not shown.is_right or shown.frame != session.playhead:
            return  # a better picture comes
        clip, size = masks.clip.id, face.size
        self._of, self._clip = shown, clip
        laid = [each for each in shown.laid if each.clip == clip]

        def work(_progress: Progress) -> Coverage:
            from latentsync_studio.services.timeline.laid import weight_of

            return weight_of(laid, size)

        self._masks.background.submit(work, self._show, key=_KEY)

    def _show(self, mask: Coverage | None) -> None:
        if mask is not None or self.mask is not None:
            self.mask = mask
            self.changed.emit()

"""Clearing the cache: a question with the amounts, and what stayed told afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from latentsync_studio.ui.jobs.words import size
from latentsync_studio.ui.widgets.choice_dialog import Choice, ChoiceDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.cache import CacheSizes, Cleared
    from latentsync_studio.ui.workbench import Workbench

CLEAR: Final = "clear"
KEEP: Final = "keep"
_MIB: Final = 1024**2


def _tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("ClearCache", text, "", n)


class ClearCacheDialog(ChoiceDialog):
    """What there is, with a box each; `entries`, `kept`, `proxies` and `frames` are the boxes."""

    def __init__(self, sizes: CacheSizes, parent: QWidget | None = None) -> None:
        super().__init__(
            _tr("Clear the cache"),
            _tr("Remove what is stored to be used again?"),
            (
                Choice(CLEAR, _tr("C&lear"), _tr("Remove what is ticked.")),
                Choice(KEEP, _tr("Cancel"), is_default=True, is_cancel=True),
            ),
            detail=_tr(
                "It is made again where it is needed: clips must be synthesized again. Projects,"
                " media and exported movies stay."
            ),
            parent=parent,
        )
        others = sizes.entries - sizes.kept
        self._has_others = others > 0
        boxes = QWidget(self)
        column = QVBoxLayout(boxes)
        column.setContentsMargins(0, 0, 0, 0)
        self.entries = self._box(
            _tr("&Faces, mouths, encoded pieces, waveforms: {0} in %n piece(s)", others),
            others,
            sizes.entry_bytes - sizes.kept_bytes,
        )
        self.kept = self._box(
            _tr("What &unfinished jobs need to go on: {0} in %n piece(s)", sizes.kept),
            sizes.kept,
            sizes.kept_bytes,
            is_checked=False,
        )
        self.kept.setToolTip(_tr("Those jobs begin anew then."))
        self.proxies = self._box(
            _tr("&Proxies: {0} in %n file(s)", sizes.proxies), sizes.proxies, sizes.proxy_bytes
        )
        self.frames = self._box(
            _tr("Exact &copies of frames: {0} in %n file(s)", sizes.frames),
            sizes.frames,
            sizes.frame_bytes,
        )
        for box in (self.entries, self.kept, self.proxies, self.frames):
            column.addWidget(box)
            box.toggled.connect(self._enable)
        self.place(boxes)
        self._enable()

    def _box(self, text: str, count: int, n_bytes: int, *, is_checked: bool = True) -> QCheckBox:
        box = QCheckBox(text.format(size(n_bytes / _MIB)), self)
        box.setChecked(is_checked and count > 0)
        box.setEnabled(count > 0)
        return box

    def _enable(self, *_: object) -> None:
        if self.kept.isChecked() and self._has_others:
            self.entries.setChecked(True)  # what jobs need never goes alone
        boxes = (self.entries, self.kept, self.proxies, self.frames)
        self.buttons[CLEAR].setEnabled(any(box.isChecked() for box in boxes))


class CacheClearing(QObject):
    """Asks, clears and tells; `dialog` is the question while it is open."""

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.dialog: ClearCacheDialog | None = None

    def ask(self, parent: QWidget | None, then: Callable[[], object] | None = None) -> None:
        """Look how much there is, and ask over `parent`; `then()` is called once it is cleared."""
        services = self._workbench.services

        def look(_progress: Progress) -> CacheSizes:
            from latentsync_studio.services.cache import cache_sizes

            return cache_sizes(services)

        self._workbench.background.submit(
            look, lambda sizes: self._open(sizes, parent, then), key=self
        )

    def cancel(self) -> None:
        """Ask nothing any more."""
        self._workbench.background.cancel(self)

    def _open(
        self, sizes: CacheSizes, parent: QWidget | None, then: Callable[[], object] | None
    ) -> None:
        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        dialog = self.dialog = ClearCacheDialog(sizes, parent)

        def answered(key: str) -> None:
            self.dialog = None
            if key == CLEAR:
                self._clear(dialog, then)

        dialog.chosen.connect(answered)
        dialog.open()

    def _clear(self, dialog: ClearCacheDialog, then: Callable[[], object] | None) -> None:
        services = self._workbench.services
        entries, kept, proxies, frames = (
            box.isChecked() for box in (dialog.entries, dialog.kept, dialog.proxies, dialog.frames)
        )

        def work(_progress: Progress) -> Cleared:
            from latentsync_studio.services.cache import Clearing, clear_cache

            wanted = Clearing(entries=entries or kept, kept=kept, proxies=proxies, frames=frames)
            return clear_cache(services, wanted)

        def done(cleared: Cleared) -> None:
            self._workbench.tell(cleared_words(cleared))
            self._workbench.spans.look_again()
            self._workbench.playback.look_again()
            self._workbench.media.look_again()
            if then is not None:
                then()

        self._workbench.background.submit(work, done)


def cleared_words(cleared: Cleared) -> str:
    """What is free again, and what stayed and why."""
    left = cleared.left
    text = _tr("{0} are free again, of %n stored piece(s).", cleared.removed).format(
        size(cleared.removed_bytes / _MIB)
    )
    if left.kept:
        text += " " + _tr(
            "{0} stay, as unfinished jobs need them to go on: remove those jobs to free them."
        ).format(size(left.kept_bytes / _MIB))
    rest = left.entry_bytes - left.kept_bytes
    if left.entries > left.kept:
        text += " " + _tr("{0} stay: not chosen, or just made.").format(size(rest / _MIB))
    if left.frames:
        text += " " + _tr("Copies of frames of {0} stay.").format(size(left.frame_bytes / _MIB))
    if left.proxies:
        text += " " + _tr("Proxies of {0} stay.").format(size(left.proxy_bytes / _MIB))
    return text

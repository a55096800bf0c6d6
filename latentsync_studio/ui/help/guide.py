"""The quick guide: the few steps from a clip to a movie, with the keys as they are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.actions.registry import ActionRegistry


class GuideDialog(QDialog):
    """Stays open beside the work."""

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Quick guide"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self.text = QTextBrowser(self)
        self.text.setAccessibleName(self.windowTitle())
        self.text.setHtml(self._html())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        column.addWidget(buttons)
        self.resize(580, 430)

    def _html(self) -> str:
        steps = (
            self.tr(
                "<b>Clip and speech</b> ({0}): the clip goes to a video track, the speech to a"
                " lane of its own."
            ).format(self._keys("file.clip_and_speech")),
            self.tr(
                "<b>The lane drives the lips:</b> the mouth button in an audio track's header marks"
                " it; its menu chooses whose mouth moves."
            ),
            self.tr("<b>Synthesize</b> ({0}, or {1} for all): watch it in the viewer.").format(
                self._keys("clip.synthesize"), self._keys("clip.synthesize_all")
            ),
            self.tr(
                "<b>Compare:</b> {0} source, {1} result, {2} split wipe, {3} difference, {4} onion."
            ).format(*map(self._keys, _VIEWS)),
            self.tr(
                "<b>Play:</b> {0} play, {1} {2} {3} shuttle, {4} and {5} in and out points."
            ).format(*map(self._keys, _PLAY)),
            self.tr("<b>Export</b> ({0}): a movie, or everything for another program.").format(
                self._keys("file.export_movie")
            ),
            self.tr("<b>Anything else:</b> {0} finds every command.").format(
                self._keys("help.palette")
            ),
        )
        marks = self.tr(
            "The strip on a clip: solid green is synthesized, hatched gray not yet, amber out of"
            " date (a setting or the sound changed), red failed, blue passes through; point at it"
            " for the reason."
        )
        return f"<ol>{''.join(map(_step, steps))}</ol><p>{marks}</p>"

    def _keys(self, command: str) -> str:
        keys = self._actions.keys_of(command)
        native = QKeySequence.SequenceFormat.NativeText
        return QKeySequence(keys[0]).toString(native) if keys else self.tr("no key")


def _step(text: str) -> str:
    return f'<li style="margin-bottom: 8px">{text}</li>'


_VIEWS = ("view.source", "view.result", "view.wipe", "view.difference", "view.onion")
_PLAY = ("play.toggle", "play.reverse", "play.stop", "play.forward", "mark.in", "mark.out")

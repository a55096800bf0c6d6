"""Binds the commands of playing and viewing to the transport and the canvas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog

from latentsync_studio.core.timeline.timecode import can_drop, to_timecode
from latentsync_studio.ui.session import VIEWS
from latentsync_studio.ui.viewer.full_screen import FullScreen
from latentsync_studio.ui.viewer.keys import HeldKey
from latentsync_studio.ui.viewer.save_frame import save_png

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.ui.viewer.canvas import Canvas
    from latentsync_studio.ui.viewer.panel import ViewerPanel
    from latentsync_studio.ui.workbench import Workbench

MANY = 5  # frames of the larger step
_AROUND = 0.25  # of a face's size, on each side of it


class Commands(QObject):
    """The viewer's share of the table of commands."""

    def __init__(self, workbench: Workbench, panel: ViewerPanel) -> None:
        super().__init__(panel)
        self._workbench, self._panel = workbench, panel
        self._session, self._playback = workbench.session, workbench.playback
        self._actions = workbench.actions
        self._full: FullScreen | None = None
        self._is_exporting = False
        self._held = HeldKey(self._actions["play.stop"], panel)
        self._held.released.connect(self._on_released)
        self._slow = 0  # direction of slow playing with the stop key held
        self._bind_transport()
        self._bind_views()
        self._session.switches_changed.connect(self._show_switches)
        self._session.view_changed.connect(self._show_view)
        self._playback.shown.connect(self._on_shown)
        self._playback.failed.connect(self._on_failed)
        self._show_switches()
        self._show_view(self._session.view)
        self._actions.check("view.safe_areas", panel.state.is_safe)
        self._actions.check("view.readout", panel.state.is_reading)
        self._actions.check("view.follow_job", panel.follower.is_following)

    def extra_canvases(self) -> tuple[Canvas, ...]:
        """Canvases besides that of the panel."""
        return (self._full.canvas,) if self._full is not None else ()

    def close(self) -> None:
        """Close the window of the full screen."""
        if self._full is not None:
            self._full.close()

    def _bind_transport(self) -> None:
        bind, playback = self._actions.bind, self._playback
        bind("play.toggle", playback.toggle)
        bind("play.stop", playback.stop)
        bind("play.reverse", lambda: self._shuttle(-1))
        bind("play.forward", lambda: self._shuttle(1))
        bind("play.loop", lambda on: self._session.switch(loop=on))
        for command, by in (
            ("play.next_frame", 1),
            ("play.previous_frame", -1),
            ("play.many_forward", MANY),
            ("play.many_back", -MANY),
        ):
            bind(command, lambda _checked=False, by=by: playback.step(by))
        bind("play.start", lambda: playback.go_to(0))
        bind("play.end", self._go_to_end)
        bind("play.go_to", self._type_timecode)

    def _bind_views(self) -> None:
        bind, state, canvas = self._actions.bind, self._panel.state, self._panel.canvas
        for view in VIEWS:
            bind(f"view.{view}", lambda _checked=False, view=view: self._session.use_view(view))
        bind("view.safe_areas", state.show_safe_areas)
        bind("view.readout", state.show_reading)
        bind("view.fit", canvas.fit)
        bind("view.actual_size", lambda: canvas.zoom_to(1.0))
        bind("view.face", self._zoom_to_face)
        bind("view.follow_job", self._panel.follow)
        bind("view.full_screen", self._show_full)
        bind("file.export_frame", self._export)

    # ---- transport ----------------------------------------------------------------------

    def _shuttle(self, direction: int) -> None:
        if self._held.is_held:
            self._slow = direction
            self._playback.step(direction)  # a tap goes one frame
            self._playback.shuttle_slowly(direction)
        else:
            self._playback.shuttle_faster(direction)

    def _on_released(self, key: int) -> None:
        """Slow playing lasts as long as both keys are down."""
        if not self._slow:
            return
        command = "play.forward" if self._slow > 0 else "play.reverse"
        keys = [*self._actions[command].shortcuts(), *self._actions["play.stop"].shortcuts()]
        if QKeySequence(key) in keys:
            self._slow = 0
            self._playback.stop()

    def _go_to_end(self) -> None:
        sequence = self._session.sequence
        self._playback.go_to(sequence.stop if sequence is not None else 0)

    def _type_timecode(self) -> None:
        edit = self._panel.transport.timecode
        edit.setFocus()
        edit.selectAll()

    # ---- views --------------------------------------------------------------------------

    def _show_switches(self) -> None:
        self._actions.check("play.loop", self._session.is_looping)
        self._panel.transport.loop.setChecked(self._session.is_looping)

    def _show_view(self, view: str) -> None:
        self._actions[f"view.{view}"].setChecked(True)

    def _zoom_to_face(self) -> None:
        """Let the face and what is around it fill the canvas."""
        shown, canvas = self._playback.pictures.current, self._panel.canvas
        if shown is None or shown.face is None:
            self._workbench.tell(
                self.tr(
                    "No face is known at this frame. Faces are found when a clip is synthesized."
                ),
                "warning",
            )
            return
        left, top, right, bottom = shown.face
        x, y = (right - left) * _AROUND, (bottom - top) * _AROUND
        canvas.show_part((left - x, top - y, right + x, bottom + y))

    def _show_full(self, on: bool) -> None:
        if on and self._full is None:
            self._full = FullScreen(self._workbench, self._panel)
            self._full.closed.connect(self._on_full_closed)
            self._panel.show_again()
            self._full.showFullScreen()
        elif not on and self._full is not None:
            self._full.close()

    def _on_full_closed(self) -> None:
        self._full = None
        self._actions.check("view.full_screen", False)
        self._panel.show_again()

    # ---- export of a frame --------------------------------------------------------------

    def _export(self) -> None:
        """Save the result under the playhead, exact and in full size, whatever is looked at."""
        if self._session.sequence is None:
            return
        self._playback.stop()
        self._is_exporting = True
        pictures = self._playback.pictures
        if pictures.is_exact and pictures.want_result and pictures.current is not None:
            self._on_shown(pictures.current)
        else:
            self._playback.request_result()

    def _on_failed(self, error: object) -> None:
        if self._is_exporting:
            self._is_exporting = False
            self._workbench.tell(str(error), "error")

    def _on_shown(self, _shown: object) -> None:
        pictures = self._playback.pictures
        if not self._is_exporting or not pictures.is_exact or pictures.current is None:
            return
        self._is_exporting = False
        picture = pictures.current.result
        if picture is None:
            self._workbench.tell(self.tr("There is no picture at the playhead."), "warning")
            return
        dialog = QFileDialog(self._panel, self.tr("Export frame"), self._suggested())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG picture (*.png)"))
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(lambda path: self.save(picture, Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, picture: Rgb8, path: Path) -> None:
        """Write a picture in the background and say so."""

        def work(_progress: Progress) -> Path:
            save_png(picture, path)
            return path

        self._workbench.background.submit(work, self._on_saved)

    def _on_saved(self, path: Path) -> None:
        self._workbench.tell(self.tr("Frame saved as {0}").format(path))

    def _suggested(self) -> str:
        """A path in the user's folder of pictures that names sequence and time."""
        sequence = self._session.sequence
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        if sequence is None:
            return folder
        drop = sequence.is_drop and can_drop(sequence.rate)
        label = to_timecode(sequence.first_label + self._session.playhead, sequence.rate, drop=drop)
        name = "".join(c if c.isalnum() or c in " -_" else "-" for c in f"{sequence.name} {label}")
        return str(Path(folder) / f"{name}.png")

"""The viewer's panel: picture, views above it, transport and readout below it."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.timecode import can_drop, entered_frame, to_timecode
from latentsync_studio.ui.paths import local_paths
from latentsync_studio.ui.viewer.bars import TransportBar, ViewBar
from latentsync_studio.ui.viewer.canvas import NOTHING, Canvas
from latentsync_studio.ui.viewer.commands import Commands
from latentsync_studio.ui.viewer.follower import Follower
from latentsync_studio.ui.viewer.readout import Reading, readout
from latentsync_studio.ui.viewer.viewer_state import ViewerState
from latentsync_studio.ui.viewer.views import Composed, composed
from latentsync_studio.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.timeline.model import Project, Sequence
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.workbench import Workbench

READ_MS = 250


class ViewerPanel(QWidget):
    """Shows what `workbench.playback` delivers."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self.setObjectName("viewer")
        self.setAccessibleName(self.tr("Viewer"))
        self.setAcceptDrops(True)
        self._workbench, self._session = workbench, workbench.session
        self._playback = workbench.playback
        self.state = ViewerState(workbench, self)
        self.views = ViewBar(workbench, self)
        self.canvas = workbench.canvas = Canvas(workbench.look, self)
        self.setFocusProxy(self.canvas)
        self.line = ElidedLabel(self)
        self.line.setAccessibleName(self.tr("Playback readout"))
        self.line.setContentsMargins(8, 2, 8, 2)
        self.transport = TransportBar(workbench, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.views)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.line)
        column.addWidget(self.transport)
        self._reader = QTimer(self)
        self._reader.setInterval(READ_MS)
        self._reader.timeout.connect(self._read)
        self.follower = Follower(workbench, self)
        self.commands = Commands(workbench, self)
        self._connect()
        self._show_state()
        self._show_sequence()

    def _connect(self) -> None:
        session, playback = self._session, self._playback
        playback.shown.connect(self._on_shown)
        playback.failed.connect(self._on_shown)
        playback.changed.connect(self._read)
        session.playhead_changed.connect(self._show_times)
        session.sequence_changed.connect(self._show_sequence)
        session.playing_changed.connect(self._on_playing)
        session.tool_changed.connect(self._on_tool)
        self._workbench.store.changed.connect(self._on_project)
        self.state.changed.connect(self._show_state)
        self.canvas.placed.connect(self._show_zoom)
        self.canvas.placed.connect(self._use_canvas)
        self.canvas.resized.connect(self._use_canvas)
        self.canvas.wipe_moved.connect(self.state.move_wipe)
        self.views.wipe_moved.connect(self.state.move_wipe)
        self.views.mix_moved.connect(self.state.mix)
        self.views.gain_chosen.connect(self.state.use_gain)
        self.views.zoom_chosen.connect(self._on_zoom)
        self.views.follow_switched.connect(self.follow)
        self.transport.timecode_entered.connect(self._on_timecode)
        self.transport.mute.setChecked(playback.is_muted)
        self.transport.mute_switched.connect(playback.mute)
        self.transport.show_volume(playback.volume)
        self.transport.volume_moved.connect(playback.use_volume)

    def close_panel(self) -> None:
        """Stop the timers and keep what the user set."""
        self._reader.stop()
        self.follower.close()
        self.commands.close()
        self.state.remember()

    # ---- the picture --------------------------------------------------------------------

    def _on_shown(self, _shown: object) -> None:
        self._paint()
        self._read()

    def _paint(self) -> None:
        """Compose the newest picture for the view and hand it to the canvas."""
        shown, sequence = self._playback.pictures.current, self._session.sequence
        if sequence is None:
            self.canvas.show_picture(Composed(None), NOTHING, self.tr("No sequence"))
            return
        made = Composed(None)
        if shown is not None:
            made = composed(shown.source, shown.result, self.state.comparison)
        size = (sequence.width, sequence.height)
        self.canvas.show_picture(made, size, self._note(shown, sequence))
        for extra in self.commands.extra_canvases():
            extra.show_picture(made, size, self.canvas.note)

    def _note(self, shown: Shown | None, sequence: Sequence) -> str:
        """What is said over the picture: only where there is none."""
        error = self._playback.pictures.error
        if error is not None:
            return f"{error} {error.remedy}".strip()
        if not sequence.stop:
            return self.tr("Put a clip on the timeline to see it here")
        if shown is not None and shown.source is None and shown.result is None:
            return shown.note
        return ""

    def show_again(self) -> None:
        """Canvases came, went or have another size."""
        self._show_state()

    def _show_state(self) -> None:
        """Another view, gain, mix or place of the line."""
        comparison = self.state.comparison
        self.canvas.show_wipe(comparison.wipe)
        self.canvas.show_safe_areas(self.state.is_safe)
        for extra in self.commands.extra_canvases():
            extra.show_wipe(comparison.wipe)
            extra.show_safe_areas(self.state.is_safe)
        self.line.setVisible(self.state.is_reading)
        self.views.show_comparison(comparison)
        self._use_canvas()
        self._paint()
        self._read()

    def _use_canvas(self) -> None:
        canvases = (self.canvas, *self.commands.extra_canvases())
        wide, tall = zip(*(each.wanted_size for each in canvases), strict=True)
        size = max(wide), max(tall)
        self._playback.use(size, want_result=self.state.comparison.mode != "source")

    # ---- text ---------------------------------------------------------------------------

    def _read(self) -> None:
        playback, pictures = self._playback, self._playback.pictures
        sequence, shown = self._session.sequence, pictures.current
        comparison, largest = self.state.comparison, self.canvas.composed.largest
        text = readout(
            Reading(
                speed=playback.speed,
                wanted=playback.wanted_rate(),
                rate=playback.rate.rate(perf_counter()),
                dropped=playback.rate.dropped,
                is_pending=shown is not None and not (pictures.is_current or pictures.is_right),
                is_exact=pictures.is_right,
                is_proxy=shown is not None and shown.is_proxy,
                engine=shown.engine if shown is not None else "",
                note=shown.note if shown is not None else "",
                is_muted=playback.is_muted,
                no_sound="" if playback.has_device else self.tr("no sound device"),
                largest=None if largest is None else (largest, comparison.gain),
            )
        )
        self.line.setText(text if sequence is not None else "")
        self.line.setToolTip(text)
        self.canvas.setAccessibleDescription(text)

    def _show_times(self) -> None:
        sequence = self._session.sequence
        if sequence is None:
            self.transport.show_times("", "")
            return
        drop = sequence.is_drop and can_drop(sequence.rate)
        label = to_timecode(sequence.first_label + self._session.playhead, sequence.rate, drop=drop)
        self.transport.show_times(label, to_timecode(sequence.stop, sequence.rate, drop=drop))

    def _show_sequence(self) -> None:
        self._show_times()
        self._paint()
        self._read()

    def _show_zoom(self) -> None:
        zoom = self.canvas.zoom if self.canvas.picture_size != NOTHING else None
        self.views.show_zoom(zoom, is_fit=self.canvas.placing.zoom is None)

    # ---- what happens -------------------------------------------------------------------

    def _on_playing(self, playing: bool) -> None:
        self.transport.show_playing(playing)
        if playing:
            self._reader.start()
        else:
            self._reader.stop()
        self._read()

    def _on_project(self, before: Project, after: Project) -> None:
        if before.sequences is not after.sequences:
            self._show_times()

    def _on_tool(self, tool: str) -> None:
        self.canvas.use_hand(tool == "hand")

    def _on_zoom(self, zoom: float | None) -> None:
        if zoom is None:
            self.canvas.fit()
        else:
            self.canvas.zoom_to(zoom)

    def follow(self, on: bool) -> None:
        """Let the playhead go along with the running job, or stay."""
        self.follower.follow(on=on)
        self.views.show_follow(on=on)
        self._workbench.actions.check("view.follow_job", on)

    def _on_timecode(self, text: str) -> None:
        sequence = self._session.sequence
        if sequence is None:
            return
        drop = sequence.is_drop and can_drop(sequence.rate)
        at = sequence.first_label + self._session.playhead
        try:
            frame = entered_frame(text, at, sequence.rate, drop=drop)
        except InputError as error:
            self._refuse(error)
            return
        self._playback.go_to(frame - sequence.first_label)
        self._show_times()

    def _refuse(self, error: StudioError) -> None:
        self._workbench.tell_error(error)
        self._show_times()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self._workbench.project.open_paths(paths)

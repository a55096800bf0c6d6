"""The two rows of controls: views and zoom above the picture, the transport below it."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontDatabase, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from latentsync_studio.ui.session import VIEWS
from latentsync_studio.ui.viewer import icons
from latentsync_studio.ui.viewer.placing import ZOOMS
from latentsync_studio.ui.viewer.views import GAINS, Comparison
from latentsync_studio.ui.widgets.narrow_bar import NarrowBar

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QKeyEvent

    from latentsync_studio.ui.session import ViewMode
    from latentsync_studio.ui.theme.style import Look
    from latentsync_studio.ui.workbench import Workbench

_FIT = -1.0
_BUTTONS = (
    ("play.start", "first"),
    ("play.previous_frame", "previous"),
    ("play.toggle", "play"),
    ("play.next_frame", "next"),
    ("play.end", "last"),
    ("play.loop", "loop"),
)
_PERCENT = 100
_VOLUME_WIDTH = 76  # px


class TimecodeEdit(QLineEdit):
    """The time code under the playhead; typing another one goes there.

    Signals:
        entered(text): Return was pressed.
    """

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAccessibleName(self.tr("Timecode of the playhead"))
        self.setToolTip(self.tr("Type a timecode, or +10 and -1:00 to go on from here"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("00:00:00:000") + 14)
        self.returnPressed.connect(self._on_return)
        self._label = ""

    def show_label(self, label: str) -> None:
        """Show where the playhead is, unless somebody is typing."""
        self._label = label
        if not (self.hasFocus() and self.isModified()):
            self.setText(label)

    def _on_return(self) -> None:
        text = self.text()
        self.clearFocus()
        self.entered.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._label)
            self.clearFocus()
            return
        super().keyPressEvent(event)


class ViewBar(NarrowBar):
    """Chooses what is looked at, how it is compared, and how large.

    Signals:
        wipe_moved(share), gain_chosen(gain), mix_moved(share): how it is compared.
        zoom_chosen(zoom): device px a picture px, None to fit.
        follow_switched(on): whether the playhead goes with a running job.
    """

    wipe_moved = Signal(float)
    gain_chosen = Signal(int)
    mix_moved = Signal(float)
    zoom_chosen = Signal(object)
    follow_switched = Signal(bool)

    def __init__(self, workbench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.view = self._box(self.tr("View"))
        for mode in VIEWS:
            self.view.addItem(workbench.actions[f"view.{mode}"].text(), mode)
        self.view.activated.connect(self._on_view)
        self.amount = QSlider(Qt.Orientation.Horizontal, self)
        self.amount.setRange(0, _PERCENT)
        self.amount.setMinimumWidth(60)
        self.amount.setMaximumWidth(160)
        self.amount.valueChanged.connect(self._on_amount)
        self.amount_label = QLabel(self)
        self.gain = self._box(self.tr("Gain of the difference"))
        for gain in GAINS:
            self.gain.addItem(f"\N{MULTIPLICATION SIGN}{gain}", gain)
        self.gain.activated.connect(lambda at: self.gain_chosen.emit(self.gain.itemData(at)))
        self.follow = QToolButton(self)
        self.follow.setText(self.tr("Follow job"))
        self.follow.setToolTip(
            self.tr("The playhead goes to the newest frame of a running job until you move it")
        )
        self.follow.setAccessibleName(self.follow.text())
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.setObjectName("follow_job")  # the style sheet shows by it that it is on
        self.follow.toggled.connect(self.follow_switched)
        self.zoom = self._box(self.tr("Zoom of the picture"))
        self.zoom.setToolTip(self.tr("Zoom of the picture; Ctrl+arrow keys move it"))
        self.zoom.addItem(self.tr("Fit"), _FIT)
        for zoom in ZOOMS:
            self.zoom.addItem(f"{zoom:.0%}", zoom)
        self.zoom.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.zoom.activated.connect(self._on_zoom)
        self._lay_out()
        self.show_comparison(Comparison())

    def _box(self, name: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setToolTip(name)
        return box

    def _lay_out(self) -> None:
        row = self.row
        row.setContentsMargins(6, 4, 6, 4)
        row.addWidget(self.view)
        row.addWidget(self.amount)
        row.addWidget(self.amount_label)
        row.addWidget(self.gain)
        row.addStretch(1)
        row.addWidget(self.follow)
        row.addWidget(self.zoom)
        for widget in (self.view, self.gain, self.zoom, self.amount, self.follow):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.give_way((self.amount_label,), (self.follow,), (self.zoom,), (self.amount, self.gain))

    def show_comparison(self, comparison: Comparison) -> None:
        """Show the state of a view and the control that belongs to it."""
        mode = comparison.mode
        self.view.setCurrentIndex(VIEWS.index(mode))
        self.want(self.amount, wanted=mode in {"wipe", "onion"})
        self.want(self.amount_label, wanted=mode in {"wipe", "onion"})
        self.want(self.gain, wanted=mode == "difference")
        self.gain.setCurrentIndex(GAINS.index(comparison.gain))
        is_wipe = mode == "wipe"
        name = self.tr("Place of the wipe line") if is_wipe else self.tr("Share of the result")
        self.amount.setAccessibleName(name)
        self.amount.setToolTip(name)
        value = round((comparison.wipe if is_wipe else comparison.mix) * _PERCENT)
        self.amount.blockSignals(True)
        self.amount.setValue(value)
        self.amount.blockSignals(False)
        self.amount_label.setText(f"{value} %")

    def show_follow(self, *, on: bool) -> None:
        """Show whether the playhead goes along with a job."""
        blocked = self.follow.blockSignals(True)
        self.follow.setChecked(on)
        self.follow.blockSignals(blocked)

    def show_zoom(self, zoom: float | None, *, is_fit: bool) -> None:
        """Show how large the picture is (None: there is none).

        A zoom that is in no list stands as a line of its own.
        """
        while self.zoom.count() - 1 > len(ZOOMS):
            self.zoom.removeItem(self.zoom.count() - 1)
        fit = self.tr("Fit")
        if is_fit or zoom is None:
            self.zoom.setItemText(0, fit if zoom is None else f"{fit} ({zoom:.0%})")
            self.zoom.setCurrentIndex(0)
            return
        self.zoom.setItemText(0, fit)
        if zoom not in ZOOMS:
            self.zoom.addItem(f"{zoom:.0%}", zoom)
        self.zoom.setCurrentIndex(self.zoom.findData(zoom))

    def _on_view(self, at: int) -> None:
        mode: ViewMode = self.view.itemData(at)
        self._workbench.session.use_view(mode)

    def _on_amount(self, value: int) -> None:
        share = value / _PERCENT
        if self._workbench.session.view == "wipe":
            self.wipe_moved.emit(share)
        else:
            self.mix_moved.emit(share)

    def _on_zoom(self, at: int) -> None:
        zoom = self.zoom.itemData(at)
        self.zoom_chosen.emit(None if zoom == _FIT else zoom)


class TransportBar(NarrowBar):
    """Time code, buttons, duration, sound.

    Signals:
        timecode_entered(text): somebody typed where to go.
        mute_switched(muted): the speaker was pressed.
        volume_moved(share): the slider beside it was moved to 0..1.
    """

    timecode_entered = Signal(str)
    mute_switched = Signal(bool)
    volume_moved = Signal(float)

    def __init__(self, workbench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self._look: Look = workbench.look
        self._is_playing = False
        self.timecode = TimecodeEdit(self)
        self.timecode.entered.connect(self.timecode_entered)
        self._go_to_tip = self.timecode.toolTip()
        self.duration = QLabel(self)
        self.duration.setFont(self.timecode.font())
        self.duration.setAccessibleName(self.tr("Duration of the sequence"))
        self.duration.setToolTip(self.duration.accessibleName())
        self.duration.setMinimumWidth(self.timecode.width())
        self.duration.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._signs = {self._button(workbench.actions[name]): sign for name, sign in _BUTTONS}
        self.loop = list(self._signs)[-1]
        self.mute = self._mute_button()
        self.volume = self._volume_slider()
        self._lay_out()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._look.changed.connect(self._use_theme)
        self._use_theme()
        for button in self._signs:
            button.defaultAction().changed.connect(self._show_tips)
        self._show_tips()

    def _lay_out(self) -> None:
        row = self.row
        row.setContentsMargins(6, 2, 6, 6)
        row.setSpacing(2)
        row.addWidget(self.timecode)
        row.addStretch(1)
        for button in self._signs:
            row.addWidget(button)
        row.addWidget(self.mute)
        row.addWidget(self.volume)
        row.addStretch(1)
        row.addWidget(self.duration)
        first, previous, _, following, last, loop = self._signs
        self.give_way(
            (self.volume,), (self.duration,), (first, last), (loop,), (previous, following),
            (self.mute,),
        )  # fmt: skip

    def show_playing(self, playing: bool) -> None:
        """Show a pause sign while it plays."""
        self._is_playing = playing
        self._show_icons()

    def show_times(self, label: str, duration: str) -> None:
        """Show the label of the playhead and the length of the sequence."""
        self.timecode.show_label(label)
        if self.duration.text() != duration:
            self.duration.setText(duration)
            tips = (self._go_to_tip, f"{self.duration.toolTip()}: {duration}" if duration else "")
            self.timecode.setToolTip("\n".join(tip for tip in tips if tip))

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setIconSize(QSize(icons.SIZE, icons.SIZE))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        return button

    def _mute_button(self) -> QToolButton:
        mute = QToolButton(self)
        mute.setCheckable(True)
        mute.setAutoRaise(True)
        mute.setIconSize(QSize(icons.SIZE, icons.SIZE))
        mute.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        mute.setAccessibleName(self.tr("Mute"))
        mute.setToolTip(self.tr("Mute. Sound is heard at normal speed, forwards"))
        mute.toggled.connect(self.mute_switched)
        mute.toggled.connect(self._show_icons)
        return mute

    def _volume_slider(self) -> QSlider:
        volume = QSlider(Qt.Orientation.Horizontal, self)
        volume.setRange(0, _PERCENT)
        volume.setPageStep(10)
        volume.setFixedWidth(_VOLUME_WIDTH)
        volume.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        volume.setAccessibleName(self.tr("Volume"))
        volume.valueChanged.connect(self._on_volume)
        return volume

    def show_volume(self, share: float) -> None:
        """Put the slider at 0..1."""
        blocked = self.volume.blockSignals(True)
        self.volume.setValue(round(share * _PERCENT))
        self.volume.blockSignals(blocked)
        self._tell_volume()

    def _on_volume(self, value: int) -> None:
        self._tell_volume()
        self.mute.setChecked(False)  # who turns it up wants to hear something
        self.volume_moved.emit(value / _PERCENT)

    def _tell_volume(self) -> None:
        value = self.volume.value()
        self.volume.setToolTip(
            self.tr("Volume {0} % ({1:+.0f} dB)").format(value, 60 * log10(value / _PERCENT))
            if value
            else self.tr("Volume 0 %: silent")
        )

    def _use_theme(self) -> None:
        self._icons = {name: icons.icon(name, self._look.theme) for name in icons.SIGNS}
        self._show_icons()

    def _show_icons(self) -> None:
        for button, sign in self._signs.items():
            shown = "pause" if sign == "play" and self._is_playing else sign
            button.defaultAction().setIcon(self._icons[shown])
        self.mute.setIcon(self._icons["muted" if self.mute.isChecked() else "sound"])

    def _show_tips(self) -> None:
        """With the keys that do the same; they can be changed while the window is open."""
        for button in self._signs:
            action = button.defaultAction()
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{action.text()} ({keys})" if keys else action.text())

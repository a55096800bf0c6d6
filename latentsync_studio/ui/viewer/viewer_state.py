"""What the user sets in the viewer: view, wipe, gain, mix, safe areas, readout, volume; kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from latentsync_studio.ui.session import VIEWS, ViewMode
from latentsync_studio.ui.viewer.views import FIRST_GAIN, GAINS, Comparison

if TYPE_CHECKING:
    from latentsync_studio.ui.workbench import Workbench

_PART = "viewer"


class _Kept(msgspec.Struct, frozen=True):
    """The saved form."""

    view: ViewMode = "result"
    gain: int = FIRST_GAIN
    mix: float = 0.5
    safe: bool = False
    reading: bool = True
    muted: bool = False
    volume: float = 1.0


class ViewerState(QObject):
    """The state of the viewer.

    Signals:
        changed(): some of it is otherwise.

    Attributes:
        comparison: what is looked at, and how.
        is_safe: safe areas are shown.
        is_reading: the readout is shown.
    """

    changed = Signal()

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        kept = _read(workbench.preferences.layout(_PART))
        self.is_safe, self.is_reading = kept.safe, kept.reading
        gain = kept.gain if kept.gain in GAINS else FIRST_GAIN
        mix = min(max(kept.mix, 0.0), 1.0)
        self.comparison = Comparison(mode=kept.view, gain=gain, mix=mix)
        workbench.session.use_view(kept.view)
        workbench.session.view_changed.connect(self._on_view)
        workbench.playback.mute(kept.muted)
        workbench.playback.use_volume(kept.volume)

    def move_wipe(self, share: float) -> None:
        """Put the wipe line at 0..1 of the picture's width."""
        self._use(replace(self.comparison, wipe=min(max(share, 0.0), 1.0)))

    def use_gain(self, gain: int) -> None:
        """Show differences `gain` times as large."""
        self._use(replace(self.comparison, gain=gain))

    def mix(self, share: float) -> None:
        """Show 0..1 of the result in the onion skin."""
        self._use(replace(self.comparison, mix=share))

    def show_safe_areas(self, shown: bool) -> None:
        """Show or hide the safe areas."""
        self.is_safe = shown
        self.changed.emit()

    def show_reading(self, shown: bool) -> None:
        """Show or hide the readout."""
        self.is_reading = shown
        self.changed.emit()

    def remember(self) -> None:
        """Keep it for the next start."""
        kept = _Kept(
            view=self._workbench.session.view,
            gain=self.comparison.gain,
            mix=self.comparison.mix,
            safe=self.is_safe,
            reading=self.is_reading,
            muted=self._workbench.playback.is_muted,
            volume=self._workbench.playback.volume,
        )
        self._workbench.preferences.set_layout(_PART, msgspec.json.encode(kept))

    def _use(self, comparison: Comparison) -> None:
        if comparison != self.comparison:
            self.comparison = comparison
            self.changed.emit()

    def _on_view(self, view: str) -> None:
        mode = next(each for each in VIEWS if each == view)
        self._use(replace(self.comparison, mode=mode))


def _read(state: bytes) -> _Kept:
    """What was kept; the first values where nothing or another form was."""
    try:
        return msgspec.json.decode(state or b"{}", type=_Kept)
    except msgspec.DecodeError:
        return _Kept()

"""The preferences while the window is open: read at the start, saved a moment after a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.services.preferences import load_preferences, save_preferences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.core.settings.preferences import (
        AppearancePreferences,
        EditingPreferences,
        PerformancePreferences,
        Preferences,
    )
    from latentsync_studio.ui.workers.background import Background

SAVE_AFTER_MS = 800
_PAGES = ("appearance", "editing", "performance")
_WINDOW, _DOCKS = "window", "docks"


class PreferencesController(QObject):
    """Holds the preferences; every change is told at once and saved in the background.

    Signals:
        changed(before, after): Preferences.
        failed(error): they could not be saved.
    """

    changed = Signal(object, object)
    failed = Signal(object)

    def __init__(
        self, background: Background, home: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._background, self._home = background, home
        self.current: Preferences = load_preferences(home)
        self._saved = self.current
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_AFTER_MS)
        self._timer.timeout.connect(self._save)

    def set(self, key: str, value: Value) -> None:
        """Change one by its dotted key ("editing.snapping").

        Raises:
            InvalidSettingError: there is no such preference, or it cannot be `value`.
        """
        name, _, rest = key.partition(".")
        page: AppearancePreferences | EditingPreferences | PerformancePreferences
        page = getattr(self.current, name if name in _PAGES else "appearance")
        self.replace(replace(self.current, **{name: apply(page, {rest or key: value})}))

    def set_keys(self, preset: str, overrides: Mapping[str, tuple[str, ...]]) -> None:
        """Take another table of keys with some of the user's own."""
        shortcuts = replace(self.current.shortcuts, preset=preset, overrides=dict(overrides))
        self.replace(replace(self.current, shortcuts=shortcuts))

    def layout(self, part: str) -> bytes:
        """The saved state of a part of the window, or nothing."""
        return self.current.layout_of(part)

    def set_layout(self, part: str, state: bytes) -> None:
        """Remember the state of a part of the window."""
        self.replace(self.current.with_layout(part, state))

    def window_layout(self) -> tuple[bytes, bytes]:
        """Geometry and docks of the window at its last end."""
        return self.layout(_WINDOW), self.layout(_DOCKS)

    def remember_window(self, geometry: bytes, docks: bytes) -> None:
        """Keep geometry and docks for the next start."""
        self.set_layout(_WINDOW, geometry)
        self.set_layout(_DOCKS, docks)

    def replace(self, preferences: Preferences) -> None:
        """Take other preferences as a whole."""
        before, self.current = self.current, preferences
        if before != preferences:
            self.changed.emit(before, preferences)
            self._timer.start()

    def close(self) -> None:
        """Save what is not saved yet; the window is gone by now, so it may wait for the disk."""
        self._timer.stop()
        if self.current is not self._saved:
            try:
                save_preferences(self._home, self.current)
            except StudioError as error:
                self.failed.emit(error)

    def _save(self) -> None:
        preferences = self.current

        def work(_progress: Progress) -> None:
            save_preferences(self._home, preferences)

        self._background.submit(work, self._on_saved, self.failed.emit, key="preferences")
        self._saved = preferences

    def _on_saved(self, _result: None) -> None:
        """Nothing more to do: the answer is that nothing failed."""

"""What the window itself does: preferences, keys, theme, help; and what preferences change live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.settings.preferences import Preferences
    from latentsync_studio.ui.workbench import Workbench


class WindowCommands(QObject):
    """Binds the commands of the menus Edit (preferences), Window and Help."""

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench, self._window = workbench, window
        actions = workbench.actions
        actions.bind("edit.preferences", self.show_preferences)
        actions.bind("edit.shortcuts", self.show_shortcuts)
        actions.bind("window.light", self._use_light)
        actions.bind("help.palette", self.show_palette)
        actions.bind("help.guide", self.show_guide)
        actions.bind("help.report", self.show_report)
        actions.bind("help.about", self.show_about)
        workbench.preferences.changed.connect(self._on_preferences)
        workbench.session.switches_changed.connect(self._on_switches)
        self._take(workbench.preferences.current)

    def show_preferences(self) -> QWidget:
        """Open the preferences."""
        from latentsync_studio.ui.preferences.dialog import PreferencesDialog

        dialog = PreferencesDialog(self._workbench, self._window)
        dialog.open()
        return dialog

    def show_shortcuts(self) -> QWidget:
        """Open the table of keys."""
        from latentsync_studio.ui.preferences.shortcuts import ShortcutsDialog

        bench = self._workbench
        dialog = ShortcutsDialog(bench.actions, bench.preferences, self._window)
        dialog.open()
        return dialog

    def show_palette(self) -> QWidget:
        """Open the command palette."""
        from latentsync_studio.ui.help.palette import CommandPalette

        palette = CommandPalette(self._workbench.actions, self._window)
        palette.open_over(self._window)
        return palette

    def show_guide(self) -> QWidget:
        """Open the quick guide beside the work."""
        from latentsync_studio.ui.help.guide import GuideDialog

        dialog = GuideDialog(self._workbench.actions, self._window)
        dialog.show()
        return dialog

    def show_report(self) -> QWidget:
        """Collect a report of a problem."""
        from latentsync_studio.ui.help.report import ReportDialog

        dialog = ReportDialog(self._workbench, self._window)
        dialog.open()
        return dialog

    def show_about(self) -> QWidget:
        """Tell what this program is."""
        from latentsync_studio.ui.help.about import AboutDialog

        dialog = AboutDialog(self._window)
        dialog.open()
        return dialog

    def _use_light(self, light: bool) -> None:
        self._workbench.preferences.set("appearance.theme", "light" if light else "dark")

    def _on_switches(self) -> None:
        """Remember how the user likes the timeline."""
        session, preferences = self._workbench.session, self._workbench.preferences
        preferences.set("editing.snapping", session.is_snapping)
        preferences.set("editing.linked_selection", session.is_linked)

    def _on_preferences(self, before: Preferences, after: Preferences) -> None:
        if before.appearance.theme != after.appearance.theme:
            self._workbench.look.use(after.appearance.theme)
        if before.appearance.scale != after.appearance.scale:
            self._workbench.tell(self.tr("The new size counts from the next start."))
        self._take(after)

    def _take(self, preferences: Preferences) -> None:
        """Let the window be as preferred."""
        bench = self._workbench
        bench.actions.check("window.light", preferences.appearance.theme == "light")
        keys = preferences.shortcuts
        if (bench.actions.preset, bench.actions.overrides) != (keys.preset, keys.overrides):
            bench.actions.use_keys(keys.preset, keys.overrides)
        editing, session = preferences.editing, bench.session
        if (session.is_snapping, session.is_linked) != (editing.snapping, editing.linked_selection):
            session.switch(snapping=editing.snapping, linked=editing.linked_selection)

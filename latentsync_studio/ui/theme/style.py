"""Puts a theme on the application: Fusion style, palette, and a small style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette

from latentsync_studio.core.installed import resource
from latentsync_studio.ui.theme.colors import DARK, THEMES, Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

_ROLES: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "base",
    QPalette.ColorRole.AlternateBase: "track_alternate",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "error",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "dim_text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.Light: "border",
    QPalette.ColorRole.Midlight: "raised",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "base",
    QPalette.ColorRole.Shadow: "base",
}
_SHEET = """
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {border}; padding: 3px; }}
QDockWidget::title {{ background: {raised}; padding: 5px 8px; }}
QDockWidget {{ titlebar-close-icon: url("{icons}/close-{name}.png");
  titlebar-normal-icon: url("{icons}/float-{name}.png"); }}
QDockWidget::close-button, QDockWidget::float-button
  {{ border: 1px solid transparent; padding: 1px; }}
QDockWidget::close-button:hover, QDockWidget::float-button:hover {{ border-color: {border}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
#message_edge {{ background: {accent}; }}
#message_edge[level="warning"] {{ background: {warning}; }}
#message_edge[level="error"] {{ background: {error}; }}
#follow_job:checked {{ background: {accent}; color: {on_accent}; border: 1px solid {accent};
  border-radius: 3px; padding: 1px 5px; }}
#mask_button:checked {{ background: {accent}; border: 1px solid {accent}; border-radius: 3px; }}
QToolButton[popupMode="2"] {{ padding-right: 14px; }}
QToolButton::menu-indicator {{ subcontrol-origin: padding; subcontrol-position: right center; }}
QStatusBar::item {{ border: none; }}
QMenu {{ border: 1px solid {border}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 8px; }}
QMainWindow::separator {{ background: {border}; width: 3px; height: 3px; }}
QHeaderView::section {{ background: {raised}; color: {text}; border: none;
  border-right: 1px solid {border}; padding: 3px 6px; }}
QCheckBox::indicator, QGroupBox::indicator
  {{ width: 13px; height: 13px; border: 1px solid {control}; border-radius: 2px;
  background: {base}; }}
QCheckBox::indicator:checked, QGroupBox::indicator:checked
  {{ border-color: {accent}; background: {accent}; image: url("{icons}/check-{name}.png"); }}
QAbstractItemView::indicator, QMenu::indicator
  {{ width: 10px; height: 10px; border: 1px solid {control}; border-radius: 2px;
  background: {base}; }}
QMenu::item {{ padding: 4px 22px 4px 10px; border: 1px solid transparent; }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QMenu::item:disabled {{ color: {disabled_text}; background: transparent; }}
QMenu::indicator {{ margin-left: 7px; }}
QMenu::indicator:exclusive {{ border-radius: 6px; }}
QAbstractItemView::indicator:checked, QMenu::indicator:checked
  {{ image: url("{icons}/check-plain-{name}.png"); }}
QRadioButton::indicator
  {{ width: 13px; height: 13px; border: 1px solid {control}; border-radius: 7px;
  background: {base}; }}
QRadioButton::indicator:checked {{ border-color: {accent};
  background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
    stop: 0 {accent}, stop: 0.55 {accent}, stop: 0.7 {base}); }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled,
QAbstractItemView::indicator:disabled {{ border-color: {border}; background: {window}; }}
QCheckBox::indicator:checked:disabled, QAbstractItemView::indicator:checked:disabled
  {{ image: url("{icons}/check-disabled-{name}.png"); }}
QRadioButton::indicator:checked:disabled
  {{ background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
    stop: 0 {disabled_text}, stop: 0.55 {disabled_text}, stop: 0.7 {window}); }}
QLineEdit, QPlainTextEdit, QTextEdit
  {{ border: 1px solid {control}; border-radius: 2px; background: {base}; padding: 2px; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled
  {{ border-color: {border}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus
  {{ border-color: {accent}; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit, QAbstractItemView QLineEdit
  {{ border: none; padding: 0; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {border}; }}
QSlider::sub-page:horizontal {{ border-radius: 2px; background: {accent}; }}
QSlider::sub-page:horizontal:disabled {{ background: {border}; }}
QSlider::handle:horizontal {{ width: 11px; margin: -5px 0; border: 1px solid {control};
  border-radius: 6px; background: {raised}; }}
QSlider::handle:horizontal:focus {{ border-color: {accent}; }}
QSlider::handle:horizontal:disabled {{ border-color: {border}; }}
QToolButton:focus, QPushButton:focus, QTreeView:focus, QTableView:focus, QListView:focus
  {{ outline: none; border: 1px solid {accent}; }}
"""


class Look(QObject):
    """The theme of the window; panels that paint read `theme` and listen to `changed`."""

    changed = Signal()

    def __init__(self, app: QApplication, name: str = "dark") -> None:
        super().__init__(app)
        self._app = app
        self.theme: Theme = DARK
        app.setStyle("Fusion")
        self.use(name)

    def use(self, name: str) -> None:
        """Take the theme "dark" or "light"; an unknown name is dark."""
        self.theme = THEMES.get(name, DARK)
        scheme = Qt.ColorScheme.Dark if self.theme.name == "dark" else Qt.ColorScheme.Light
        self._app.styleHints().setColorScheme(scheme)
        self._app.setPalette(palette_of(self.theme))
        self._app.setStyleSheet(sheet_of(self.theme))
        self.changed.emit()


def palette_of(theme: Theme) -> QPalette:
    """The palette of a theme; disabled text is dimmer but readable."""
    palette = QPalette()
    for role, name in _ROLES.items():
        palette.setColor(role, theme.color(name))
    dim = QColor(theme.disabled_text)
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, dim)
    return palette


def sheet_of(theme: Theme) -> str:
    """The style sheet of a theme."""
    return _SHEET.format(
        name=theme.name,
        icons=resource("icons").as_posix(),
        window=theme.window,
        base=theme.base,
        control=theme.control,
        disabled_text=theme.disabled_text,
        text=theme.text,
        raised=theme.raised,
        border=theme.border,
        accent=theme.accent,
        on_accent=theme.on_accent,
        warning=theme.warning,
        error=theme.error,
    )

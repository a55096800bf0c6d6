"""Diamonds beside the sliders of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from latentsync_studio.ui.curves.diamond import DiamondButton
from latentsync_studio.ui.curves.rows import SETTINGS
from latentsync_studio.ui.widgets.setting_words import translated

if TYPE_CHECKING:
    from latentsync_studio.ui.widgets.settings_form import SettingsForm
    from latentsync_studio.ui.workbench import Workbench


class FormKeys(QObject):
    """Keys of the settings in a form."""

    def __init__(self, workbench: Workbench, form: SettingsForm) -> None:
        super().__init__(form)
        self.diamonds: dict[str, DiamondButton] = {}
        for field in SETTINGS:
            if field.key in form.editors:
                button = DiamondButton(workbench, translated(field.title), form)
                button.show_curve(field.key)
                form.add_beside(field.key, button)
                self.diamonds[field.key] = button

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
    """Keys of the settings in a form; the clip that gets one becomes the one that is selected.

    Else the form would go on to change the project's settings, which no longer count there.
    """

    def __init__(self, workbench: Workbench, form: SettingsForm) -> None:
        super().__init__(form)
        self._workbench = workbench
        self.diamonds: dict[str, DiamondButton] = {}
        for field in SETTINGS:
            if field.key in form.editors:
                button = DiamondButton(workbench, translated(field.title), form)
                button.show_curve(field.key)
                form.add_beside(field.key, button)
                self.diamonds[field.key] = button
                button.clicked.connect(self._select)

    def _select(self) -> None:
        clip, session = self._workbench.focus.clip, self._workbench.session
        if clip is not None and clip.id not in session.clips:
            session.select([clip.id])

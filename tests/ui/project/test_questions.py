"""What dialogs about projects say."""

import pytest
from PySide6.QtWidgets import QLabel

from latentsync_studio.core.timeline.model import Project
from latentsync_studio.services.project_files import Recovery
from latentsync_studio.ui.project import questions

SAVED = 1_800_000_000.0  # at a full minute


@pytest.mark.parametrize(("later", "digits"), [(7, "%H:%M:%S"), (600, "%H:%M")])
def test_a_recovery_tells_how_many_edits_and_seconds_where_minutes_are_the_same(
    qtbot, later, digits
):
    found = Recovery(project=Project(), edits=4, time=SAVED + later, saved=SAVED)
    dialog = questions.recovery("film.lsp", found, None)
    qtbot.addWidget(dialog)
    text = dialog.findChildren(QLabel)[1].text()
    shows_seconds = digits.endswith("%S")
    for moment in (found.time, found.saved):
        assert questions.moment(moment, seconds=shows_seconds) in text
    assert (questions.moment(SAVED, seconds=True) in text) == shows_seconds
    assert "4 unsaved edit(s)" in text

"""A window with an open project."""

import pytest

from tests.ui.desk import Desk


@pytest.fixture
def desk(qtbot, workbench):
    window = Desk(workbench)
    yield window
    window.shut()
    window.close()
    window.deleteLater()

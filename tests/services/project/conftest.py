"""A data folder and a saved project for every test of project files."""

from contextlib import closing

import pytest

from latentsync_studio.services.project_files import new_untitled
from tests.services.project.states import MADE


@pytest.fixture
def home(own_data_home):
    return own_data_home


@pytest.fixture
def path(tmp_path, home):
    """A saved project, closed."""
    folder = tmp_path / "my films é"
    folder.mkdir()
    with closing(new_untitled(home)) as opened:
        opened.note(MADE)
        return opened.save_as(folder / "film", MADE)

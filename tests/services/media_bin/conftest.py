import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.media_bin.importing import import_media
from tests.media.conftest import clip  # noqa: F401
from tests.services.conftest import services  # noqa: F401


@pytest.fixture
def imported(services):  # noqa: F811
    """Return a function that imports paths and gives what came of each."""

    def found(*paths, **options):
        return import_media(paths, services, CallbackProgress(), **options)

    return found


@pytest.fixture
def item(imported):
    """Return a function that imports one good file and gives its item."""

    def found(path, **options):
        (one,) = imported(path, **options)
        assert one.problem is None, one.problem
        return one.item

    return found

"""The window says what to do in the window."""

import pytest

from latentsync_studio.core.errors import StorageError
from latentsync_studio.ui.remedy_words import error_words, remedy_words


@pytest.mark.parametrize(
    ("remedy", "shown"),
    [
        ("Check the disk, then run the same command again.", "Check the disk, then try again."),
        ("Run the same command again.", "Try again."),
        ("Update the program.", "Update the program."),
        ("", ""),
    ],
)
def test_nobody_is_sent_to_a_terminal(remedy, shown):
    assert remedy_words("storage", remedy) == shown
    assert error_words(StorageError("It broke.", remedy=remedy)) == f"It broke. {shown}".strip()


def test_a_full_disk_names_the_way_to_the_cache():
    words = remedy_words("disk-full", "`latentsync-studio cache clear` empties the cache.")
    assert "Preferences, Performance, Clear the cache" in words
    assert "latentsync-studio" not in words

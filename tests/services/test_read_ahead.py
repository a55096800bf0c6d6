"""Items that are looked at before they are taken."""

import pytest

from latentsync_studio.services.read_ahead import Peekable


def test_what_was_peeked_at_is_taken_next():
    items = Peekable(iter("abc"))
    assert (items.peek(), items.peek()) == ("a", "a")
    assert (next(items), next(items), items.peek()) == ("a", "b", "c")
    assert list(items) == ["c"]
    assert items.peek() is None


def test_an_error_is_raised_where_its_item_would_be_and_again_after_it():
    def failing():
        yield 1
        raise OSError("gone")

    items = Peekable(failing())
    assert next(items) == 1
    assert items.peek() is None
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            next(items)

"""JSON text that every stream and every parser takes."""

from __future__ import annotations

import json

import msgspec
import pytest

from latentsync_studio.core.json_text import json_text


class Told(msgspec.Struct):
    name: str
    size: float


@pytest.mark.parametrize("name", ["plain", "日本語 é 😀", "caf\udce9", 'a "b"\n'])
def test_any_file_name_is_ascii_and_comes_back_as_it_was(name):
    text = json_text(Told(name, 1.5))
    assert text.isascii()
    assert "\n" not in text
    assert json.loads(text) == {"name": name, "size": 1.5}


def test_numbers_that_json_does_not_have_become_null():
    told = [Told("a", float("nan")), {"b": (float("inf"), 0.1, 3, True, None)}]
    assert json.loads(json_text(told, indent=2)) == [
        {"name": "a", "size": None},
        {"b": [None, 0.1, 3, True, None]},
    ]

"""Where the objects of a JSON text stand, found only once something is wrong with one of them.

The decoder does not tell. But the objects of its tree lie in the order of their opening braces, so
that the number of an object in the tree is that of its brace in the text.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]]', re.DOTALL)
_NUMBER: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|-?\d[-+.\deE]*', re.DOTALL)
_VALUE: Final = re.compile(rb"\s*:\s*")
BOM: Final = b"\xef\xbb\xbf"


class Place(NamedTuple):
    """A line and a column, both from 1; 0 where nobody knows."""

    line: int
    column: int


NOWHERE: Final = Place(0, 0)


class Places:
    """The places of the objects of one file."""

    def __init__(self, data: bytes, root: object) -> None:
        """Look at nothing yet.

        Args:
            data: UTF-8 text.
            root: what it was decoded to, as dictionaries and lists.
        """
        self._data, self._root = data, root

    def of(self, node: object, key: str = "") -> Place:
        """Where an object of the tree begins, or the value that it has under `key`.

        A file that says a key of an object twice has objects in its text that are not in its tree;
        then nobody knows.
        """
        wanted, count = None, 0
        for each in _objects(self._root):
            if each is node:
                wanted = count
            count += 1
        if wanted is None or count != sum(match[0] == b"{" for match in self._tokens()):
            return NOWHERE
        return place_at(self._data, self._offset(wanted, key))

    def _tokens(self, start: int = 0) -> Iterator[re.Match[bytes]]:
        return _TOKEN.finditer(self._data, start)

    def _offset(self, wanted: int, key: str) -> int:
        """Byte of the brace with a number, or of a value within it."""
        braces = (match.start() for match in self._tokens() if match[0] == b"{")
        begin = next(at for number, at in enumerate(braces) if number == wanted)
        depth = 0
        for match in self._tokens(begin):
            token = match[0]
            if token in b"{[":
                depth += 1
            elif token in b"}]":
                depth -= 1
                if not depth:
                    break
            elif depth == 1 and token == b'"%s"' % key.encode():
                value = _VALUE.match(self._data, match.end())
                if value is not None:
                    return value.end()
        return begin


def place_at(data: bytes, offset: int) -> Place:
    """The line and column of a byte of a UTF-8 text; columns count characters."""
    before = data[:offset].removeprefix(BOM)
    line = before[before.rfind(b"\n") + 1 :]
    return Place(before.count(b"\n") + 1, len(line.decode("utf-8", "replace")) + 1)


def too_deep_at(data: bytes, most: int) -> Place:
    """Where more than `most` objects and lists have been opened and not been closed."""
    depth = 0
    for match in _TOKEN.finditer(data):
        if match[0] in b"{[":
            depth += 1
            if depth > most:
                return place_at(data, match.start())
        elif match[0] in b"}]":
            depth -= 1
    return NOWHERE


def no_text_at(data: bytes) -> Place:
    """Where a file stops to be UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return place_at(data, error.start)
    return NOWHERE


def no_number_at(data: bytes) -> Place:
    """Where a number stands that is too large to be one."""
    for match in _NUMBER.finditer(data):
        if match[0][:1] != b'"' and not _is_finite(match[0]):
            return place_at(data, match.start())
    return NOWHERE


def _is_finite(token: bytes) -> bool:
    try:
        return math.isfinite(float(token))
    except ValueError:
        return False


def _objects(root: object) -> Iterator[object]:
    """All dictionaries of a tree, in the order in which they begin in the text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed(node.values()))
        elif isinstance(node, list):
            waiting.extend(reversed(node))

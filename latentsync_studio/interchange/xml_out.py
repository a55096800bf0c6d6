"""XML for writing: elements that are added to one another, and their bytes."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = str | int | bool

# what XML 1.0 cannot hold, and halves of characters that are no text at all
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Element:
    """A tag with attributes, and either text or other elements in it.

    Attributes:
        tag: its name.
        text: in it, None for none.
    """

    __slots__ = ("_attributes", "_children", "tag", "text")

    def __init__(self, tag: str, text: Value | None = None, **attributes: Value) -> None:
        """Make one; a "_" behind an attribute's name, as in `in_`, is left out."""
        self.tag = tag
        self.text = None if text is None else _text(text)
        self._attributes = {name.rstrip("_"): _text(value) for name, value in attributes.items()}
        self._children: list[Element] = []

    def add(self, tag: str, text: Value | None = None, **attributes: Value) -> Element:
        """Append a new element and return it."""
        return self.append(Element(tag, text, **attributes))

    def append(self, child: Element) -> Element:
        """Append an element and return it."""
        self._children.append(child)
        return child

    def set(self, name: str, value: Value) -> None:
        """Give it an attribute, whose name may be one that Python has no argument for."""
        self._attributes[name] = _text(value)

    def get(self, name: str) -> str:
        """The value of an attribute, "" where it has none."""
        return self._attributes.get(name, "")

    def children(self) -> tuple[Element, ...]:
        """The elements in it, in order."""
        return tuple(self._children)

    def to_bytes(self, doctype: str = "") -> bytes:
        """The whole document in UTF-8."""
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        if doctype:
            head += f"<!DOCTYPE {doctype}>\n"
        return (head + "".join(_lines(self, 0))).encode()

    @property
    def opening(self) -> str:
        """The tag with its attributes."""
        pairs = (f' {name}="{_escaped(value)}"' for name, value in self._attributes.items())
        return self.tag + "".join(pairs)


def _lines(element: Element, depth: int) -> Iterator[str]:
    pad, children = "  " * depth, element.children()
    if children:
        yield f"{pad}<{element.opening}>\n"
        for child in children:
            yield from _lines(child, depth + 1)
        yield f"{pad}</{element.tag}>\n"
    elif element.text:
        text = escape(element.text, quote=False)
        yield f"{pad}<{element.opening}>{text}</{element.tag}>\n"
    else:
        yield f"{pad}<{element.opening}/>\n"


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))


def _escaped(value: str) -> str:
    return escape(value).replace("\n", "&#10;").replace("\t", "&#9;").replace("\r", "&#13;")

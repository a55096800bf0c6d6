"""XML that is not trusted: parsed by defusedxml into light nodes that know their lines.

Entities, external references, and more elements or levels than any timeline has are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from latentsync_studio.interchange.reading import require_size, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_NODES: Final = 1_500_000
MOST_LEVELS: Final = 200
_NO_ATTRIBUTES: Final[Mapping[str, str]] = {}


class Node:
    """An element that was read.

    Attributes:
        tag: its name.
        attributes: by name.
        children: the elements in it.
        text: its own text, without the blanks around it.
        line: where it begins, from 1.
    """

    __slots__ = ("attributes", "children", "line", "tag", "text")

    def __init__(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        """Make one without children."""
        self.tag, self.attributes, self.line = tag, attributes, line
        self.children: list[Node] = []
        self.text = ""

    def get(self, name: str, default: str = "") -> str:
        """An attribute without blanks around it."""
        return self.attributes.get(name, default).strip()

    def first(self, *path: str) -> Node | None:
        """The first child of a tag, and its first child of the next tag, and so on."""
        found: Node | None = self
        for tag in path:
            if found is None:
                return None
            found = next((child for child in found.children if child.tag == tag), None)
        return found

    def all(self, *tags: str) -> Iterator[Node]:
        """The children of any of these tags, in order."""
        return (child for child in self.children if child.tag in tags)

    def value(self, *path: str) -> str:
        """The text of `first`, "" where there is none."""
        found = self.first(*path)
        return "" if found is None else found.text

    def descendants(self, *tags: str) -> Iterator[Node]:
        """Elements of any of these tags at any depth, in the order of the file."""
        waiting = self.children[::-1]
        while waiting:
            node = waiting.pop()
            if node.tag in tags:
                yield node
            waiting.extend(reversed(node.children))


def parse_xml(data: bytes, name: str, root: str) -> Node:
    """The root of a document.

    Args:
        data: the file.
        name: of the file, for messages.
        root: the tag that it must have.

    Raises:
        InputError: it is no XML, is truncated, declares entities, is too large or too deep, or its
            root is another one; with the line.
    """
    require_size(data, name)
    builder = _Builder(name)
    parser = DefusedXMLParser(target=builder)
    builder.expat = parser.parser
    try:
        parser.feed(data)
        found = parser.close()
    except DefusedXmlException:
        raise unreadable(
            name, builder.line, "it declares entities or refers to other files"
        ) from None
    except (ParseError, ExpatError) as error:
        line, column = getattr(error, "position", (0, 0))
        reason = str(error).partition(":")[0]
        raise unreadable(name, line, f"{reason} at column {column + 1}") from None
    except (ValueError, LookupError) as error:  # an encoding that does not exist
        raise unreadable(name, builder.line, str(error)) from None
    if not isinstance(found, Node) or found.tag != root:
        tag = found.tag if isinstance(found, Node) else "nothing"
        raise unreadable(name, 1, f"its root is <{tag[:60]}>, not <{root}>")
    return found


class _Builder:
    """Makes nodes of what the parser meets."""

    def __init__(self, name: str) -> None:
        self.expat: Any = None
        self._name = name
        self._root: Node | None = None
        self._open: list[Node] = []
        self._texts: list[str] = []
        self._count = 0

    @property
    def line(self) -> int:
        """Where the parser is."""
        return 0 if self.expat is None else int(self.expat.CurrentLineNumber)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, attributes or _NO_ATTRIBUTES, self.line)
        self._count += 1
        if self._count > MOST_NODES:
            raise unreadable(self._name, node.line, f"it has more than {MOST_NODES} elements")
        if len(self._open) >= MOST_LEVELS:
            raise unreadable(
                self._name, node.line, f"its elements lie more than {MOST_LEVELS} levels deep"
            )
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)
        self._texts.clear()

    def data(self, text: str) -> None:
        self._texts.append(text)

    def end(self, _tag: str) -> None:
        node = self._open.pop()
        if not node.children:
            node.text = "".join(self._texts).strip()
        self._texts.clear()

    def close(self) -> Node | None:
        return self._root

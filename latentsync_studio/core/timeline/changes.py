"""What changed between two documents, as small JSON, and documents made again from it.

The journal of a project keeps changes, not documents: with 10,000 clips a document is megabytes,
a trimmed clip 200 bytes. Parts that both documents share are skipped by identity.

    ["set", path, value]                  a field gets a value
    ["splice", path, start, n, values]    n items of a list give way to others

A path is a list of field names and places, from the project. Values have the saved form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.document import part_to_json
from latentsync_studio.core.timeline.model import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import Project

_Path = tuple[str | int, ...]
_FEW = 8  # neighbors that are compared field by field; more are written whole
_FIT = "The journal does not fit the document"
_MISFITS = (
    msgspec.DecodeError,
    RecursionError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)


def changes_between(before: Project, after: Project) -> bytes | None:
    """JSON of what turns the saved form of `before` into that of `after`.

    Returns None where only the whole document can say it: fields of the project that this
    program does not know lie within what changed.
    """
    found: list[tuple[Any, ...]] = []
    if not _compare(before, after, (), found):
        return None
    return msgspec.json.encode(found)


def with_changes(document: bytes, changes: Iterable[bytes]) -> bytes:
    """The saved form of a project after `changes`, each as from `changes_between`, in order.

    Raises:
        InputError: they do not fit the document, or are no changes.
    """
    try:
        fields = msgspec.json.decode(document, type=dict[str, Any])
        for each in changes:
            for change in msgspec.json.decode(each, type=list[list[Any]]):
                _apply(fields, change)
    except _MISFITS as error:
        raise InputError(f"{_FIT}: {error}.", remedy="Open the project as last saved.") from error
    return msgspec.json.encode(fields)


def _compare(before: Node, after: Node, path: _Path, found: list[tuple[Any, ...]]) -> bool:
    """Note how two versions of a part differ; False: it must be written whole."""
    if before.unknown != after.unknown:
        return False
    kept = {field.path[0] for field in after.unknown}
    for name in after.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old is new or name == "unknown":
            continue
        here = (*path, name)
        if isinstance(old, Node) and type(old) is type(new):
            if not _compare(old, new, here, found):
                found.append(("set", here, part_to_json(new)))
        elif _is_parts(old) and _is_parts(new):
            _compare_lists(old, new, here, found)
        elif old != new:
            if name in kept:
                return False
            found.append(("set", here, _saved(new)))
    return True


def _compare_lists(
    old: tuple[Node, ...], new: tuple[Node, ...], path: _Path, found: list[tuple[Any, ...]]
) -> None:
    first, last = _differing(old, new)
    removed, added = old[first : len(old) - last], new[first : len(new) - last]
    if len(removed) == len(added) <= _FEW and all(map(_same_part, removed, added)):
        for place, (before, after) in enumerate(zip(removed, added, strict=True), first):
            if not _compare(before, after, (*path, place), found):
                found.append(("splice", path, place, 1, [part_to_json(after)]))
    elif removed or added:
        values = [part_to_json(part) for part in added]
        found.append(("splice", path, first, len(removed), values))


def _differing(old: tuple[Node, ...], new: tuple[Node, ...]) -> tuple[int, int]:
    """How many items two lists share at the beginning and, of the rest, at the end."""
    shortest = min(len(old), len(new))
    first = 0
    while first < shortest and old[first] is new[first]:
        first += 1
    last = 0
    while last < shortest - first and old[-1 - last] is new[-1 - last]:
        last += 1
    return first, last


def _same_part(before: Node, after: Node) -> bool:
    """Whether two parts are versions of one: by their id, what has none by its frame."""
    name = getattr(before, "id", getattr(before, "frame", None))
    other = getattr(after, "id", getattr(after, "frame", None))
    return type(before) is type(after) and name is not None and name == other


def _is_parts(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(each, Node) for each in value)


def _saved(value: object) -> object:
    """The saved form of a field."""
    if isinstance(value, Node):
        return part_to_json(value)
    if _is_parts(value) and isinstance(value, tuple):
        return [part_to_json(each) for each in value]
    return value


def _apply(fields: dict[str, Any], change: list[Any]) -> None:
    kind, path = change[0], change[1]
    place: Any = fields
    for step in path[:-1]:
        place = place[step]
    if kind == "set":
        _, _, value = change
        place[path[-1]] = value
    elif kind == "splice":
        _, _, start, n_removed, values = change
        held = place.setdefault(path[-1], [])  # an empty list is not saved
        if not 0 <= start <= start + n_removed <= len(held):
            raise ValueError(f"{len(held)} items have no {start}..{start + n_removed}")
        held[start : start + n_removed] = values
    else:
        raise ValueError(f"there is no change {kind!r}")

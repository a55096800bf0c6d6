"""The saved form of a project: JSON with a schema number.

    bytes -> dict -> migrations in order -> unknown fields set aside -> Project -> check

An older program that opens a newer file keeps the fields that it does not know, at the part that
they belong to (`Node.unknown`), and writes them back in their place; the schema number stays the
newer one. `schema` below ours is migrated by functions dict -> dict, one for each step.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import InputError, InvalidEditError
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.model import SCHEMA, Node, Project, UnknownField

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _with_regions(fields: dict[str, Any]) -> dict[str, Any]:
    """Schema 2 divides what was "cheeks" into cheeks, nose, skin and rest: all keep its value."""
    compose = fields.get("settings", {}).get("compose", {})
    for name in ("nose", "skin", "rest") if "cheeks" in compose else ():
        compose[name] = compose["cheeks"]
    for sequence in fields.get("sequences", ()):
        for track in sequence.get("tracks", ()):
            for clip in track.get("clips", ()):
                _divide_override(clip)
    return fields


def _divide_override(clip: dict[str, Any]) -> None:
    own = {each["key"]: each for each in clip.get("overrides", ())}
    cheeks = own.get("compose.cheeks")
    if cheeks is not None:
        for key in ("compose.nose", "compose.rest", "compose.skin"):
            own[key] = {**cheeks, "key": key}
        clip["overrides"] = [own[key] for key in sorted(own)]


def _with_takes(fields: dict[str, Any]) -> dict[str, Any]:
    """Schema 3 has takes and ballots; older programs would show a clip without its takes."""
    return fields


def _with_agreement(fields: dict[str, Any]) -> dict[str, Any]:
    """Schema 4 asks with another measure whether a mouth follows: its limit keeps what was set."""
    quality = fields.get("settings", {}).get("quality", {})
    if "correlation" in quality:
        quality.setdefault("agreement", quality.pop("correlation"))
    for sequence in fields.get("sequences", ()):
        for track in sequence.get("tracks", ()):
            for clip in track.get("clips", ()):
                for part in (clip, *clip.get("takes", ())):
                    _call_agreement(part)
    return fields


def _call_agreement(part: dict[str, Any]) -> None:
    """Give own limits of a clip or take, and spans that were accepted, the name of schema 4."""
    own = {each["key"]: each for each in part.get("overrides", ())}
    limit = own.pop("quality.correlation", None)
    if limit is not None:
        own.setdefault("quality.agreement", {**limit, "key": "quality.agreement"})
        part["overrides"] = [own[key] for key in sorted(own)]
    if "accepted" in part:
        part["accepted"] = [re.sub("^correlation:", "agreement:", x) for x in part["accepted"]]


# schema n -> what makes a document of schema n + 1 of it; never changed once released
MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: _with_regions,
    2: _with_takes,
    3: _with_agreement,
}

_KEPT = "unknown"
_Strange = tuple[tuple[str, ...], str]  # as UnknownField: path, JSON


def to_json(project: Project) -> bytes:
    """The saved form, compact; equal projects give equal bytes."""
    data = msgspec.json.encode(project)
    if b'"unknown":[[' not in data:
        return data  # the usual case, and quick: every edit is journaled
    return msgspec.json.encode(_returned(msgspec.json.decode(data), _shape(Project)))


def part_to_json(part: Node) -> msgspec.Raw:
    """The saved form of a part of a document, as it stands in the whole."""
    data = msgspec.json.encode(part)
    if b'"unknown":[[' in data:
        data = msgspec.json.encode(_returned(msgspec.json.decode(data), _shape(type(part))))
    return msgspec.Raw(data)


def from_json(
    data: bytes,
    migrations: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = MIGRATIONS,
    schema: int = SCHEMA,
) -> Project:
    """Read a saved project of this schema, an older one, or as far as possible a newer one.

    Args:
        data: JSON.
        migrations: schema -> step to the next.
        schema: the one that `migrations` lead to.

    Raises:
        InputError: damaged, no project, or of a newer program that this one cannot read.
    """
    found = 0
    try:
        fields = msgspec.json.decode(data, type=dict[str, Any])
        found = msgspec.convert(fields.get("schema"), int)
        fields = _migrated(fields, found, migrations, schema)
        project = msgspec.convert(_set_aside(fields, _shape(Project)), decodable(Project))
        check(project)
    except (
        msgspec.DecodeError,
        RecursionError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        InvalidEditError,
        InputError,
    ) as error:
        raise _unreadable(found, schema, error) from error
    return project


def _migrated(
    fields: dict[str, Any],
    found: int,
    migrations: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]],
    schema: int,
) -> dict[str, Any]:
    for step in range(found, schema):
        if step not in migrations:
            raise InputError(f"there is no schema {step}.")
        fields = {**migrations[step](fields), "schema": step + 1}
    return fields


def _unreadable(found: int, schema: int, error: Exception) -> InputError:
    if found > schema:
        return InputError(
            f"The project was saved by a newer program (schema {found}, this one knows {schema})"
            f" and cannot be read: {error}",
            remedy="Update the program.",
        )
    return InputError(
        f"The project cannot be read: {error}", remedy="Open a backup, or recover the journal."
    )


class _Shape:
    """What the saved form of a struct looks like: its fields and the structs in them."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        info = inspect.type_info(kind)
        if not isinstance(info, inspect.StructType):
            raise TypeError(f"{kind.__name__} is no struct.")
        self.keeps = issubclass(kind, Node)
        self.names = frozenset(field.encode_name for field in info.fields) - {_KEPT}
        self.inner = {
            field.encode_name: _shape(struct)
            for field in info.fields
            if (struct := _struct_in(field.type)) and struct is not UnknownField
        }


@cache
def _shape(kind: type[msgspec.Struct]) -> _Shape:
    return _Shape(kind)


def _struct_in(kind: inspect.Type) -> type[msgspec.Struct] | None:
    """The struct that a field holds: itself, optional, or in a tuple."""
    if isinstance(kind, inspect.Metadata):
        return _struct_in(kind.type)
    if isinstance(kind, inspect.VarTupleType):
        return _struct_in(kind.item_type)
    if isinstance(kind, inspect.UnionType):
        return next(filter(None, map(_struct_in, kind.types)), None)
    return kind.cls if isinstance(kind, inspect.StructType) else None


def _set_aside(fields: dict[str, Any], shape: _Shape) -> dict[str, Any]:
    """Move what `shape` does not know to the list of unknown fields of its node."""
    known, strange = _sorted_out(fields, shape, ())
    if strange:
        known[_KEPT] = strange
    return known


def _sorted_out(
    fields: dict[str, Any], shape: _Shape, path: tuple[str, ...]
) -> tuple[dict[str, Any], list[_Strange]]:
    """Known fields, and (path, JSON) of all others; structs that are no nodes give theirs up."""
    known: dict[str, Any] = {}
    strange: list[_Strange] = []
    for name, value in fields.items():
        inner = shape.inner.get(name)
        if name not in shape.names:
            strange.append(((*path, name), msgspec.json.encode(value).decode()))
        elif inner is None or not isinstance(value, (dict, list)):
            known[name] = value
        elif isinstance(value, list):
            known[name] = [
                _set_aside(each, inner) if isinstance(each, dict) else each for each in value
            ]
        elif inner.keeps:
            known[name] = _set_aside(value, inner)
        else:
            known[name], more = _sorted_out(value, inner, (*path, name))
            strange += more
    return known, strange


def _returned(fields: dict[str, Any], shape: _Shape) -> dict[str, Any]:
    """Put the unknown fields of every node back in their places."""
    strange = fields.pop(_KEPT, ())
    for name, inner in shape.inner.items():
        value = fields.get(name)
        if isinstance(value, dict):
            fields[name] = _returned(value, inner)
        elif isinstance(value, list):
            fields[name] = [_returned(each, inner) for each in value]
    for path, text in strange:
        *parents, name = path
        place = fields
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = msgspec.json.decode(text)
    return fields

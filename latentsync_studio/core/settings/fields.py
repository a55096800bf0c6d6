"""Settings by dotted key: what there is, and setting values from text or forms.

Everything is read from the pages: limits, labels, units and help stand in `pages.py` only.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import inspect
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidSettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Page = TypeVar("Page", bound=msgspec.Struct)
Kind = Literal["bool", "int", "float", "choice", "text"]
Value = bool | int | float | str

_WORDS = {"true": True, "yes": True, "on": True, "1": True}
_WORDS |= {"false": False, "no": False, "off": False, "0": False}
_UNUSED = ("gt", "lt", "multiple_of", "pattern", "min_length", "max_length")
# names that settings had, in presets and kept jobs; documents are migrated
FORMER = {"quality.correlation": "quality.agreement"}
_STRENGTHS = ("strength", "lips", "mouth", "jaw", "cheeks", "nose", "skin", "rest")


class SettingField(NamedTuple):
    """One setting, as a form, a command line or a manual needs it.

    Attributes:
        key: dotted path from the page asked for ("compose.feather").
        kind: what its values are.
        default: value when nobody sets it.
        low: smallest value, None without limit.
        high: largest value, None without limit.
        choices: allowed words of a "choice", else empty.
        title: label.
        unit: "px", "ms", ... or "".
        help: a sentence, or "".
        shapes: whether a result may look different for it; else it only costs time or memory.
    """

    key: str
    kind: Kind
    default: Value
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    title: str
    unit: str
    help: str
    shapes: bool = True

    @property
    def name(self) -> str:
        """The field's own name, the last part of the key."""
        return self.key.rpartition(".")[2]

    def allowed(self) -> str:
        """What may be given, for people: "0 to 64 px", "one of cut, hold"."""
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        if self.kind in {"bool", "text"}:
            return {"bool": "on or off", "text": "a text"}[self.kind]
        what = "a whole number" if self.kind == "int" else "a number"
        if self.low is not None and self.high is not None:
            what += f" from {self.low:g} to {self.high:g}"
        elif self.low is not None:
            what += f" of {self.low:g} or more"
        elif self.high is not None:
            what += f" of {self.high:g} or less"
        return f"{what} {self.unit}".rstrip()


@cache
def describe(page: type[msgspec.Struct]) -> tuple[SettingField, ...]:
    """All settings of a page and the pages in it, in the order of their fields."""
    return tuple(_fields(page(), inspect.type_info(page), ""))


def find_field(page: type[msgspec.Struct], key: str) -> SettingField:
    """The setting with this dotted key, or with this name where only one has it.

    A key that a setting had before is its own too.

    Raises:
        InvalidSettingError: there is none, or there are several; the remedy names the nearest.
    """
    fields, key = describe(page), FORMER.get(key, key)
    for field in fields:
        if field.key == key:
            return field
    named = [field for field in fields if field.name == key]
    if len(named) == 1:
        return named[0]
    if named:
        raise InvalidSettingError(
            f"{key!r} may mean {len(named)} settings.",
            remedy=f"Write {' or '.join(field.key for field in named)}.",
        )
    raise _unknown(key, [*(field.key for field in fields), *(f.name for f in fields)], "setting")


def value_of(settings: msgspec.Struct, key: str) -> Value:
    """The value of the setting with this dotted key.

    Raises:
        InvalidSettingError: there is no such setting.
    """
    value: Any = settings
    for part in find_field(type(settings), key).key.split("."):
        value = getattr(value, part)
    return value  # type: ignore[no-any-return]


def apply(settings: Page, values: Mapping[str, Value]) -> Page:
    """Set values by key; text is read by the setting's own kind, strictly.

    Args:
        settings: a page; `RenderSettings` for the whole.
        values: dotted keys; a name that only one setting has will do for it ("feather").

    Raises:
        InvalidSettingError: an unknown key, text of another kind, a value outside its limits.
    """
    for key, value in values.items():
        field = find_field(type(settings), key)
        settings = _put(settings, field.key.split("."), _parsed(field, value))
    return settings


def apply_strengths(settings: Page, strengths: Mapping[str, Value]) -> Page:
    """Set strengths by their short names: {"lips": 0.8}; "all" is the strength of all parts.

    Raises:
        InvalidSettingError: an unknown name, or a value outside of 0 to 1.
    """
    changes: dict[str, Value] = {}
    for name, value in strengths.items():
        key = "strength" if name == "all" else name
        if key not in _STRENGTHS:
            raise _unknown(name, (*_STRENGTHS, "all"), "strength")
        changes[f"compose.{key}"] = value
    return apply(settings, changes)


def shaping(page: Page) -> Page:
    """The page without what no result looks different for: those settings have their defaults.

    This, not the page itself, belongs in cache keys.
    """
    for field in describe(type(page)):
        if not field.shapes:
            page = _put(page, field.key.split("."), field.default)
    return page


def _fields(page: msgspec.Struct, info: inspect.Type, prefix: str) -> Iterator[SettingField]:
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{type(page).__name__} is no page of settings.")
    hints = get_type_hints(type(page))
    for item in info.fields:
        default = getattr(page, item.name)
        if isinstance(default, msgspec.Struct):
            yield from _fields(default, item.type, f"{prefix}{item.name}.")
        else:
            found = _described(f"{prefix}{item.name}", item.type, default)
            yield found._replace(choices=get_args(hints[item.name]))  # in the order written


def _described(key: str, kind: inspect.Type, default: Value) -> SettingField:
    meta: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    while isinstance(kind, inspect.Metadata):
        meta |= kind.extra_json_schema or {}
        extra |= kind.extra or {}
        kind = kind.type
    names: dict[type[inspect.Type], Kind] = {
        inspect.BoolType: "bool",
        inspect.IntType: "int",
        inspect.FloatType: "float",
        inspect.LiteralType: "choice",
        inspect.StrType: "text",
    }
    if type(kind) not in names or any(getattr(kind, limit, None) is not None for limit in _UNUSED):
        raise TypeError(f"The setting {key} has a type or limit that no form can show: {kind}.")
    return SettingField(
        key=key,
        kind=names[type(kind)],
        default=default,
        low=getattr(kind, "ge", None),
        high=getattr(kind, "le", None),
        choices=(),
        title=meta.get("title", key.rpartition(".")[2].replace("_", " ").capitalize()),
        unit=extra.get("unit", ""),
        help=meta.get("description", ""),
        shapes=extra.get("shapes", True),
    )


def _unknown(name: str, known: tuple[str, ...] | list[str], what: str) -> InvalidSettingError:
    near = get_close_matches(name, known, n=1) or get_close_matches(
        name.rpartition(".")[2], known, n=1
    )
    remedy = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(dict.fromkeys(known))}."
    return InvalidSettingError(f"There is no {what} named {name!r}.", remedy=remedy)


def _parsed(field: SettingField, value: Value) -> Value:
    """`value` as the setting's kind; text is read, numbers are never bent."""
    try:
        read = _read(field.kind, value)
    except ValueError:
        raise _refused(field, value) from None
    if field.choices and read not in field.choices:
        raise _refused(field, value)
    if isinstance(read, (int, float)) and not isinstance(read, bool):
        low = read if field.low is None else field.low
        high = read if field.high is None else field.high
        if not low <= read <= high or abs(read) == float("inf"):  # a NaN fails every comparison
            raise _refused(field, value)
    return read


def _read(kind: Kind, value: Value) -> Value:
    """Raise ValueError where `value` is not of `kind`."""
    if kind in {"choice", "text"}:
        if isinstance(value, str):
            return value.strip()
    elif kind == "bool":
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in _WORDS:
            return _WORDS[value.strip().lower()]
    elif isinstance(value, str):
        if "_" not in value:
            return int(value) if kind == "int" else float(value)
    elif not isinstance(value, bool) and isinstance(value, int if kind == "int" else (int, float)):
        return float(value) if kind == "float" else value
    raise ValueError(value)


def _refused(field: SettingField, value: Value) -> InvalidSettingError:
    return InvalidSettingError(
        f"{field.title} ({field.key}) cannot be {value!r}.", remedy=f"Give {field.allowed()}."
    )


def _put(page: Page, path: list[str], value: Value) -> Page:
    if len(path) == 1:
        return page if getattr(page, path[0]) == value else replace(page, **{path[0]: value})
    inner = getattr(page, path[0])
    new = _put(inner, path[1:], value)
    return page if new is inner else replace(page, **{path[0]: new})

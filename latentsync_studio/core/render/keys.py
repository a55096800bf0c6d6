"""Cache keys: the digest of every input that shaped a result.

A value is written down in a canonical form that says its type, so that 1, 1.0, True and "1" differ,
and the blake2b of that text is the key. What has no form of its own (sets, open files) is
refused: a key that leaves an input out is worse than no key.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from enum import Enum
from fractions import Fraction
from hashlib import blake2b
from pathlib import PurePath
from typing import Any, Final

import msgspec
import numpy as np

FORM: Final = 1  # raise when the canonical form changes: every key changes with it
_KIND: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_DIGEST_BYTES: Final = 20


def cache_key(kind: str, **parts: object) -> str:
    """Digest `parts` into a key: 40 hex digits of blake2b-160.

    Parts may be None, bool, int, float (by its bits in hex; all NaNs are alike), str, bytes, paths
    (as their text, not what the file holds), numpy scalars (as the Python value) and plain numeric
    arrays (by dtype, shape and content), Fraction, Enum, msgspec structs and dataclasses (by class
    name and fields), mappings with text keys (order does not matter) and lists or tuples (alike).
    Raises TypeError for anything else.

    Args:
        kind: what is cached, [a-z0-9_-], at most 32 characters; another kind, another key.
        **parts: every input that shaped the result, by name.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"A kind is 1 to 32 of a-z, 0-9, _ and -, not {kind!r}.")
    form = ["latentsync-studio", FORM, kind, _mapping(parts, kind)]
    text = json.dumps(form, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return blake2b(text.encode("ascii"), digest_size=_DIGEST_BYTES).hexdigest()


def _form(value: object, where: str) -> object:
    """The canonical JSON form of `value`: null, or a list that starts with its type."""
    if value is None:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value, where)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return _fields(value, names, where)
    raise TypeError(f"{where} is a {type(value).__name__}, which cannot be part of a cache key.")


def _enum(value: Enum, where: str) -> object:
    return ["enum", type(value).__name__, _form(value.value, where)]


def _float(value: float, _where: str) -> object:
    return ["float", "nan" if value != value else value.hex()]  # noqa: PLR0124 - NaN


def _bytes(value: bytes | bytearray | memoryview, _where: str) -> object:
    return ["bytes", memoryview(value).nbytes, _digest(value)]


def _array(value: np.ndarray, where: str) -> object:
    if value.dtype.kind not in "biufc":
        raise TypeError(f"{where} is an array of {value.dtype}; only numbers and bools have a key.")
    little = value.dtype.newbyteorder("<")
    content = np.ascontiguousarray(value, dtype=little)
    return ["array", little.str, list(value.shape), _digest(content.data)]


def _struct(value: msgspec.Struct, where: str) -> object:
    return _fields(value, value.__struct_fields__, where)


def _fields(value: object, names: list[str] | tuple[str, ...], where: str) -> object:
    held = [[name, _form(getattr(value, name), f"{where}.{name}")] for name in sorted(names)]
    return ["struct", type(value).__name__, held]


def _mapping(value: Mapping[Any, object], where: str) -> object:
    names = []
    for name in value:
        if not isinstance(name, str):
            raise TypeError(f"{where} has the key {name!r}; only text names a part of a cache key.")
        names.append(name)
    return ["map", [[name, _form(value[name], f"{where}.{name}")] for name in sorted(names)]]


def _sequence(value: list[object] | tuple[object, ...], where: str) -> object:
    return ["list", [_form(item, f"{where}[{i}]") for i, item in enumerate(value)]]


def _digest(data: bytes | bytearray | memoryview) -> str:
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


# Order matters: an IntEnum is an int and a bool is an int, so the narrower type comes first.
_WRITERS: Final[tuple[tuple[type | tuple[type, ...], Callable[..., object]], ...]] = (
    (Enum, _enum),
    (bool, lambda value, _: ["bool", int(value)]),
    (int, lambda value, _: ["int", hex(value)]),
    (float, _float),
    (str, lambda value, _: ["str", str(value)]),
    ((bytes, bytearray, memoryview), _bytes),
    (np.ndarray, _array),
    (Fraction, lambda value, _: ["ratio", hex(value.numerator), hex(value.denominator)]),
    (msgspec.Struct, _struct),
    (PurePath, lambda value, _: ["path", str(value)]),
    (Mapping, _mapping),
    ((list, tuple), _sequence),
)

"""Results as JSON text that every stream and every parser takes."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec


def json_text(value: Any, *, indent: int | None = None) -> str:  # noqa: ANN401 - see below
    r"""Write anything that msgspec can encode as ASCII JSON, on one line unless indented.

    A file name that is no UTF-8 keeps its bytes as lone surrogates ("\udce9"), as Python holds it;
    a number that is not finite becomes null, which JSON has in its stead.
    """
    plain = _finite(msgspec.to_builtins(value, str_keys=True))
    separators = (",", ":") if indent is None else None
    return json.dumps(
        plain, ensure_ascii=True, allow_nan=False, indent=indent, separators=separators
    )


def _finite(value: Any) -> Any:  # noqa: ANN401 - any of JSON's types
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

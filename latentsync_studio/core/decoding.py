"""Types that JSON, MessagePack and tables are read into, made ready by one thread at a time.

msgspec (0.22) looks a type over when it is first decoded and keeps what it found in the class. Two
threads that do so at the same moment crash the process, because one sees what the other has half
written. Afterwards any number of threads may decode.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from typing import Any

T = TypeVar("T")

_LOCK = RLock()
_ready: set[Any] = set()


def decodable(kind: type[T]) -> type[T]:
    """`kind` itself, safe to be given to `msgspec.json.decode`, `convert` and their like."""
    if kind not in _ready:
        with _LOCK:
            msgspec.json.Decoder(kind)
            _ready.add(kind)
    return kind

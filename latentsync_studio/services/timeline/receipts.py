"""Small records beside the patches: which keys a take's windows have, what was ever drawn.

A key needs an opened engine, which takes seconds for a long clip. So keys that are known of a take
are written down under the digest of its inputs (`TakeKeys`): showing a project needs no engine.
What was drawn of a face with whatever inputs (`Drawn`) tells stale frames from those that were
never drawn; why drawing failed is kept with the inputs that it failed for. All are hints: a window
is ready if and only if its patches verify in the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.keys import cache_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latentsync_studio.core.arrays import Bools
    from latentsync_studio.storage.store import Store

T = TypeVar("T")

RECEIPT = "receipt"
_VERSION = "1"


def read_keys(store: Store, take_key: str) -> dict[FrameRange, str]:
    """Keys of windows that are known of a take."""
    rows = _read(store, _keys_key(take_key), list[tuple[int, int, str]]) or []
    return {FrameRange(start, stop): key for start, stop, key in rows}


def write_keys(store: Store, take_key: str, keys: Mapping[FrameRange, str]) -> None:
    """Write down the keys of a take."""
    rows = [(window.start, window.stop, key) for window, key in sorted(keys.items())]
    store.put(_keys_key(take_key), RECEIPT, msgspec.msgpack.encode(rows))


def read_times(store: Store, take_key: str) -> dict[FrameRange, tuple[float, float]]:
    """Windows of a take -> (seconds that the engine needed, when it was done)."""
    rows = _read(store, _times_key(take_key), list[tuple[int, int, float, float]]) or []
    return {FrameRange(start, stop): (took, at) for start, stop, took, at in rows}


def write_times(
    store: Store, take_key: str, times: Mapping[FrameRange, tuple[float, float]]
) -> None:
    """Write down what windows took, over what is written of them."""
    merged = {**read_times(store, take_key), **times}
    rows = [(window.start, window.stop, *told) for window, told in sorted(merged.items())]
    store.put(_times_key(take_key), RECEIPT, msgspec.msgpack.encode(rows))


def read_drawn(store: Store, media_digest: str, face: int, count: int) -> Bools | None:
    """(count,) which frames of a take of this face were ever drawn; None where none was."""
    rows = _read(store, _drawn_key(media_digest, face), list[tuple[int, int]])
    if not rows:
        return None
    drawn = np.zeros(count, np.bool_)
    for start, stop in rows:
        drawn[start:stop] = True
    return drawn


def add_drawn(store: Store, media_digest: str, face: int, windows: Iterable[FrameRange]) -> None:
    """Note windows that are drawn."""
    key = _drawn_key(media_digest, face)
    before = _read(store, key, list[tuple[int, int]]) or []
    after = _merged([*before, *((window.start, window.stop) for window in windows)])
    if after != before:
        store.put(key, RECEIPT, msgspec.msgpack.encode(after))


def write_failure(store: Store, take_key: str, text: str) -> None:
    """Note why drawing with the inputs of a take failed; "" where it works again."""
    if text or read_failure(store, take_key):
        store.put(_failure_key(take_key), RECEIPT, msgspec.msgpack.encode(text))


def read_failure(store: Store, take_key: str) -> str:
    """Why drawing with the inputs of a take failed last; "" where it did not."""
    return _read(store, _failure_key(take_key), str) or ""


def _merged(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(rows):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged


def _read(store: Store, key: str, kind: type[T]) -> T | None:
    data = store.get(key)
    if data is None:
        return None
    try:
        return msgspec.msgpack.decode(data, type=decodable(kind))
    except msgspec.MsgspecError:
        return None


def _keys_key(take_key: str) -> str:
    return cache_key(RECEIPT, version=_VERSION, take=take_key)


def _times_key(take_key: str) -> str:
    return cache_key(RECEIPT, version=_VERSION, times=take_key)


def _failure_key(take_key: str) -> str:
    return cache_key(RECEIPT, version=_VERSION, failed=take_key)


def _drawn_key(media_digest: str, face: int) -> str:
    return cache_key(RECEIPT, version=_VERSION, media=media_digest, face=face)

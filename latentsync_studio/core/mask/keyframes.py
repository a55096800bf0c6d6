"""Values that change over time: keys on frames, and what lies between them.

    value   b ---------o            hold    the value of the left key until the next one
            |        .'             linear  a straight line
    a o-----'      .'               ease    3t^2 - 2t^3: starts and arrives without a jerk
      hold    linear

Before the first key its value holds, behind the last key that one's. Frames are those of the
medium's own grid, as `Clip.source` has them: a clip that is moved, trimmed or slipped keeps its
keys on their pictures.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import isfinite
from typing import TYPE_CHECKING, Literal

import numpy as np
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.node import Node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from latentsync_studio.core.arrays import F64

Ease = Literal["hold", "linear", "ease"]


class Key(Node, frozen=True, kw_only=True):
    """A value at a frame, and the way from there to the next key."""

    frame: int
    value: float
    ease: Ease = "linear"


class Curve(Node, frozen=True, kw_only=True):
    """One animated value of a clip.

    Attributes:
        key: what is animated: a setting ("compose.lips"), a layer's value ("layer.p7.opacity",
            also x, y, scale, rotation) or the protection of a face ("usable.0").
        keys: ordered by frame, one a frame; at least one.
    """

    key: str
    keys: tuple[Key, ...]


def value_at(keys: Sequence[Key], frame: int) -> float:
    """The value at a frame; `keys` hold at least one key."""
    at = bisect_right(keys, frame, key=_frame)
    if at == 0:
        return keys[0].value
    left = keys[at - 1]
    if at == len(keys) or left.frame == frame or left.ease == "hold":
        return left.value
    right = keys[at]
    share = (frame - left.frame) / (right.frame - left.frame)
    if left.ease == "ease":
        share = share * share * (3.0 - 2.0 * share)
    return left.value + (right.value - left.value) * share


def values_at(keys: Sequence[Key], frames: Iterable[int]) -> F64:
    """(n,) values at frames, equal to `value_at` of each."""
    at = np.fromiter(frames, np.int64)
    places = np.array([key.frame for key in keys], np.int64)
    values = np.array([key.value for key in keys], np.float64)
    left = np.clip(np.searchsorted(places, at, side="right") - 1, 0, None)
    right = np.minimum(left + 1, len(keys) - 1)
    share = np.clip((at - places[left]) / np.maximum(places[right] - places[left], 1), 0.0, 1.0)
    eases = np.array([("hold", "linear", "ease").index(key.ease) for key in keys])[left]
    share = np.choose(eases, [np.zeros_like(share), share, share * share * (3.0 - 2.0 * share)])
    return np.asarray(values[left] + (values[right] - values[left]) * share, np.float64)


def is_covered(keys: Sequence[Key], frame: int) -> bool:
    """Whether a frame lies within the first and the last key."""
    return bool(keys) and keys[0].frame <= frame <= keys[-1].frame


def check_keys(keys: Sequence[Key], what: str) -> None:
    """Raise InvalidEditError unless `keys` are ordered, one a frame, of finite values."""
    for number, key in enumerate(keys):
        if not isfinite(key.value):
            raise InvalidEditError(f"{what} has the value {key.value} at frame {key.frame}.")
        if number and keys[number - 1].frame >= key.frame:
            raise InvalidEditError(f"The keys of {what} are not in order at frame {key.frame}.")


# ---- pure edits ---------------------------------------------------------------------


def with_key(keys: tuple[Key, ...], key: Key) -> tuple[Key, ...]:
    """Add a key, in the place of one at the same frame; the very same where nothing changes."""
    at = bisect_left(keys, key.frame, key=_frame)
    taken = at < len(keys) and keys[at].frame == key.frame
    if taken and keys[at] == key:
        return keys
    return (*keys[:at], key, *keys[at + taken :])


def without_keys(keys: tuple[Key, ...], frames: Collection[int]) -> tuple[Key, ...]:
    """Remove the keys at frames."""
    kept = tuple(key for key in keys if key.frame not in frames)
    return keys if len(kept) == len(keys) else kept


def moved_keys(
    keys: tuple[Key, ...],
    frames: Collection[int],
    by: int,
    rise: float = 0.0,
    limits: tuple[float, float] = (-float("inf"), float("inf")),
) -> tuple[Key, ...]:
    """Move the keys at `frames` by frames and in value.

    Keys that stay give way where a moved one lands on them. Values end at the `limits`.
    """
    low, high = limits
    moved = {
        key.frame + by: replace(
            key, frame=key.frame + by, value=min(max(key.value + rise, low), high)
        )
        for key in keys
        if key.frame in frames
    }
    if not moved or not (by or rise):
        return keys
    stay = {key.frame: key for key in keys if key.frame not in frames}
    return _ordered({**stay, **moved})


def eased_keys(keys: tuple[Key, ...], frames: Collection[int], ease: Ease) -> tuple[Key, ...]:
    """Give the keys at `frames` another way to the next one."""
    made = tuple(replace(key, ease=ease) if key.frame in frames else key for key in keys)
    return keys if made == keys else made


def copied_keys(keys: tuple[Key, ...], frames: Collection[int]) -> tuple[Key, ...]:
    """The keys at `frames`, counted from the first of them: ready for pasting."""
    chosen = [key for key in keys if key.frame in frames]
    return tuple(replace(key, frame=key.frame - chosen[0].frame) for key in chosen)


def pasted_keys(keys: tuple[Key, ...], copied: tuple[Key, ...], frame: int) -> tuple[Key, ...]:
    """Lay copied keys from `frame` on; keys between the first and the last of them give way."""
    if not copied:
        return keys
    first, last = frame + copied[0].frame, frame + copied[-1].frame
    stay = {key.frame: key for key in keys if not first <= key.frame <= last}
    laid = {frame + key.frame: replace(key, frame=frame + key.frame) for key in copied}
    made = _ordered({**stay, **laid})
    return keys if made == keys else made


def cleared_after(keys: tuple[Key, ...], frame: int) -> tuple[Key, ...]:
    """Remove the keys behind `frame`; up to it nothing changes, from it on the value holds.

    A way that eased is followed by lines, to a five hundredth of its height.
    """
    if not keys or keys[-1].frame <= frame:
        return keys
    kept = tuple(key for key in keys if key.frame < frame)
    if kept and kept[-1].ease == "ease":
        left, right = kept[-1], keys[len(kept)]
        values = values_at(keys, range(left.frame, frame + 1)).tolist()
        lines = simplified(values, left.frame, abs(right.value - left.value) / 500)
        return (*kept[:-1], replace(left, ease="linear"), *lines[1:])
    value = value_at(keys, frame)
    return (*kept, Key(frame=frame, value=value, ease="hold"))


def simplified(values: Sequence[float], first: int, tolerance: float) -> tuple[Key, ...]:
    """Few linear keys that follow `values` (one a frame from `first` on) within `tolerance`.

    Source: Ramer 1972, Douglas and Peucker 1973, with the distance along the value.
    """
    found = {0, len(values) - 1} if values else set()
    open_spans = [(0, len(values) - 1)] if len(values) > 2 else []
    while open_spans:
        a, b = open_spans.pop()
        line = np.linspace(values[a], values[b], b - a + 1)
        off = np.abs(np.asarray(values[a : b + 1]) - line)
        worst = int(off.argmax())
        if off[worst] > tolerance:
            found.add(a + worst)
            open_spans += [(a, a + worst), (a + worst, b)]
    return tuple(Key(frame=first + at, value=float(values[at])) for at in sorted(found))


def _frame(key: Key) -> int:
    return key.frame


def _ordered(by_frame: dict[int, Key]) -> tuple[Key, ...]:
    return tuple(by_frame[frame] for frame in sorted(by_frame))

"""Takes of a span of a clip: other settings for the same frames, kept side by side.

    medium    |0 . . [take 1, chosen ) . . [take 2) . . |n
                     [take 3         )                        frames of the medium's grid

A take says which engine, seed and settings redraw its frames. The chosen one holds there; where
none is chosen the clip's own settings do. Chosen takes of a clip never overlap. Frames are those of
the medium's grid, so that trimming, slipping and cutting the clip leave them where they are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NewType

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

TakeId = NewType("TakeId", str)
SettingValue = bool | int | float | str


class Override(Node, frozen=True, kw_only=True):
    """One setting that a clip or a take has of its own, as in `core.settings.fields`."""

    key: str
    value: SettingValue


class SpanTake(Node, frozen=True, kw_only=True):
    """One way in which a span of a clip is redrawn.

    Attributes:
        id: "v1", ...; unique in the clip, copies of the clip have it too.
        frames: of the medium's grid, see `Clip.source_at`.
        name: shown to people.
        preset: name of the preset that its settings came from, or "".
        overrides: settings over those of the clip, ordered by key.
        is_chosen: whether it is what the clip shows.
    """

    id: TakeId
    frames: FrameRange
    name: str = ""
    preset: str = ""
    overrides: tuple[Override, ...] = ()
    is_chosen: bool = False

    @property
    def values(self) -> dict[str, SettingValue]:
        """Its settings by key."""
        return {own.key: own.value for own in self.overrides}


def chosen_takes(takes: Iterable[SpanTake]) -> tuple[SpanTake, ...]:
    """The takes that hold, by their first frame."""
    return tuple(sorted((t for t in takes if t.is_chosen), key=lambda take: take.frames))


def pieces_of(
    takes: Iterable[SpanTake], frames: FrameRange
) -> tuple[tuple[FrameRange, SpanTake | None], ...]:
    """Cut frames of the medium's grid where another take holds, in order and without a gap.

    None stands for the clip's own settings.
    """
    found: list[tuple[FrameRange, SpanTake | None]] = []
    at = frames.start
    for take in chosen_takes(takes):
        part = take.frames.intersection(frames)
        if part is None:
            continue
        if at < part.start:
            found.append((FrameRange(at, part.start), None))
        found.append((part, take))
        at = part.stop
    if at < frames.stop:
        found.append((FrameRange(at, frames.stop), None))
    return tuple(found)


def check_takes(takes: tuple[SpanTake, ...], clip: str) -> None:
    """Raise InvalidEditError unless a clip, called `clip`, can have these takes."""
    if len({take.id for take in takes}) < len(takes):
        raise InvalidEditError(f"Two takes of {clip} have the same id.")
    for left, right in pairwise(chosen_takes(takes)):
        if left.frames.stop > right.frames.start:
            raise InvalidEditError(
                f"The takes {left.name or left.id} and {right.name or right.id} of {clip} are both"
                f" chosen for frame {right.frames.start}.",
                remedy="Choose one of them.",
            )
    for take in takes:
        if any(a.key >= b.key for a, b in pairwise(take.overrides)):
            raise InvalidEditError(f"The settings of {take.name or take.id} are not in order.")

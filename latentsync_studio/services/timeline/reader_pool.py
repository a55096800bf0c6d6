"""A few open readers, handed out so that a cut costs no more than a jump."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.media.opening_reader import Reader
    from latentsync_studio.services.timeline.medium import Medium

READERS = 4


@dataclass(slots=True)
class Held:
    """An open reader, the frame it read last, and the pictures of its last batch."""

    digest: str
    reader: Reader
    last: int
    batch: dict[int, Picture]

    def pictures(self, numbers: Iterable[int]) -> dict[int, Picture]:
        """Frames by number, decoded in order; those of the last batch are not decoded again."""
        found: dict[int, Picture] = {}
        for number in sorted(set(numbers)):
            picture = self.batch.get(number)
            if picture is None:
                picture = self.reader.read(number)
                self.last = number
            found[number] = picture
        self.batch = found
        return found


class ReaderPool:
    """Readers of media; for one thread at a time."""

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._notes: list[str] = []

    def get(self, medium: Medium, first: int, busy: Iterable[Held] = ()) -> Held:
        """A reader of `medium` that gets to frame `first` soonest and is none of `busy`."""
        taken = {id(held) for held in busy}
        same = [h for h in self._held if h.digest == medium.digest and id(h) not in taken]
        best = max(
            (h for h in same if h.last < first or first in h.batch),
            key=lambda h: h.last,
            default=same[0] if same else None,
        )
        if best is None:
            best = Held(medium.digest, medium.open(), -1, {})
        else:
            self._held.remove(best)
        self._held.append(best)
        while len(self._held) > READERS + len(taken):
            self._close(self._held.pop(0))
        return best

    def damage_notes(self) -> tuple[str, ...]:
        """Sentences on damage met up to now."""
        notes = [*self._notes]
        for held in self._held:
            notes += held.reader.damage_notes()
        return tuple(dict.fromkeys(notes))

    def close(self) -> None:
        """Close all files; what was told of damage is kept."""
        for held in self._held:
            self._close(held)
        self._held.clear()

    def _close(self, held: Held) -> None:
        self._notes += held.reader.damage_notes()
        held.reader.close()

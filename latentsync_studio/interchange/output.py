"""What a writer gets beside the cut, and what it returns: files in memory, and losses in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.timeline.timecode import to_timecode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.interchange.cut import Cut

_MOST_NAMED = 3  # places that one sentence lists


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a cut is to be written.

    Attributes:
        name: of the file that is asked for, with its ending.
        flavour: which program it is for.
        version: of the format, "" where it has none.
        folder: absolute path of the folder from which media are named; "": absolute paths.
    """

    name: str
    flavour: str = "generic"
    version: str = ""
    folder: str = ""

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return self.name.rpartition(".")[0] or self.name

    @property
    def suffix(self) -> str:
        """The ending with its dot, or ""."""
        return self.name[len(self.stem) :]


class File(msgspec.Struct, frozen=True):
    """One file: its name without a folder, and all its bytes."""

    name: str
    data: bytes


class Output(msgspec.Struct, frozen=True):
    """What a writer made: the file that was asked for, others that belong to it, and losses."""

    files: tuple[File, ...]
    losses: tuple[str, ...] = ()


class Losses:
    """Collects what cannot be held; the same loss at many places becomes one sentence."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def add(self, what: str, where: str = "") -> None:
        """Note a loss, and the place or name that it concerns."""
        places = self._places.setdefault(what, [])
        if where and where not in places:
            places.append(where)

    def extend(self, sentences: Iterable[str]) -> None:
        """Take over sentences of others."""
        for sentence in sentences:
            self.add(sentence)

    def told(self) -> tuple[str, ...]:
        """All of them as sentences, in the order in which they were first noted."""
        return tuple(_sentence(what, places) for what, places in self._places.items())


def label_of(cut: Cut, frame: int) -> str:
    """Time code of a frame of the sequence."""
    return to_timecode(cut.first_label + frame, cut.rate, drop=cut.is_drop)


def _sentence(what: str, places: list[str]) -> str:
    if not places:
        return what
    named = ", ".join(places[:_MOST_NAMED])
    more = len(places) - _MOST_NAMED
    return f"{what} ({named}{f' and {more} more' if more > 0 else ''})"

"""Mouth channels as a lane of visemes that people can read, at any zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from latentsync_studio.core.speech.shapes import CHANNELS

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32

REST: Final = 0  # nobody speaks
NOTHING: Final = -1  # nothing is known
# what the lips do, by the sounds that ask for it
VISEMES: Final = ("", "pbm", "fv", "ou", "sz", "a", "ie", "e")
_CLOSED, _TEETH, _ROUND, _HISS, _OPEN, _WIDE, _NEUTRAL = range(1, 8)
_SPOKEN: Final = 0.5


class Run(NamedTuple):
    """Columns that show the same viseme."""

    start: int
    stop: int
    viseme: int


def visemes_of(channels: F32) -> npt.NDArray[np.int8]:
    """(M, 7) channels of SpeechShapes -> (M,) index into VISEMES; gestures of the lips go first."""
    column = {name: channels[:, CHANNELS.index(name)] for name in CHANNELS}
    found = np.full(len(channels), _NEUTRAL, np.int8)
    found[column["wide"] > 0.25] = _WIDE
    found[column["open"] > 0.5] = _OPEN
    found[column["sibilant"] > 0.5] = _HISS
    found[column["round"] > 0.45] = _ROUND
    found[column["lip_teeth"] > 0.5] = _TEETH
    found[column["closed"] > 0.5] = _CLOSED
    found[column["activity"] < _SPOKEN] = REST
    return found


class VisemeLane:
    """Visemes along the time, with counts so that each column shows what it holds most of."""

    def __init__(self, visemes: npt.NDArray[np.int8]) -> None:
        """visemes: (N,) index into VISEMES, or NOTHING."""
        self.visemes = visemes
        self._counts = np.zeros((len(VISEMES), len(visemes) + 1), np.int32)
        for place in range(len(VISEMES)):
            np.cumsum(visemes == place, out=self._counts[place, 1:])

    def runs(self, start: float, stop: float, width: int) -> tuple[Run, ...]:
        """Values start .. stop (with fractions) in `width` columns, equal neighbors joined."""
        if width < 1 or stop <= start:
            return ()
        edges = start + np.arange(width + 1) * (stop - start) / width
        first = np.floor(edges[:-1]).astype(np.int64)
        last = np.maximum(np.ceil(edges[1:]).astype(np.int64), first + 1)
        if stop - start <= width:  # less than a value a column: the one in its middle
            first = np.floor((edges[:-1] + edges[1:]) / 2).astype(np.int64)
            last = first + 1
        count = len(self.visemes)
        a, b = np.clip(first, 0, count), np.clip(last, 0, count)
        counts = self._counts[:, b] - self._counts[:, a]
        found = np.where(counts.max(axis=0) > 0, counts.argmax(axis=0), NOTHING)
        cuts = np.flatnonzero(np.diff(found)) + 1
        starts = np.concatenate([[0], cuts])
        stops = np.concatenate([cuts, [width]])
        return tuple(
            Run(int(a), int(b), int(found[a]))
            for a, b in zip(starts, stops, strict=True)
            if found[a] > REST
        )

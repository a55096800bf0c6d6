"""A driven face of a clip in which takes are chosen: its frames come from several settings.

    layer 0, clip's own    |  window  |  window  |  window  |
    layer 1, a take        |    window    |    window    |         other engine, other windows
    shown                  |  0       |0|01|  1  |10|  0    |        01: both, one goes over

Each layer plans its windows over the whole axis, as if it were alone, so that the keys of patches
do not depend on where a span begins, and choosing another take draws nothing that is stored. Of a
window of a layer only the frames are shown in which that layer holds, or fades in or out. Where
one of the two has nothing to show, nothing fades.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from latentsync_studio.core.engine import FadedPatch
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.timeline.face_take import FaceTake
from latentsync_studio.services.windows import WindowCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import EngineSpec, Patch, Running
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.timeline.face_take import OpenedPatches
    from latentsync_studio.services.wiring import Services


_AND = "+"  # between the keys of two windows; none of those has it


@dataclass(frozen=True, slots=True)
class Holds:
    """Which layers are shown, by frames of the axis; -1 is none.

    Attributes:
        owner: (T,) the one that holds.
        left: (T,) the one that fades out there.
        right: (T,) the one that fades in.
    """

    owner: I32
    left: I32
    right: I32

    @classmethod
    def nowhere(cls, count: int) -> Self:
        """The first layer everywhere, and no fades; to be filled in."""
        nothing = np.full(count, -1, np.int32)
        return cls(np.zeros(count, np.int32), nothing, nothing.copy())


class _Drawn(NamedTuple):
    """A window of a layer."""

    layer: FaceTake
    window: FrameRange


class _Part(NamedTuple):
    """Frames that show the same windows.

    Attributes:
        owner: the layer that holds.
        drawn: what is shown: one window, or two where the first goes over into the second.
    """

    owner: FaceTake
    drawn: tuple[_Drawn, ...]


class SpannedFace(FaceTake):
    """A face whose windows belong to several takes; each shown window is a part of drawn ones."""

    def __init__(self, layers: Sequence[FaceTake], holds: Holds, services: Services) -> None:
        """Draw nothing yet.

        Args:
            layers: the face under each of the settings; at least one.
            holds: which of them are shown where.
            services: store.
        """
        self._of = dict(_parts(layers, holds))
        shown = Counter(holds.owner[holds.owner >= 0].tolist()) or Counter([0])
        super().__init__(layers[max(shown, key=shown.__getitem__)].parts, (), services)
        self.windows = tuple(sorted(self._of))
        self._starts = [window.start for window in self.windows]
        self._layers = tuple(layer for n, layer in enumerate(layers) if n in shown)
        self._failed: FaceTake | None = None
        self._taken_over: set[_Drawn] = set()

    # ---- what is known ---------------------------------------------------------------

    @property
    def counts(self) -> WindowCounts:
        """Of all layers; each layer notes itself what its windows took."""
        each = [layer.counts for layer in self._layers]
        return WindowCounts(
            engine_calls=sum(one.engine_calls for one in each),
            reused=sum(one.reused for one in each),
        )

    @property
    def is_open(self) -> bool:
        """Whether all engines have been opened."""
        return all(layer.is_open for layer in self._layers)

    def open(self, progress: Progress, *, analyse: bool = True) -> None:
        """Open all engines."""
        for layer in self._layers:
            with self._blamed(layer):
                layer.open(progress, analyse=analyse)

    def open_for(self, windows: Sequence[FrameRange], progress: Progress) -> None:
        for layer in self._by_layer(windows):
            with self._blamed(layer):
                layer.open(progress)

    def knows(self, window: FrameRange) -> bool:
        return all(layer.knows(whole) for layer, whole in self._of[window].drawn)

    def key(self, window: FrameRange) -> str:
        """Of the window; of both in their order where one goes over into the other."""
        return _AND.join(layer.key(whole) for layer, whole in self._of[window].drawn)

    def is_stored(self, window: FrameRange) -> bool:
        return all(layer.is_stored(whole) for layer, whole in self._of[window].drawn)

    def reads(self, window: FrameRange) -> FrameRange:
        each = [layer.reads(whole) for layer, whole in self._of[window].drawn]
        return FrameRange(min(one.start for one in each), max(one.stop for one in each))

    def together(self, windows: Sequence[FrameRange]) -> list[list[FrameRange]]:
        """Windows in groups that share drawn ones, which are next to each other mostly."""
        groups: list[tuple[set[_Drawn], list[FrameRange]]] = []
        for window in windows:
            drawn, members = set(self._of[window].drawn), list[FrameRange]()
            for group in [group for group in groups if group[0] & drawn]:
                groups.remove(group)
                drawn |= group[0]
                members += group[1]
            groups.append((drawn, [*members, window]))
        return [members for _, members in groups]

    def at_once(self) -> int:
        return min(layer.at_once() for layer in self._layers)

    def running(self) -> Running:
        return self._layers[0].running()

    def ran_in(self, window: FrameRange) -> tuple[tuple[str, Running], ...]:
        return tuple(told for layer, _ in self._of[window].drawn for told in layer.ran())

    def ran(self) -> tuple[tuple[str, Running], ...]:
        return tuple(told for layer in self._layers for told in layer.ran())

    def specs(self) -> tuple[EngineSpec, ...]:
        return tuple(spec for layer in self._layers for spec in layer.specs())

    def engine_of(self, window: FrameRange) -> str:
        return self._of[window].owner.parts.spec.id

    # ---- patches ---------------------------------------------------------------------

    def stored(self, window: FrameRange) -> tuple[Patch, ...] | None:
        """All patches under its key, as several parts of one drawn window have the same."""
        found = [layer.stored(whole) for layer, whole in self._of[window].drawn]
        return None if None in found else _faded([each or () for each in found])

    def opened(self, window: FrameRange) -> OpenedPatches | None:
        found = [layer.opened(whole) for layer, whole in self._of[window].drawn]
        opened = [each for each in found if each is not None]
        if len(opened) < len(found):
            return None
        return opened[0] if len(opened) == 1 else _Fading(*opened)

    def made(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[tuple[Patch, ...], bool]:
        found, is_new = [], False
        for layer, whole in self._of[window].drawn:
            with self._blamed(layer):
                patches, is_drawn = layer.made(whole, see, progress)
            found.append(patches)
            is_new |= is_drawn
        return _within(_faded(found), window), is_new

    def patches(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[Patch, ...]:
        found = []
        for layer, whole in self._of[window].drawn:
            with self._blamed(layer):
                found.append(layer.patches(whole, see, progress))
        return _within(_faded(found), window)

    def take_over(self, window: FrameRange, key: str) -> None:
        """Others drew its windows; those that several parts share are taken over once."""
        for (layer, whole), one in zip(self._of[window].drawn, key.split(_AND), strict=True):
            if (layer, whole) not in self._taken_over:
                self._taken_over.add(_Drawn(layer, whole))
                layer.take_over(whole, one)

    def times(self) -> dict[FrameRange, tuple[float, float]]:
        """Of what the layer needed that holds in each window."""
        of_layer = {layer: layer.times() for layer in self._layers}
        return {
            part: of_layer[layer][whole]
            for part, (owner, drawn) in self._of.items()
            for layer, whole in drawn
            if layer is owner and whole in of_layer.get(layer, {})
        }

    # ---- receipts --------------------------------------------------------------------

    def refresh(self) -> None:
        for layer in self._layers:
            layer.refresh()

    def note(self, windows: Iterable[FrameRange]) -> None:
        by_layer = self._by_layer(windows)
        for layer in self._layers:
            layer.note(by_layer.get(layer, ()))

    def note_failure(self, text: str) -> None:
        """Keep why drawing failed with the settings that it failed with."""
        for layer in self._layers if self._failed is None or not text else (self._failed,):
            layer.note_failure(text)
        self._failed = None

    @property
    def failure(self) -> str:
        """Why drawing failed last with any of the settings, or ""."""
        return next(filter(None, (layer.failure for layer in self._layers)), "")

    def failure_of(self, window: FrameRange) -> str:
        return next(filter(None, (layer.failure for layer, _ in self._of[window].drawn)), "")

    @contextmanager
    def _blamed(self, layer: FaceTake) -> Iterator[None]:
        """Know with which settings something failed."""
        try:
            yield
        except BaseException:
            self._failed = layer
            raise

    def _by_layer(self, windows: Iterable[FrameRange]) -> Mapping[FaceTake, list[FrameRange]]:
        """The whole windows, each once, of every layer that has any."""
        found: dict[FaceTake, list[FrameRange]] = {}
        for window in windows:
            for layer, whole in self._of[window].drawn:
                of_layer = found.setdefault(layer, [])
                if whole not in of_layer[-1:]:
                    of_layer.append(whole)
        return found


class _Fading:
    """The patches of two windows, those of the first going over into those of the second."""

    def __init__(self, left: OpenedPatches, right: OpenedPatches) -> None:
        self._left, self._right = left, right
        self.bytes = left.bytes + right.bytes

    def __getitem__(self, frame: int) -> FadedPatch:
        return FadedPatch.of(self._left[frame], self._right[frame])


def _parts(layers: Sequence[FaceTake], holds: Holds) -> Iterator[tuple[FrameRange, _Part]]:
    """Runs of frames that show the same windows, each with what it shows."""
    count = len(holds.owner)
    number = np.full((len(layers) + 1, count), -1, np.int32)  # of windows; the last is of no layer
    for row, layer in enumerate(layers):
        for each, window in enumerate(layer.windows):
            number[row, window.start : window.stop] = each
    frames = np.arange(count)
    fades = (number[holds.left, frames] >= 0) & (number[holds.right, frames] >= 0)
    first = np.where(fades, holds.left, holds.owner)
    second = np.where(fades, holds.right, -1)
    shown = np.stack(
        [holds.owner, first, number[first, frames], second, number[second, frames]], axis=1
    )
    edges = np.flatnonzero((shown[1:] != shown[:-1]).any(axis=1)) + 1
    for start, stop in pairwise([0, *edges.tolist(), count]):
        owner, *pairs = shown[start].tolist() if start < stop else [-1]
        if owner >= 0 and pairs[1] >= 0:
            drawn = tuple(
                _Drawn(layers[layer], layers[layer].windows[window])
                for layer, window in (pairs[:2], pairs[2:])
                if layer >= 0
            )
            yield FrameRange(start, stop), _Part(layers[owner], drawn)


def _faded(windows: Sequence[tuple[Patch, ...]]) -> tuple[Patch, ...]:
    """The patches of one window, or those of frames that are in both, one in the other."""
    if len(windows) == 1:
        return windows[0]
    right = {patch.frame: patch for patch in windows[1]}
    return tuple(
        FadedPatch.of(patch, right[patch.frame]) for patch in windows[0] if patch.frame in right
    )


def _within(patches: tuple[Patch, ...], window: FrameRange) -> tuple[Patch, ...]:
    return tuple(patch for patch in patches if patch.frame in window)

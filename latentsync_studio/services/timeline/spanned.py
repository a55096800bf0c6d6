"""A driven face of a clip in which takes are chosen: its frames come from several settings.

    layer 0, clip's own    |  window  |  window  |  window  |
    layer 1, a take        |    window    |    window    |         other engine, other windows
    shown                  |  0       |0 |  1    |1 |  0    |

Each layer plans its windows over the whole axis, as if it were alone, so that the keys of patches
do not depend on where a span begins, and choosing another take draws nothing that is stored. Of a
window of a layer only the frames are shown in which that layer holds.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.timeline.face_take import FaceTake
from latentsync_studio.services.windows import WindowCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import EngineSpec, Patch, Running
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.wiring import Services


class SpannedFace(FaceTake):
    """A face whose windows belong to several takes; each shown window is a part of a drawn one."""

    def __init__(self, layers: Sequence[FaceTake], owner: I32, services: Services) -> None:
        """Draw nothing yet.

        Args:
            layers: the face under each of the settings; at least one.
            owner: (T,) which layer holds in each frame of the axis; -1: none that can be drawn.
            services: store.
        """
        self._of: dict[FrameRange, tuple[FaceTake, FrameRange]] = {
            part: (layer, window)
            for number, layer in enumerate(layers)
            for window in layer.windows
            for part in _runs(owner, window, number)
        }
        shown = Counter(owner[owner >= 0].tolist()) or Counter([0])
        super().__init__(layers[max(shown, key=shown.__getitem__)].parts, (), services)
        self.windows = tuple(sorted(self._of))
        self._starts = [window.start for window in self.windows]
        self._layers = tuple(layer for n, layer in enumerate(layers) if n in shown)
        self._failed: FaceTake | None = None

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
        layer, whole = self._of[window]
        return layer.knows(whole)

    def key(self, window: FrameRange) -> str:
        layer, whole = self._of[window]
        return layer.key(whole)

    def is_stored(self, window: FrameRange) -> bool:
        layer, whole = self._of[window]
        return layer.is_stored(whole)

    def reads(self, window: FrameRange) -> FrameRange:
        layer, whole = self._of[window]
        return layer.reads(whole)

    def at_once(self) -> int:
        return min(layer.at_once() for layer in self._layers)

    def running(self) -> Running:
        return self._layers[0].running()

    def ran(self) -> tuple[tuple[str, Running], ...]:
        return tuple(told for layer in self._layers for told in layer.ran())

    def specs(self) -> tuple[EngineSpec, ...]:
        return tuple(spec for layer in self._layers for spec in layer.specs())

    def engine_of(self, window: FrameRange) -> str:
        return self._of[window][0].parts.spec.id

    # ---- patches ---------------------------------------------------------------------

    def stored(self, window: FrameRange) -> tuple[Patch, ...] | None:
        """All patches under its key, as several parts of one drawn window have the same."""
        layer, whole = self._of[window]
        return layer.stored(whole)

    def made(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[tuple[Patch, ...], bool]:
        layer, whole = self._of[window]
        with self._blamed(layer):
            patches, is_new = layer.made(whole, see, progress)
        return _within(patches, window), is_new

    def patches(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[Patch, ...]:
        layer, whole = self._of[window]
        with self._blamed(layer):
            return _within(layer.patches(whole, see, progress), window)

    def take_over(self, window: FrameRange, key: str) -> None:
        layer, whole = self._of[window]
        layer.take_over(whole, key)

    def times(self) -> dict[FrameRange, tuple[float, float]]:
        of_layer = {layer: layer.times() for layer in self._layers}
        return {
            part: of_layer[layer][whole]
            for part, (layer, whole) in self._of.items()
            if whole in of_layer.get(layer, {})
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
        return self._of[window][0].failure

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
            layer, whole = self._of[window]
            of_layer = found.setdefault(layer, [])
            if whole not in of_layer[-1:]:
                of_layer.append(whole)
        return found


def _runs(owner: I32, window: FrameRange, number: int) -> Iterator[FrameRange]:
    """The parts of a window in which a layer holds."""
    is_held = np.concatenate([[False], owner[window.start : window.stop] == number, [False]])
    edges = np.flatnonzero(np.diff(is_held.astype(np.int8))).tolist()
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield FrameRange(window.start + start, window.start + stop)


def _within(patches: tuple[Patch, ...], window: FrameRange) -> tuple[Patch, ...]:
    return tuple(patch for patch in patches if patch.frame in window)

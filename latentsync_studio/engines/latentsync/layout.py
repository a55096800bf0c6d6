"""Runs of redrawn frames: what the network may see together, and what a window has to read."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.engines.latentsync.blending import model_windows

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import I32, Bools
    from latentsync_studio.engines.latentsync.blending import ModelWindow


class Layout:
    """Windows of the network (of 16 frames) over the windows of the output, for one take."""

    def __init__(self, drawn: Bools, shots: I32, overlap: int = 0) -> None:
        """Find the runs.

        Args:
            drawn: (T,) which output frames may be redrawn.
            shots: (T,) number of the shot that each output frame shows.
            overlap: frames that neighbors share.
        """
        self._overlap = overlap
        edges = np.flatnonzero((np.diff(drawn) != 0) | (np.diff(shots) != 0)) + 1
        bounds = [0, *edges.tolist(), len(drawn)]
        self._runs = [FrameRange(a, b) for a, b in pairwise(bounds) if a < b and drawn[a]]
        self._starts = [run.start for run in self._runs]

    def run_of(self, window: FrameRange) -> FrameRange:
        """The consecutive redrawn frames of one shot around a window.

        Raises:
            ValueError: the window does not lie in one run.
        """
        at = bisect_right(self._starts, window.start) - 1
        if at < 0 or window.stop > self._runs[at].stop:
            raise ValueError(f"The window {window} lies in no run of redrawn frames.")
        return self._runs[at]

    def chunks(self, window: FrameRange) -> tuple[ModelWindow, ...]:
        """What the network draws for a window, in order."""
        return model_windows(window, self.run_of(window), self._overlap)

    def reads(self, window: FrameRange) -> FrameRange:
        """All frames that are seen for a window."""
        frames = [frame for chunk in self.chunks(window) for frame in chunk.frames]
        return FrameRange(min(frames), max(frames) + 1)

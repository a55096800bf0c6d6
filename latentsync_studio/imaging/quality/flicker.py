"""What changes from one view of a face to the next, and what of it no motion explains."""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32

    View = npt.NDArray[np.uint8]

_EDGE: Final = 6  # px of a view in which the flow looks beyond it
_mine = local()  # a flow keeps buffers: one a thread


def movement(before: View, after: View) -> float:
    """Mean change of luma between two (h, w) views of the same size, in levels."""
    return float(cv2.norm(before, after, cv2.NORM_L1)) / before.size


def flicker(before: View, after: View) -> float:
    """Mean |after - before moved onto it| in levels: what motion does not explain.

    Motion is dense inverse search flow (Kroeger et al., "Fast Optical Flow using Dense Inverse
    Search", ECCV 2016) from `after` to `before`. The outermost 6 px are left out.
    """
    before, after = np.ascontiguousarray(before), np.ascontiguousarray(after)
    flow = _flow().calc(after, before, None)
    flow += _grid(after.shape[1], after.shape[0])
    no_second: Any = None  # OpenCV's types ask for a second map, and it misreads an empty one
    moved = cv2.remap(before, flow, no_second, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inner = np.s_[_EDGE:-_EDGE, _EDGE:-_EDGE]
    rest, moved = np.ascontiguousarray(after[inner]), np.ascontiguousarray(moved[inner])
    return float(cv2.norm(rest, moved, cv2.NORM_L1)) / rest.size


def _flow() -> Any:  # noqa: ANN401 - OpenCV's types do not know that the flow may be new
    found = getattr(_mine, "flow", None)
    if found is None:
        preset = cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST
        found = _mine.flow = cv2.DISOpticalFlow.create(preset)
    return found


def _grid(width: int, height: int) -> F32:
    """(h, w, 2) positions of the pixels."""
    kept: F32 | None = getattr(_mine, "grid", None)
    if kept is None or kept.shape[:2] != (height, width):
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        kept = _mine.grid = np.stack([x, y], axis=-1)
    return kept

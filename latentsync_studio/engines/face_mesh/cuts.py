"""Where one shot ends and the next begins, from small brightness pictures of each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.picture import Picture

GRID = 96  # samples along the long side
SURE = 28.0  # mean difference of 8-bit brightness that only another picture makes
POSSIBLE = 5.5
TIMES_USUAL = 4.0
MEMORY = 15  # frames that say what is usual
WARM_UP = 4


class CutState(msgspec.Struct):
    """What the next comparison needs; plain bytes, so that it can be stored."""

    shape: tuple[int, int] = (0, 0)
    thumbnail: bytes = b""
    differences: list[float] = []


class CutDetector:
    """Compares each frame with the one before and with what has been usual lately."""

    def __init__(self) -> None:
        self.state = CutState()

    def step(self, picture: Picture) -> bool:
        """Return whether `picture` may begin a new shot; too many is harmless, too few is not."""
        thumbnail = _thumbnail(picture)
        before = self.state
        self.state = CutState(
            thumbnail.shape, thumbnail.astype(np.int16).tobytes(), before.differences
        )
        if before.shape != thumbnail.shape:
            return False
        last = np.frombuffer(before.thumbnail, np.int16).reshape(before.shape)
        difference = float(np.abs(thumbnail.astype(np.int16) - last).mean())
        recent = before.differences
        self.state.differences = [*recent[-(MEMORY - 1) :], difference]
        if difference > SURE:
            return True
        usual = float(np.median(recent)) if len(recent) > WARM_UP else np.inf
        return difference > POSSIBLE and difference > TIMES_USUAL * usual


def _thumbnail(picture: Picture) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    plane = picture.planes[1 if picture.format.matrix == "rgb" else 0]
    step = max(1, max(plane.shape) // GRID)
    small = np.ascontiguousarray(plane[::step, ::step]).astype(np.float32)
    return np.asarray(cv2.blur(small / 2.0 ** (picture.format.bits - 8), (3, 3)), np.float32)

"""Patches over a decoded picture, as RGB: only what they cover is converted again."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.services.compose import compose_frame, compose_small, sides_of

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.imaging.masked import Look
    from latentsync_studio.services.timeline.pictures import Decoded

_MARGIN = 4  # px by which interpolated chroma reaches beyond a patch, generously


class Overlay:
    """One picture that patches are laid over."""

    def __init__(self, decoded: Decoded, size: tuple[int, int]) -> None:
        """Begin with a picture of a medium of `size` (width, height) px, or of its proxy."""
        self._decoded, self._picture = decoded, decoded.picture
        self._scale = self._picture.width / size[0], self._picture.height / size[1]
        self._boxes: list[Box] = []

    @property
    def is_changed(self) -> bool:
        """Whether any patch shows."""
        return self._picture is not self._decoded.picture

    def lay(self, patch: Patch, face: FaceTrack, look: Look) -> None:
        """Lay a patch over the picture, by the one compositor."""
        before = self._picture
        if self._scale == (1.0, 1.0):
            self._picture = compose_frame(before, patch, face, look)
        else:
            self._picture = compose_small(before, patch, face, look, self._scale)
        if self._picture is not before:
            boxes = [self._covered(side) for side in sides_of(patch)]
            self._boxes += [box for box in boxes if box is not None]

    def rgb(self) -> Rgb8:
        """The whole picture with its patches; equal to converting it as a whole."""
        out = self._decoded.rgb().copy()
        for box in self._boxes:
            out[box.y0 : box.y1, box.x0 : box.x1] = window_rgb(self._picture, box)
        return cast("Rgb8", frozen(out))

    def _covered(self, patch: Patch) -> Box | None:
        rows, columns = patch.alpha.shape
        corners = np.array([[0, 0], [columns, 0], [0, rows], [columns, rows]], np.float64)
        moved = (corners @ patch.transform[:, :2].T + patch.transform[:, 2]) * self._scale
        low, high = np.floor(moved.min(0)) - _MARGIN, np.ceil(moved.max(0)) + _MARGIN
        box = Box(x0=int(low[0]), y0=int(low[1]), x1=int(high[0]), y1=int(high[1]))
        return box.clipped(self._picture.width, self._picture.height)

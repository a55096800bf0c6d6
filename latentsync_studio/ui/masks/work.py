"""The layer at the shown frame while it is painted: what was there, the stroke, and both together.

Everything is u8 coverage in px of the medium's picture. Only the boxes that a stroke touches are
computed and told, so that drawing costs the same on any picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentsync_studio.core.mask.blending import BlendMode, blended
from latentsync_studio.core.picture import Box

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.mask.blending import Coverage


class Drawn(NamedTuple):
    """A finished stroke: where it lies, its coverage, and how it is laid over the layer."""

    box: Box
    coverage: Coverage
    mode: BlendMode


_OPPOSITE: dict[BlendMode, BlendMode] = {"paint": "erase", "erase": "paint"}


class Work:
    """What one layer covers over the whole picture, with its own edge and inversion.

    A stroke that is being drawn has no feather yet and is not grown.

    Attributes:
        base: (H, W) u8 without the stroke that is being drawn.
        shown: (H, W) u8 with it.
    """

    def __init__(self, base: Coverage, *, is_inverted: bool = False) -> None:
        """Begin without a stroke; on an inverted layer what is painted takes away."""
        self._is_inverted = is_inverted
        self.base = np.array(base, np.uint8)
        self.shown = self.base.copy()
        self._stroke = np.zeros_like(self.base)
        self._touched: Box | None = None
        self._loose: tuple[Box, Coverage] | None = None  # the stroke without its loose end
        self.mode: BlendMode = "paint"  # of the stroke

    @classmethod
    def empty(cls, size: tuple[int, int]) -> Work:
        """Of a picture of (width, height) px on which nothing is painted."""
        return cls(np.zeros((size[1], size[0]), np.uint8))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.base.shape[1], self.base.shape[0]

    @property
    def is_drawing(self) -> bool:
        """Whether a stroke was begun."""
        return self._touched is not None

    def lay(self, box: Box, coverage: Coverage, most: int = 255) -> Box | None:
        """Add coverage to the stroke; returns what changed.

        Args:
            box: where it lies; what is outside of the picture is left out.
            coverage: (h, w) u8 of the box.
            most: 0..255, what the stroke covers at most.
        """
        inside = box.clipped(*self.size)
        if inside is None:
            return None
        part = coverage[
            inside.y0 - box.y0 : inside.y1 - box.y0, inside.x0 - box.x0 : inside.x1 - box.x0
        ]
        place = np.s_[inside.y0 : inside.y1, inside.x0 : inside.x1]
        stroke = self._stroke[place]
        np.maximum(stroke, np.minimum(part, np.uint8(most)), out=stroke)
        self._blend(place)
        self._touched = union(self._touched, inside)
        return inside

    def loosen(self, pieces: Iterable[tuple[Box, Coverage]]) -> Box | None:
        """Lay the end of the stroke for now; the next call takes it back. Returns what changed.

        pieces: boxes and (h, w) u8 of each.
        """
        changed: Box | None = None
        if self._loose is not None:
            changed, before = self._loose
            place = np.s_[changed.y0 : changed.y1, changed.x0 : changed.x1]
            self._stroke[place] = before
            self._blend(place)
            self._loose = None
        laid = [(box, part) for box, part in pieces if box.clipped(*self.size) is not None]
        end: Box | None = None
        for box, _ in laid:
            end = union(end, box.clipped(*self.size))
        if end is None:
            return changed
        self._loose = end, self._stroke[end.y0 : end.y1, end.x0 : end.x1].copy()
        for box, part in laid:
            self.lay(box, part)
        return union(changed, end)

    def replace(self, box: Box, coverage: Coverage, most: int = 255) -> Box | None:
        """Let the stroke be this coverage alone; returns what changed."""
        before = self.undo_stroke()
        return union(before, self.lay(box, coverage, most))

    def undo_stroke(self) -> Box | None:
        """Forget the stroke; returns what changed."""
        touched, self._touched, self._loose = self._touched, None, None
        if touched is not None:
            place = np.s_[touched.y0 : touched.y1, touched.x0 : touched.x1]
            self._stroke[place] = 0
            self.shown[place] = self.base[place]
        return touched

    def finish(self) -> Drawn | None:
        """End the stroke: it becomes part of the base; None where nothing was drawn."""
        touched, self._touched, self._loose = self._touched, None, None
        if touched is None:
            return None
        place = np.s_[touched.y0 : touched.y1, touched.x0 : touched.x1]
        drawn = Drawn(touched, self._stroke[place].copy(), self.mode)
        self.base[place] = self.shown[place]
        self._stroke[place] = 0
        return drawn

    def _blend(self, place: tuple[slice, slice]) -> None:
        mode = _OPPOSITE.get(self.mode, self.mode) if self._is_inverted else self.mode
        self.shown[place] = blended(self.base[place], self._stroke[place], mode)


def union(one: Box | None, other: Box | None) -> Box | None:
    """The smallest box around both."""
    if one is None or other is None:
        return one or other
    return Box(
        x0=min(one.x0, other.x0),
        y0=min(one.y0, other.y0),
        x1=max(one.x1, other.x1),
        y1=max(one.y1, other.y1),
    )

"""Soft maps of the face's regions, drawn from its landmarks in the pixels of a box.

Seven regions that together cover everything, painted over each other from the widest to the
smallest, so that they add up to 1 at every pixel:

    rest | cheeks | jaw | skin around the mouth | nose base | lips | mouth (teeth, inner mouth)

They are shapes of the mesh and ride with the head through every pose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.arrays import F32, F64, Alpha
    from latentsync_studio.core.picture import Box
    from latentsync_studio.core.settings.pages import ComposeSettings

REGIONS = ("rest", "cheeks", "jaw", "skin", "nose", "lips", "mouth")  # in the order of painting

# Vertex numbers of the MediaPipe face mesh, rings in order.
OUTER_LIPS = (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146,
)  # fmt: skip
INNER_LIPS = (
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95,
)  # fmt: skip
JAW_LINE = (
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361,
    323, 454,
)  # fmt: skip
UNDER_EYES = (345, 346, 347, 348, 329, 355, 358, 129, 126, 100, 119, 118, 117, 116)
NOSE_BASE = (129, 98, 97, 2, 326, 327, 358, 279, 4, 49, 45, 275, 1, 5, 195)
EYES = (33, 263)
CHIN = 152
LOW_LIP = 17

DRAW_LONG_SIDE = 96  # regions are soft: a small map, enlarged, is as good and 10 times faster
_SOFT = 0.035  # sigma of an edge, eye distances
_JAW_WIDER = 1.3  # the jaw moves the skin below it as well
_SKIN_REACH = 0.2  # of the skin around the mouth from the lips, eye distances
_RAMP = 0.15  # of the way from cheeks to jaw, eye distances


class Regions:
    """The regions over a box; shapes are drawn when they are first asked for, and once."""

    def __init__(self, box: Box, landmarks: F32) -> None:
        """Draw nothing yet.

        Args:
            box: pixels of the picture.
            landmarks: (478, 3) display pixels.
        """
        self._box, self._landmarks = box, landmarks
        self._drawn: list[Alpha] = []

    def strengths(self, settings: ComposeSettings) -> Alpha | None:
        """(h, w) f32 strengths 0..1 of the settings named like regions; None where all are 1.

        Equal strengths give a constant map.
        """
        values = [float(getattr(settings, name)) for name in REGIONS]
        if all(value == 1.0 for value in values):
            return None
        if len(set(values)) == 1:
            return np.full((self._box.height, self._box.width), values[0], np.float32)
        return self._painted(values)

    def of(self, names: tuple[str, ...]) -> Alpha:
        """How far each pixel belongs to any of the named regions, (h, w) f32 in 0..1."""
        return self._painted([float(name in names) for name in REGIONS])

    def _painted(self, values: list[float]) -> Alpha:
        if not self._drawn:
            self._drawn = list(_Shapes(self._box, self._landmarks).all())
        result = np.full(self._drawn[0].shape, values[0], np.float32)
        for value, shape in zip(values[1:], self._drawn, strict=True):
            result += shape * (np.float32(value) - result)
        np.clip(result, 0.0, 1.0, out=result)
        size = self._box.width, self._box.height
        return np.asarray(cv2.resize(result, size, interpolation=cv2.INTER_LINEAR), np.float32)


class _Shapes:
    """The shapes that are painted over "rest", in small."""

    def __init__(self, box: Box, landmarks: F32) -> None:
        scale = min(1.0, DRAW_LONG_SIDE / max(box.width, box.height))
        self.size = max(2, round(box.width * scale)), max(2, round(box.height * scale))
        ratio = self.size[0] / box.width, self.size[1] / box.height
        self._points = (landmarks[:, :2] - np.array([box.x0, box.y0])) * ratio
        self._eyes = float(np.linalg.norm(self._points[EYES[0]] - self._points[EYES[1]]))
        self._soft = max(0.8, _SOFT * self._eyes)

    def all(self) -> Iterator[Alpha]:
        """In the order of `REGIONS`, without "rest"."""
        points = self._points
        face = points[list(JAW_LINE + UNDER_EYES)]
        yield self._filled(face, 2 * self._soft)
        line = points[list(JAW_LINE)]
        center = line.mean(axis=0)
        wide = self._filled(center + (line - center) * _JAW_WIDER, 2 * self._soft)
        yield wide * self._below_mouth()
        outer = self._filled(points[list(OUTER_LIPS)], self._soft)
        yield self._around(points[list(OUTER_LIPS)])
        nose = cv2.convexHull(points[list(NOSE_BASE)].astype(np.float32))[:, 0]
        yield self._filled(np.asarray(nose, np.float64), self._soft)
        yield outer
        yield np.minimum(self._filled(points[list(INNER_LIPS)], self._soft * 0.6), outer)

    def _filled(self, ring: F64, soft: float) -> Alpha:
        """A polygon filled with 1 and softened by a Gaussian of `soft` px."""
        return self._softened(self._polygon(ring), soft)

    def _polygon(self, ring: F64) -> cv2.typing.MatLike:
        canvas = np.zeros((self.size[1], self.size[0]), np.uint8)
        return cv2.fillPoly(canvas, [np.rint(ring * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)

    @staticmethod
    def _softened(canvas: cv2.typing.MatLike, soft: float) -> Alpha:
        blurred = cv2.GaussianBlur(canvas, (0, 0), soft, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(blurred, np.float32) / np.float32(255)

    def _around(self, lips: F64) -> Alpha:
        """The lips and the skin next to them."""
        reach = max(1, round(_SKIN_REACH * self._eyes))
        canvas = self._polygon(lips)
        thick = 2 * reach + 1
        ring = [np.rint(lips * 16).astype(np.int32)]
        cv2.polylines(canvas, ring, isClosed=True, color=255, thickness=thick, shift=4)
        return self._softened(canvas, 1.5 * self._soft)

    def _below_mouth(self) -> Alpha:
        """0 above the mouth's lower edge, 1 below it, along the face's own up-down axis."""
        low, chin = self._points[LOW_LIP], self._points[CHIN]
        down = (chin - low) / max(float(np.linalg.norm(chin - low)), 1e-6)
        rows, columns = np.ogrid[: self.size[1], : self.size[0]]
        along = (columns + 0.5 - low[0]) * down[0] + (rows + 0.5 - low[1]) * down[1]
        below = np.clip(along / max(_RAMP * self._eyes, 1e-6) + 0.5, 0.0, 1.0)
        return np.asarray(below, np.float32)

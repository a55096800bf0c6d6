#!/usr/bin/env python3
"""Move a still portrait: turn and nod the head, breathe, blink, open and close the mouth.

Every output pixel is the mean of what is looked up at some places in the portrait. The lookup is
the sum of a triangulated warp of the lower face, a stretch of the eyelids, and a turn of the head
over a smooth depth map; teeth and eyeballs stay where the skull holds them and are seen through the
openings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator, RBFInterpolator
from scipy.spatial import Delaunay

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]

# Rows of the 468-point mesh from the outer edge of the lip to the inner one, left to right.
UPPER_LIP = np.array(
    [
        [185, 40, 39, 37, 0, 267, 269, 270, 409],
        [184, 74, 73, 72, 11, 302, 303, 304, 408],
        [183, 42, 41, 38, 12, 268, 271, 272, 407],
        [191, 80, 81, 82, 13, 312, 311, 310, 415],
    ]
)
LOWER_LIP = np.array(
    [
        [146, 91, 181, 84, 17, 314, 405, 321, 375],
        [77, 90, 180, 85, 16, 315, 404, 320, 307],
        [96, 89, 179, 86, 15, 316, 403, 319, 325],
        [95, 88, 178, 87, 14, 317, 402, 318, 324],
    ]
)
OUTER, INNER = 0, 3
_FINER = 4
CORNERS, INNER_CORNERS = (61, 291), (78, 308)
EYES = (  # left end, upper lid, lower lid, right end
    (33, (246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155), 133),
    (362, (398, 384, 385, 386, 387, 388, 466), (382, 381, 380, 374, 373, 390, 249), 263),
)
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377]
OVAL += [152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]


@dataclass(frozen=True, kw_only=True)
class Pose:
    """One moment.

    Attributes:
        aperture: px between the inner lips.
        narrow: px by which each corner of the mouth moves inwards.
        blink: 0 open .. 1 shut.
        turn: degrees of yaw, pitch, roll.
        shift: px right and down.
        breath: px by which the body rises.
    """

    aperture: float
    narrow: float = 0.0
    blink: float = 0.0
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift: tuple[float, float] = (0.0, 0.0)
    breath: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where the hair ends: an ellipse in px of the portrait."""

    center: tuple[float, float]
    radii: tuple[float, float]


def _ease(x: Any) -> Any:  # noqa: ANN401 - number or array
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def _curve(points: F64, steps: int = 6) -> F64:
    """Smooth line through `points` with `steps` pieces between two of them."""
    t = np.arange(len(points))
    fine = np.linspace(0, len(points) - 1, (len(points) - 1) * steps + 1)
    return np.asarray(PchipInterpolator(t, points, axis=0)(fine))


def _looked_up(image: F32, where: F32) -> F32:
    """`image` at (N, N, 2) px, the mean of _FINER x _FINER places a pixel.

    Lips that shut squeeze teeth and shadow into a line, which single places would tear to shreds.
    """
    size = where.shape[1::-1]
    fine = cv2.resize(where, None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_LINEAR)
    seen = cv2.remap(image, fine, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_AREA), np.float32)


class Animator:
    """A portrait that can be posed.

    Args:
        portrait: (N, N, 3) u8 RGB.
        landmarks: (478, 3) px, mouth slightly open.
        head: outline of the hair.
    """

    def __init__(self, portrait: NDArray[np.uint8], landmarks: F64, head: Head) -> None:
        self._source = portrait.astype(np.float32)
        self._side = portrait.shape[0]
        points = landmarks[:468].astype(np.float64).copy()
        # The mesh draws the inner lips on the teeth; step over their bright edge.
        points[UPPER_LIP[INNER], 1] -= 1.3
        points[LOWER_LIP[INNER], 1] += 1.5
        points[list(INNER_CORNERS), 0] += (-1.5, 1.5)
        self._points = points
        self._unit = float(np.linalg.norm(points[33, :2] - points[263, :2]))
        self._mouth = points[list(CORNERS), :2].mean(0)
        self._half = float(points[291, 0] - points[61, 0]) / 2
        self._chin = float(points[152, 1])
        self.rest_aperture = float(points[14, 1] - points[13, 1])
        self._grid = np.stack(np.meshgrid(*[np.arange(self._side)] * 2), -1).astype(np.float32)
        self._pinned, self._triangles = self._triangulate()
        self._inside = self._inner_mouth()
        self._weight, self._depth, self._body = self._head_fields(head)

    def frame(self, pose: Pose) -> NDArray[np.uint8]:
        """Draw one moment: (N, N, 3) u8 RGB."""
        lips = self._lips(pose)
        lid_shift, eye_opening = self._lids(pose.blink)
        turned = self._turned(pose)
        lookup = cv2.remap(self._warp(lips) + lid_shift, turned, None, cv2.INTER_LINEAR)
        skin = _looked_up(self._source, lookup)

        def over(below: F32, layer: F32, alpha: F32) -> F32:
            a = _looked_up(alpha, turned)[..., None]
            return np.asarray(below * (1 - a) + _looked_up(layer, turned) * a, np.float32)

        image = over(skin, self._source, eye_opening)
        image = over(image, self._inside, self._mask(self._opening(lips), 0.7))
        gap = lips[14, 1] - lips[13, 1]
        if gap < 5:  # lips that meet cast a thin shadow
            line = np.full_like(self._source, (78, 28, 28))
            image = over(image, line, 0.55 * (1 - max(gap, 0) / 5) * self._lip_line(lips))
        return np.asarray(np.clip(np.rint(image), 0, 255), np.uint8)

    def _triangulate(self) -> tuple[F64, NDArray[np.int32]]:
        """Fixed points round the face, and triangles over all but the inside of the mouth."""
        face = self._points[:, :2]
        ring = face.mean(0) + (face[OVAL] - face.mean(0)) * 1.22
        edge = np.linspace(0, self._side - 1, 5)
        ends = (0, self._side - 1)
        border = [(x, y) for x in edge for y in edge if x in ends or y in ends]
        pinned = np.concatenate([ring, np.array(border, float)])
        triangles = Delaunay(np.concatenate([face, pinned])).simplices
        rim = [*INNER_CORNERS, *UPPER_LIP[INNER], *LOWER_LIP[INNER]]
        return pinned, triangles[~np.isin(triangles, rim).all(1)]

    def _lips(self, pose: Pose) -> F64:
        """Mesh points (468, 2) of a pose, the head held still."""
        p, unit = self._points, self._unit
        x, y = p[:, 0], p[:, 1]
        taper = np.clip(1 - np.abs((x - self._mouth[0]) / self._half) ** 2.2, 0, 1)
        jaw = _ease((y - self._mouth[1] - 4) / (0.16 * unit))
        jaw = jaw * np.clip(1 - 0.45 * ((x - self._mouth[0]) / (0.75 * unit)) ** 2, 0, 1)
        drop = max(pose.aperture - self.rest_aperture, 0.0)
        shut = max(1 - pose.aperture / self.rest_aperture, 0.0)
        dy = jaw * (0.92 * drop - 0.3 * shut * self.rest_aperture * (y > self._mouth[1]))
        gap = p[LOWER_LIP[INNER], 1] - p[UPPER_LIP[INNER], 1]
        for rows, row, follow, pull in (
            (UPPER_LIP, OUTER, -0.08, 0.30),
            (UPPER_LIP, INNER, -0.08, 0.42),
            (LOWER_LIP, OUTER, 0.92, -0.48),
            (LOWER_LIP, INNER, 0.92, -0.58),
        ):
            ids = rows[row]
            least = 0.35 if rows is LOWER_LIP and row == OUTER else 0.0
            dy[ids] = follow * drop * np.maximum(taper[ids], least) + pull * shut * gap
        for rows in (UPPER_LIP, LOWER_LIP):
            for row in (1, 2):
                dy[rows[row]] = dy[rows[OUTER]] * (1 - row / 3) + dy[rows[INNER]] * row / 3
        dx = np.zeros(len(p))
        for corner, sign in zip(CORNERS, (1, -1), strict=True):
            away = np.hypot(x - p[corner, 0], (y - p[corner, 1]) * 1.1) / (0.42 * unit)
            pulled = np.exp(-(away**2)) * pose.narrow
            dx += sign * pulled
            dy += 0.28 * pulled
        return np.asarray(p[:, :2] + np.stack([dx, dy], -1))

    def _warp(self, moved: F64) -> F32:
        """Where each pixel of the posed face lies in the portrait: (N, N, 2)."""
        now = np.concatenate([moved, self._pinned])
        rest = np.concatenate([self._points[:, :2], self._pinned])
        label = np.zeros((self._side, self._side), np.int32)
        for k, corners in enumerate(self._triangles):
            cv2.fillConvexPoly(label, np.rint(now[corners] * 16).astype(np.int32), k + 1, 8, 4)
        v = now[self._triangles]
        back = (rest - now)[self._triangles]
        edges = np.stack([v[:, 1] - v[:, 0], v[:, 2] - v[:, 0]], -1)
        sound = np.abs(np.linalg.det(edges)) > 1e-3
        inverse = np.zeros_like(edges)
        inverse[sound] = np.linalg.inv(edges[sound])
        which = np.maximum(label - 1, 0)
        b = np.einsum("hwij,hwj->hwi", inverse[which], self._grid - v[which, 0])
        b = np.clip(b, 0, 1)  # slivers may not throw pixels far away
        shift = back[which, 0] + b[..., :1] * (back[which, 1] - back[which, 0])
        shift += b[..., 1:] * (back[which, 2] - back[which, 0])
        return np.asarray(self._grid + shift * (label > 0)[..., None], np.float32)

    def _lids(self, blink: float) -> tuple[F32, F32]:
        """Shift of the lookup (N, N, 2) that lowers the lids, and what stays open of the eyes."""
        shift = np.zeros((self._side, self._side, 2), np.float32)
        opening = np.zeros((self._side, self._side), np.float32)
        if blink <= 0:
            return shift, opening
        y = np.arange(self._side, dtype=np.float64)[:, None]
        for left, upper, lower, right in EYES:
            x = np.arange(int(np.ceil(self._points[left, 0])), int(self._points[right, 0]) + 1)
            lid, floor = (self._lid_line((left, *ids, right), x) for ids in (upper, lower))
            lid = lid - 2.2  # the lashes' lower edge
            now = lid + blink * np.maximum(floor + 1.0 - lid, 0)
            lash, fold = 3.2, 12.0  # px that move rigidly, and skin above them that stretches
            top = lid - lash - fold
            t = np.clip((y - top) / np.maximum(now - lash - top, 1e-6), 0, 1)
            skin = top + fold * t
            rigid = y - (now - lid)
            released = np.clip((y - now - 1.5) / 2, 0, 1)
            seen = np.where(y < now - lash, skin, rigid) * (1 - released) + y * released
            shift[:, x, 1] = np.where(y < top, 0, seen - y)
            below = _ease((y - now + 0.2) / 1.6) * (1 - _ease((y - floor - 0.5) / 2))
            opening[:, x] = below * _ease((now - lid) / 1.5)
        shift[..., 1] = cv2.GaussianBlur(shift[..., 1], (0, 0), 0.6)
        return shift, cv2.GaussianBlur(opening, (0, 0), 0.5)

    def _lid_line(self, ids: tuple[int, ...], x: NDArray[np.int64]) -> F64:
        q = self._points[list(ids), :2]
        return np.asarray(PchipInterpolator(q[:, 0], q[:, 1])(x))[None]

    def _opening(self, lips: F64) -> F64:
        """Outline of the gap between the lips."""
        left, right = INNER_CORNERS
        upper = _curve(lips[[left, *UPPER_LIP[INNER], right]])
        lower = _curve(lips[[left, *LOWER_LIP[INNER], right]])
        lower[:, 1] = np.maximum(lower[:, 1], np.interp(lower[:, 0], upper[:, 0], upper[:, 1]))
        return np.concatenate([upper, lower[::-1]])

    def _lip_line(self, lips: F64) -> F32:
        left, right = INNER_CORNERS
        rows = [lips[[left, *ids[INNER], right]] for ids in (UPPER_LIP, LOWER_LIP)]
        middle = _curve((rows[0] + rows[1]) / 2)
        half = np.interp(
            np.linspace(-1, 1, len(middle)), [-1, -0.8, 0, 0.8, 1], [0.3, 1, 0.9, 1, 0.3]
        )
        thick = np.stack([np.zeros_like(half), half], -1)
        return self._mask(np.concatenate([middle - thick, (middle + thick)[::-1]]), 0.9)

    def _mask(self, outline: F64, soft: float) -> F32:
        """Filled outline (N, N) in 0..1, its edge blurred by `soft` px."""
        big = np.zeros((self._side * 2, self._side * 2), np.uint8)
        fine = np.rint(((outline + 0.5) * 2 - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(big, [fine], 255, cv2.LINE_AA, 4)
        small = cv2.resize(big, (self._side, self._side), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), soft))

    def _inner_mouth(self) -> F32:
        """The teeth of the portrait, and below them the dark of the mouth."""
        outline = self._opening(self._points[:, :2]) - (0, 1)
        teeth = self._mask(outline, 1.1)[..., None]
        low = np.clip((self._grid[..., 1:] - self._points[14, 1]) / (0.16 * self._unit), 0, 1)
        cavity = np.float32([38, 14, 14]) * (1 - low) + np.float32([112, 52, 50]) * low
        return np.asarray(self._source * teeth + cavity * (1 - teeth), np.float32)

    def _head_fields(self, head: Head) -> tuple[F32, F32, F32]:
        """How much each pixel follows the head, its depth (px, away is +), and the body."""
        x, y = self._grid[..., 0], self._grid[..., 1]
        radius = np.hypot(
            (x - head.center[0]) / head.radii[0], (y - head.center[1]) / head.radii[1]
        )
        weight = (1 - _ease((radius - 1) / 0.62)) * (1 - _ease((y - self._chin + 6) / 90))
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        hair = np.array(head.center) + np.stack([np.cos(angle), np.sin(angle)], -1) * head.radii
        hair = hair[hair[:, 1] < self._chin - 40]
        depth = self._points[::4, 2]
        far = float(np.percentile(self._points[:, 2], 97))
        known = np.concatenate([self._points[::4, :2], hair])
        values = np.concatenate([depth, np.full(len(hair), far + 14)])
        coarse = self._grid[::8, ::8]
        fit = RBFInterpolator(known, values, smoothing=30.0, kernel="thin_plate_spline")
        z = fit(coarse.reshape(-1, 2)).reshape(coarse.shape[:2])
        z = np.clip(z, self._points[:, 2].min(), far + 20).astype(np.float32)
        z = cv2.resize(z, (self._side, self._side), interpolation=cv2.INTER_CUBIC)
        body = _ease((y - self._chin + 10) / 80)
        return weight.astype(np.float32), cv2.GaussianBlur(z, (0, 0), 5), body.astype(np.float32)

    def _turned(self, pose: Pose) -> F32:
        """Where each pixel of the turned head lies in the still one: (N, N, 2)."""
        yaw, pitch, roll = np.deg2rad(pose.turn)
        about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
        about_x = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
        about_z = [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
        r = np.array(about_z) @ np.array(about_y) @ np.array(about_x)
        far = float(np.percentile(self._points[:, 2], 97)) + 10
        from_pivot = np.concatenate([self._grid, self._depth[..., None]], -1)
        from_pivot = from_pivot - np.array([self._mouth[0], self._chin + 30, far])
        move = from_pivot @ (r - np.eye(3))[:2].T + np.array(pose.shift)
        rise = pose.breath * (self._body + 0.6 * (1 - self._body) * self._weight)
        ahead = (self._weight[..., None] * move).astype(np.float32)
        ahead[..., 1] -= rise
        lookup = self._grid - ahead
        for _ in range(3):  # fixed point of lookup = grid - ahead(lookup)
            lookup = self._grid - cv2.remap(
                ahead, lookup, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        return np.asarray(lookup, np.float32)

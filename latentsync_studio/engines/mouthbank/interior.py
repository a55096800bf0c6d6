"""The inner mouth of people who never showed it: teeth, tongue and the dark between them.

Upper teeth are fixed to the skull, lower teeth and tongue to the lower jaw; the lips only uncover
them. Sizes are those of average anatomy (central incisor 8.5 mm, outer eye corners 90 mm apart).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.engines.mouthbank.anatomy import IN_LO, IN_UP, MID_LO, MID_UP

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, Rgb8
    from latentsync_studio.engines.mouthbank.person import Person
    from latentsync_studio.engines.mouthbank.plan import FramePlan

_UNIT = 220  # texture px per eye distance
_LEFT, _TOP, _WIDTH, _HEIGHT = -0.36, -0.16, 0.72, 0.40  # texture's place around the lip line
_UPPER = (0.090, 0.070, 0.074, 0.070, 0.068)  # widths of upper teeth from the middle, eye distances
_LOWER = (0.058, 0.062, 0.068, 0.070, 0.070)
_UPPER_LENGTH = (0.0, -0.008, -0.001, -0.010, -0.016)  # edge below (+) or above (-) the incisors'
_SKIN = np.array([50, 280, 205, 425])
_BEHIND = 0.04  # eye distances from the lips to the teeth


class InnerMouth:
    """Draws what a donor had nothing to show of. Colors follow the frame's own lips and skin."""

    def __init__(self, person: Person) -> None:
        donors = person.donors
        shut = donors.canonical[np.argsort(donors.measures[:, 0], kind="stable")[:8]]
        self._line = float((shut[:, 13, 1] + shut[:, 14, 1]).mean()) / 2
        self._middle = float(shut[:, [13, 14, 78, 308], 0].mean())
        self._depth = float(shut[:, [13, 14], 2].mean()) + _BEHIND
        self._upper = _teeth(_UPPER, _UPPER_LENGTH, edge=0.022, up=True)
        self._lower = _teeth(_LOWER, (0.0,) * 5, edge=0.0, up=False)
        self._tongue = _tongue()

    def paint(self, pixels: Rgb8, target: F64, plan: FramePlan, unseen: F32) -> None:
        """Draw into `pixels` (h, w, 3) where `unseen` (h, w) is above 0.

        `target` (478, 3) is the drawn mesh in window px.
        """
        ring = np.concatenate([target[IN_UP, :2], target[IN_LO, :2], target[[78, 308], :2]])
        x0, y0 = np.maximum(np.floor(ring.min(axis=0)).astype(int) - 3, 0)
        x1, y1 = np.minimum(np.ceil(ring.max(axis=0)).astype(int) + 4, pixels.shape[1::-1])
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        part = pixels[y0:y1, x0:x1]
        reach = max(3, round(0.045 * plan.scale) | 1)
        hidden = cv2.dilate(unseen[y0:y1, x0:x1], np.ones((3, reach), np.uint8))
        hidden = cv2.GaussianBlur(hidden, (0, 0), max(0.6, 0.010 * plan.scale))
        share = self._opening(target, (x0, y0, x1, y1)) * hidden
        lip, skin = _color(pixels, target, np.r_[MID_UP, MID_LO]), _color(pixels, target, _SKIN)
        jaw = float(plan.target[IN_LO[3:6], 1].mean()) - self._line
        image = self._colored(plan, target, (x0, y0, x1, y1), (lip, skin, jaw))
        mixed = part + share[..., None] * (image - part)
        pixels[y0:y1, x0:x1] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)

    def _colored(
        self,
        plan: FramePlan,
        target: F64,
        box: tuple[int, int, int, int],
        look: tuple[F64, F64, float],
    ) -> F32:
        """The inner mouth in the frame's light, as if nothing covered it."""
        lip, skin, jaw = look
        ivory = (52 + 0.74 * float(skin.mean())) * np.array([1.04, 1.0, 0.92])
        ivory *= skin / max(float(skin.mean()), 1.0) * 0.35 + 0.65
        flesh = lip * (0.78, 0.66, 0.70)
        dark = lip * (0.26, 0.17, 0.17) + 2
        size = (box[2] - box[0], box[3] - box[1])
        image = np.empty((size[1], size[0], 3), np.float32)
        image[:] = dark * np.linspace(0.6, 1.15, size[1])[:, None, None]
        near = min(max((plan.aperture - 0.045) / 0.06, 0.0), 1.0)
        layers = (
            (self._tongue, flesh, jaw - 0.012 - 0.30 * plan.aperture, near),
            (self._lower, ivory * 0.72, jaw - 0.012, near),
            (self._upper, ivory, 0.0, 1.0),
        )
        for texture, color, drop, strength in layers:
            seen = self._placed(texture, plan, target, box, drop)
            cover = (seen[..., 1] * np.float32(strength))[..., None]
            image += cover * (seen[..., :1] * color.astype(np.float32) - image)
        return image * self._shade(target, box)[..., None]

    def _placed(
        self,
        texture: F32,
        plan: FramePlan,
        target: F64,
        box: tuple[int, int, int, int],
        drop: float,
    ) -> F32:
        """Texture (brightness, cover) in the pixels of `box`, moved down by `drop`."""
        turn = plan.scale * plan.rotation
        corner = np.array([self._middle + _LEFT, self._line + _TOP + drop, self._depth])
        nose = target[168] - turn @ plan.target[168]
        start = (turn @ corner + nose)[:2] - box[:2]
        to_window = np.column_stack([turn[:2, :2] / _UNIT, start])
        size = (box[2] - box[0], box[3] - box[1])
        out = cv2.warpAffine(texture, to_window, size, flags=cv2.INTER_LINEAR)
        return np.asarray(out, np.float32)

    @staticmethod
    def _opening(target: F64, box: tuple[int, int, int, int]) -> F32:
        """(h, w) 1 between the inner lips, soft at their edge."""
        outline = np.concatenate(
            [target[[78], :2], target[IN_UP, :2], target[[308], :2], target[IN_LO[::-1], :2]]
        )
        mask = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
        corners = np.round((outline - box[:2]) * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
        eyes = float(np.linalg.norm(target[33, :2] - target[263, :2]))
        soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.006 * eyes))
        return np.asarray(soft, np.float32) / np.float32(255)

    def _shade(self, target: F64, box: tuple[int, int, int, int]) -> F32:
        """(h, w) light that reaches the inner mouth: less under the upper lip and aside."""
        eyes = float(np.linalg.norm(target[33, :2] - target[263, :2]))
        wide = cv2.GaussianBlur(self._opening(target, box), (0, 0), max(1.0, 0.028 * eyes))
        down = np.array([[1, 0, 0], [0, 1, 0.012 * eyes]], np.float32)
        lowered = cv2.warpAffine(wide, down, (wide.shape[1], wide.shape[0]))
        shade: F32 = (0.58 + 0.47 * np.clip(lowered * 1.25, 0, 1)).astype(np.float32)
        return shade


def seal(pixels: Rgb8, target: F64, aperture: float, shown: float) -> None:
    """Draw the dark line between lips that were apart in the donor and are closed now."""
    strength = min(max((shown - aperture - 0.015) / 0.03, 0), 1)
    strength *= min(max((0.022 - aperture) / 0.012, 0), 1)
    if strength <= 0:
        return
    eyes = float(np.linalg.norm(target[33] - target[263]))
    line = np.concatenate([target[[78]], (target[IN_UP] + target[IN_LO]) / 2, target[[308]]])
    reach = 0.05 * eyes
    x0, y0 = np.maximum(np.floor(line.min(axis=0) - reach).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(line.max(axis=0) + reach).astype(int), pixels.shape[1::-1])
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    part = pixels[y0:y1, x0:x1]
    mask = np.zeros(part.shape[:2], np.uint8)
    corners = np.round((line - (x0, y0)) * 16).astype(np.int32)
    thickness = max(1, round(0.010 * eyes))
    cv2.polylines(mask, [corners], False, 255, thickness, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.8, 0.009 * eyes)).astype(np.float32) / 255
    dark = _color(pixels, target, np.r_[MID_UP, MID_LO]) * 0.58
    mixed = part + (soft * (0.75 * strength))[..., None] * (dark - part)
    pixels[y0:y1, x0:x1] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)


def _color(pixels: Rgb8, target: F64, vertices: np.ndarray) -> F64:
    """Median color under some vertices."""
    at = np.round(target[vertices, :2]).astype(int)
    x, y = at[:, 0].clip(0, pixels.shape[1] - 1), at[:, 1].clip(0, pixels.shape[0] - 1)
    out: F64 = np.median(pixels[y, x].astype(np.float64), axis=0)
    return out


def _grid() -> tuple[F64, F64]:
    rows, columns = round(_HEIGHT * _UNIT), round(_WIDTH * _UNIT)
    yy, xx = np.mgrid[:rows, :columns]
    return xx / _UNIT + _LEFT, yy / _UNIT + _TOP


def _teeth(widths: tuple[float, ...], lengths: tuple[float, ...], edge: float, up: bool) -> F32:
    """(h, w, 2) f32 brightness 0..1 and cover 0..1 of a row of teeth.

    Args:
        widths: of each tooth from the middle outwards, eye distances; the row curves away, so
            teeth look narrower to the sides.
        lengths: offset of each tooth's edge.
        edge: y of the middle teeth's edge below the lip line.
        up: upper teeth (edge at their lower end) or lower ones.
    """
    x, y = _grid()
    down = 1.0 if up else -1.0
    brightness, cover = np.full(x.shape, 0.5), np.zeros(x.shape)
    start = 0.0
    soft = 1.2 / _UNIT
    for k, (width, length) in enumerate(zip(widths, lengths, strict=True)):
        seen = width * (1.0, 0.94, 0.78, 0.58, 0.40)[k]
        u = (np.abs(x) - start - seen / 2) / (seen / 2)  # -1..1 across the tooth
        bow = 0.010 * (np.abs(x) / 0.2) ** 2  # the row's edge rises to the sides
        tip = edge + down * (length - bow - 0.010 * np.abs(u) ** 4 - 0.002 * u)
        inside = np.clip((tip - y) * down / soft + 0.5, 0, 1)
        inside *= np.clip((1 - np.abs(u)) * seen / 2 / soft + 0.75, 0, 1)
        depth = np.clip((tip - y) * down / 0.10, 0, 1)  # 0 at the edge .. 1 at the gum
        light = (0.90 + 0.12 * np.clip(depth * 4, 0, 1) - 0.22 * depth**2) * (1 - 0.16 * u**4)
        light *= (1.0, 0.95, 0.84, 0.64, 0.42)[k] * (1 - 0.05 * np.clip(u, 0, 1))
        brightness += inside * (light - brightness)
        cover = np.maximum(cover, inside)
        start += seen
    filled = np.clip(cover * 1.3, 0, 1) * (np.abs(x) < start)
    return np.ascontiguousarray(np.stack([brightness, filled], axis=-1).astype(np.float32))


def _tongue() -> F32:
    """(h, w, 2) f32 brightness and cover of a resting tongue behind the lower teeth."""
    x, y = _grid()
    top = 0.006 + 1.1 * x**2
    cover = np.clip((y - top) / 0.03, 0, 1) * np.clip((0.21 - np.abs(x)) / 0.08, 0, 1)
    light = 0.42 + 0.48 * np.clip((y - top) / 0.06, 0, 1)
    light = light * (1 - 0.10 * np.exp(-((x / 0.012) ** 2))) * (1 - 2.5 * x**2)
    return np.ascontiguousarray(np.stack([light, cover], axis=-1).astype(np.float32))

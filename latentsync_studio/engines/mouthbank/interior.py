"""The inner mouth of people who never showed it: teeth, tongue and the dark between them.

Upper teeth are fixed to the skull, lower teeth and tongue to the lower jaw; the lips only uncover
them. Sizes are those of average anatomy (central incisor 8.5 mm, outer eye corners 90 mm apart).
Everything is computed for each pixel from its place between the lips, in eye distances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from latentsync_studio.engines.mouthbank.anatomy import IN_LO, IN_UP, MID_LO, MID_UP

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, Rgb8
    from latentsync_studio.engines.mouthbank.person import Person
    from latentsync_studio.engines.mouthbank.plan import FramePlan

AnyArray: TypeAlias = "npt.NDArray[Any]"
_LUMA = np.array([0.299, 0.587, 0.114])
_SKIN = np.array([50, 280, 205, 425, 36, 266, 200, 187, 411])
_GRAIN_AT = np.array([205, 425, 200])  # smooth skin whose grain the inner mouth gets
_BEHIND = 0.04  # eye distances from the lips to the teeth
_EDGE = 0.027  # incisors' edge below the line of the closed lips
_BOUNDS = np.array([0.0, 0.088, 0.152, 0.206, 0.246])  # between upper teeth, as seen from ahead
_LINES = np.array([0.17, 0.13, 0.09, 0.0, 0.0])  # how dark the lines between them are
_SHORTER = np.array([0.0, 0.006, 0.001, 0.008, 0.012])  # edges above the incisors'
_DARK = (0.15, 0.28)  # brightness of the dark relative to skin: top and back .. bottom
_TEETH = (0.020, 0.050)  # middle gap at which upper teeth begin to show .. show fully
_WIDE = (0.09, 0.17)  # the same of the tongue
_GRAIN_TILE = 96


@dataclass(frozen=True, slots=True)
class _Look:
    """Colors (3,) of the frame's own lips and skin, RGB 0..255, and the skin's grain (sigma)."""

    lip: F64
    skin: F64
    highlight: float
    grain: float


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the pixels of a box are, all (h, w) f32 in eye distances.

    Attributes:
        x: to the right of the middle.
        y: below the closed lips' line.
        top: y of the upper inner lip at this x.
        bottom: y of the lower inner lip at this x.
        gap: greatest distance of the lips.
        pixel: size of a pixel.
        behind: (2,) by how much x, y of the teeth's plane differ, from the turn of the head.
    """

    x: F32
    y: F32
    top: F32
    bottom: F32
    gap: float
    pixel: float
    behind: F64


class InnerMouth:
    """Draws what a donor had nothing to show of. Colors follow the frame's own lips and skin."""

    def __init__(self, person: Person) -> None:
        donors = person.donors
        shut = donors.canonical[np.argsort(donors.measures[:, 0], kind="stable")[:8]]
        self._line = float((shut[:, 13, 1] + shut[:, 14, 1]).mean()) / 2
        self._middle = float(shut[:, [13, 14, 78, 308], 0].mean())
        self._depth = float(shut[:, [13, 14], 2].mean())
        lips = (shut[:, IN_UP, :2] + shut[:, IN_LO, :2]).mean(axis=0) / 2
        x2 = (lips[:, 0] - self._middle) ** 2
        # Teeth of a smile follow its arch by half: the other half is the lips'.
        self._arch = 0.5 * float(np.clip(np.polyfit(x2, lips[:, 1], 1)[0], -1.5, 0.2))
        self._edge = _EDGE + 0.02 * min(-self._arch, 0.5)  # a smile shows more of the teeth
        rng = np.random.default_rng(11)
        self._grain = rng.standard_normal((_GRAIN_TILE, _GRAIN_TILE)).astype(np.float32)

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
        place = self._placed(plan, target, (x0, y0, x1, y1))
        share = (_opening(place) * hidden)[..., None]
        look = _look(pixels, target)
        image = self._colored(place, look)
        image += self._grain_of(image.shape[:2])[..., None] * np.float32(look.grain)
        mixed = part + share * (image - part)
        pixels[y0:y1, x0:x1] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)

    def _placed(self, plan: FramePlan, target: F64, box: tuple[int, int, int, int]) -> _Place:
        turn = plan.scale * plan.rotation
        nose = target[168] - turn @ plan.target[168]
        start = turn @ np.array([self._middle, self._line, self._depth]) + nose
        back = np.linalg.inv(turn[:2, :2])
        xx, yy = np.meshgrid(
            np.arange(box[0], box[2]) - start[0], np.arange(box[1], box[3]) - start[1]
        )
        x = (back[0, 0] * xx + back[0, 1] * yy).astype(np.float32)
        y = (back[1, 0] * xx + back[1, 1] * yy).astype(np.float32)
        up, lo = ((target[[78, *row, 308], :2] - start[:2]) @ back.T for row in (IN_UP, IN_LO))
        along = np.linspace(up[0, 0], up[-1, 0], 65)
        top, bottom = _smooth_curve(up, along), _smooth_curve(lo, along)
        return _Place(
            x=x,
            y=y,
            top=np.interp(x, along, top).astype(np.float32),
            bottom=np.interp(x, along, np.maximum(bottom, top)).astype(np.float32),
            gap=float((bottom - top).max()),
            pixel=1 / plan.scale,
            behind=back @ turn[:2, 2] * _BEHIND,
        )

    def _colored(self, place: _Place, look: _Look) -> F32:
        """The inner mouth in the frame's light, as if nothing covered it, (h, w, 3) f32."""
        skin, lip = float(look.skin @ _LUMA), max(float(look.lip @ _LUMA), 1.0)
        flesh = np.clip(look.lip / lip, 0.3, 2.2)
        red = np.maximum(flesh * (1.12, 0.93, 0.93), (1.40, 0.84, 0.80)) ** 1.25
        red = (red / float(red @ _LUMA)).astype(np.float32)
        down = np.clip((place.y - place.top) / max(place.gap, 0.02), 0, 1)
        level = skin * (_DARK[0] + (_DARK[1] - _DARK[0]) * down)
        image: F32 = np.asarray(level[..., None] * red, np.float32)
        wide = _ramp(place.gap, *_WIDE)
        light, cover = _tongue(place)
        _lay(image, light * min(0.62 * lip, 0.5 * skin), red * 0.55 + 0.45 * flesh, cover * wide)
        ivory = 0.3 * look.skin / max(skin, 1.0) + 0.7 * np.array([1.05, 1.0, 0.90])
        light, cover = self._upper_teeth(place)
        shown = _ramp(place.gap, *_TEETH)
        bright = look.highlight * (0.82 + 0.18 * shown)
        warm = red + _ramp(light, 0.1, 0.75)[..., None] * (ivory - red)  # what is dark is red
        _lay(image, light * bright, warm, cover * shown)
        return image

    def _upper_teeth(self, place: _Place) -> tuple[F32, F32]:
        """Brightness and cover, (h, w) each 0..1; lines fade where pixels are too large."""
        x, y = place.x - place.behind[0], place.y - place.behind[1]
        off = np.abs(x)
        widths = np.diff(_BOUNDS, append=0.28)
        k = np.clip(np.searchsorted(_BOUNDS, off.ravel(), side="right") - 1, 0, 4)
        k = k.reshape(off.shape)
        across = (off - _BOUNDS[k]) / widths[k] * 2 - 1
        scallop = np.interp(off, _BOUNDS + widths / 2, _SHORTER) + 0.005 * across**4
        edge = self._edge + (self._arch - 0.20) * off**2 - scallop
        soft = max(0.008, 1.1 * place.pixel)
        cover = _ramp(edge - y, -soft, soft) * _ramp(0.27 - off, 0.0, 0.05)
        sigma = max(0.0050, 0.6 * place.pixel)
        lines = np.zeros_like(off)
        for bound, strength in zip(_BOUNDS, _LINES, strict=True):
            if strength:
                lines += strength * np.exp(-0.5 * ((off - bound) / sigma) ** 2)
        light = np.exp(-((off / 0.185) ** 2)) * (1 - lines * (0.0050 / sigma))
        light *= 0.62 + 0.38 * _ramp(place.y - place.top, 0.0, 0.028)  # the upper lip's shadow
        light *= 0.90 + 0.10 * _ramp(edge - y, 0.0, 0.02)
        return light.astype(np.float32), cover.astype(np.float32)

    def _grain_of(self, shape: tuple[int, ...]) -> F32:
        times = [-(-side // _GRAIN_TILE) for side in shape]
        return np.asarray(np.tile(self._grain, times)[: shape[0], : shape[1]], np.float32)


def _opening(place: _Place) -> F32:
    """(h, w) 0 at the inner lips' contour and beyond .. 1 well between the lips."""
    soft = max(0.010, 1.4 * place.pixel)
    inside = np.minimum(place.y - place.top, place.bottom - place.y)
    return np.asarray(_ramp(inside, 0.0, soft), np.float32)


def _tongue(place: _Place) -> tuple[F32, F32]:
    """Brightness and cover of a tongue resting behind the lower teeth."""
    rise = place.bottom - place.y
    height = 0.42 * place.gap * np.clip(1 - (place.x / 0.19) ** 2, 0, 1)
    cover = _ramp(height - rise, -0.012, 0.03)
    light = 0.55 + 0.45 * _ramp(height - rise, 0.0, 0.05)
    light = light * (1 - 0.10 * np.exp(-((place.x / 0.014) ** 2)))
    return light.astype(np.float32), cover.astype(np.float32)


def _lay(image: F32, light: AnyArray, tint: AnyArray, cover: AnyArray) -> None:
    """Mix a layer of `tint` (3,) or (h, w, 3) times `light` (h, w) into the image."""
    color = light[..., None].astype(np.float32) * tint.astype(np.float32)
    image += cover[..., None].astype(np.float32) * (color - image)


def _ramp(value: AnyArray | float, low: float, high: float) -> AnyArray:
    """Smooth step from 0 at `low` to 1 at `high`."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _smooth_curve(points: F64, at: F64) -> F64:
    """Y at x = `at` of a rounded curve near (n, 2) points that x increases along."""
    x = np.maximum.accumulate(points[:, 0] + np.arange(len(points)) * 1e-9)
    y = np.interp(at, x, points[:, 1])
    reach = max(2, len(at) // 14)
    steps = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (steps / (reach / 2)) ** 2)
    ends = (2 * y[0] - y[reach:0:-1], y, 2 * y[-1] - y[-2 : -reach - 2 : -1])
    return np.convolve(np.concatenate(ends), kernel / kernel.sum(), mode="valid")


def _look(pixels: Rgb8, target: F64) -> _Look:
    """Colors under the lips' and skin's vertices."""
    lip, skin = _colors(pixels, target, np.r_[MID_UP, MID_LO]), _colors(pixels, target, _SKIN)
    eyes = float(np.linalg.norm(target[33, :2] - target[263, :2]))
    reach = max(2, round(0.035 * eyes))
    grains = []
    for x, y in np.round(target[_GRAIN_AT, :2]).astype(int):
        spot = pixels[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]
        if min(spot.shape[:2]) > 2:
            luma = cv2.transform(spot.astype(np.float32), _LUMA[None].astype(np.float32))
            grains.append(float((luma - cv2.blur(luma, (3, 3))).std()))
    return _Look(
        lip=np.median(lip, axis=0),
        skin=np.median(skin, axis=0),
        highlight=float(np.percentile(skin @ _LUMA, 80)),
        # In the dark grain is fainter than on skin, and pores are not grain.
        grain=min(float(np.median(grains)), 0.02 * float(np.median(skin @ _LUMA)), 4.0)
        if grains
        else 0.0,
    )


def _colors(pixels: Rgb8, target: F64, vertices: AnyArray) -> F64:
    """(n, 3) colors under some vertices."""
    at = np.round(target[vertices, :2]).astype(int)
    x, y = at[:, 0].clip(0, pixels.shape[1] - 1), at[:, 1].clip(0, pixels.shape[0] - 1)
    out: F64 = pixels[y, x].astype(np.float64)
    return out


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
    dark = np.median(_colors(pixels, target, np.r_[MID_UP, MID_LO]), axis=0) * 0.58
    mixed = part + (soft * (0.75 * strength))[..., None] * (dark - part)
    pixels[y0:y1, x0:x1] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)

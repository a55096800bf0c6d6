"""Lay a redrawn patch over a frame, in the frame's own planes.

    frame' = frame + w * (patch - frame)
    w      = alpha, grown or shrunk, * painted masks, feathered, * regions * strength * usable

Only the difference is converted and added, so what has weight 0 stays the decoded source, bit for
bit, at any depth and chroma subsampling. This is the one compositor: viewer and export call it.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as replace_in
from typing import TYPE_CHECKING, NamedTuple, Protocol

import cv2
import numpy as np

from latentsync_studio.core.face.landmarks import eye_distance
from latentsync_studio.imaging.blend import placed, skin_shift
from latentsync_studio.imaging.edges import feathered, grown, shrunk
from latentsync_studio.imaging.finish import Seen, texture, wants_texture
from latentsync_studio.imaging.pixels import window_rgb, with_delta
from latentsync_studio.imaging.regions import Regions

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Alpha, Rgb8
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.picture import Box, Copies, Picture
    from latentsync_studio.core.settings.pages import ComposeSettings

_BORDER = 0.04  # of a patch's shorter side: a grown mask comes to 0 before the patch ends


class Cover(Protocol):
    """Painted masks of one frame."""

    def over(self, box: Box, size: tuple[int, int], landmarks: F32, scale: float) -> Alpha | None:
        """Where the patch may show: (h, w) f32 over a box, 1 = wholly; None: everywhere.

        Args:
            box: pixels of the picture.
            size: width, height of the picture, which may be smaller than the source.
            landmarks: (478, 3) in px of the picture.
            scale: px of the picture a px of the source.
        """


class Watch(Protocol):
    """Somebody who wants to know where a patch showed."""

    def __call__(self, box: Box, weight: Alpha) -> None:
        """Told of the pixels of the picture and (h, w) f32, 0..1, how much of each was redrawn."""


class Beside(NamedTuple):
    """What a look goes over into.

    Attributes:
        look: the other one.
        share: 0..1 of it.
    """

    look: Look
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a patch is laid over one frame.

    Attributes:
        settings: with the values of this frame.
        usable: 0..1 protection of the frame (covered, turned away, ...).
        cover: painted masks, None where there are none.
        scale: px of the picture a px of the source.
        copies: where composed pictures are put, None for memory of their own.
        watch: told of what shows; it changes nothing.
        beside: what is shown as well, where a take goes over into another; see `services.compose`.
    """

    settings: ComposeSettings
    usable: float = 1.0
    cover: Cover | None = None
    scale: float = 1.0
    copies: Copies | None = None
    watch: Watch | None = None
    beside: Beside | None = None


@dataclass(frozen=True, slots=True)
class _Placed:
    """A patch in pixels of the frame, and how much of it shows."""

    box: Box
    pixels: Rgb8
    shape: Alpha  # without strengths
    weight: Alpha
    regions: Regions


def composite(picture: Picture, patch: Patch, landmarks: F32, look: Look) -> Picture:
    """Return `picture` with `patch` over it; the same object where nothing shows.

    landmarks: (478, 3) of the face in this frame, display pixels.
    """
    found = _weighed(patch, (picture.width, picture.height), landmarks, look)
    if found is None or not found.weight.any():
        return picture
    settings, box = look.settings, found.box
    if look.watch is not None:
        look.watch(box, found.weight)
    base = window_rgb(picture, box)
    delta = np.asarray(cv2.subtract(found.pixels, base, dtype=cv2.CV_32F), np.float32)
    if settings.color_match > 0.0:
        shift = skin_shift(delta, found.shape, box, landmarks)
        delta -= np.float32(settings.color_match) * shift
    if wants_texture(settings):
        seen = Seen(
            base=base,
            pixels=found.pixels,
            shape=found.shape,
            box=box,
            regions=found.regions,
            eyes=float(eye_distance(landmarks)),
            number=picture.index,
        )
        delta += texture(seen, settings)[..., None]
    delta *= found.weight[..., None]
    return with_delta(picture, box, delta, look.copies)


def shown_weight(
    size: tuple[int, int], patch: Patch, landmarks: F32, look: Look
) -> tuple[Box, Alpha] | None:
    """Where and how strongly the patch shows: a box and (h, w) f32; None where it does not.

    size: width, height of the picture.
    """
    found = _weighed(patch, size, landmarks, look)
    return None if found is None else (found.box, found.weight)


def _weighed(patch: Patch, size: tuple[int, int], landmarks: F32, look: Look) -> _Placed | None:
    settings = look.settings
    strength = settings.strength * look.usable
    if strength <= 0.0:
        return None
    if settings.grow != 0.0:
        patch = _regrown(patch, settings.grow * look.scale)
    found = placed(patch, *size)
    if found is None:
        return None
    box, pixels, shape = found
    if look.cover is not None:
        cover = look.cover.over(box, size, landmarks, look.scale)
        shape = shape if cover is None else shape * cover
    if settings.feather > 0.0:
        shape = feathered(shape, settings.feather * look.scale)
    weight = shape
    regions = Regions(box, landmarks)
    strengths = regions.strengths(settings)
    if strengths is not None:
        weight = weight * strengths
    if strength != 1.0:
        weight = weight * np.float32(strength)
    return _Placed(box, pixels, shape, weight, regions)


def _regrown(patch: Patch, px: float) -> Patch:
    """The patch with the edge of its alpha moved by `px` of the frame, within the patch.

    The result comes to 0 at the border of the patch, where there is nothing to show.
    """
    inner = px / float(np.sqrt(abs(np.linalg.det(patch.transform[:, :2]))))
    alpha = patch.alpha.astype(np.float32)
    if px < 0.0:
        moved = shrunk(alpha, -inner)
    else:
        rows, columns = alpha.shape
        ramp = 255.0 / max(2.0, _BORDER * min(rows, columns))
        down = np.minimum(np.arange(rows), np.arange(rows)[::-1]) * ramp
        across = np.minimum(np.arange(columns), np.arange(columns)[::-1]) * ramp
        border = np.minimum(down[:, None], across[None, :]).astype(np.float32)
        moved = np.maximum(np.minimum(grown(alpha, inner), border), alpha)
    return replace_in(patch, alpha=np.rint(moved).astype(np.uint8))

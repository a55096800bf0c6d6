"""What a composed picture changes, as a layer with alpha over the untouched source.

    over(source, layer) = composed        exactly, in the source's own planes

Alpha is 1 where any sample differs and 0 elsewhere, never between; without alpha everything is
black. So the layer is the same whether a host takes alpha as straight or as premultiplied, no host
can round a mixture, and a grade that the source has fits the layer as it is. The soft edge of the
mouth lies inside: there the composed picture nears the source, so that the edge of alpha cannot be
seen. Alpha covers whole sites of chroma: what is repeated for 4:4:4 comes back in 4:2:0. It covers
their neighbors too, which a host that interpolates chroma shows changed as well. And where a file
holds other colors than the source, the composed picture is converted before it is cut out, so that
interpolated chroma never mixes with black.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

import cv2
import msgspec
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.color import levels
from latentsync_studio.imaging.fit import conformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from latentsync_studio.core.arrays import Bools, Plane
    from latentsync_studio.core.picture import Picture, PixelFormat

_T = TypeVar("_T", bound=np.generic)
_CLOSED = 5  # px: gaps in the change up to this are covered too


def layer_of(source: Picture, composed: Picture, stored: PixelFormat | None = None) -> Picture:
    """The layer: planes of `composed` where it differs from `source`, and alpha as the last plane.

    Args:
        source: any format of core.picture; alpha of its own is ignored.
        composed: the same format and size.
        stored: how the file holds it; None: as the source.

    Returns:
        Planes, black where nothing changed, and alpha (H, W) of full range. The layout is that of
        the source, or `stored` where its colors mean something else.
    """
    stored = source.format if stored is None else stored
    found = _covered(source, composed, _coarser(source.format, stored))
    shown = composed
    if not _same_colors(source.format, stored):
        shown = conformed(composed, stored, (composed.width, composed.height))
    fmt = shown.format
    count = 1 if fmt.name.startswith("gray") else 3
    planes = [
        _laid_out(plane, found, fmt, is_chroma=number > 0)
        for number, plane in enumerate(shown.planes[:count])
    ]
    kind = shown.planes[0].dtype
    alpha = np.zeros(source.planes[0].shape, kind)
    if found is not None:
        box, covered = found
        alpha[box.y0 : box.y1, box.x0 : box.x1] = covered * kind.type((1 << fmt.bits) - 1)
    planes.append(cast("Plane", frozen(alpha)))
    return replace(shown, planes=tuple(planes))


def matte_of(source: Picture, composed: Picture) -> Picture:
    """Alpha as a picture of its own: white where the layer covers, in the source's layout."""
    fmt, kind = source.format, source.planes[0].dtype
    lev = levels(fmt)
    luma = np.full(source.planes[0].shape, lev.black, kind)
    found = _covered(source, composed, fmt)
    if found is not None:
        box, covered = found
        luma[box.y0 : box.y1, box.x0 : box.x1][covered] = lev.white
    others = (
        luma if fmt.matrix == "rgb" else np.full_like(plane, lev.neutral)
        for plane in source.planes[1:3]
    )
    planes = tuple(cast("Plane", frozen(plane)) for plane in (luma, *others))
    return replace(source, planes=planes)


def coverage(source: Picture, composed: Picture) -> Bools:
    """(H, W) where the layer covers: what differs, without holes, and sites of chroma around it."""
    whole = np.zeros(source.planes[0].shape, np.bool_)
    found = _covered(source, composed, source.format)
    if found is not None:
        box, covered = found
        whole[box.y0 : box.y1, box.x0 : box.x1] = covered
    return whole


def _same_colors(one: PixelFormat, other: PixelFormat) -> bool:
    """Whether equal samples of both formats mean equal colors, but for their bits."""
    is_gray = one.name.startswith("gray"), other.name.startswith("gray")
    same_matrix = is_gray[0] == is_gray[1] and (is_gray[0] or one.matrix == other.matrix)
    return same_matrix and one.full_range == other.full_range


def _coarser(one: PixelFormat, other: PixelFormat) -> PixelFormat:
    """A format whose sites of chroma are whole sites of both."""
    sub_x, sub_y = max(one.sub_x, other.sub_x), max(one.sub_y, other.sub_y)
    return msgspec.structs.replace(one, sub_x=sub_x, sub_y=sub_y)


def _covered(source: Picture, composed: Picture, grid: PixelFormat) -> tuple[Box, Bools] | None:
    """The same as `coverage` within the box that holds it; both are made of sites of `grid`."""
    if composed is source:
        return None
    pairs = zip(source.planes[:3], composed.planes[:3], strict=True)
    masks = [
        None if a is b else np.asarray(cv2.compare(a, b, cv2.CMP_NE), np.uint8) for a, b in pairs
    ]
    box = _box_of(masks, source, grid)
    if box is None:
        return None
    fmt = source.format
    differs = np.zeros((box.height, box.width), np.uint8)
    for number, mask in enumerate(masks):
        if mask is not None:
            part = mask[_within(box, fmt, is_chroma=number > 0)]
            wide = part if number == 0 else _spread(part, fmt, differs.shape)
            np.maximum(differs, wide, out=differs)
    sites = _sites(_filled(differs), grid)
    if grid.sub_x or grid.sub_y:
        around = np.ones((1 + 2 * bool(grid.sub_y), 1 + 2 * bool(grid.sub_x)), np.uint8)
        sites = np.asarray(cv2.dilate(sites.astype(np.uint8), around) > 0, np.bool_)
    return box, _spread(sites, grid, differs.shape)


def _box_of(
    masks: Sequence[npt.NDArray[np.uint8] | None], picture: Picture, grid: PixelFormat
) -> Box | None:
    """The pixels that hold all that differs, with room for closing gaps, in sites of `grid`."""
    own_x, own_y = 1 << picture.format.sub_x, 1 << picture.format.sub_y
    step_x, step_y = 1 << grid.sub_x, 1 << grid.sub_y
    sides: list[tuple[int, int, int, int]] = []
    for number, mask in enumerate(masks):
        if mask is None:
            continue
        x, y, width, height = cv2.boundingRect(mask)
        if width:
            sx, sy = (own_x, own_y) if number else (1, 1)
            sides.append((x * sx, y * sy, (x + width) * sx, (y + height) * sy))
    if not sides:
        return None
    room = _CLOSED + max(step_x, step_y)
    x0, y0 = (min(side[k] for side in sides) - room for k in (0, 1))
    x1, y1 = (max(side[k] for side in sides) + room for k in (2, 3))
    return Box(
        x0=x0 // step_x * step_x,
        y0=y0 // step_y * step_y,
        x1=-(-x1 // step_x) * step_x,
        y1=-(-y1 // step_y) * step_y,
    ).clipped(picture.width, picture.height)


def _within(box: Box, fmt: PixelFormat, *, is_chroma: bool) -> tuple[slice, slice]:
    """The part of a plane under a box that begins and ends with sites."""
    step = (1 << fmt.sub_x, 1 << fmt.sub_y) if is_chroma else (1, 1)
    return (
        slice(box.y0 // step[1], -(-box.y1 // step[1])),
        slice(box.x0 // step[0], -(-box.x1 // step[0])),
    )


def _filled(differs: npt.NDArray[np.uint8]) -> Bools:
    """Close small gaps and fill what is enclosed."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_CLOSED, _CLOSED))
    closed = cv2.morphologyEx(differs, cv2.MORPH_CLOSE, kernel)
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(closed, outlines, -1, 255, cv2.FILLED)
    return np.asarray((closed > 0) | (differs > 0), np.bool_)


def _sites(covered: Bools, fmt: PixelFormat) -> Bools:
    """Which sites of chroma hold any covered pixel."""
    step_x, step_y = 1 << fmt.sub_x, 1 << fmt.sub_y
    rows, columns = covered.shape
    padded = np.pad(covered, ((0, -rows % step_y), (0, -columns % step_x)))
    shape = padded.shape[0] // step_y, step_y, padded.shape[1] // step_x, step_x
    return np.asarray(padded.reshape(shape).any(axis=(1, 3)), np.bool_)


def _spread(sites: npt.NDArray[_T], fmt: PixelFormat, shape: tuple[int, ...]) -> npt.NDArray[_T]:
    """Pixels of the sites."""
    wide = sites.repeat(1 << fmt.sub_y, axis=0).repeat(1 << fmt.sub_x, axis=1)
    return wide[: shape[0], : shape[1]]


def _laid_out(
    plane: Plane, found: tuple[Box, Bools] | None, fmt: PixelFormat, *, is_chroma: bool
) -> Plane:
    """A plane that is black but for what is covered."""
    lev = levels(fmt)
    is_color = is_chroma and fmt.matrix != "rgb"
    made = np.full_like(plane, lev.neutral if is_color else lev.black)
    if found is not None:
        box, covered = found
        within = _within(box, fmt, is_chroma=is_chroma)
        where = _sites(covered, fmt) if is_chroma else covered
        np.copyto(made[within], plane[within], where=where)
    return cast("Plane", frozen(made))

"""What a composed picture changes, as a layer with alpha over the untouched source.

    over(source, layer) = composed        exactly, in the source's own planes

Alpha is 1 where any sample differs and 0 elsewhere, never between; without alpha everything is
black. So the layer is the same whether a host takes alpha as straight or as premultiplied, no host
can round a mixture, and a grade that the source has fits the layer as it is. The soft edge of the
mouth lies inside: there the composed picture nears the source, so that the edge of alpha cannot be
seen. Alpha covers whole sites of chroma: what is repeated for 4:4:4 comes back in 4:2:0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.imaging.color import levels

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import Plane
    from latentsync_studio.core.picture import Picture, PixelFormat

_CLOSED = 5  # px: gaps in the change up to this are covered too


def layer_of(source: Picture, composed: Picture) -> Picture:
    """The layer: planes of `composed` where it differs from `source`, and alpha as the last plane.

    Args:
        source: any format of core.picture; alpha of its own is ignored.
        composed: the same format and size.

    Returns:
        Planes of the source's layout, black where nothing changed, and alpha (H, W) of full range.
    """
    count = 1 if source.format.name.startswith("gray") else 3
    covered = coverage(source, composed)
    planes = [
        _covered(plane, covered, source.format, is_chroma=number > 0)
        for number, plane in enumerate(composed.planes[:count])
    ]
    planes.append(_alpha(covered, source.format))
    return replace(composed, planes=tuple(planes))


def matte_of(source: Picture, composed: Picture) -> Picture:
    """Alpha as a picture of its own: white where the layer covers, in the source's layout."""
    fmt = source.format
    lev = levels(fmt)
    covered = coverage(source, composed)
    kind = source.planes[0].dtype
    luma = np.where(covered, lev.white, lev.black).astype(kind)
    planes = [frozen(luma)]
    for plane in source.planes[1:3]:
        neutral = np.full(plane.shape, lev.neutral, kind)
        planes.append(frozen(luma if fmt.matrix == "rgb" else neutral))
    return replace(source, planes=tuple(cast("Plane", plane) for plane in planes))


def laid_over(source: Picture, layer: Picture) -> Picture:
    """What a host shows: the layer where its alpha is 1, else the source, plane by plane."""
    count = len(layer.planes) - 1
    covered = layer.planes[-1] > 0
    planes = []
    for number, (below, above) in enumerate(
        zip(source.planes[:count], layer.planes[:count], strict=True)
    ):
        sites = _sites(covered, source.format) if number else covered
        planes.append(cast("Plane", frozen(np.where(sites, above, below))))
    return replace(source, planes=tuple(planes))


def coverage(source: Picture, composed: Picture) -> npt.NDArray[np.bool_]:
    """(H, W) where the layer covers: what differs, without holes, in whole sites of chroma."""
    shape = source.planes[0].shape
    if composed is source:
        return np.zeros(shape, np.bool_)
    differs = np.asarray(source.planes[0] != composed.planes[0], np.bool_)
    for below, above in zip(source.planes[1:3], composed.planes[1:3], strict=True):
        if below is not above:
            differs |= _spread(below != above, source.format, shape)
    if not differs.any():
        return differs
    filled = _filled(differs)
    return _spread(_sites(filled, source.format), source.format, shape)


def _filled(differs: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Close small gaps and fill what is enclosed."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_CLOSED, _CLOSED))
    closed = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(closed, outlines, -1, 1, cv2.FILLED)
    return np.asarray((closed > 0) | differs, np.bool_)


def _sites(covered: npt.NDArray[np.bool_], fmt: PixelFormat) -> npt.NDArray[np.bool_]:
    """Which sites of chroma hold any covered pixel."""
    step_x, step_y = 1 << fmt.sub_x, 1 << fmt.sub_y
    rows, columns = covered.shape
    padded = np.pad(covered, ((0, -rows % step_y), (0, -columns % step_x)))
    shape = padded.shape[0] // step_y, step_y, padded.shape[1] // step_x, step_x
    return np.asarray(padded.reshape(shape).any(axis=(1, 3)), np.bool_)


def _spread(
    sites: npt.NDArray[np.bool_], fmt: PixelFormat, shape: tuple[int, ...]
) -> npt.NDArray[np.bool_]:
    """Pixels of the sites."""
    wide = sites.repeat(1 << fmt.sub_y, axis=0).repeat(1 << fmt.sub_x, axis=1)
    return wide[: shape[0], : shape[1]]


def _covered(
    plane: Plane, covered: npt.NDArray[np.bool_], fmt: PixelFormat, *, is_chroma: bool
) -> Plane:
    lev = levels(fmt)
    is_color = is_chroma and fmt.matrix != "rgb"
    where = _sites(covered, fmt) if is_chroma else covered
    nothing = plane.dtype.type(lev.neutral if is_color else lev.black)
    return cast("Plane", frozen(np.where(where, plane, nothing)))


def _alpha(covered: npt.NDArray[np.bool_], fmt: PixelFormat) -> Plane:
    kind = np.uint8 if fmt.bits == 8 else np.uint16
    return cast("Plane", frozen(np.where(covered, (1 << fmt.bits) - 1, 0).astype(kind)))

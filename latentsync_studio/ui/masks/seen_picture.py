"""The picture of the medium, in its own px, as the viewer has it: for flooding by color."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.imaging.fit import fitted_box, placed_rgb

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.picture import Box
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.masks.placed import Placed


def seen_picture(shown: Shown | None, placed: Placed | None) -> Rgb8 | None:
    """(H, W, 3) u8 RGB of the source that is shown, in the medium's own px.

    None where there is no picture. It is as fine as what is shown: the very frame at rest.
    """
    if shown is None or shown.source is None or placed is None:
        return None
    source = shown.source
    height, width = source.shape[:2]
    aspect = placed.target.width() / placed.target.height() * placed.size[1] / placed.size[0]
    box = fitted_box(placed.size, (width, height), aspect)
    return _sized(source, box, placed.size)


def _sized(source: Rgb8, box: Box, size: tuple[int, int]) -> Rgb8:
    part = np.ascontiguousarray(source[box.y0 : box.y1, box.x0 : box.x1])
    if (box.width, box.height) == size:
        return part
    return placed_rgb(part, type(box)(x0=0, y0=0, x1=size[0], y1=size[1]), size)

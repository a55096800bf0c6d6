"""A look with every setting in use, painted masks and curves, for the benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from latentsync_studio.core.mask.keyframes import Key
from latentsync_studio.core.mask.layer import FACE_SIDE, LayerId, MaskLayer
from latentsync_studio.core.mask.tiles import Canvas, raster_of
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.core.timeline.edits import curves, masks
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.timeline.takes import TakeCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.mask.tiles import Tile
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.wiring import Services

EVERYTHING = ComposeSettings(
    strength=0.9, lips=0.8, mouth=0.9, jaw=0.3, cheeks=0.5, nose=0.6, skin=0.7, rest=0.2, grow=6.0,
    feather=8.0, color_match=0.7, detail=0.6, sharpen=0.5, grain=0.8,
)  # fmt: skip


class Painted:
    """Tiles in memory."""

    def __init__(self) -> None:
        self._held: dict[str, Tile] = {}

    def disc(self, size: tuple[int, int], middle: tuple[int, int], radius: int) -> Canvas:
        """A filled circle of px."""
        rows, columns = np.ogrid[: size[1], : size[0]]
        inside = (columns - middle[0]) ** 2 + (rows - middle[1]) ** 2 < radius**2
        canvas = Canvas.of(np.where(inside, 255, 0).astype(np.uint8))
        self._held |= {tile.digest: tile.pixels for tile in canvas.tiles()}
        return canvas

    def tile(self, digest: str) -> Tile:
        """As TileSource."""
        return self._held[digest]


def with_everything(project: Project, services: Services) -> Project:
    """The project with a look that has all of it on its first clip."""
    sequence = project.sequences[0]
    size, clip = (sequence.width, sequence.height), sequence.tracks[0].clips[0].id
    painted = Painted()
    services.paintings.attach(painted)
    made = replace(project, settings=replace(project.settings, compose=EVERYTHING))
    shapes = {
        "face": painted.disc((FACE_SIDE, FACE_SIDE), (640, 760), 120),
        "frame": painted.disc(size, (size[0] // 3, size[1] // 2), size[0] // 12),
    }
    for space, canvas in shapes.items():
        layer = MaskLayer(id=LayerId(""), space=space, role="protect", feather=4.0, grow=2.0)
        made = masks.add_layer(made, clip, layer)
        new = made.sequences[0].tracks[0].clips[0].masks[-1].id
        made = masks.put_raster(made, clip, new, 0, raster_of(canvas))
    ramp = (Key(frame=0, value=0.2, ease="ease"), Key(frame=500, value=1.0))
    return curves.set_curve(made, clip, "compose.lips", ramp)


def composing(project: Project, services: Services) -> Callable[[int], object]:
    """What composes a frame of the first clip at its full size; patches are in memory."""
    sequence = project.sequences[0]
    clip = sequence.tracks[0].clips[0]
    takes = TakeCache(services)
    take = takes.get(project, sequence.id, clip.id, CallbackProgress())
    [face] = take.faces
    window = face.windows[0]
    patches = {patch.frame: patch for patch in face.stored(window) or ()}
    with take.medium.open() as reader:
        pictures = {at: reader.read(int(take.axis.source[at])) for at in window}
    plan = LookPlan.of(project, clip, services.paintings)

    def compose(number: int) -> object:
        at = window.start + number % len(window)
        picture = pictures[at]
        look = plan.at(at, face.face, picture.index)
        return compose_frame(picture, patches[at], face.face, look)

    return compose

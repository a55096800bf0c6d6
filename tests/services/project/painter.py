"""A process that paints on a project without end, to be killed.

    python -m tests.services.project.painter HOME PROJECT FIRST

Stroke n is seen in row n of the canvas. It tells the number of each stroke once it is flushed.
"""

import os
import sys
from pathlib import Path

from msgspec.structs import replace

from latentsync_studio.core.mask.layer import LayerId, MaskLayer, RasterKey
from latentsync_studio.core.mask.strokes import Brush, PathPoint
from latentsync_studio.core.mask.tiles import Canvas, canvas_of, raster_of
from latentsync_studio.imaging.brush_raster import LiveStroke
from latentsync_studio.services.mask_tiles import MaskTiles
from latentsync_studio.services.project_files import open_project
from tests.core.timeline.cuts import clips_of
from tests.services.project.states import MADE

SIZE = (1280, 1024)
ROWS = 12  # px from stroke to stroke
SAVE_EVERY = 7
BRUSH = Brush(size=8, hardness=1, sizes=False)


def painted(canvas, n, *, to_the_end=True):
    """A canvas with stroke n; without its end as it is while the pen is down."""
    stroke = LiveStroke(canvas, BRUSH)
    y = n * ROWS % SIZE[1] + ROWS / 2
    stroke.to(PathPoint(20, y))
    stroke.to(PathPoint(400, y))
    if to_the_end:
        stroke.to(PathPoint(SIZE[0] - 20, y))
    return stroke.finish()


def strokes_in(canvas):
    """Numbers of the strokes that are there, each whole."""
    rows = canvas.read()[ROWS // 2 :: ROWS]
    return [n for n, row in enumerate(rows) if row.any() and row[25:-25].min() == 255]


def state_of(raster):
    """The project with what is painted."""
    layer = MaskLayer(id=LayerId("p1"), space="frame", rasters=(RasterKey(frame=0, raster=raster),))
    sequence = MADE.sequences[0]
    track = sequence.tracks[0]
    clips = (replace(track.clips[0], masks=(layer,)), *track.clips[1:])
    tracks = (replace(track, clips=clips), *sequence.tracks[1:])
    return replace(MADE, sequences=(replace(sequence, tracks=tracks),))


def canvas_in(project, source):
    """What is painted in a project, read through a TileSource."""
    masks = clips_of(project)[0].masks
    return canvas_of(masks[0].rasters[0].raster, source) if masks else Canvas(*SIZE)


def main(home, path, first):
    opened = open_project(Path(path), Path(home))
    tiles = MaskTiles(opened)
    canvas = canvas_in(opened.project, tiles)
    raster = raster_of(canvas)
    for n in range(int(first), SIZE[1] // ROWS):
        after = painted(canvas, n)
        for tile in after.changed_since(canvas):
            tiles.put(tile.pixels)
        canvas, raster = after, raster_of(after, raster)
        opened.note(state := state_of(raster))
        opened.flush()
        os.write(1, f"{n}\n".encode())
        if n % SAVE_EVERY == 0:
            opened.save(state)


if __name__ == "__main__":
    main(*sys.argv[1:])

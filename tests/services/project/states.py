"""A small project, its later states, and the end of a window that crashed."""

import json

from msgspec.structs import replace

from latentsync_studio.core.mask.layer import (
    TILE,
    LayerId,
    MaskLayer,
    Raster,
    RasterKey,
    TileRef,
)
from latentsync_studio.core.timeline.edits.clips import rename
from latentsync_studio.services.project_files import open_project
from tests.core.timeline.cuts import clips_of, project

MADE = project(V1=[(0, 0, 50), (50, 10, 60)], A1=[(0, 0, 50)])


def named(n):
    """Another state of the project: its first clip has a name."""
    return rename(MADE, clips_of(MADE)[0].id, f"take {n}")


def with_tiles(made, *digests):
    """Another state: its first clip has a painted mask of these tiles."""
    tiles = tuple(TileRef(x=x, y=0, digest=digest) for x, digest in enumerate(digests))
    raster = Raster(width=TILE * max(1, len(tiles)), height=TILE, tiles=tiles)
    layer = MaskLayer(id=LayerId("p1"), rasters=(RasterKey(frame=0, raster=raster),))
    sequence = made.sequences[0]
    track = sequence.tracks[0]
    clips = (replace(track.clips[0], masks=(layer,)), *track.clips[1:])
    tracks = (replace(track, clips=clips), *sequence.tracks[1:])
    return replace(made, sequences=(replace(sequence, tracks=tracks), *made.sequences[1:]))


def name_in(made):
    return clips_of(made)[0].name


def files_in(folder):
    return sorted(each.name for each in folder.iterdir())


def crashed(path, home, *names):
    """Leave the project as a crash does, after edits that were flushed."""
    opened = open_project(path, home)
    for n in names:
        opened.note(named(n))
        opened.flush()
    abandon(opened)


def abandon(opened):
    """Let go of an open project as a crash does: nothing is flushed, its lock is stale."""
    for held in (opened._held, opened._spare):
        if held is not None:
            held.file.close()
            if held.lock is not None and held.lock.is_ours():
                held.lock.path.write_text(_dead(held.lock.path.read_text()))
    opened._is_closed = True


def _dead(lock):
    """The lock as a process that is no more left it."""
    fields = json.loads(lock)
    return json.dumps(fields | {"owner": [fields["owner"][0], "another start"]})

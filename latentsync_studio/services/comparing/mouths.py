"""Mouths of the same moments of several movies, a row a movie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.services.comparing.requests import MouthRow
from latentsync_studio.services.contact_sheet import mouth_crops, png_bytes
from latentsync_studio.services.inspect import analysed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.services.comparing.matching import ClipFiles
    from latentsync_studio.services.wiring import Services

COLUMNS: Final = 8
SIDE: Final = 128  # px
SOURCE: Final = "source"


def mouth_rows(
    files: ClipFiles,
    qualities: Mapping[str, ClipQuality],
    services: Services,
    progress: Progress,
) -> Iterator[MouthRow]:
    """Rows of crops: the source's where there is one, then each system's.

    The clip is cut into equal stretches; of each the moment is shown at which the first system's
    mouth is widest or narrowest, in turn. Nothing is yielded where nobody has a face.
    """
    base = files.reference or next(iter(files.movies.values()))
    analysis = analysed(base, services, progress).analysis
    if not analysis.tracks:
        return
    track = analysis.tracks[0]
    frames = _moments(track, list(qualities.values()))
    if not frames:
        return
    size = analysis.width, analysis.height
    shown = [] if files.reference is None else [(SOURCE, files.reference)]
    for name, path in (*shown, *files.movies.items()):
        progress.check()
        crops = mouth_crops(path, track, size, frames, SIDE)
        yield MouthRow(
            name=name,
            clip=files.name,
            frames=tuple(frames),
            png=png_bytes(np.ascontiguousarray(np.concatenate(crops, axis=1))),
        )


def _moments(track: FaceTrack, qualities: list[ClipQuality]) -> list[int]:
    """Frames that tell most, rising."""
    count = min(len(quality.frames) for quality in qualities)
    there = np.flatnonzero(track.present[:count])
    if not len(there):
        return []
    opened = qualities[0].curve("aperture").result
    picks = []
    for n, stretch in enumerate(np.array_split(there, min(COLUMNS, len(there)))):
        values = opened[stretch]
        if np.isnan(values).all():
            picks.append(int(stretch[len(stretch) // 2]))
        else:
            best = np.nanargmax(values) if n % 2 == 0 else np.nanargmin(values)
            picks.append(int(stretch[best]))
    return picks

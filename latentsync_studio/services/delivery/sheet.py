"""The contact sheet of a package: frames of every clip, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.timeline.check import called, find_media
from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.services.contact_sheet import BACKGROUND, Row, sheet
from latentsync_studio.services.timeline.preview import FrameServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline import model
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services

_COLUMNS: Final = 6  # frames of a clip
_SIZE: Final = (320, 180)
_MEMORY: Final = 128 * 1024**2
_MOST_CLIPS: Final = 24


def cut_sheet(
    project: model.Project,
    sequence: model.Sequence,
    clips: Sequence[tuple[model.ClipId, FrameRange]],
    services: Services,
    takes: TakeCache,
    progress: Progress,
) -> Rgb8:
    """Frames of clips as in the media, and below them as they are delivered.

    Each clip comes with the frames of the sequence that are shown of it, and is titled by its name,
    track and time code. Of more than 24 clips, as many are shown, evenly chosen. The patches must
    be in the store.
    """
    chosen = clips
    if len(clips) > _MOST_CLIPS:
        steps = np.linspace(0, len(clips) - 1, _MOST_CLIPS)
        chosen = [clips[int(at)] for at in np.rint(steps)]
    server = FrameServer(services, _MEMORY, takes)
    rows: list[Row] = []
    try:
        for name, frames in chosen:
            shown = [
                _shown(project, sequence, frame, server, progress) for frame in _picked(frames)
            ]
            rows += _rows(sequence, clip_title(project, sequence, name, frames), shown)
    finally:
        server.close()
    return sheet(rows)


def _picked(frames: FrameRange) -> list[int]:
    """Frames that are shown of a clip, evenly, the first and the last among them."""
    steps = np.linspace(frames.start, frames.stop - 1, min(_COLUMNS, len(frames)))
    return [int(frame) for frame in np.unique(np.rint(steps).astype(int))]


def _shown(
    project: model.Project,
    sequence: model.Sequence,
    frame: int,
    server: FrameServer,
    progress: Progress,
) -> Shown:
    progress.check()
    return server.show(project, sequence.id, frame, exact=True, max_size=_SIZE)


def clip_title(
    project: model.Project, sequence: model.Sequence, clip_id: model.ClipId, frames: FrameRange
) -> str:
    """What people know a clip by: "Interview 2.mov, V1, 01:00:02:10 to 01:00:05:00"."""
    track, clip = next(
        (track, clip) for track in sequence.tracks for clip in track.clips if clip.id == clip_id
    )
    name = clip.name or find_media(project, clip.media).name
    times = (_label(sequence, frame) for frame in (frames.start, frames.stop - 1))
    return f"{name}, {called(track)}, {' to '.join(times)}"


def _label(sequence: model.Sequence, frame: int) -> str:
    return to_timecode(sequence.first_label + frame, sequence.rate, drop=sequence.is_drop)


def _rows(sequence: model.Sequence, title: str, shown: Sequence[Shown]) -> list[Row]:
    labels = [_label(sequence, each.frame) for each in shown]
    before = [_or_dark(each.source) for each in shown]
    after = [_or_dark(each.result) for each in shown]
    return [
        Row("original", before, [""] * len(before), title),
        Row("redrawn", after, labels),
    ]


def _or_dark(image: Rgb8 | None) -> Rgb8:
    if image is not None:
        return image
    return np.full((_SIZE[1], _SIZE[0], 3), BACKGROUND, np.uint8)

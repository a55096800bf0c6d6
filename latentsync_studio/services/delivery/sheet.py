"""The contact sheet of a package: frames of every clip, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.timeline.showing import find_placed
from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.services.contact_sheet import BACKGROUND, Row, sheet
from latentsync_studio.services.timeline.preview import FrameServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline import model
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services

_SHOWN: Final = 6  # frames of a clip
_SIZE: Final = (320, 180)
_MEMORY: Final = 128 * 1024**2
_MOST_CLIPS: Final = 24


def cut_sheet(
    project: model.Project,
    sequence: model.Sequence,
    clips: Sequence[model.ClipId],
    services: Services,
    takes: TakeCache,
    progress: Progress,
) -> Rgb8:
    """Frames of clips as in the media, and below them as they are delivered.

    Of more than 24 clips, as many are shown, evenly chosen. The patches must be in the store.
    """
    chosen = clips
    if len(clips) > _MOST_CLIPS:
        steps = np.linspace(0, len(clips) - 1, _MOST_CLIPS)
        chosen = [clips[int(at)] for at in np.rint(steps)]
    server = FrameServer(services, _MEMORY, takes)
    rows: list[Row] = []
    try:
        for name in chosen:
            rows += _rows(project, sequence, name, server, progress)
    finally:
        server.close()
    return sheet(rows)


def _rows(
    project: model.Project,
    sequence: model.Sequence,
    name: model.ClipId,
    server: FrameServer,
    progress: Progress,
) -> list[Row]:
    placed = find_placed(sequence, name)
    if placed is None:
        return []
    clip = placed[1]
    last = clip.stop - clip.start - 1
    steps = np.unique(np.rint(np.linspace(0, last, min(_SHOWN, last + 1))).astype(int))
    before, after, labels = [], [], []
    for step in steps.tolist():
        progress.check()
        frame = clip.start + step
        shown = server.show(project, sequence.id, frame, exact=True, max_size=_SIZE)
        before.append(_or_dark(shown.source))
        after.append(_or_dark(shown.result))
        label = sequence.first_label + frame
        labels.append(to_timecode(label, sequence.rate, drop=sequence.is_drop))
    return [Row(f"{name}", before, [""] * len(before)), Row("redrawn", after, labels)]


def _or_dark(image: Rgb8 | None) -> Rgb8:
    if image is not None:
        return image
    return np.full((_SIZE[1], _SIZE[0], 3), BACKGROUND, np.uint8)

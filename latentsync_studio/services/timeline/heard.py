"""What is heard under a clip: peaks of its sound and mouth channels, on the sequence's frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.speech.shapes import SHAPE_RATE_HZ
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.showing import drivers_of, reach_of, with_siblings
from latentsync_studio.services.speech import RATE_HZ
from latentsync_studio.services.timeline.lane import CONTEXT_S, lane_sound, plan_lane
from latentsync_studio.services.timeline.medium import Axis
from latentsync_studio.services.timeline.takes import placed

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.timeline.lane import LanePlan
    from latentsync_studio.services.timeline.medium import MediaBook
    from latentsync_studio.services.wiring import Services

PEAKS: Final = 16  # pairs of peaks a frame
SHAPES: Final = 4  # rows of channels a frame


@dataclass(frozen=True, eq=False, kw_only=True)
class Heard:
    """The speech that drives a clip.

    Attributes:
        frames: of the sequence, T of them.
        low, high: (T * PEAKS,) f32 least and greatest samples of parts of frames, -1..1.
        channels: (T * SHAPES, 7) f32, as SpeechShapes.
    """

    frames: FrameRange
    low: F32
    high: F32
    channels: F32


def heard_under(
    project: Project,
    sequence_id: SequenceId,
    clip_id: ClipId,
    services: Services,
    book: MediaBook,
    progress: Progress,
) -> Heard | None:
    """Lay out and listen to what drives the first driven face of a clip; None where nothing does.

    No face is looked for and no engine opened. What is listened to is kept in the store.

    Raises:
        InputError: a medium is offline or unreadable.
        InvalidEditError: there is no such clip.
        Cancelled: the user stopped it.
    """
    sequence, _, clip = placed(project, sequence_id, clip_id)
    found = _plan(project, sequence_id, clip_id, book)
    if found is None:
        return None
    plan, axis = found
    sound = lane_sound(plan, services, progress)
    rate = float(sequence.rate.fraction)
    first = (clip.source.start - axis.base) / rate
    count = len(clip.source)
    low, high = _peaks(sound.pcm, first + np.arange(count * PEAKS + 1) / (PEAKS * rate))
    at = first + (np.arange(count * SHAPES) + 0.5) / (SHAPES * rate)
    rows = np.clip(np.floor(at * SHAPE_RATE_HZ), 0, len(sound.shapes.channels) - 1)
    channels = np.array(sound.shapes.channels[rows.astype(np.int64)], np.float32)
    frozen(channels)
    return Heard(frames=clip.placed, low=low, high=high, channels=channels)


def _plan(
    project: Project, sequence_id: SequenceId, clip_id: ClipId, book: MediaBook
) -> tuple[LanePlan, Axis] | None:
    """As takes lay their speech, so that the samples are those that an engine hears."""
    sequence, track, clip = placed(project, sequence_id, clip_id)
    drivers = drivers_of(project, sequence, track, clip)
    if not drivers:
        return None
    origin = clip.start - clip.source.start
    heard = with_siblings(sequence, clip, reach_of(track, clip))
    reach = CONTEXT_S * sequence.rate.nominal
    medium = book.medium(find_media(project, clip.media))
    axis = Axis.of(medium, sequence.rate, heard.start - origin, heard.stop - origin + reach)
    plan = plan_lane(project, sequence, drivers[0].lanes, axis, origin + axis.base, heard)
    return plan, axis


def _peaks(pcm: F32, edges_s: F64) -> tuple[F32, F32]:
    """Extremes of the samples between edges; 0 beyond the sound."""
    edges = np.clip(np.round(edges_s * RATE_HZ).astype(np.int64), 0, len(pcm))
    start, stop = int(edges[0]), int(edges[-1])
    sides = []
    for fold in (np.minimum, np.maximum):
        found = np.zeros(len(edges) - 1, np.float32)
        inside = np.flatnonzero(np.diff(edges) > 0)
        if len(inside):
            part = np.asarray(pcm[start:stop])
            found[inside] = fold.reduceat(part, edges[inside] - start)
        frozen(found)
        sides.append(found)
    return sides[0], sides[1]

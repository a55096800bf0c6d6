"""What goes into the movie beside the pictures: the sound, cut to the delivered frames."""

from __future__ import annotations

from math import floor
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.delivery.chapters import Chapter
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import from_timecode, to_timecode
from latentsync_studio.media.audio import audio_facts
from latentsync_studio.media.soundtrack import AudioPlan

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.render.length import LengthPlan
    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.services.request import RenderRequest


def audio_plan(request: RenderRequest, length: LengthPlan, frames: FrameRange) -> AudioPlan:
    """The samples of the speech that are heard with `frames`, at the speech's own rate."""
    rate = audio_facts(request.audio).rate_hz
    start = floor(int(length.pts[frames.start]) * length.time_base * rate)
    is_whole = frames.stop == len(length.pts)
    end = length.end_pts if is_whole else int(length.pts[frames.stop])
    stop = floor(end * length.time_base * rate)
    return AudioPlan(
        source=Path(request.audio),
        start=start,
        stop=stop,
        codec=request.settings.encode.audio,
    )


def end_of_pictures(length: LengthPlan, frames: FrameRange) -> int:
    """When the last delivered picture ends, in ticks from the first delivered one."""
    stop = length.end_pts if frames.stop == len(length.pts) else int(length.pts[frames.stop])
    return stop - int(length.pts[frames.start])


def facts_of(facts: MediaFacts, length: LengthPlan, frames: FrameRange) -> MediaFacts:
    """What is copied from the source: its timecode begins with the first delivered frame."""
    facts = replace(facts, chapters=_chapters(facts, length, frames))
    video = facts.video
    if video is None or not video.timecode or frames.start == 0:
        return facts
    drop, rate = ";" in video.timecode, FrameRate.of(video.rate)
    begun = from_timecode(video.timecode, rate, drop=drop)
    label = to_timecode(begun + int(length.source[frames.start]), rate, drop=drop)
    return replace(facts, video=replace(video, timecode=label))


def _chapters(facts: MediaFacts, length: LengthPlan, frames: FrameRange) -> tuple[Chapter, ...]:
    """The source's chapters, as far as they are delivered."""
    first, end = int(length.pts[frames.start]), end_of_pictures(length, frames)
    moved = (
        Chapter(max(each.start - first, 0), min(each.stop - first, end), each.title)
        for each in facts.chapters
    )
    return tuple(chapter for chapter in moved if chapter.start < chapter.stop)

"""Which takes of a clip lie at a frame, as the document alone tells; no Qt, no services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.takes import pieces_of

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Clip
    from latentsync_studio.core.timeline.takes import SpanTake


def near(clip: Clip, frame: int) -> int:
    """The frame of the medium's grid that the clip shows nearest to `frame`."""
    return min(max(frame, clip.source.start), max(clip.source.stop - 1, clip.source.start))


def asked_at(clip: Clip, frame: int) -> frozenset[FrameRange]:
    """The spans with takes that cover a frame: the list is another one where they are others."""
    return frozenset(take.frames for take in clip.takes if frame in take.frames)


def stepped(clip: Clip, frame: int, by: int) -> tuple[FrameRange, SpanTake | None] | None:
    """The shortest span with takes at a frame, and what comes after the take that holds there.

    None stands for the clip's own settings, which come first; the last is followed by the first.
    Nothing is returned where no span has takes.
    """
    span = min(asked_at(clip, frame), key=len, default=None)
    if span is None:
        return None
    fitting = [None, *(t for t in clip.takes if span.intersection(t.frames) == span)]
    held = next((take for part, take in pieces_of(clip.takes, span) if frame in part), None)
    now = fitting.index(held) if held in fitting else 0
    return span, fitting[(now + by) % len(fitting)]

"""A track as the events of a list: stretches of record time, each with how it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentsync_studio.interchange.edges import Edges

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.interchange.cut import Clip, Track


@dataclass(frozen=True, slots=True)
class Event:
    """One numbered event.

    Attributes:
        clip: what is seen from `start` on; None: black.
        start: frame of the sequence.
        stop: the frame after the last.
        shift: frames that the clip is seen before its own start (below 0), or after it.
        fade: frames over which it comes; 0 is a cut.
        left: what it comes over, None for black; only where it fades.
        name: of the transition, "" is a dissolve.
    """

    clip: Clip | None
    start: int
    stop: int
    shift: int = 0
    fade: int = 0
    left: Clip | None = None
    name: str = ""


def events_of(track: Track, is_wanted: Callable[[Clip], bool]) -> list[Event]:
    """The events of a track; a dissolve begins its right clip early and ends its left one so."""
    clips = [clip for clip in track.clips if is_wanted(clip)]
    edges = Edges(track, clips)
    lefts, rights, live = edges.lefts, edges.rights, edges.changes
    found: list[Event] = []
    for clip in clips:
        begins, ends = live.get(clip.start), live.get(clip.stop)
        start = begins.start if begins else clip.start
        stop = ends.start if ends else clip.stop
        found.append(
            Event(
                clip,
                start,
                max(start, stop),
                start - clip.start,
                begins.stop - begins.start if begins else 0,
                lefts.get(clip.start) if begins else None,
                begins.name if begins else "",
            )
        )
        if ends and clip.stop not in rights:
            found.append(
                Event(None, ends.start, ends.stop, 0, ends.stop - ends.start, clip, ends.name)
            )
    return found

"""Reads OpenTimelineIO of any program; effects and objects that are not known are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from latentsync_studio.core.timeline.timecode import can_drop
from latentsync_studio.interchange.channels import joined
from latentsync_studio.interchange.cut import Cut
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.media_book import MediaBook
from latentsync_studio.interchange.normal import normalized
from latentsync_studio.interchange.otio.own import CutFacts, own_facts
from latentsync_studio.interchange.otio.places import Places
from latentsync_studio.interchange.otio.read_track import TrackReader
from latentsync_studio.interchange.otio.values import (
    Times,
    decoded,
    marker_of,
    objects,
    schema,
    text,
)
from latentsync_studio.interchange.output import Losses
from latentsync_studio.interchange.reading import ReadCuts, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.interchange.cut import Marker, Track
    from latentsync_studio.interchange.otio.values import Json

_MOST_NESTED: Final = 8


def read(data: bytes, name: str) -> ReadCuts:
    """All timelines of a file.

    Raises:
        InputError: it is damaged, or there is no timeline in it.
    """
    root = decoded(data, name)
    timelines = list(_timelines(root))
    if not timelines:
        raise unreadable(name, 1, "there is no timeline in it", "Export a timeline.")
    reader = Reader(name, Places(data, root))
    cuts = tuple(reader.cut(timeline) for timeline in timelines)
    return ReadCuts(cuts, reader.losses.told())


class Reader:
    """Reads the timelines of one file.

    Attributes:
        times: reads times.
        book: the media met so far.
        losses: what could not be taken over.
    """

    def __init__(self, name: str, places: Places) -> None:
        """Begin with nothing."""
        self.times, self.book, self.losses = Times(name, places), MediaBook(name), Losses()
        self._depth = 0

    def cut(self, timeline: Json) -> Cut:
        """The cut of a timeline."""
        start = timeline.get("global_start_time")
        rate = self.times.rate(start) or self._any_rate(timeline)
        if rate is None:
            raise self.times.error("the timeline has no frame rate", timeline)
        facts = own_facts(timeline.get("metadata"), CutFacts)
        stack = timeline.get("tracks")
        made = self._stack(stack if isinstance(stack, dict) else {}, rate, text(timeline, "name"))
        made = replace(made, first_label=nearest(self.times.seconds(start) * rate.fraction))
        if facts is not None and facts.width > 0 and facts.height > 0 and facts.audio_hz > 0:
            made = replace(
                made,
                width=facts.width,
                height=facts.height,
                audio_hz=facts.audio_hz,
                is_drop=facts.is_drop and can_drop(rate),
            )
        return made

    def nested(self, stack: Json, rate: FrameRate) -> Cut | None:
        """The cut of a stack within a track; None where it lies too deep."""
        if self._depth >= _MOST_NESTED:
            return None
        return self._stack(stack, rate, text(stack, "name"))

    def _stack(self, stack: Json, rate: FrameRate, name: str) -> Cut:
        self._depth += 1
        bare = Cut(name=name or "Sequence", rate=rate, width=0, height=0)
        reader = TrackReader(bare, self)
        tracks: list[Track] = []
        children = [stack] if schema(stack) == "Track" else objects(stack, "children")
        for number, child in enumerate(children, 1):
            if schema(child) == "Track":
                tracks.append(reader.track(child, number))
            else:
                self.losses.add("What lies beside tracks is left out", text(child, "name"))
        media = self.book.all()
        sounds = [track for track in tracks if track.kind == "audio"]
        by_id = {medium.id: medium for medium in media}
        pictures = [track for track in tracks if track.kind == "video"]
        self._depth -= 1
        whole = replace(
            bare,
            media=media,
            tracks=(*pictures, *joined(sounds, [False] * len(sounds), by_id)),
            markers=tuple(self._markers(stack, rate)),
        )
        return normalized(whole, self.losses)

    def _markers(self, stack: Json, rate: FrameRate) -> Iterator[Marker]:
        for marker in objects(stack, "markers"):
            marked = marker.get("marked_range")
            start = marked.get("start_time") if isinstance(marked, dict) else None
            length = marked.get("duration") if isinstance(marked, dict) else None
            yield marker_of(
                marker,
                nearest(self.times.seconds(start) * rate.fraction),
                nearest(self.times.seconds(length) * rate.fraction),
            )

    def _any_rate(self, timeline: Json) -> FrameRate | None:
        """The highest rate of the clips' own ranges, as other programs take it."""
        waiting: list[object] = [timeline.get("tracks")]
        found: FrameRate | None = None
        while waiting:
            node = waiting.pop()
            if not isinstance(node, dict):
                continue
            used = node.get("source_range")
            rate = self.times.rate(used.get("duration")) if isinstance(used, dict) else None
            if rate is not None and (found is None or rate.fraction > found.fraction):
                found = rate
            waiting += objects(node, "children")
        return found


def _timelines(root: Json) -> Iterator[Json]:
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        if schema(node) == "Timeline":
            yield node
        elif schema(node) == "SerializableCollection":
            waiting += objects(node, "children")

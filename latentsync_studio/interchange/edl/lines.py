"""Writes the lines of events: numbers, reels, time codes, retimes and comments."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.interchange.edl.words import BLACK, plain, plain_place
from latentsync_studio.interchange.frames import first_shown, media_step, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latentsync_studio.interchange.cut import Clip, Cut, Medium, Track
    from latentsync_studio.interchange.edl.events import Event
    from latentsync_studio.interchange.output import Options

_COLORS: Final = ("RED", "GREEN", "BLUE", "CYAN", "MAGENTA", "YELLOW", "BLACK", "WHITE")
_SOUNDS: Final = {0: "", 1: "A", 2: "AA"}


class LineWriter:
    """Writes the events of one cut."""

    def __init__(
        self, cut: Cut, options: Options, reels: Mapping[str, str], sounds: Mapping[str, Clip]
    ) -> None:
        """Take the names of reels, and which sounds belong to their picture's event."""
        self._cut, self._options, self._reels, self._sounds = cut, options, reels, sounds
        self._media = {medium.id: medium for medium in cut.media}
        self._markers = sorted(cut.markers, key=lambda marker: marker.start)

    def lines(self, events: list[Event], track: Track) -> list[str]:
        """All lines of a list's events, numbered from 1."""
        return [line for n, event in enumerate(events, 1) for line in self._event(n, event, track)]

    def _event(self, number: int, event: Event, track: Track) -> Iterator[str]:
        head = f"{number:03d}  {{reel:<8}} {self._channels(event, track):<5} {{how:<8}} "
        if event.fade:
            left = " ".join(self._left_edge(event))
            yield head.format(reel=self._reel(event.left), how="C") + left
        how = f"{_effect(event):<5}{event.fade:03d}" if event.fade else "C"
        yield head.format(reel=self._reel(event.clip), how=how) + " ".join(self._edges(event))
        yield from self._retime(event)
        if event.fade:
            yield f"* BLEND, {plain(event.name).upper() or 'DISSOLVE'}"
            if event.left is not None:
                yield f"* FROM CLIP NAME: {plain(event.left.name)}"
        if event.clip is not None:
            yield from self._comments(event.clip, "TO" if event.fade else "FROM")
        yield from self._locators(event, track)

    def _channels(self, event: Event, track: Track) -> str:
        clip = event.clip or event.left
        if track.kind == "audio":
            width = 1 if clip is None else len(clip.channels) or self._media[clip.medium].channels
            return _SOUNDS.get(min(max(width, 1), 2), "AA")
        if clip is None or clip.id not in self._sounds:
            return "V"
        return "AA/V" if self._media[clip.medium].channels > 1 else "B"

    def _edges(self, event: Event) -> tuple[str, str, str, str]:
        record = self._record(event.start), self._record(event.stop)
        if event.clip is None:
            rate, length = self._cut.rate, event.stop - event.start
            return to_timecode(0, rate), to_timecode(length, rate), *record
        medium = self._media[event.clip.medium]
        step = media_step(event.clip, medium, self._cut)
        first = self._source(event.clip, event.shift)
        length = nearest((event.stop - event.start) * abs(step))
        if not step:
            length = 1
        if step < 0:  # played backwards from its last frame
            first -= length - 1
        return self._label(medium, first), self._label(medium, first + length), *record

    def _left_edge(self, event: Event) -> tuple[str, str, str, str]:
        """Where the left clip stands when a dissolve begins: twice, for it lasts no frame."""
        record = self._record(event.start)
        if event.left is None:
            black = to_timecode(0, self._cut.rate)
            return black, black, record, record
        medium = self._media[event.left.medium]
        source = self._label(medium, self._source(event.left, event.start - event.left.start))
        return source, source, record, record

    def _source(self, clip: Clip, later: int) -> int:
        """The medium's frame that is seen so many frames after the clip's start."""
        medium = self._media[clip.medium]
        step = media_step(clip, medium, self._cut)
        moved = replace(clip, source=max(Fraction(0), clip.source + later * step))
        return nearest(moved.source) if medium.is_still else first_shown(moved, medium, self._cut)

    def _label(self, medium: Medium, frame: int) -> str:
        return to_timecode(medium.first_label + frame, medium.rate, drop=medium.is_drop)

    def _record(self, frame: int) -> str:
        return to_timecode(self._cut.first_label + frame, self._cut.rate, drop=self._cut.is_drop)

    def _reel(self, clip: Clip | None) -> str:
        return BLACK if clip is None else self._reels[clip.medium]

    def _comments(self, clip: Clip, side: str) -> Iterator[str]:
        medium = self._media[clip.medium]
        yield f"* {side} CLIP NAME: {plain(clip.name or medium.name)}"
        if medium.path:
            yield f"* SOURCE FILE: {plain_place(medium.path, self._options.folder)}"
        if medium.rate != self._cut.rate and medium.has_picture and not medium.is_still:
            yield f"* SOURCE FRAME RATE: {medium.rate}"

    def _retime(self, event: Event) -> Iterator[str]:
        clip = event.clip
        if clip is None or clip.speed == 1:
            return
        medium = self._media[clip.medium]
        fps = float(clip.speed * medium.rate.nominal)
        text = f"{fps:05.1f}" if fps >= 0 else f"{fps:06.1f}"
        start = self._label(medium, self._source(clip, event.shift))
        yield f"M2   {self._reels[medium.id]:<8}       {text}                {start}"

    def _locators(self, event: Event, track: Track) -> Iterator[str]:
        """Markers within an event; those of the sequence stand in the first list that has one."""
        if track.kind != "video":
            return
        inside = range(event.start, event.stop)
        first, last = (
            bisect_left(self._markers, frame, key=lambda marker: marker.start)
            for frame in (event.start, event.stop)
        )
        found = self._markers[first:last]
        del self._markers[first:last]
        if event.clip is not None:
            moved = (replace(m, start=m.start + event.clip.start) for m in event.clip.markers)
            found += [marker for marker in moved if marker.start in inside]
        for marker in found:
            color = marker.color.upper() if marker.color.upper() in _COLORS else "GREEN"
            yield f"* LOC: {self._record(marker.start)} {color:<7} {plain(marker.name)}"


def _effect(event: Event) -> str:
    return "W001" if "wipe" in event.name.lower() else "D"

"""Writes a track as a playlist; a dissolve is a little tractor of its own between two entries.

A A A A A A|A A                     entries: A until the dissolve begins,
B B|B B B B B      ->       the tractor that mixes both, B from where it ends
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.interchange.edges import Edges
from latentsync_studio.interchange.mlt.producers import add_property
from latentsync_studio.interchange.xml_out import Element

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut, Track, Transition
    from latentsync_studio.interchange.mlt.producers import Producers


class PlaylistWriter:
    """Writes the playlists of one cut."""

    def __init__(self, root: Element, cut: Cut, producers: Producers) -> None:
        """Take where they are written, and the producers that they play."""
        self._root, self._cut, self._producers = root, cut, producers
        self._mixes = 0

    def write(self, track: Track, number: int) -> str:
        """Write a track; return the playlist's id. Tractors it needs come before it."""
        clips = [clip for clip in track.clips if clip.is_enabled]
        edges = Edges(track, clips)
        lefts, rights, live = edges.lefts, edges.rights, edges.changes
        mixes = {
            at: self._mix(each, lefts[at], rights[at], track)
            for at, each in live.items()
            if at in lefts and at in rights
        }
        name = f"playlist{number}"
        playlist = Element("playlist", id=name)
        add_property(playlist, f"shotcut:{track.kind}", 1)
        add_property(playlist, "shotcut:name", track.name)
        cursor = 0
        for clip in clips:
            begins, ends = live.get(clip.start), live.get(clip.stop)
            start = begins.stop if begins and clip.start in mixes else clip.start
            stop = ends.start if ends and clip.stop in mixes else clip.stop
            if start > cursor and not (begins and clip.start in mixes):
                playlist.add("blank", length=start - cursor)
            if begins and clip.start in mixes:
                length = begins.stop - begins.start
                playlist.add("entry", producer=mixes[clip.start], in_=0, out=length - 1)
            if stop > start:
                entry = self._entry(playlist, clip, start, stop, track)
                if begins and clip.start not in mixes:
                    _fade(entry, self._first(clip, start), begins.after, track, comes=True)
                if ends and clip.stop not in mixes:
                    last = self._first(clip, start) + stop - start
                    _fade(entry, last - ends.before, ends.before, track, comes=False)
            cursor = max(start, stop)
        self._root.append(playlist)  # behind all producers that it names
        return name

    def _entry(self, parent: Element, clip: Clip, start: int, stop: int, track: Track) -> Element:
        producer = self._producers.of(clip, track.kind)
        first = self._first(clip, start)
        entry = parent.add("entry", producer=producer, in_=first, out=first + stop - start - 1)
        if clip.speed == 0:
            held = entry.add("filter")
            for name, value in (
                ("mlt_service", "freeze"),
                ("frame", 0),  # counted from the entry's first frame
                ("freeze_after", 0),
                ("freeze_before", 0),
            ):
                add_property(held, name, value)
        return entry

    def _first(self, clip: Clip, start: int) -> int:
        """The producer's frame at frame `start` of the sequence."""
        return self._producers.first(clip) + start - clip.start

    def _mix(self, change: Transition, left: Clip, right: Clip, track: Track) -> str:
        """Write the tractor of a dissolve; return its id."""
        self._mixes += 1
        name, length = f"dissolve{self._mixes}", change.stop - change.start
        producers = [self._producers.of(clip, track.kind) for clip in (left, right)]
        tractor = self._root.add("tractor", id=name, in_=0, out=length - 1)
        add_property(tractor, "shotcut:transition", "lumaMix")
        for producer, clip in zip(producers, (left, right), strict=True):
            first = self._first(clip, change.start)
            tractor.add("track", producer=producer, in_=first, out=first + length - 1)
        services = ("luma", "mix") if track.kind == "video" else ("mix",)
        for service in services:
            element = tractor.add("transition", in_=0, out=length - 1)
            add_property(element, "a_track", 0)
            add_property(element, "b_track", 1)
            add_property(element, "mlt_service", service)
            if service == "mix":
                add_property(element, "start", -1)
        return name


def _fade(entry: Element, first: int, length: int, track: Track, *, comes: bool) -> None:
    """Let an entry come or go over frames of its producer: pictures by their alpha."""
    if length < 1:
        return
    element = entry.add("filter", in_=first, out=first + length - 1)
    low, high = (0, 1) if comes else (1, 0)
    curve = f"0={low};{max(1, length - 1)}={high}"
    if track.kind == "video":
        add_property(element, "mlt_service", "brightness")
        add_property(element, "level", 1)
        add_property(element, "alpha", curve)
    else:
        add_property(element, "mlt_service", "volume")
        add_property(
            element, "level", f"0={-60 if comes else 0};{max(1, length - 1)}={0 if comes else -60}"
        )

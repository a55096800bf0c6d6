"""Writes the spine: the lowest picture track with gaps, and everything else hung on it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from latentsync_studio.interchange.edges import Edges
from latentsync_studio.interchange.fcpxml.lanes import Run, runs_of
from latentsync_studio.interchange.fcpxml.times import frames, seconds
from latentsync_studio.interchange.xml_out import Element

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut, Marker, Track, TrackKind
    from latentsync_studio.interchange.fcpxml.resources import Resources

_STILL_START = Fraction(3600)  # where Final Cut Pro lets stills begin


@dataclass(slots=True)
class _Host:
    """An element of the spine on which others hang.

    Attributes:
        element: the clip or gap.
        start: first frame on the sequence.
        own_start: seconds of its own time at that frame.
        markers: in its own order, appended behind what hangs on it.
    """

    element: Element
    start: int
    own_start: Fraction
    markers: list[Element]


class SpineWriter:
    """Writes the tracks of one cut."""

    def __init__(self, cut: Cut, resources: Resources, sounds: dict[str, Clip]) -> None:
        """Take the cut, and which sounds belong into their picture's clips."""
        self._cut, self._resources, self._sounds = cut, resources, sounds
        self._media = {medium.id: medium for medium in cut.media}
        self._edges = {id(track): Edges(track) for track in cut.tracks}
        self._first = cut.first_label / cut.rate.fraction  # seconds of frame 0

    def write(self, sequence: Element) -> None:
        """The spine of the sequence with all that there is."""
        spine = sequence.add("spine")
        pictures, sounds = self._cut.tracks_of("video"), self._cut.tracks_of("audio")
        hosts = self._primary(spine, pictures[0] if pictures else None)
        starts = [host.start for host in hosts]
        embedded = {clip.id: clip for clip in self._sounds.values()}
        lanes = [(lane, track) for lane, track in enumerate(pictures[1:], 1)]
        lanes += [(-lane, track) for lane, track in enumerate(sounds, 1)]
        for lane, track in lanes:
            for run in runs_of(track, embedded):
                host = hosts[bisect_right(starts, run.start) - 1]
                self._hang(host, run, track, lane)
        stop = self._cut.stop
        for marker in self._cut.markers:
            if 0 <= marker.start < stop:
                host = hosts[bisect_right(starts, marker.start) - 1]
                host.markers.append(self._marker(marker, host.own_start, marker.start - host.start))
        for host in hosts:
            for element in host.markers:
                host.element.append(element)

    def _primary(self, spine: Element, track: Track | None) -> list[_Host]:
        hosts: list[_Host] = []
        at = 0
        for clip in track.clips if track else ():
            edges = self._edges[id(track)]
            if clip.start > at:
                hosts.append(self._gap(spine, at, clip.start))
            if clip.start in edges.changes:
                self._transition(spine, clip.start, edges, self._first)
            hosts.append(self._clip(spine, clip, track, self._first + self._time(clip.start)))
            at = clip.stop
            if edges.is_free_end(at):
                self._transition(spine, at, edges, self._first)
        if at < self._cut.stop:
            hosts.append(self._gap(spine, at, self._cut.stop))
        return hosts

    def _hang(self, host: _Host, run: Run, track: Track, lane: int) -> None:
        offset = host.own_start + self._time(run.start - host.start)
        if not run.transitions:
            made = self._clip(host.element, run.clips[0], track, offset)
            made.element.set("lane", lane)
            for element in made.markers:
                made.element.append(element)
            return
        line = host.element.add("spine", lane=lane, offset=seconds(offset))
        base = -self._time(run.start)  # a storyline counts from its own beginning
        edges, waiting = self._edges[id(track)], {each.at for each in run.transitions}
        for clip in run.clips:
            if clip.start in waiting:
                self._transition(line, clip.start, edges, base)
            made = self._clip(line, clip, track, base + self._time(clip.start))
            for element in made.markers:
                made.element.append(element)
        if run.clips[-1].stop in waiting:
            self._transition(line, run.clips[-1].stop, edges, base)

    def _gap(self, spine: Element, start: int, stop: int) -> _Host:
        rate = self._cut.rate
        offset = frames(self._cut.first_label + start, rate)
        element = spine.add("gap", name="Gap", offset=offset, start="0s")
        element.set("duration", frames(stop - start, rate))
        return _Host(element, start, Fraction(0), [])

    def _clip(self, parent: Element, clip: Clip, track: Track | None, offset: Fraction) -> _Host:
        medium = self._media[clip.medium]
        kind: TrackKind = "video" if track is None else track.kind
        own = (medium.first_label + clip.source) / medium.rate.fraction
        if medium.is_still:
            own = _STILL_START
        element = parent.add("video" if medium.is_still else "asset-clip")
        element.set("ref", self._resources.asset(medium))
        element.set("name", clip.name or medium.name)
        element.set("offset", seconds(offset))
        element.set("start", seconds(own))
        element.set("duration", frames(clip.length, self._cut.rate))
        if not clip.is_enabled or (track is not None and not track.is_enabled):
            element.set("enabled", 0)
        if not medium.is_still:
            if kind == "audio":
                element.set("srcEnable", "audio")
                element.set("audioRole", "dialogue")
            elif clip.id in self._sounds:
                element.set("audioRole", "dialogue")
            elif medium.channels:
                element.set("srcEnable", "video")
            if medium.has_picture:
                element.set("format", self._resources.format_of(medium))
            element.set("tcFormat", "DF" if medium.is_drop else "NDF")
        markers = [self._marker(marker, own, marker.start) for marker in clip.markers]
        return _Host(element, clip.start, own, markers)

    def _transition(self, parent: Element, at: int, edges: Edges, base: Fraction) -> None:
        transition, beside = edges.changes[at], edges.beside(at)
        length = transition.before + transition.after
        element = parent.add("transition", name="Cross Dissolve")
        element.set("offset", seconds(base + self._time(transition.start)))
        element.set("duration", frames(length, self._cut.rate))
        kind = edges.kind
        if kind == "video":
            name = "Cross Dissolve"
            element.add("filter-video", ref=self._resources.effect("video"), name=name)
        if kind == "audio" or all(clip.id in self._sounds for clip in beside):
            name = "Audio Crossfade"
            element.add("filter-audio", ref=self._resources.effect("audio"), name=name)

    def _marker(self, marker: Marker, own: Fraction, later: int) -> Element:
        element = Element("marker", start=seconds(own + self._time(later)))
        element.set("duration", frames(max(1, marker.length), self._cut.rate))
        element.set("value", marker.name or "Marker")
        if marker.note:
            element.set("note", marker.note)
        return element

    def _time(self, count: int) -> Fraction:
        """Seconds of frames of the sequence."""
        return count / self._cut.rate.fraction

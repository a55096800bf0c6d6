"""Reads the items of a track: where they lie, and the transitions that hide their ends.

An edge of a clip that a transition covers is written as -1; the clip then reaches to the far end of
the transition, and so does what it shows of its file.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from latentsync_studio.interchange.cut import Clip, Marker, Track, Transition
from latentsync_studio.interchange.fcp7.parts import TICKS
from latentsync_studio.interchange.fcp7.read_values import is_on
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.nesting import on_grid, top_clips, window
from latentsync_studio.interchange.normal import require_flat
from latentsync_studio.interchange.output import label_of

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.interchange.cut import Cut, Medium, TrackKind
    from latentsync_studio.interchange.fcp7.read import Reader
    from latentsync_studio.interchange.xml_in import Node

_PLAIN = {"", "cross dissolve", "additive dissolve", "film dissolve"}
_OWN_EFFECTS = {"time remap", "basic motion", "opacity", "audio levels", "audio pan"}


class _Span(NamedTuple):
    """Where an item lies on the sequence, and by how many frames its beginning is hidden."""

    start: int
    stop: int
    hidden: int


class TrackReader:
    """Reads the tracks of one sequence."""

    def __init__(self, cut: Cut, reader: Reader) -> None:
        """Take the sequence without tracks, and what is shared by the whole file."""
        self._cut, self._reader, self._values = cut, reader, reader.values
        self._losses = reader.losses
        self._count = 0

    def track(self, node: Node, kind: TrackKind) -> Track:
        """A track with its clips and transitions."""
        items = list(node.all("clipitem", "transitionitem", "generatoritem"))
        clips: list[Clip] = []
        transitions: list[Transition] = []
        for index, item in enumerate(items):
            before = items[index - 1] if index else None
            behind = items[index + 1] if index + 1 < len(items) else None
            if item.tag == "transitionitem":
                transitions.append(self._transition(item, before, behind, kind))
            elif item.tag == "generatoritem":
                self._leave_out(item, "Titles and generators have no media and are left out")
            else:
                clips += self._clips(item, before, behind, kind)
        return Track(
            kind=kind,
            clips=tuple(clips),
            transitions=tuple(transitions),
            is_enabled=is_on(node, "enabled", default=True),
            is_locked=is_on(node, "locked", default=False),
        )

    def _clips(
        self, node: Node, before: Node | None, behind: Node | None, kind: TrackKind
    ) -> list[Clip]:
        """The clip of an item; of a nested sequence all that it shows."""
        span = self._span(node, before, behind)
        if span.stop <= span.start:
            self._leave_out(node, "Clips without a frame of their own are left out")
            return []
        nested = node.first("sequence")
        if nested is not None:
            return self._nested(node, nested, span, kind)
        file = node.first("file")
        key, medium = (
            ("", None) if file is None else self._reader.file(file, node, self._cut.rate, kind)
        )
        if medium is None:
            self._leave_out(node, "Clips without a file on a disk are left out")
            return []
        self._note_effects(node)
        return [self._clip(node, span, medium, key, kind)]

    def _clip(self, node: Node, span: _Span, medium: Medium, key: str, kind: TrackKind) -> Clip:
        rate = self._values.rate(node, self._cut.rate)
        first = max(Fraction(0), self._first(node, rate))  # seconds of the clip's own time
        speed = self._speed(node)
        hidden = Fraction(span.hidden) / self._cut.rate.fraction
        seconds = (first + hidden) * (abs(speed) if speed else 1)
        if speed == 0:
            seconds = first
        channels: tuple[int, ...] = ()
        if kind == "audio":
            source = node.first("sourcetrack")
            channel = self._values.whole(source, "trackindex", 1) if source else 0
            channels = (min(max(channel, 1), 64),) if source else ()
            self._reader.book.heard(key, max(channel, 1))
        self._count += 1
        return Clip(
            id=f"{kind[0]}{self._count}",
            medium=medium.id,
            name=node.value("name"),
            start=span.start,
            length=span.stop - span.start,
            source=Fraction(0) if medium.is_still else seconds * medium.rate.fraction,
            speed=Fraction(1) if medium.is_still else speed,
            is_enabled=is_on(node, "enabled", default=True),
            link=_link(node),
            channels=channels,
            markers=self._markers(node, first + hidden, rate),
        )

    def _first(self, node: Node, rate: FrameRate) -> Fraction:
        """Seconds at which an item begins; Premiere Pro's own units are the finer ones."""
        first = self._values.number(node, "in") / rate.fraction
        text = node.value("pproTicksIn")
        if text.isascii() and text.isdecimal() and len(text) <= 18:
            fine = Fraction(int(text), TICKS)
            if abs(fine - first) < 1 / rate.fraction:
                return fine
        return first

    def _nested(self, node: Node, sequence: Node, span: _Span, kind: TrackKind) -> list[Clip]:
        source = node.first("sourcetrack")
        if kind == "audio" and source and self._values.whole(source, "trackindex", 1) > 1:
            return []  # the first channel brings all of them
        inner = self._reader.nested(sequence)
        if inner is None:
            self._leave_out(node, "Sequences that are not in the file are left out")
            return []
        self._losses.add("Nested sequences are laid out flat", inner.name)
        inner = on_grid(inner, self._cut.rate)
        rate = self._values.rate(node, self._cut.rate)
        first = nearest(self._first(node, rate) * self._cut.rate.fraction) + span.hidden
        found = window(top_clips(inner, kind), inner, first, span.stop - span.start, span.start)
        self._count += len(found)
        require_flat(self._count, self._cut.name)
        is_enabled = is_on(node, "enabled", default=True)
        return [
            replace(clip, id=f"{kind[0]}{self._count - n}n", link="", is_enabled=is_enabled)
            for n, clip in enumerate(found)
        ]

    def _span(self, node: Node, before: Node | None, behind: Node | None) -> _Span:
        start, stop = self._values.whole(node, "start", -1), self._values.whole(node, "end", -1)
        hidden = 0
        if start < 0 and before is not None and before.tag == "transitionitem":
            start = self._cut_at(before, None, node)
            hidden = start - self._values.whole(before, "start")
        if stop < 0 and behind is not None and behind.tag == "transitionitem":
            stop = self._cut_at(behind, node, None)
        rate = self._values.rate(node, self._cut.rate).fraction
        length = self._values.number(node, "out") - self._values.number(node, "in")
        frames = nearest(length * self._cut.rate.fraction / rate)
        if start < 0 <= stop:
            start = stop - frames
        elif stop < 0 <= start:
            stop = start + frames
        return _Span(start, stop, hidden)

    def _transition(
        self, node: Node, left: Node | None, right: Node | None, kind: TrackKind
    ) -> Transition:
        at = self._cut_at(node, left, right)
        name = node.value("effect", "name")
        plain = name.lower() in _PLAIN or (kind == "audio" and "fade" in name.lower())
        return Transition(
            at=at,
            before=at - self._values.whole(node, "start"),
            after=self._values.whole(node, "end") - at,
            name="" if plain else name,
        )

    def _cut_at(self, node: Node, left: Node | None, right: Node | None) -> int:
        """The frame of the cut: an edge that is written, else as the transition says."""
        start, stop = self._values.whole(node, "start"), self._values.whole(node, "end")
        for edge, tag in ((left, "end"), (right, "start")):
            if edge is not None and edge.tag == "clipitem":
                written = self._values.whole(edge, tag, -1)
                if max(start, 0) <= written <= stop:
                    return written
        text, alignment = node.value("cutPointTicks"), node.value("alignment").lower()
        if text.isascii() and text.isdecimal() and len(text) <= 18:
            at = start + nearest(Fraction(int(text), TICKS) * self._cut.rate.fraction)
            return min(max(at, start), stop)
        if alignment.startswith("start"):
            return start
        return stop if alignment.startswith("end") else (start + stop) // 2

    def _speed(self, node: Node) -> Fraction:
        """Seconds of the medium a second; 1 where no filter says otherwise."""
        for effect in node.descendants("effect"):
            if effect.value("effectid").lower() != "timeremap":
                continue
            values = {p.value("parameterid").lower(): p for p in effect.all("parameter")}
            if "speed" not in values:
                continue
            percent = self._values.number(values["speed"], "value", Fraction(100))
            back = "reverse" in values and is_on(values["reverse"], "value", default=False)
            return -percent / 100 if back else percent / 100
        return Fraction(1)

    def _markers(self, node: Node, first: Fraction, rate: FrameRate) -> tuple[Marker, ...]:
        """Markers of an item, counted from its first frame; `first`: seconds of its own time."""
        grid, found = self._cut.rate.fraction, []
        for marker in node.all("marker"):
            start, stop = self._values.number(marker, "in"), self._values.number(marker, "out")
            at = nearest((start / rate.fraction - first) * grid)
            length = nearest(max(Fraction(0), stop - start) / rate.fraction * grid)
            found.append(
                Marker(
                    start=at, length=length, name=marker.value("name"), note=marker.value("comment")
                )
            )
        return tuple(found)

    def _note_effects(self, node: Node) -> None:
        for effect in (each for filters in node.all("filter") for each in filters.all("effect")):
            name = effect.value("name")
            if name.lower() not in _OWN_EFFECTS:
                self._losses.add("Effects are left out", name)

    def _leave_out(self, node: Node, why: str) -> None:
        start = max(0, self._values.whole(node, "start"))
        name = node.value("name") or node.value("effect", "name")
        self._losses.add(why, f"{name} at {label_of(self._cut, start)}".strip())


def _link(node: Node) -> str:
    """A word that linked items have in common: the least of all ids that they name."""
    names = {link.value("linkclipref") for link in node.all("link")} | {node.get("id")}
    names.discard("")
    return min(names, default="", key=lambda name: (len(name), name))

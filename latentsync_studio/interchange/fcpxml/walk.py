"""Walks through a story: every element in the time of the sequence, cropped to its containers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.interchange.cut import Clip, Marker
from latentsync_studio.interchange.fcpxml.story import Change, Piece, Place, Story
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.nesting import on_grid, top_clips, window
from latentsync_studio.interchange.normal import require_clips, require_flat
from latentsync_studio.interchange.output import label_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.interchange.cut import Cut, Medium, TrackKind
    from latentsync_studio.interchange.fcpxml.read import Reader
    from latentsync_studio.interchange.xml_in import Node

_FAR: Final = Fraction(2**40)
_STORY: Final = frozenset(
    ("asset-clip", "clip", "video", "audio", "gap", "title", "ref-clip", "sync-clip", "mc-clip")
) | {"audition", "caption"}
_CONTENTS: Final = frozenset(("video", "audio"))
_CONTAINERS: Final = frozenset(("clip", "sync-clip"))


class Walk:
    """Collects the story of one sequence.

    Attributes:
        story: what was found so far.
    """

    def __init__(self, cut: Cut, reader: Reader, start: Fraction) -> None:
        """Take the sequence without tracks; `start`: seconds of its own time at its frame 0."""
        self.story = Story()
        self._cut, self._reader, self._values, self._start = cut, reader, reader.values, start
        self._links = 0

    def spine(self, node: Node, own: Fraction) -> None:
        """The primary storyline; `own`: the sequence's own time at its beginning."""
        self._line(node.children, Place(self._start, own, 0, self._start, _FAR))

    def _line(self, nodes: Iterable[Node], place: Place) -> None:
        """Elements one behind the other; those that say no offset follow the one before."""
        cursor = place.own
        for node in nodes:
            if node.tag == "transition":
                self._transition(node, place, cursor)
            elif node.tag in _STORY:
                offset = self._values.time(node, "offset", cursor)
                self._element(node, place, offset, place.lane)
                cursor = offset + self._duration(node)

    def _element(self, node: Node, place: Place, offset: Fraction, lane: int) -> None:
        """One element with all that hangs on it; `offset` in its parent's time."""
        if node.tag == "audition":  # the first one is the chosen one
            chosen = next((child for child in node.children if child.tag in _STORY), None)
            if chosen is not None:
                self._element(chosen, place, offset, lane)
            return
        at = place.at + offset - place.own
        own = self._own_start(node)
        is_enabled = place.is_enabled and node.get("enabled", "1") != "0"
        inner = replace(
            place,
            at=at,
            own=own,
            lane=lane,
            start=max(place.start, at),
            stop=min(place.stop, at + self._duration(node)),
            is_enabled=is_enabled,
        )
        if node.tag in _CONTAINERS:
            inner = replace(inner, name=node.get("name"), link=place.link or self._new_link())
        outer = replace(place, at=at, own=own, lane=lane)
        self._content(node, inner)
        self._anchored(node, outer, inner)

    def _content(self, node: Node, place: Place) -> None:
        """What an element itself shows."""
        tag = node.tag
        if tag in {"asset-clip", "video", "audio"}:
            self._asset(node, place)
        elif tag == "ref-clip":
            self._compound(node, place)
        elif tag == "mc-clip":
            self._multicam(node, place)
        elif tag in {"title", "caption"}:
            self._leave_out(node, place, "Titles and captions are left out")
        elif tag == "gap":
            self.story.markers += self._markers(node, place, 0)

    def _anchored(self, node: Node, outer: Place, inner: Place) -> None:
        """What hangs on an element, and of clips that are containers what lies in them."""
        holds = node.tag in _CONTAINERS
        for child in node.children:
            lane = _lane(child)
            is_inside = holds and (not lane or child.tag in _CONTENTS)
            place = inner if is_inside else outer
            offset = self._values.time(child, "offset", place.own)
            if child.tag == "spine":
                at = place.at + offset - place.own
                line = replace(place, at=at, own=Fraction(0), lane=place.lane + lane)
                self._line(child.children, line)
            elif child.tag in _STORY:
                # the sounds of a clip belong to its own lane
                own_lane = place.lane if is_inside else place.lane + lane
                self._element(child, place, offset, own_lane)
        if holds:
            self.story.markers += self._markers(node, inner, 0)

    def _asset(self, node: Node, place: Place) -> None:
        asset = self._values.resource(node, "asset")
        if asset is None:
            self._leave_out(node, place, "Generators have no media and are left out")
            return
        key = asset.get("id")
        medium = self._reader.book.known(key)
        if medium is None:
            is_drop = node.get("tcFormat") == "DF"
            made = self._values.medium(asset, self._cut.rate, is_drop=is_drop)
            medium = None if made is None else self._reader.book.medium(key, made)
        if medium is None:
            self._leave_out(node, place, "Clips without a file on a disk are left out")
            return
        enabled = node.get("srcEnable", "all")
        has_picture = node.tag != "audio" and enabled != "audio" and medium.has_picture
        has_sound = node.tag != "video" and enabled != "video" and medium.channels > 0
        link = place.link or (self._new_link() if has_picture and has_sound else "")
        if has_picture:
            self._add(node, place, medium, "video", link)
        if has_sound:
            self._add(node, place, medium, "audio", link)
        self._note_effects(node)

    def _add(self, node: Node, place: Place, medium: Medium, kind: TrackKind, link: str) -> None:
        start, stop = self._frame(place.start), self._frame(place.stop)
        if stop <= start:
            return
        require_clips(len(self.story.pieces), self._cut.name)
        speed, own = self._retimed(node, place)
        first = medium.first_label / medium.rate.fraction
        source = max(Fraction(0), (own - first) * medium.rate.fraction)
        shows_markers = kind == "video" or node.get("srcEnable") == "audio" or not link
        clip = Clip(
            id=f"{kind[0]}{len(self.story.pieces) + 1}",
            medium=medium.id,
            name=node.get("name") or place.name or medium.name,
            start=start,
            length=stop - start,
            source=Fraction(0) if medium.is_still else source,
            speed=Fraction(1) if medium.is_still else speed,
            is_enabled=place.is_enabled,
            link=link,
            channels=_channels(node, medium) if kind == "audio" else (),
            markers=tuple(self._markers(node, place, start)) if shows_markers else (),
        )
        role = node.get("audioRole", node.get("role", "dialogue")).partition(".")[0]
        self.story.pieces.append(Piece(kind, place.lane, role, clip))

    def _compound(self, node: Node, place: Place) -> None:
        media = self._values.resource(node, "media")
        sequence = media.first("sequence") if media is not None else None
        inner = None
        if media is not None and sequence is not None:
            inner = self._reader.nested(sequence, media.get("name"))
        if inner is None or sequence is None:
            self._leave_out(node, place, "Compound clips that are not in the file are left out")
            return
        self._reader.losses.add("Compound clips are laid out flat", inner.name)
        inner = on_grid(inner, self._cut.rate)
        base = self._values.time(sequence, "tcStart")
        rate = self._cut.rate.fraction
        first = nearest((place.own + place.start - place.at - base) * rate)
        start, stop = self._frame(place.start), self._frame(place.stop)
        enabled = node.get("srcEnable", "all")
        kinds: tuple[TrackKind, ...] = ("video", "audio")
        for kind in kinds:
            if enabled not in {"all", kind} or stop <= start:
                continue
            for clip in window(top_clips(inner, kind), inner, first, stop - start, start):
                require_flat(len(self.story.pieces), self._cut.name)
                name = f"{kind[0]}{len(self.story.pieces) + 1}"
                made = msgspec.structs.replace(clip, id=name, link="", is_enabled=place.is_enabled)
                self.story.pieces.append(Piece(kind, place.lane, "dialogue", made))

    def _multicam(self, node: Node, place: Place) -> None:
        """The angles that are chosen for picture and sound, each a storyline."""
        media = self._values.resource(node, "media")
        multicam = media.first("multicam") if media is not None else None
        if multicam is None:
            self._leave_out(node, place, "Multicam clips that are not in the file are left out")
            return
        self._reader.losses.add("Multicam clips show their chosen angles only", node.get("name"))
        start = self._values.time(multicam, "tcStart")
        angles = {angle.get("angleID"): angle for angle in multicam.all("mc-angle")}
        sources = [(s.get("angleID"), s.get("srcEnable", "all")) for s in node.all("mc-source")]
        if not sources and angles:
            sources = [(next(iter(angles)), "all")]
        for angle, enabled in sources:
            if angle in angles and enabled != "none":
                before = len(self.story.pieces)
                at = place.at + start - place.own
                line = replace(place, at=at, own=start)
                self._line(angles[angle].children, line)
                kept = [
                    piece for piece in self.story.pieces[before:] if enabled in {"all", piece.kind}
                ]
                self.story.pieces[before:] = kept

    def _transition(self, node: Node, place: Place, cursor: Fraction) -> None:
        """A transition; `cursor`: where in its parent's time the element before it ends."""
        offset = self._values.time(node, "offset", cursor)
        at = place.at + offset - place.own
        start, stop = self._frame(at), self._frame(at + self._values.time(node, "duration"))
        effect = node.first("filter-video") or node.first("filter-audio")
        used = self._values.resource(effect, "effect") if effect else None
        name = (used.get("name") if used else "") or node.get("name")
        has_sound = node.first("filter-audio") is not None
        if stop > start:
            cut = min(max(self._frame(place.at + cursor - place.own), start), stop)
            self.story.changes.append(Change(place.lane, start, stop, cut, name, has_sound))

    def _markers(self, node: Node, place: Place, first: int) -> list[Marker]:
        """Markers of an element, counted from frame `first` of the sequence."""
        found = []
        for marker in node.all("marker", "chapter-marker"):
            at = place.at + self._values.time(marker, "start") - place.own
            length = nearest(self._values.time(marker, "duration") * self._cut.rate.fraction)
            found.append(
                Marker(
                    start=self._frame(at) - first,
                    length=length if length > 1 else 0,
                    name=marker.get("value"),
                    note=marker.get("note"),
                )
            )
        return found

    def _retimed(self, node: Node, place: Place) -> tuple[Fraction, Fraction]:
        """Speed, and the medium's time code in seconds at the first frame that is seen."""
        own = place.own + place.start - place.at
        points = [
            (self._values.time(point, "time"), self._values.time(point, "value"))
            for time_map in node.all("timeMap")
            for point in time_map.all("timept")
        ]
        for (t0, v0), (t1, v1) in pairwise(points):
            if t1 > t0 and (t0 <= own < t1 or (t1, v1) == points[-1]):
                speed = (v1 - v0) / (t1 - t0)
                return speed, v0 + (own - t0) * speed
        return Fraction(1), own

    def _own_start(self, node: Node) -> Fraction:
        """An element's own time at its beginning; media begin with their time code."""
        asset = self._values.resource(node, "asset") if node.get("ref") else None
        default = Fraction(0) if asset is None else self._values.time(asset, "start")
        return self._values.time(node, "start", default)

    def _duration(self, node: Node) -> Fraction:
        if node.get("duration"):
            return max(Fraction(0), self._values.time(node, "duration"))
        if node.tag == "audition":
            chosen = next((child for child in node.children if child.tag in _STORY), None)
            return Fraction(0) if chosen is None else self._duration(chosen)
        asset = self._values.resource(node, "asset") if node.get("ref") else None
        return Fraction(0) if asset is None else self._values.time(asset, "duration")

    def _new_link(self) -> str:
        self._links += 1
        return f"link {self._links}"

    def _frame(self, at: Fraction) -> int:
        """The frame nearest to a time of the sequence."""
        return nearest((at - self._start) * self._cut.rate.fraction)

    def _note_effects(self, node: Node) -> None:
        for effect in node.all("filter-video", "filter-audio", "filter-video-mask"):
            self._reader.losses.add("Effects are left out", effect.get("name"))
        for conform in node.all("conform-rate"):
            if conform.get("scaleEnabled", "1") == "1":
                what = "Clips whose speed fits the sequence's frame rate play at their own speed"
                self._reader.losses.add(what, node.get("name"))

    def _leave_out(self, node: Node, place: Place, why: str) -> None:
        where = label_of(self._cut, max(0, self._frame(place.start)))
        self._reader.losses.add(why, f"{node.get('name')} at {where}")


def _channels(node: Node, medium: Medium) -> tuple[int, ...]:
    """The channels that an element plays; none where it plays all of them."""
    numbers = [text.strip() for text in node.get("srcCh").split(",")]
    found = tuple(int(n) for n in numbers if n.isascii() and n.isdecimal() and 0 < len(n) < 3)
    found = tuple(number for number in found if 1 <= number <= medium.channels)
    return () if found == tuple(range(1, medium.channels + 1)) else found


def _lane(node: Node) -> int:
    text = node.get("lane", "0")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    return sign * int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 5 else 0

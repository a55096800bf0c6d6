"""Reads FCPXML 1.0 to 1.13, as Final Cut Pro, Resolve and others write it.

Compound clips, multicam clips and synchronized clips are laid out flat: what is seen and heard of
them becomes clips of its own.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.timeline.timecode import can_drop
from latentsync_studio.interchange.cut import Cut
from latentsync_studio.interchange.fcpxml.read_values import Values
from latentsync_studio.interchange.fcpxml.tracks import tracks_of
from latentsync_studio.interchange.fcpxml.walk import Walk
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.media_book import MediaBook
from latentsync_studio.interchange.normal import normalized
from latentsync_studio.interchange.output import Losses
from latentsync_studio.interchange.reading import ReadCuts, unreadable
from latentsync_studio.interchange.xml_in import parse_xml

if TYPE_CHECKING:
    from latentsync_studio.interchange.xml_in import Node

_MOST_NESTED = 8
_HZ = {"32k": 32_000, "44.1k": 44_100, "48k": 48_000, "88.2k": 88_200, "96k": 96_000}


def read(data: bytes, name: str) -> ReadCuts:
    """All projects of a file; where there is none, its compound clips.

    Raises:
        InputError: it is damaged, or there is no sequence in it.
    """
    root = parse_xml(data, name, "fcpxml")
    reader = Reader(root, name)
    reader.values.require_clear_ids()
    projects = list(root.descendants("project"))
    found = [(p.get("name"), s) for p in projects if (s := p.first("sequence")) is not None]
    if not found:
        found = list(reader.values.sequences())
    if not found:
        raise unreadable(
            name, root.line, "there is no project in it", "Export a project, not an event."
        )
    cuts = tuple(reader.cut(node, title) for title, node in found)
    return ReadCuts(cuts, reader.losses.told())


class Reader:
    """Reads the sequences of one file.

    Attributes:
        values: reads times and resources.
        book: the media met so far.
        losses: what could not be taken over.
    """

    def __init__(self, root: Node, name: str) -> None:
        """Look the file's resources up."""
        self.values, self.book, self.losses = Values(root, name), MediaBook(name), Losses()
        self._open: list[int] = []
        self._cuts: dict[int, Cut] = {}

    def nested(self, node: Node, title: str) -> Cut | None:
        """The cut of a sequence within another; None where it lies within itself."""
        if id(node) in self._open or len(self._open) >= _MOST_NESTED:
            return None
        if id(node) not in self._cuts:
            self._cuts[id(node)] = self.cut(node, title)
        return self._cuts[id(node)]

    def cut(self, node: Node, title: str) -> Cut:
        """The cut of a sequence."""
        self._open.append(id(node))
        values = self.values
        used = values.resource(node, "format", "format")
        rate = values.rate(used)
        if rate is None:
            raise values.error(node, "the sequence has no frame rate")
        width, height = values.size(used)
        start = values.time(node, "tcStart")
        bare = Cut(
            name=title or "Sequence",
            rate=rate,
            width=width,
            height=height,
            first_label=nearest(start * rate.fraction),
            is_drop=node.get("tcFormat") == "DF" and can_drop(rate),
            audio_hz=_HZ.get(node.get("audioRate"), 48_000),
        )
        walk = Walk(bare, self, Fraction(bare.first_label) / rate.fraction)
        for spine in node.all("spine"):
            walk.spine(spine, start)
        self._open.pop()
        media = self.book.all()
        tracks = tracks_of(walk.story, {medium.id: medium for medium in media})
        markers = tuple(walk.story.markers)
        return normalized(replace(bare, tracks=tracks, media=media, markers=markers), self.losses)

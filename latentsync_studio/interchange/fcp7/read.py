"""Reads Final Cut Pro 7 XML as Premiere Pro, Resolve, Hiero, Avid tools and others write it.

Trusted are the places on the sequence and where a clip begins in its file; where it ends there is
not, because some programs write it a frame short. Nested sequences are laid out flat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.interchange.channels import joined
from latentsync_studio.interchange.cut import Cut, Marker, Track
from latentsync_studio.interchange.fcp7.read_media import read_file
from latentsync_studio.interchange.fcp7.read_track import TrackReader
from latentsync_studio.interchange.fcp7.read_values import Values
from latentsync_studio.interchange.media_book import MediaBook
from latentsync_studio.interchange.normal import normalized
from latentsync_studio.interchange.output import Losses
from latentsync_studio.interchange.reading import DEFAULT_HZ, ReadCuts, unreadable
from latentsync_studio.interchange.xml_in import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.interchange.cut import Medium, TrackKind
    from latentsync_studio.interchange.xml_in import Node

_MOST_NESTED = 8


def read(data: bytes, name: str) -> ReadCuts:
    """All sequences of a file.

    Raises:
        InputError: it is damaged, or there is no sequence in it.
    """
    root = parse_xml(data, name, "xmeml")
    nodes = list(_sequences(root))
    if not nodes:
        raise unreadable(name, root.line, "there is no sequence in it", "Export a sequence.")
    reader = Reader(root, name)
    cuts = [reader.cut(node) for node in nodes]
    return ReadCuts(tuple(cuts), reader.losses.told())


class Reader:
    """Reads the sequences of one file.

    Attributes:
        values: reads numbers.
        book: the media met so far.
        losses: what could not be taken over.
    """

    def __init__(self, root: Node, name: str) -> None:
        """Look the file's definitions up."""
        self.values, self.book, self.losses = Values(name), MediaBook(name), Losses()
        self._files: dict[str, Node] = {}
        for node in root.descendants("file"):
            if node.children:
                self._files.setdefault(node.get("id"), node)
        self._nested = {n.get("id"): n for n in root.descendants("sequence") if n.children}
        self._open: list[str] = []
        self._cuts: dict[int, Cut] = {}

    def file(
        self, node: Node, clip: Node, rate: FrameRate, kind: TrackKind
    ) -> tuple[str, Medium | None]:
        """Key and medium of a clip's file; None where it names no file on a disk."""
        if not node.children:
            node = self._files.get(node.get("id"), node)
        return read_file(node, clip, rate, kind, self)

    def nested(self, node: Node) -> Cut | None:
        """The cut of a sequence within another; None where it is nowhere, or within itself."""
        key = node.get("id")
        if not node.children:
            found = self._nested.get(key)
            if found is None:
                return None
            node = found
        if (key and key in self._open) or len(self._open) >= _MOST_NESTED:
            return None
        if id(node) not in self._cuts:
            self._cuts[id(node)] = self.cut(node)
        return self._cuts[id(node)]

    def cut(self, node: Node) -> Cut:
        """The cut of a sequence."""
        self._open.append(node.get("id"))
        rate = self.values.rate(node, None)
        label, is_drop = self.values.label(node.first("timecode"), rate)
        picture = node.first("media", "video", "format", "samplecharacteristics")
        width = self.values.whole(picture, "width") if picture else 0
        height = self.values.whole(picture, "height") if picture else 0
        sound = node.first("media", "audio", "format", "samplecharacteristics")
        hz = self.values.whole(sound, "samplerate", DEFAULT_HZ) if sound else DEFAULT_HZ
        bare = Cut(
            name=node.value("name") or node.get("id") or "Sequence",
            rate=rate,
            width=width,
            height=height,
            first_label=label,
            is_drop=is_drop,
            audio_hz=hz,
            markers=tuple(self._markers(node)),
        )
        tracks = (*self._tracks(node, bare, "video"), *self._tracks(node, bare, "audio"))
        self._open.pop()
        whole = replace(bare, tracks=tracks, media=self.book.all())
        return normalized(whole, self.losses)

    def _tracks(self, node: Node, cut: Cut, kind: TrackKind) -> list[Track]:
        media = node.first("media", kind)
        nodes = list(media.all("track")) if media else []
        reader = TrackReader(cut, self)
        tracks = [
            replace(reader.track(each, kind), name=each.value("name") or each.get("MZ.TrackName"))
            for each in nodes
        ]
        if kind == "audio":
            by_id = {medium.id: medium for medium in self.book.all()}
            tracks = joined(tracks, [_is_further_channel(each) for each in nodes], by_id)
        return [
            replace(track, name=track.name or f"{kind[0].upper()}{number}")
            for number, track in enumerate(tracks, 1)
        ]

    def _markers(self, node: Node) -> Iterator[Marker]:
        for marker in node.all("marker"):
            start = self.values.whole(marker, "in")
            stop = self.values.whole(marker, "out", -1)
            yield Marker(
                start=start,
                length=max(0, stop - start),
                name=marker.value("name"),
                note=marker.value("comment"),
            )


def _is_further_channel(track: Node) -> bool:
    """Whether a track holds the second or a later channel of one of Premiere Pro's tracks."""
    return track.get("currentExplodedTrackIndex", "0") not in {"", "0"}


def _sequences(root: Node) -> Iterator[Node]:
    """Sequences in the file, its projects and bins, but not those within clips."""
    waiting = root.children[::-1]
    while waiting:
        node = waiting.pop()
        if node.tag == "sequence" and node.children:
            yield node
        elif node.tag in {"project", "children", "bin"}:
            waiting.extend(reversed(node.children))

"""Reads times and resources of FCPXML; nonsense is an error with its line."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import can_drop
from latentsync_studio.interchange.cut import Medium
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.media_book import is_still_name
from latentsync_studio.interchange.reading import MOST_FRAMES, unreadable
from latentsync_studio.interchange.url import base_name, path_of

if TYPE_CHECKING:
    from latentsync_studio.core.errors import InputError
    from latentsync_studio.interchange.xml_in import Node

_TIME: Final = re.compile(r"(-?\d{1,18})(?:/(\d{1,12})|\.(\d{1,12}))?s", re.ASCII)
_NAMED: Final = re.compile(r"FFVideoFormat(?:[A-Za-z]*|\d+x)\d+[pi](\d{2,4})", re.ASCII)
_NAMED_RATES: Final = {
    "2398": FrameRate(24_000, 1001),
    "2997": FrameRate(30_000, 1001),
    "5994": FrameRate(60_000, 1001),
    "24": FrameRate(24),
    "25": FrameRate(25),
    "30": FrameRate(30),
    "50": FrameRate(50),
    "60": FrameRate(60),
}
_MOST_RATE: Final = 1000
_MOST_CHANNELS: Final = 64


class Values:
    """Reads values of one file, and its formats and assets by id."""

    def __init__(self, root: Node, name: str) -> None:
        """Look up the resources; of several with the same id the first one counts."""
        self._name = name
        self._resources: dict[str, Node] = {}
        self._doubtful: list[Node] = []
        for resources in root.all("resources"):
            for node in resources.children:
                known = self._resources.setdefault(node.get("id"), node)
                if node.get("id") and not _is_same(known, node):
                    self._doubtful.append(node)

    def require_clear_ids(self) -> None:
        """Raise InputError where resources that are not the same have one id."""
        for node in self._doubtful[:1]:
            raise self.error(node, f"the id {node.get('id')[:40]!r} stands for several resources")

    def time(self, node: Node, attribute: str, default: Fraction = Fraction(0)) -> Fraction:
        """Seconds; `default` where there is no such attribute."""
        text = node.get(attribute)
        if not text:
            return default
        match = _TIME.fullmatch(text)
        if match is None or (match[2] and not int(match[2])):
            raise self.error(node, f"{attribute}={text[:40]!r} is no time")
        if match[3]:
            value = Fraction(f"{match[1]}.{match[3]}")
        else:
            value = Fraction(int(match[1]), int(match[2] or 1))
        if abs(value) > MOST_FRAMES:
            raise self.error(node, f"{attribute}={text[:40]!r} lies too far away")
        return value

    def resource(self, node: Node, tag: str, attribute: str = "ref") -> Node | None:
        """The resource of a tag that an attribute names; None where there is none."""
        found = self._resources.get(node.get(attribute))
        return found if found is not None and found.tag == tag else None

    def sequences(self) -> list[tuple[str, Node]]:
        """Names and sequences of compound clips, which stand among the resources."""
        media = (node for node in self._resources.values() if node.tag == "media")
        return [(m.get("name"), found) for m in media if (found := m.first("sequence")) is not None]

    def rate(self, format_node: Node | None) -> FrameRate | None:
        """The rate of a format; None where it says none."""
        if format_node is None:
            return None
        duration = self.time(format_node, "frameDuration")
        if duration > 0:
            rate = 1 / duration
            if not Fraction(1, _MOST_RATE) < rate <= _MOST_RATE:
                raise self.error(format_node, f"{float(rate):g} frames a second are no frame rate")
            return FrameRate.of(rate)
        named = _NAMED.match(format_node.get("name"))
        return _NAMED_RATES.get(named[1]) if named else None

    def size(self, format_node: Node | None) -> tuple[int, int]:
        """Width and height of a format, 0 where it says none."""
        if format_node is None:
            return 0, 0
        return _whole(format_node, "width", 0), _whole(format_node, "height", 0)

    def medium(self, asset: Node, grid: FrameRate, *, is_drop: bool) -> Medium | None:
        """The medium of an asset; None where it names no file."""
        path = path_of(_source(asset))
        if not path:
            return None
        used = self.resource(asset, "format", "format")
        rate = self.rate(used)
        start, duration = self.time(asset, "start"), self.time(asset, "duration")
        has_picture = asset.get("hasVideo") == "1" or used is not None
        channels = _whole(asset, "audioChannels", 1) * _whole(asset, "audioSources", 1)
        if asset.get("hasAudio") != "1":
            channels = 0
        is_still = has_picture and (not duration or (is_still_name(path) and rate is None))
        own = rate if rate is not None and has_picture else grid
        width, height = self.size(used)
        return Medium(
            id="",
            name=base_name(path) or asset.get("name"),
            path=path,
            rate=own,
            frames=None if is_still or not duration else max(1, nearest(duration * own.fraction)),
            first_label=0 if is_still else nearest(start * own.fraction),
            is_drop=is_drop and can_drop(own),
            reel=_reel(asset),
            has_picture=has_picture,
            width=width,
            height=height,
            channels=min(_MOST_CHANNELS, channels),
            audio_hz=_whole(asset, "audioRate", 0) if channels else 0,
            is_still=is_still,
        )

    def error(self, node: Node, problem: str) -> InputError:
        """What to raise for a node."""
        return unreadable(self._name, node.line, problem)


def _source(asset: Node) -> str:
    """The place of the original: an attribute up to 1.8, an element from 1.9 on."""
    if asset.get("src"):
        return asset.get("src")
    places = list(asset.all("media-rep"))
    original = [each for each in places if each.get("kind", "original-media") == "original-media"]
    return next((each.get("src") for each in (*original, *places)), "")


def _is_same(one: Node, other: Node) -> bool:
    """Whether two resources say the same, as where a program writes one for each of its uses."""
    return one.tag == other.tag and one.attributes == other.attributes


def _reel(asset: Node) -> str:
    metadata = asset.first("metadata")
    for node in metadata.all("md") if metadata else ():
        if node.get("key") == "com.apple.proapps.studio.reel":
            return node.get("value")
    return ""


def _whole(node: Node, attribute: str, default: int) -> int:
    text = node.get(attribute)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else default

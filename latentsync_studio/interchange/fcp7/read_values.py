"""Reads numbers, rates, time codes and switches; nonsense is an error with its line."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.rate import converted
from latentsync_studio.core.timeline.timecode import can_drop, from_timecode
from latentsync_studio.interchange.fcp7.parts import rate_of
from latentsync_studio.interchange.reading import MOST_FRAMES, unreadable

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.interchange.xml_in import Node

_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{0,18})?", re.ASCII)
_MOST_RATE = 1000


class Values:
    """Reads values of one file, whose name errors tell."""

    def __init__(self, name: str) -> None:
        """Take the file's name."""
        self._name = name

    def number(self, node: Node, tag: str, default: Fraction = Fraction(0)) -> Fraction:
        """A number of frames, whole in most programs; `default` where there is none."""
        child = node.first(tag)
        if child is None or not child.text:
            return default
        if not _NUMBER.fullmatch(child.text):
            raise self.error(child, f"{child.text[:40]!r} is no number of frames")
        value = Fraction(child.text)
        if abs(value) > MOST_FRAMES:
            raise self.error(child, f"{child.text} frames are too many")
        return value

    def whole(self, node: Node, tag: str, default: int = 0) -> int:
        """A whole number."""
        return int(self.number(node, tag, Fraction(default)))

    def rate(self, node: Node | None, default: FrameRate | None) -> FrameRate:
        """The rate in a node, or `default`."""
        rate = None if node is None else node.first("rate")
        if node is None or rate is None or not rate.value("timebase"):
            if default is None:
                raise unreadable(self._name, node.line if node else 0, "it has no frame rate")
            return default
        timebase = self.whole(rate, "timebase")
        if not 1 <= timebase <= _MOST_RATE:
            raise self.error(rate, f"{timebase} frames a second are no frame rate")
        return rate_of(timebase, ntsc=is_on(rate, "ntsc", default=False))

    def label(self, node: Node | None, rate: FrameRate) -> tuple[int, bool]:
        """Frame number of a time code at `rate`, and whether it is drop-frame."""
        if node is None:
            return 0, False
        own = self.rate(node, rate)
        text = node.value("string")
        is_drop = can_drop(own) and (node.value("displayformat").upper() == "DF" or ";" in text)
        try:
            frame = from_timecode(text, own, drop=is_drop)
        except InputError:  # the number counts then
            frame = self.whole(node, "frame")
        return converted(frame, own, rate), is_drop and can_drop(rate)

    def error(self, node: Node, problem: str) -> InputError:
        """What to raise for a node."""
        return unreadable(self._name, node.line, problem)


def is_on(node: Node, tag: str, *, default: bool) -> bool:
    """A switch; programs write TRUE, True or 1."""
    text = node.value(tag).upper()
    return text in {"TRUE", "1", "YES"} if text else default

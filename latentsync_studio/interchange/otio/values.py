"""Reads the plain JSON of OpenTimelineIO: objects by schema, times as fractions of seconds."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import msgspec

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.cut import Marker
from latentsync_studio.interchange.reading import MOST_FRAMES, require_size, unreadable

if TYPE_CHECKING:
    from latentsync_studio.core.errors import InputError

Json = dict[str, Any]

_PARTS: Final = 100_000  # of a frame, to which times of other programs are exact
_MOST_RATE: Final = 1000
_BYTE: Final = re.compile(r"byte (\d+)")


def decoded(data: bytes, name: str) -> Json:
    """The root object of a file; raise InputError where it is no JSON, with the line."""
    require_size(data, name)
    try:
        found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        place = _BYTE.search(str(error))
        line = data.count(b"\n", 0, int(place[1])) + 1 if place else 0
        reason = "it is nested too deep" if isinstance(error, RecursionError) else "it is no JSON"
        raise unreadable(name, line, reason) from None
    if not isinstance(found, dict):
        raise unreadable(name, 1, "it holds no timeline")
    return found


def schema(value: object) -> str:
    """The schema of an object without its version: "Clip"; "" where it is none."""
    text = value.get("OTIO_SCHEMA") if isinstance(value, dict) else None
    return text.partition(".")[0] if isinstance(text, str) else ""


def text(value: object, key: str) -> str:
    """A text of an object, "" where it has none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def objects(value: object, key: str) -> list[Json]:
    """A list of objects within an object."""
    found = value.get(key) if isinstance(value, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def marker_of(marker: Json, start: int, length: int) -> Marker:
    """A marker at a frame."""
    return Marker(
        start=start,
        length=length if length > 1 else 0,
        name=text(marker, "name"),
        note=text(marker, "comment"),
        color=text(marker, "color").lower(),
    )


class Times:
    """Reads the times of one file, whose name errors tell."""

    def __init__(self, name: str) -> None:
        """Take the file's name."""
        self._name = name

    def rate(self, moment: object) -> FrameRate | None:
        """The rate of a time; None where there is none."""
        rate = self._number(moment, "rate")
        if rate is None or rate <= 0:
            return None
        if not 1 / _MOST_RATE < rate <= _MOST_RATE:
            raise self.error(f"{rate:g} frames a second are no frame rate")
        return FrameRate.parse(f"{rate:.6f}")

    def frames(self, moment: object) -> Fraction:
        """The value of a time, in frames of its own rate; 0 where there is none."""
        value = self._number(moment, "value") or 0.0
        if abs(value) > MOST_FRAMES:
            raise self.error(f"{value:g} frames are too many")
        return Fraction(round(value * _PARTS), _PARTS)

    def seconds(self, moment: object) -> Fraction:
        """A time in seconds; 0 where there is none."""
        rate = self.rate(moment)
        return Fraction(0) if rate is None else self.frames(moment) / rate.fraction

    def error(self, problem: str) -> InputError:
        """What to raise for a value."""
        return unreadable(self._name, 0, problem)

    def _number(self, moment: object, key: str) -> float | None:
        value = moment.get(key) if isinstance(moment, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error(f"{value} is no time")
        if abs(value) > MOST_FRAMES:
            raise self.error(f"{key} {str(value)[:24]} is too large")
        return float(value)

"""Reads the plain JSON of OpenTimelineIO: objects by schema, times as fractions of seconds."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import msgspec

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.cut import Marker
from latentsync_studio.interchange.otio.places import (
    BOM,
    no_number_at,
    no_text_at,
    place_at,
    too_deep_at,
)
from latentsync_studio.interchange.reading import MOST_FRAMES, require_size, unreadable

if TYPE_CHECKING:
    from latentsync_studio.core.errors import InputError
    from latentsync_studio.interchange.otio.places import Place, Places

Json = dict[str, Any]

_PARTS: Final = 100_000  # of a frame, to which times of other programs are exact
_MOST_RATE: Final = 1000
_DEEP: Final = 512  # levels, where the decoder says only that there are too many
_BYTE: Final = re.compile(r"byte (\d+)")


def decoded(data: bytes, name: str) -> Json:
    """The root object of a file; raise InputError where it is no JSON, with line and column."""
    require_size(data, name)
    try:
        found = msgspec.json.decode(data.removeprefix(BOM))
    except RecursionError:
        place = too_deep_at(data, _DEEP)
        raise _wrong(name, "it is nested too deep", place) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _wrong(name, "it is no JSON", _fault_at(data, error)) from None
    if not isinstance(found, dict):
        raise unreadable(name, 1, "it holds no timeline")
    return found


def _fault_at(data: bytes, error: Exception) -> Place:
    """Where the decoder stopped; a file that is cut off ends too early."""
    if isinstance(error, UnicodeDecodeError):
        return no_text_at(data)
    if isinstance(error, msgspec.ValidationError):
        return no_number_at(data)
    byte = _BYTE.search(str(error))
    if byte is not None:
        return place_at(data, int(byte[1]) + len(data) - len(data.removeprefix(BOM)))
    return place_at(data, len(data))


def _wrong(name: str, problem: str, place: Place) -> InputError:
    """An error at a place, in the words of those of XML."""
    where = f" at column {place.column}" if place.column else ""
    return unreadable(name, place.line, f"{problem}{where}")


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
    """Reads the times of one file; errors tell its name and the place."""

    def __init__(self, name: str, places: Places) -> None:
        """Take the file's name, and what finds places in it."""
        self._name, self._places = name, places

    def rate(self, moment: object) -> FrameRate | None:
        """The rate of a time; None where there is none."""
        rate = self._number(moment, "rate")
        if rate is None or rate <= 0:
            return None
        if not 1 / _MOST_RATE < rate <= _MOST_RATE:
            raise self.error(f"{rate:g} frames a second are no frame rate", moment, "rate")
        return FrameRate.parse(f"{rate:.6f}")

    def frames(self, moment: object) -> Fraction:
        """The value of a time, in frames of its own rate; 0 where there is none."""
        value = self._number(moment, "value") or 0.0
        if abs(value) > MOST_FRAMES:
            raise self.error(f"{value:g} frames are too many", moment, "value")
        return Fraction(round(value * _PARTS), _PARTS)

    def seconds(self, moment: object) -> Fraction:
        """A time in seconds; 0 where there is none."""
        rate = self.rate(moment)
        return Fraction(0) if rate is None else self.frames(moment) / rate.fraction

    def error(self, problem: str, node: object, key: str = "") -> InputError:
        """What to raise for an object, or for its value under `key`."""
        return _wrong(self._name, problem, self._places.of(node, key))

    def _number(self, moment: object, key: str) -> float | None:
        value = moment.get(key) if isinstance(moment, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error(f"{value} is no time", moment, key)
        if abs(value) > MOST_FRAMES:
            raise self.error(f"{key} {str(value)[:24]} is too large", moment, key)
        return float(value)

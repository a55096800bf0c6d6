"""Parts that recur in the format: rates, time codes, sizes, and the units of Premiere Pro."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.interchange.frames import nearest

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Marker
    from latentsync_studio.interchange.xml_out import Element

TICKS: Final = 254_016_000_000  # of Premiere Pro, in a second
_NTSC_DEN: Final = 1001


def is_ntsc(rate: FrameRate) -> bool:
    """Whether a rate is its nominal one slowed down by 1000/1001."""
    return rate.fraction == Fraction(rate.nominal * 1000, _NTSC_DEN)


def rate_of(timebase: int, *, ntsc: bool) -> FrameRate:
    """The rate that a timebase means."""
    return FrameRate(timebase * 1000, _NTSC_DEN) if ntsc else FrameRate(timebase)


def add_rate(parent: Element, rate: FrameRate) -> None:
    """A rate; one that the format cannot name becomes its nominal one."""
    element = parent.add("rate")
    element.add("timebase", rate.nominal)
    element.add("ntsc", is_ntsc(rate))


def add_timecode(
    parent: Element, label: int, rate: FrameRate, *, drop: bool, reel: str | None = None
) -> None:
    """The time code of the first frame, and for a file the name of its reel."""
    element = parent.add("timecode")
    add_rate(element, rate)
    element.add("string", to_timecode(label, rate, drop=drop))
    element.add("frame", label)
    element.add("displayformat", "DF" if drop else "NDF")
    if reel is not None:
        element.add("reel").add("name", reel)


def add_picture(parent: Element, rate: FrameRate, width: int, height: int) -> None:
    """What a picture is like; sizes that are not known are left out."""
    element = parent.add("samplecharacteristics")
    add_rate(element, rate)
    if width and height:
        element.add("width", width)
        element.add("height", height)
    element.add("anamorphic", text=False)
    element.add("pixelaspectratio", "square")
    element.add("fielddominance", "none")


def add_sound(parent: Element, rate_hz: int) -> None:
    """What a sound is like."""
    element = parent.add("samplecharacteristics")
    element.add("depth", 16)
    element.add("samplerate", rate_hz)


def add_marker(parent: Element, marker: Marker, first: int) -> None:
    """A marker at frame `first` of what it belongs to."""
    element = parent.add("marker")
    element.add("comment", marker.note)
    element.add("name", marker.name)
    element.add("in", first)
    element.add("out", first + marker.length if marker.length else -1)


def ticks(frames: int, rate: FrameRate) -> int:
    """Premiere Pro's units of a number of frames."""
    return nearest(frames * TICKS / rate.fraction)

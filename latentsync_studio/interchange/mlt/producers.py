"""Writes producers: a medium at a speed, its picture alone or its sound alone, each once."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING, Final

from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.url import base_name, reference

if TYPE_CHECKING:
    from fractions import Fraction

    from latentsync_studio.interchange.cut import Clip, Cut, TrackKind
    from latentsync_studio.interchange.xml_out import Element, Value

_DIGITS: Final = re.compile(r"(\d+)(?=\.\w+$)")
_DAY: Final = 86_400  # seconds that a still, or a medium of unknown length, may be used


class Producers:
    """The producers of one cut."""

    def __init__(self, root: Element, cut: Cut, folder: str) -> None:
        """Begin them in `root`; media are named from `folder`, "" for absolute places."""
        self._root, self._cut, self._folder = root, cut, folder
        self._media = {medium.id: medium for medium in cut.media}
        self._ids: dict[tuple[str, TrackKind, Fraction], str] = {}

    def of(self, clip: Clip, kind: TrackKind) -> str:
        """Id of the producer of a clip."""
        medium = self._media[clip.medium]
        speed = clip.speed if clip.speed and not medium.is_still else type(clip.speed)(1)
        key = (medium.id, kind, speed)
        if key in self._ids:
            return self._ids[key]
        self._ids[key] = name = f"producer{len(self._ids)}"
        length = self._length(clip, speed)
        place = reference(medium.path or medium.name, "path", self._folder)
        element = self._root.add("producer", id=name, in_=0, out=length - 1)
        add_property(element, "length", length)
        if medium.is_run:
            number = _DIGITS.search(place)
            if number is not None:
                pattern = f"%0{len(number[1])}d"
                place = f"{place[: number.start()]}{pattern}{place[number.end() :]}"
                place += f"?begin={int(number[1])}"
        if speed != 1:
            factor = f"{float(speed):.6g}"
            add_property(element, "mlt_service", "timewarp")
            add_property(element, "resource", f"{factor}:{place}")
            add_property(element, "warp_speed", factor)
            add_property(element, "warp_resource", place)
        else:
            if not medium.is_still and not medium.is_run:  # of pictures the loader knows which
                add_property(element, "mlt_service", "avformat")
            add_property(element, "resource", place)
        add_property(element, "shotcut:caption", base_name(medium.path) or medium.name)
        if not medium.is_still:
            add_property(element, "audio_index" if kind == "video" else "video_index", -1)
        return name

    def first(self, clip: Clip) -> int:
        """The first frame of a clip, in frames of the profile."""
        medium = self._media[clip.medium]
        if medium.is_still:
            return 0
        frame = clip.source * self._cut.rate.fraction / medium.rate.fraction
        if not clip.speed:
            return nearest(frame)
        if clip.speed > 0:
            return nearest(frame / clip.speed)
        length = self._length(clip, clip.speed)  # played backwards, it begins at its end
        return max(0, length - 1 - nearest(frame / -clip.speed))

    def _length(self, clip: Clip, speed: Fraction) -> int:
        medium = self._media[clip.medium]
        grid = self._cut.rate.fraction
        if medium.is_still or medium.frames is None:
            return ceil(_DAY * grid)
        return max(1, ceil(medium.frames * grid / medium.rate.fraction / abs(speed)))


def add_property(parent: Element, name: str, value: Value) -> None:
    """Give an element a property."""
    parent.add("property", value, name=name)

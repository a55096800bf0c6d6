"""Writes what a file is: its place, rate, time code, reel, picture and sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.interchange.fcp7.parts import add_picture, add_rate, add_sound, add_timecode
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.url import base_name, reference

if TYPE_CHECKING:
    from fractions import Fraction

    from latentsync_studio.interchange.cut import Cut, Medium
    from latentsync_studio.interchange.output import Options
    from latentsync_studio.interchange.url import Style
    from latentsync_studio.interchange.xml_out import Element


class FileWriter:
    """Writes definitions of files: in full the first time, later only their ids."""

    def __init__(self, used: dict[str, int], options: Options) -> None:
        """Take up to which frame of the sequence's rate each medium is used."""
        self._used, self._options = used, options
        self._numbers: dict[str, int] = {}
        self._defined: set[str] = set()

    def master(self, medium: Medium) -> str:
        """The id of the clip in the bin of which a medium's clips are."""
        return f"masterclip-{self._number(medium)}"

    def length(self, medium: Medium, cut: Cut) -> int:
        """How long a medium is in frames of the sequence."""
        if medium.is_still or medium.frames is None:
            return self._used[medium.id]
        return nearest(medium.frames * cut.rate.fraction / medium.rate.fraction)

    def add(self, parent: Element, medium: Medium, cut: Cut) -> None:
        """The file of a clip."""
        element = parent.add("file", id=f"file-{self._number(medium)}")
        if medium.id in self._defined and self._options.flavour != "generic":
            return
        self._defined.add(medium.id)
        style: Style = "url" if self._options.flavour == "resolve" else "localhost"
        element.add("name", base_name(medium.path) or medium.name)
        if medium.path:
            element.add("pathurl", reference(medium.path, style, self._options.folder))
        add_rate(element, medium.rate)
        element.add("duration", self._own_length(medium, cut.rate.fraction))
        reel = medium.reel
        add_timecode(element, medium.first_label, medium.rate, drop=medium.is_drop, reel=reel)
        media = element.add("media")
        if medium.has_picture:
            video = media.add("video")
            add_picture(video, medium.rate, medium.width, medium.height)
        if medium.channels:
            audio = media.add("audio")
            add_sound(audio, medium.audio_hz or cut.audio_hz)
            audio.add("channelcount", medium.channels)

    def _own_length(self, medium: Medium, grid: Fraction) -> int:
        if medium.frames is not None and not medium.is_still:
            return medium.frames
        return max(1, nearest(self._used[medium.id] * medium.rate.fraction / grid))

    def _number(self, medium: Medium) -> int:
        return self._numbers.setdefault(medium.id, len(self._numbers) + 1)

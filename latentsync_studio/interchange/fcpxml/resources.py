"""Writes what a project is made of: formats, assets, effects; each once, when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latentsync_studio.interchange.fcpxml.times import frames
from latentsync_studio.interchange.url import base_name, reference

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.interchange.cut import Cut, Medium
    from latentsync_studio.interchange.xml_out import Element

COLOR: Final = "1-1-1 (Rec. 709)"
# the built-in transitions that every Final Cut Pro knows by these names
EFFECTS: Final = {
    "video": ("Cross Dissolve", "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"),
    "audio": ("Audio Crossfade", "FFAudioTransition"),
}


class Resources:
    """The resources of a document."""

    def __init__(self, root: Element, cut: Cut, folder: str) -> None:
        """Begin them in `root`; media are named from `folder`, "" for absolute places."""
        self._cut, self._folder = cut, folder
        self._element = root.add("resources")
        self._ids: dict[object, str] = {}
        self.sequence_format = self.format(cut.rate, cut.width, cut.height)

    def format(self, rate: FrameRate | None, width: int, height: int) -> str:
        """Id of a format; without a rate that of single pictures."""
        size = (width, height) if width and height else (self._cut.width, self._cut.height)
        key = ("format", rate, size)
        if key not in self._ids:
            element = self._element.add("format", id=self._new(key))
            if rate is None:
                element.set("name", "FFVideoFormatRateUndefined")
            else:
                element.set("frameDuration", frames(1, rate))
            element.set("width", size[0])
            element.set("height", size[1])
            element.set("colorSpace", COLOR)
        return self._ids[key]

    def format_of(self, medium: Medium) -> str:
        """Id of the format of a medium's picture."""
        rate = None if medium.is_still else medium.rate
        return self.format(rate, medium.width, medium.height)

    def asset(self, medium: Medium) -> str:
        """Id of the asset of a medium."""
        key = ("asset", medium.id)
        if key in self._ids:
            return self._ids[key]
        used = self.format_of(medium) if medium.has_picture else ""
        length = medium.frames if medium.frames is not None else self._reach(medium)
        element = self._element.add("asset", id=self._new(key))
        element.set("name", medium.name or base_name(medium.path))
        element.set("start", frames(medium.first_label, medium.rate))
        element.set("duration", "0s" if medium.is_still else frames(length, medium.rate))
        if used:
            element.set("hasVideo", 1)
            element.set("format", used)
            element.set("videoSources", 1)
        if medium.channels:
            element.set("hasAudio", 1)
            element.set("audioSources", 1)
            element.set("audioChannels", medium.channels)
            element.set("audioRate", medium.audio_hz or self._cut.audio_hz)
        place = reference(medium.path or medium.name, "url", self._folder)
        element.add("media-rep", kind="original-media", src=place)
        if medium.reel:
            metadata = element.add("metadata")
            metadata.add("md", key="com.apple.proapps.studio.reel", value=medium.reel)
        return self._ids[key]

    def effect(self, kind: str) -> str:
        """Id of the transition of pictures or sounds."""
        key = ("effect", kind)
        if key not in self._ids:
            name, uid = EFFECTS[kind]
            self._element.add("effect", id=self._new(key), name=name, uid=uid)
        return self._ids[key]

    def _reach(self, medium: Medium) -> int:
        """Frames of a medium of unknown length that are used, transitions included."""
        found = 1
        ratio = medium.rate.fraction / self._cut.rate.fraction
        for track in self._cut.tracks:
            late = {each.at: each.after for each in track.transitions}
            for clip in track.clips:
                if clip.medium == medium.id:
                    length = clip.length + late.get(clip.stop, 0)
                    found = max(found, -int(-(clip.source + length * ratio) // 1))
        return found

    def _new(self, key: object) -> str:
        return self._ids.setdefault(key, f"r{len(self._ids) + 1}")

"""Writes one item: where it lies, what of the file it shows, its links and markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.interchange.fcp7.items import group_key, in_and_out
from latentsync_studio.interchange.fcp7.parts import add_marker, add_rate, ticks

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut
    from latentsync_studio.interchange.fcp7.items import Item
    from latentsync_studio.interchange.fcp7.media import FileWriter
    from latentsync_studio.interchange.output import Options
    from latentsync_studio.interchange.xml_out import Element

_CHANNEL_TYPES = {1: "mono", 2: "stereo"}


class ClipWriter:
    """Writes the items of one cut."""

    def __init__(
        self, cut: Cut, options: Options, files: FileWriter, groups: dict[str, list[Item]]
    ) -> None:
        """Take what all items share."""
        self._cut, self._options, self._files, self._groups = cut, options, files, groups
        self._media = {medium.id: medium for medium in cut.media}

    def add(self, track: Element, item: Item) -> None:
        """Append an item to its track."""
        clip, medium = item.clip, self._media[item.clip.medium]
        premiere = self._options.flavour == "premiere"
        element = track.add("clipitem", id=item.id)
        if item.channel and premiere:
            kind = _CHANNEL_TYPES.get(len(clip.channels) or medium.channels)
            element.set("premiereChannelType", kind or "mono")
        element.add("masterclipid", self._files.master(medium))
        element.add("name", clip.name)
        element.add("enabled", clip.is_enabled)
        element.add("duration", self._files.length(medium, self._cut))
        add_rate(element, self._cut.rate)
        first, stop = in_and_out(item, medium, self._cut)
        element.add("start", clip.start if item.before < 0 else -1)
        element.add("end", clip.stop if item.after < 0 else -1)
        element.add("in", first)
        element.add("out", stop)
        if premiere:
            element.add("pproTicksIn", ticks(first, self._cut.rate))
            element.add("pproTicksOut", ticks(stop, self._cut.rate))
        if not item.channel:
            element.add("alphatype", "straight" if medium.has_alpha else "none")
            if medium.is_still:
                element.add("stillframe", text=True)
        self._files.add(element, medium, self._cut)
        if item.channel:
            source = element.add("sourcetrack")
            source.add("mediatype", "audio")
            source.add("trackindex", item.channel)
        else:
            element.add("compositemode", "normal")
        if clip.speed != 1:
            _add_speed(element, clip, item.kind)
        self._add_links(element, item)
        self._add_markers(element, item, first + max(item.before, 0))

    def _add_links(self, element: Element, item: Item) -> None:
        group = self._groups[group_key(item.clip)]
        for other in group if len(group) > 1 else ():
            link = element.add("link")
            link.add("linkclipref", other.id)
            link.add("mediatype", other.kind)
            link.add("trackindex", other.row)
            link.add("clipindex", other.place)
            if other.channel:
                link.add("groupindex", 1)

    def _add_markers(self, element: Element, item: Item, first: int) -> None:
        for marker in item.clip.markers if item.first else ():
            add_marker(element, marker, first + marker.start)


def _add_speed(element: Element, clip: Clip, kind: str) -> None:
    effect = element.add("filter").add("effect")
    effect.add("name", "Time Remap")
    effect.add("effectid", "timeremap")
    effect.add("effectcategory", "motion")
    effect.add("effecttype", "motion")
    effect.add("mediatype", kind)
    for name, value in (
        ("variablespeed", "0"),
        ("speed", f"{float(abs(clip.speed) * 100):.6g}"),
        ("reverse", "TRUE" if clip.speed < 0 else "FALSE"),
        ("frameblending", "FALSE"),
    ):
        parameter = effect.add("parameter")
        parameter.add("parameterid", name)
        parameter.add("name", name)
        parameter.add("value", value)

"""Reads what a file is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from latentsync_studio.interchange.cut import Medium
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.media_book import is_still_name
from latentsync_studio.interchange.url import base_name, path_of

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.interchange.cut import TrackKind
    from latentsync_studio.interchange.fcp7.read_values import Values
    from latentsync_studio.interchange.media_book import MediaBook
    from latentsync_studio.interchange.xml_in import Node


class HasMedia(Protocol):
    """What reads numbers, and keeps the media."""

    @property
    def values(self) -> Values:
        """Reads numbers."""

    @property
    def book(self) -> MediaBook:
        """The media met so far."""


def read_file(
    node: Node, clip: Node, grid: FrameRate, kind: TrackKind, reader: HasMedia
) -> tuple[str, Medium | None]:
    """Key and medium of a file; None where it lies on no disk (titles, slugs, generators).

    Args:
        node: the definition of the file.
        clip: the clip that shows it, for what the definition leaves out.
        grid: rate of the sequence.
        kind: of the track on which the clip lies.
        reader: reads numbers and keeps the media.
    """
    path = path_of(node.value("pathurl"))
    if not path:
        return "", None
    key, book = path, reader.book
    if book.known(key) is None:
        book.medium(key, _medium(node, clip, path, grid, reader.values))
    if kind == "video":
        book.seen(key)
    return key, book.known(key)


def _medium(node: Node, clip: Node, path: str, grid: FrameRate, values: Values) -> Medium:
    media = node.first("media")
    picture = None if media is None else media.first("video")
    has_picture = picture is not None
    rate = values.rate(node, values.rate(clip, grid)) if has_picture else grid
    duration = values.number(node, "duration")
    if not has_picture:  # counted in the rate that stands beside it
        duration *= grid.fraction / values.rate(node, grid).fraction
    is_still = has_picture and is_still_name(path)
    label, is_drop = values.label(node.first("timecode"), rate) if has_picture else (0, False)
    shape = node if picture is None else picture.first("samplecharacteristics") or node
    return Medium(
        id="",
        name=node.value("name") or base_name(path),
        path=path,
        rate=rate,
        frames=None if is_still or duration < 1 else nearest(duration),
        first_label=label,
        is_drop=is_drop,
        reel=node.value("timecode", "reel", "name"),
        has_picture=has_picture,
        width=max(0, values.whole(shape, "width")),
        height=max(0, values.whole(shape, "height")),
        channels=_channels(media, values),
        audio_hz=_sample_rate(media, values),
        is_still=is_still,
    )


def _channels(media: Node | None, values: Values) -> int:
    sounds = () if media is None else media.all("audio")
    return min(64, sum(max(1, values.whole(each, "channelcount", 1)) for each in sounds))


def _sample_rate(media: Node | None, values: Values) -> int:
    sound = None if media is None else media.first("audio", "samplecharacteristics")
    return 0 if sound is None else max(0, values.whole(sound, "samplerate"))

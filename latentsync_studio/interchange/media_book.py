"""The media that a reader meets, each once, with all that the clips of it tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.interchange.cut import Medium
from latentsync_studio.interchange.reading import (
    MOST_CHANNELS,
    MOST_FRAMES,
    MOST_HZ,
    MOST_MEDIA,
    MOST_PIXELS,
    unreadable,
)
from latentsync_studio.interchange.url import base_name

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.rate import FrameRate

_STILLS = (
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".tga"),
    *(".exr", ".dpx"),
    *(".psd", ".psb", ".ai", ".eps", ".heic", ".svg", ".pdf"),
)


class MediaBook:
    """Media by what tells them apart in a file."""

    def __init__(self, name: str) -> None:
        """Begin an empty one for the file of this name."""
        self._name = name
        self._media: dict[str, Medium] = {}

    def medium(self, key: str, made: Medium) -> Medium:
        """The medium of a key; `made`, with an id of its own, where there was none."""
        if key not in self._media:
            if len(self._media) >= MOST_MEDIA:
                raise unreadable(self._name, 0, f"it names more than {MOST_MEDIA} media")
            self._media[key] = replace(_sane(made), id=f"m{len(self._media) + 1}")
        return self._media[key]

    def known(self, key: str) -> Medium | None:
        """The medium of a key, if it was met."""
        return self._media.get(key)

    def change(self, key: str, **changes: object) -> Medium:
        """Note more about a medium."""
        self._media[key] = _sane(replace(self._media[key], **changes))
        return self._media[key]

    def heard(self, key: str, channel: int) -> None:
        """Note that a clip plays a channel of it."""
        known = self._media[key]
        if known.channels < channel:
            self.change(key, channels=channel)

    def seen(self, key: str) -> None:
        """Note that a clip shows its picture."""
        if not self._media[key].has_picture:
            self.change(key, has_picture=True)

    def all(self) -> tuple[Medium, ...]:
        """Every medium, in the order in which they were met."""
        return tuple(self._media.values())


def _sane(medium: Medium) -> Medium:
    """The medium with numbers that a file can truly have; others count as not known."""
    frames = medium.frames
    return replace(
        medium,
        frames=frames if frames is not None and 0 < frames <= MOST_FRAMES else None,
        first_label=medium.first_label if 0 <= medium.first_label <= MOST_FRAMES else 0,
        width=medium.width if 0 < medium.width <= MOST_PIXELS else 0,
        height=medium.height if 0 < medium.height <= MOST_PIXELS else 0,
        channels=min(max(medium.channels, 0), MOST_CHANNELS),
        audio_hz=medium.audio_hz if 0 < medium.audio_hz <= MOST_HZ else 0,
    )


def is_still_name(path: str) -> bool:
    """Whether a file's ending is that of single pictures."""
    return base_name(path).lower().endswith(_STILLS)


def plain_medium(name: str, path: str, rate: FrameRate) -> Medium:
    """A medium of which nothing else is known."""
    return Medium(
        id="", name=name or base_name(path), path=path, rate=rate, is_still=is_still_name(path)
    )

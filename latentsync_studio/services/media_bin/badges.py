"""What is unusual about a medium, in a word and in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.errors import StudioError
from latentsync_studio.services.media_bin.content import facts_of, path_of
from latentsync_studio.services.media_bin.seek_cost import proxy_reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.media.facts import MediaFacts, VideoFacts
    from latentsync_studio.services.wiring import Services

_COMMON_RATES: Final = frozenset(
    {(24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1)}
    | {(60000, 1001), (60, 1), (120000, 1001), (120, 1), (100, 1)}
)


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is unusual.

    Attributes:
        code: stable name: vfr, rotated, mirrored, hdr, deep, alpha, interlaced, odd-rate, shape,
            untimed, images, still, no-audio, no-video, proxy.
        label: a few letters for a small mark.
        meaning: a sentence on what it means for the work.
    """

    code: str
    label: str
    meaning: str


def badges_of(item: MediaItem, facts: MediaFacts) -> tuple[Badge, ...]:
    """Everything unusual about a medium, the most important first.

    Args:
        item: as imported.
        facts: of its file (`content.facts_of`).
    """
    video = facts.video
    found: list[Badge] = []
    if video is not None:
        found += _timing(item, video)
        found += _picture(video)
        found += _effort(item, video)
        if facts.audio is None and not item.is_still:
            found.append(_badge("no-audio", "no sound", "There is no sound in it."))
    else:
        found.append(_badge("no-video", "sound only", "There is no picture in it, only sound."))
    return tuple(found)


def badges_of_file(
    item: MediaItem, project_folder: Path | None = None, services: Services | None = None
) -> tuple[Badge, ...]:
    """Badges of an item of a project; none where its file cannot be read now.

    Args:
        item: as saved.
        project_folder: where the project lies, None when it was never saved.
        services: look facts up that were found before; without them the file is probed.
    """
    from latentsync_studio.media.opening_reader import open_reader
    from latentsync_studio.media.probe import probe

    path = path_of(item, project_folder)
    try:
        if services is not None and item.digest:
            return badges_of(item, facts_of(item, path, services))
        if item.images is None:
            return badges_of(item, probe(path))
        with open_reader(path, item) as reader:
            return badges_of(item, reader.facts)
    except StudioError:
        return ()


def _timing(item: MediaItem, video: VideoFacts) -> Iterator[Badge]:
    rate = float(video.rate)
    if item.images is not None:
        yield _badge(
            "images",
            "images",
            f"{item.images.count} numbered pictures, played at {rate:g} a second.",
        )
        return
    if item.is_still:
        yield _badge("still", "still", "One picture; it can be shown for any time.")
        return
    if video.variable_rate:
        yield _badge(
            "vfr",
            "VFR",
            f"The frame rate varies (mean {rate:.3f}). Every frame is shown at its own time and "
            "exported so; other programs may want a constant rate.",
        )
    elif video.rate_ratio not in _COMMON_RATES:
        yield _badge(
            "odd-rate",
            f"{rate:.5g} fps",
            f"{rate:.3f} frames a second is an unusual rate; on a timeline of another rate some "
            "frames are repeated or left out.",
        )
    if video.counted:
        yield _badge(
            "untimed",
            "no times",
            "The file stores no usable times: frames are counted, and jumping is slow.",
        )


def _picture(video: VideoFacts) -> Iterator[Badge]:
    if video.rotation:
        yield _badge(
            "rotated",
            f"{video.rotation}°",
            f"The picture is stored lying and shown turned by {video.rotation}° clockwise.",
        )
    if video.mirrored:
        yield _badge("mirrored", "mirrored", "The picture is stored with left and right swapped.")
    if video.hdr:
        yield _badge(
            "hdr",
            f"HDR {video.hdr.upper()}",
            "High dynamic range: exports keep it as it is. Previews show it toned down to standard "
            "range (ITU-R BT.2390); the face model takes its values as they are.",
        )
    if video.format.bits > 8:
        yield _badge(
            "deep",
            f"{video.format.bits} bit",
            f"{video.format.bits} bits a sample: exports keep them; previews show 8.",
        )
    if video.has_alpha:
        yield _badge("alpha", "alpha", "The picture is partly transparent; that is not exported.")
    if video.interlaced:
        yield _badge(
            "interlaced",
            "interlaced",
            "Frames consist of two fields of different times; they are not deinterlaced.",
        )
    if video.sample_aspect[0] != video.sample_aspect[1] and all(video.sample_aspect):
        wide, high = video.sample_aspect
        yield _badge("shape", f"{wide}:{high}", f"Pixels are not square, but {wide}:{high}.")


def _effort(item: MediaItem, video: VideoFacts) -> Iterator[Badge]:
    if item.is_still:
        return
    reason = proxy_reason(video)
    if reason:
        yield _badge("proxy", "proxy", f"{reason} A small proxy is made for the preview.")


def _badge(code: str, label: str, meaning: str) -> Badge:
    return Badge(code=code, label=label, meaning=meaning)

"""A cut laid out as items: one for a picture, one for every channel of a sound; their links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from latentsync_studio.interchange.edges import Edges
from latentsync_studio.interchange.frames import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.interchange.cut import Clip, Cut, Medium, Track
    from latentsync_studio.interchange.output import Losses

_SURROUND = 6
_MANY = "Sounds of several channels are spread over tracks of one channel each"
_MIXED = "Mono and stereo clips of one track go to tracks of their own"


@dataclass(slots=True)
class Item:
    """A clip on a track of the file: of a sound only one channel of it.

    Attributes:
        id: unique in the file.
        clip: what it is of.
        channel: of the medium, from 1; 0 is the picture.
        row: number of its track among those of its kind, from 1.
        place: number of the item on its track, from 1.
        before: frames of a transition before its start, -1: no transition.
        after: frames of a transition behind its end, -1: no transition.
        first: it is the first item of its clip, which has the clip's markers.
    """

    id: str
    clip: Clip
    channel: int
    row: int
    place: int
    before: int
    after: int
    first: bool

    @property
    def kind(self) -> Literal["video", "audio"]:
        """What it holds."""
        return "audio" if self.channel else "video"


@dataclass(slots=True)
class Row:
    """A track of the file.

    Attributes:
        track: what it comes of.
        channels: of the sounds on it, 0 for pictures.
        channel: which of these it holds, from 1.
        items: in order.
    """

    track: Track
    channels: int
    channel: int
    items: list[Item] = field(default_factory=list)


def rows_of(cut: Cut, losses: Losses) -> list[Row]:
    """All tracks of the file with their items: pictures first, in the order of the cut."""
    media = {medium.id: medium for medium in cut.media}
    rows: list[Row] = []
    counts = {"video": 0, "audio": 0}
    seen: set[str] = set()
    total = 0
    for track in cut.tracks:
        edges = Edges(track)
        for row, clips in _spread(track, media, losses):
            counts[track.kind] += 1
            rows.append(row)
            for place, clip in enumerate(clips, 1):
                total += 1
                before, after = _joins(edges, clip)
                channel = _channels(clip, media)[row.channel - 1] if row.channels else 0
                item = Item(
                    id=f"clipitem-{total}",
                    clip=clip,
                    channel=channel,
                    row=counts[track.kind],
                    place=place,
                    before=before,
                    after=after,
                    first=clip.id not in seen,
                )
                seen.add(clip.id)
                row.items.append(item)
    return rows


def groups_of(rows: list[Row]) -> dict[str, list[Item]]:
    """Items that are edited together, by what `group_key` says."""
    groups: dict[str, list[Item]] = {}
    for row in rows:
        for item in row.items:
            groups.setdefault(group_key(item.clip), []).append(item)
    return groups


def group_key(clip: Clip) -> str:
    """What the items of linked clips, and all items of one clip, have in common."""
    return f"link {clip.link}" if clip.link else f"clip {clip.id}"


def in_and_out(item: Item, medium: Medium, cut: Cut) -> tuple[int, int]:
    """First frame of the medium's time, and the one behind the last, in frames of the sequence.

    They reach over the transitions at the clip's ends. A retimed clip counts in its own, stretched
    time, as far as files of Premiere Pro tell; stills begin at 0.
    """
    before, after = max(item.before, 0), max(item.after, 0)
    if medium.is_still:
        return 0, before + item.clip.length + after
    start = item.clip.source * cut.rate.fraction / medium.rate.fraction
    if item.clip.speed:
        start /= abs(item.clip.speed)
    first = nearest(start) - before
    return first, first + before + item.clip.length + after


def _spread(
    track: Track, media: dict[str, Medium], losses: Losses
) -> Iterator[tuple[Row, list[Clip]]]:
    """A track of the cut as tracks of the file: of sounds one for every channel."""
    if track.kind == "video":
        yield Row(track, 0, 0), list(track.clips)
        return
    by_width: dict[int, list[Clip]] = {}
    for clip in track.clips:
        by_width.setdefault(len(_channels(clip, media)), []).append(clip)
    if len(by_width) > 1:
        losses.add(_MIXED, track.name)
    if any(width not in {1, 2, _SURROUND} for width in by_width):
        losses.add(_MANY, track.name)
    for width, clips in sorted(by_width.items()) or [(1, [])]:
        for channel in range(1, width + 1):
            yield Row(track, width, channel), clips


def _channels(clip: Clip, media: dict[str, Medium]) -> tuple[int, ...]:
    return clip.channels or tuple(range(1, max(1, media[clip.medium].channels) + 1))


def _joins(edges: Edges, clip: Clip) -> tuple[int, int]:
    begins, ends = edges.changes.get(clip.start), edges.changes.get(clip.stop)
    return -1 if begins is None else begins.before, -1 if ends is None else ends.after

"""A cut of another program as a sequence of the project; what it cannot hold is told."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import check, handles
from latentsync_studio.core.timeline.model import (
    Clip,
    ClipId,
    Dissolve,
    DissolveId,
    LinkId,
    Marker,
    MarkerId,
    MediaItem,
    Project,
    Sequence,
    SequenceId,
    Track,
    TrackId,
)
from latentsync_studio.core.timeline.timecode import from_timecode, to_timecode
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.output import Losses, label_of
from latentsync_studio.services.interchange.to_cut import first_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.core.timeline.model import MediaId
    from latentsync_studio.interchange import cut as neutral

_SIZE = (1920, 1080)
_ROUNDING = 1  # frames by which a clip may reach beyond its medium through rounding alone


def add_cut(
    project: Project, cut: neutral.Cut, items: Mapping[str, MediaItem]
) -> tuple[Project, tuple[str, ...]]:
    """Append a cut as a sequence.

    Args:
        project: has the media already.
        cut: in order, as readers return it.
        items: media of the project by the ids of the cut's media.

    Returns:
        The project, whose last sequence is the new one, and sentences on what is lost.
    """
    builder = _Builder(project, cut, items)
    sequence = builder.sequence()
    after = replace(project, sequences=(*project.sequences, sequence), next_id=builder.next_id)
    check(after)
    return after, builder.losses.told()


class _Builder:
    """Builds one sequence.

    Attributes:
        next_id: number of the next new part.
        losses: what could not be taken over.
    """

    def __init__(self, project: Project, cut: neutral.Cut, items: Mapping[str, MediaItem]) -> None:
        self.next_id, self.losses = project.next_id, Losses()
        self._cut, self._items = cut, items
        self._media: dict[MediaId, MediaItem] = {item.id: item for item in project.media}
        self._told = {medium.id: medium for medium in cut.media}
        self._links: dict[str, LinkId] = {}
        self._markers = [each for each in cut.markers if each.start >= 0]

    def sequence(self) -> Sequence:
        """The sequence with all that it can hold."""
        cut = self._cut
        number = self._new_id("s")
        tracks = tuple(self._track(track) for track in cut.tracks)
        width, height = self._size()
        return Sequence(
            id=SequenceId(number),
            name=cut.name,
            rate=cut.rate,
            width=width,
            height=height,
            audio_hz=cut.audio_hz,
            tracks=self._with_links(tracks),
            markers=self._all_markers(),
            first_label=cut.first_label,
            is_drop=cut.is_drop,
        )

    def _size(self) -> tuple[int, int]:
        """The size of the cut; where its format says none, that of its first picture."""
        if self._cut.width > 0 and self._cut.height > 0:
            return self._cut.width, self._cut.height
        for track in self._cut.tracks_of("video"):
            for clip in track.clips:
                video = self._items[clip.medium].video
                if video is not None:
                    return video.width, video.height
        return _SIZE

    def _track(self, track: neutral.Track) -> Track:
        held: list[Clip] = []
        lefts: dict[int, Clip] = {}  # by the frames at which they were to stop
        rights: dict[int, Clip] = {}  # and to start
        for clip in track.clips:
            new = self._clip(clip, track)
            if new is None:
                continue
            held.append(new)
            if new.start == clip.start:
                rights[clip.start] = new
            if new.stop == clip.stop:
                lefts[clip.stop] = new
        bare = Track(
            id=TrackId(self._new_id("t")),
            kind=track.kind,
            name=track.name,
            clips=tuple(held),
            is_muted=not track.is_enabled,
            is_locked=track.is_locked,
        )
        taken: dict[ClipId, int] = {}
        dissolves = [
            dissolve
            for each in track.transitions
            if (dissolve := self._dissolve(each, lefts, rights, bare, taken)) is not None
        ]
        return replace(bare, dissolves=tuple(dissolves))

    def _clip(self, clip: neutral.Clip, track: neutral.Track) -> Clip | None:
        item, medium = self._items[clip.medium], self._told[clip.medium]
        where = f"{clip.name or medium.name} at {label_of(self._cut, clip.start)}"
        available = item.available(track.kind, self._cut.rate)
        if available == 0:
            what = "picture" if track.kind == "video" else "sound"
            self.losses.add(f"Clips whose file has no {what} are left out", where)
            return None
        if clip.speed != 1:
            self.losses.add("Retimed clips play at normal speed", where)
        if clip.channels:
            self.losses.add("Clips that play single channels of a sound play all of them", where)
        first = 0 if available is None else self._first(clip, medium, item)
        source, start = self._within(first, clip, available, where)
        if source is None:
            return None
        self._note_markers(clip)
        return Clip(
            id=ClipId(self._new_id("c")),
            media=item.id,
            source=source,
            start=start,
            name="" if clip.name in {"", item.name} else clip.name,
            is_enabled=clip.is_enabled,
            link=self._link(clip.link),
        )

    def _first(self, clip: neutral.Clip, medium: neutral.Medium, item: MediaItem) -> int:
        """The grid frame of the medium's time with which a clip begins."""
        grid = self._cut.rate.fraction
        if not medium.by_label or item.video is None:
            return nearest(clip.source * grid / medium.rate.fraction)
        label = to_timecode(medium.first_label + int(clip.source), medium.rate, drop=medium.is_drop)
        begins, is_drop = first_label(item.video)
        try:
            frame = from_timecode(label, item.video.rate, drop=is_drop or ";" in label)
        except InputError:  # a label that the file's own rate does not have
            frame = medium.first_label + int(clip.source)
        late = frame - begins
        if item.origin or not 0 <= late < item.video.n_frames:
            if not item.origin:
                self.losses.add(
                    "The time code of the list lies outside of the file; the first that is used is"
                    " taken for its beginning",
                    item.name,
                )
            late = int(clip.source)
        return nearest(Fraction(late) * grid / item.video.rate.fraction)

    def _within(
        self, first: int, clip: neutral.Clip, available: int | None, where: str
    ) -> tuple[FrameRange | None, int]:
        """The stretch of the medium that a clip can use, and where it then begins."""
        start, stop, place = first, first + clip.length, clip.start
        if available is None:
            return FrameRange(0, clip.length), place
        over = stop - available
        if 0 < over <= _ROUNDING and start >= over:
            start, stop = start - over, stop - over
        elif over > 0:
            self.losses.add("Clips are shorter, because their medium ends before them", where)
            stop = available
        if start < 0:
            self.losses.add("Clips begin later, because their medium does", where)
            place, start = place - start, 0
        if stop <= start:
            self.losses.add("Clips that lie outside of their medium are left out", where)
            return None, place
        return FrameRange(start, stop), place

    def _dissolve(
        self,
        change: neutral.Transition,
        lefts: Mapping[int, Clip],
        rights: Mapping[int, Clip],
        track: Track,
        taken: dict[ClipId, int],
    ) -> Dissolve | None:
        where = label_of(self._cut, max(0, change.at))
        left, right = lefts.get(change.at), rights.get(change.at)
        if left is None or right is None:
            self.losses.add("Fades from and to black are left out", where)
            return None
        if change.name:
            self.losses.add("Other transitions become dissolves", change.name)
        before, after = handles(left, right, self._media, track, self._cut.rate)
        before = min(change.before, before, len(left.source) - taken.get(left.id, 0))
        after = min(change.after, after, len(right.source))
        if before + after == 0:
            self.losses.add("Dissolves without unused media beyond the cut are left out", where)
            return None
        if (before, after) != (change.before, change.after):
            self.losses.add("Dissolves are shorter, because their clips lack unused media", where)
        taken[right.id] = after
        return Dissolve(
            id=DissolveId(self._new_id("d")),
            left=left.id,
            right=right.id,
            before=before,
            after=after,
        )

    def _link(self, word: str) -> LinkId | None:
        if not word:
            return None
        if word not in self._links:
            self._links[word] = LinkId(self._new_id("l"))
        return self._links[word]

    def _with_links(self, tracks: tuple[Track, ...]) -> tuple[Track, ...]:
        """Keep links that join clips of two tracks or more, one of each track."""
        rows: dict[LinkId, list[int]] = {}
        first: set[ClipId] = set()
        for row, track in enumerate(tracks):
            for clip in track.clips:
                if clip.link is not None and row not in rows.setdefault(clip.link, []):
                    rows[clip.link].append(row)
                    first.add(clip.id)
        return tuple(
            replace(
                track,
                clips=tuple(
                    clip
                    if clip.link is None or (clip.id in first and len(rows[clip.link]) > 1)
                    else replace(clip, link=None)
                    for clip in track.clips
                ),
            )
            for track in tracks
        )

    def _note_markers(self, clip: neutral.Clip) -> None:
        for marker in clip.markers:
            if 0 <= marker.start < clip.length:
                self._markers.append(replace(marker, start=marker.start + clip.start))
                self.losses.add("Markers of clips become markers of the sequence")
            else:
                self.losses.add("Markers on parts of clips that are not seen are left out")

    def _all_markers(self) -> tuple[Marker, ...]:
        plain = {
            (each.start, each.length, each.name, each.note, each.color): each
            for each in self._markers
        }
        ordered = sorted(plain.values(), key=lambda each: (each.start, each.start + each.length))
        return tuple(
            Marker(
                id=MarkerId(self._new_id("k")),
                frames=FrameRange(each.start, each.start + max(1, each.length)),
                name=each.name,
                note=each.note,
                color=each.color or "green",
            )
            for each in ordered
        )

    def _new_id(self, letter: str) -> str:
        self.next_id += 1
        return f"{letter}{self.next_id - 1}"

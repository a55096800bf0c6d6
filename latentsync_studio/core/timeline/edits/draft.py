"""The scratchpad of one edit: tracks are changed here, then a new project is made.

A Draft lives inside one edit function and is never seen outside. `done` puts the document in order
again (dissolves follow their cuts, a link that joins one clip ends), checks what was touched, and
shares everything else with the project before.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import called, check_track, handles
from latentsync_studio.core.timeline.model import ClipId, LinkId, Track

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from latentsync_studio.core.timeline.model import Clip, Dissolve, Project, TrackId

FAR = 1 << 60  # frames: no limit


class Picked(NamedTuple):
    """A clip that an edit works on: its track (index in the draft), its place there, itself."""

    row: int
    place: int
    clip: Clip


class Draft:
    """The tracks of one sequence while an edit changes them."""

    def __init__(self, project: Project, place: int) -> None:
        self._project, self._place = project, place
        self.sequence = project.sequences[place]
        self.tracks: list[Track] = list(self.sequence.tracks)
        self.media = {item.id: item for item in project.media}
        self._next_id = project.next_id
        self._tail_links: dict[LinkId, LinkId] = {}

    @classmethod
    def around(cls, project: Project, clips: Iterable[ClipId]) -> Draft:
        """Open the sequence that holds the first of `clips`."""
        first = next(iter(clips), None)
        if first is None:
            raise InvalidEditError("No clip is selected.", remedy="Select a clip.")
        for place, sequence in enumerate(project.sequences):
            if any(clip.id == first for track in sequence.tracks for clip in track.clips):
                return cls(project, place)
        raise InvalidEditError(f"There is no clip {first}.")

    @classmethod
    def on(cls, project: Project, tracks: Iterable[TrackId]) -> Draft:
        """Open the sequence that holds the first of `tracks`."""
        first = next(iter(tracks), None)
        if first is None:
            raise InvalidEditError("No track is chosen.", remedy="Choose a track.")
        for place, sequence in enumerate(project.sequences):
            if any(track.id == first for track in sequence.tracks):
                return cls(project, place)
        raise InvalidEditError(f"There is no track {first}.")

    def new_id(self, letter: str) -> str:
        """An id that nothing in the project has."""
        self._next_id += 1
        return f"{letter}{self._next_id - 1}"

    def row_of(self, track: TrackId) -> int:
        """Index of an unlocked track; raise InvalidEditError for a locked or unknown one."""
        for row, found in enumerate(self.tracks):
            if found.id == track:
                _require_unlocked(found)
                return row
        raise InvalidEditError(f"{self.sequence.name} has no track {track}.")

    def rows(self, tracks: Iterable[TrackId]) -> list[int]:
        """Indices of `tracks`, in order, each once."""
        return sorted({self.row_of(track) for track in tracks})

    def rippling(self, tracks: Iterable[TrackId] | None, own: Iterable[int]) -> list[int]:
        """Tracks that move along in a ripple: `own` and `tracks` (None: all unlocked ones)."""
        if tracks is None:
            along = {row for row, track in enumerate(self.tracks) if not track.is_locked}
        else:
            along = set(self.rows(tracks))
        return sorted(along | set(own))

    def pick(self, clips: Iterable[ClipId], *, linked: bool) -> list[Picked]:
        """Find `clips`, with all that is linked to them; locked and unknown ones are refused."""
        wanted = set(clips)
        found = self._where(lambda clip: clip.id in wanted)
        if len(found) < len(wanted):
            missing = sorted(wanted - {picked.clip.id for picked in found})
            raise InvalidEditError(f"{self.sequence.name} has no clip {', '.join(missing)}.")
        links = {picked.clip.link for picked in found} - {None} if linked else set()
        if links:
            found = self._where(lambda clip: clip.id in wanted or clip.link in links)
        locked = [each for each in found if self.tracks[each.row].is_locked]
        if locked:
            asked = [each for each in locked if linked and each.clip.id in wanted]
            free = {x.clip.link for x in found if not self.tracks[x.row].is_locked} - {None}
            # without its links the edit is possible only where what it is for is not locked itself
            helps = not asked and all(each.clip.link in free for each in locked)
            _require_unlocked(self.tracks[(asked or locked)[0].row], unlinking_helps=helps)
        return found

    def available(self, picked: Picked) -> int | None:
        """Grid frames of the picked clip's medium; None where there is no limit."""
        item = self.media[picked.clip.media]
        return item.available(self.tracks[picked.row].kind, self.sequence.rate)

    def neighbours(self, picked: Picked) -> tuple[Clip | None, Clip | None]:
        """The clips before and behind on the same track, touching or not."""
        clips, place = self.tracks[picked.row].clips, picked.place
        return (
            clips[place - 1] if place else None,
            clips[place + 1] if place + 1 < len(clips) else None,
        )

    def goal(self, picked: Picked, onto: Mapping[ClipId, TrackId]) -> int:
        """Row of the track that a picked clip goes to: its own unless `onto` names another.

        Raises:
            InvalidEditError: that track is locked, unknown or of another kind.
        """
        if picked.clip.id not in onto:
            return picked.row
        row = self.row_of(onto[picked.clip.id])
        here, there = self.tracks[picked.row], self.tracks[row]
        if here.kind != there.kind:
            raise InvalidEditError(
                f"{called(picked.clip)} is {here.kind}; {called(there)} holds {there.kind}.",
                remedy="Choose a track of the same kind.",
            )
        return row

    def change(self, row: int, changes: Mapping[ClipId, tuple[Clip, ...]]) -> None:
        """Put other clips in the place of some: none removes, two slice; dissolves follow."""
        track = self.tracks[row]
        clips: list[Clip] = []
        for clip in track.clips:
            new = changes.get(clip.id)
            if new is None:
                clips.append(clip)
            else:
                clips.extend(new)
        self._put(row, clips, _followed(track.dissolves, changes))

    def change_each(self, changes: Iterable[tuple[Picked, Clip]]) -> None:
        """Put one clip in the place of each picked one."""
        by_row: dict[int, dict[ClipId, tuple[Clip, ...]]] = {}
        for picked, clip in changes:
            by_row.setdefault(picked.row, {})[picked.clip.id] = (clip,)
        for row, of_row in by_row.items():
            self.change(row, of_row)

    def add(self, row: int, clips: Iterable[Clip], dissolves: Iterable[Dissolve] = ()) -> None:
        """Lay further clips, with the dissolves between them, on a track."""
        track = self.tracks[row]
        self._put(row, [*track.clips, *clips], (*track.dissolves, *dissolves))

    def remove(self, picked: Iterable[Picked]) -> None:
        """Take clips away; gaps stay."""
        by_row: dict[int, dict[ClipId, tuple[Clip, ...]]] = {}
        for row, _, clip in picked:
            by_row.setdefault(row, {})[clip.id] = ()
        for row, changes in by_row.items():
            self.change(row, changes)

    def shift(self, row: int, since: int, by: int) -> None:
        """Move all clips of a track that start at or after `since`."""
        if by and self.tracks[row].stop > since:
            clips = [
                replace(clip, start=clip.start + by) if clip.start >= since else clip
                for clip in self.tracks[row].clips
            ]
            self._put(row, clips, self.tracks[row].dissolves)

    def free_before(self, row: int, since: int) -> int:
        """Frames by which all clips that start at or after `since` could move earlier."""
        stop = 0
        for clip in self.tracks[row].clips:
            if clip.start >= since:
                return clip.start - stop
            stop = clip.stop
        return FAR

    def cut(self, row: int, frame: int, spared: Collection[ClipId] = ()) -> None:
        """Slice the clip of a track that is under `frame`, if there is one."""
        for clip in self.tracks[row].clips:
            if clip.start < frame < clip.stop and clip.id not in spared:
                self.change(row, {clip.id: self._sliced(clip, frame)})
                return

    def clear(self, row: int, frames: FrameRange, spared: Collection[ClipId] = ()) -> None:
        """Remove what lies in `frames` of a track; clips that reach in are cut off."""
        self.cut(row, frames.start, spared)
        self.cut(row, frames.stop, spared)
        inside: dict[ClipId, tuple[Clip, ...]] = {
            clip.id: ()
            for clip in self.tracks[row].clips
            if frames.start <= clip.start and clip.stop <= frames.stop and clip.id not in spared
        }
        if inside:
            self.change(row, inside)

    def _sliced(self, clip: Clip, frame: int) -> tuple[Clip, Clip]:
        """Head and tail; tails of linked clips are linked with each other."""
        at = clip.source_at(frame)
        head = replace(clip, source=FrameRange(clip.source.start, at))
        tail = replace(
            clip,
            id=ClipId(self.new_id("c")),
            source=FrameRange(at, clip.source.stop),
            start=frame,
            link=self.tail_link(clip.link),
        )
        return head, tail

    def tail_link(self, link: LinkId | None) -> LinkId | None:
        """The link of new parts whose old parts had `link`: one new one for each old."""
        if link is None:
            return None
        if link not in self._tail_links:
            self._tail_links[link] = LinkId(self.new_id("l"))
        return self._tail_links[link]

    def done(self) -> Project:
        """The project after the edit: the very same object where nothing changed."""
        self._tidy_links()
        old = {track.id: track for track in self.sequence.tracks}
        for row, track in enumerate(self.tracks):
            before = old.get(track.id)
            if track is not before:
                self.tracks[row] = self._settled(track)
                check_track(self.tracks[row], self.media, self.sequence.rate, before)
        if len(old) == len(self.tracks) and all(
            a is b for a, b in zip(self.sequence.tracks, self.tracks, strict=True)
        ):
            return self._project
        sequences = list(self._project.sequences)
        sequences[self._place] = replace(self.sequence, tracks=tuple(self.tracks))
        return replace(self._project, sequences=tuple(sequences), next_id=self._next_id)

    def _where(self, wanted: Callable[[Clip], bool]) -> list[Picked]:
        return [
            Picked(row, place, clip)
            for row, track in enumerate(self.tracks)
            for place, clip in enumerate(track.clips)
            if wanted(clip)
        ]

    def _put(self, row: int, clips: list[Clip], dissolves: tuple[Dissolve, ...]) -> None:
        """Give a track these clips, brought into order; the same ones change nothing."""
        track = self.tracks[row]
        starts = [clip.start for clip in clips]
        if any(a > b for a, b in pairwise(starts)):
            clips.sort(key=lambda clip: clip.start)
        if (
            dissolves != track.dissolves
            or len(clips) != len(track.clips)
            or any(a is not b for a, b in zip(clips, track.clips, strict=True))
        ):
            self.tracks[row] = replace(track, clips=tuple(clips), dissolves=dissolves)

    def _tidy_links(self) -> None:
        """End links that join one clip only; refuse two linked clips on one track."""
        rows: dict[LinkId, list[Picked]] = {}
        for picked in self._where(lambda clip: clip.link is not None):
            rows.setdefault(picked.clip.link or LinkId(""), []).append(picked)
        alone = [members[0] for members in rows.values() if len(members) == 1]
        self.change_each((picked, replace(picked.clip, link=None)) for picked in alone)
        for members in rows.values():
            places = Counter(picked.row for picked in members)
            row, most = places.most_common(1)[0]
            if most > 1:
                raise InvalidEditError(
                    f"{most} clips that are linked with each other would lie on"
                    f" {called(self.tracks[row])}.",
                    remedy="Unlink them first.",
                )

    def _settled(self, track: Track) -> Track:
        """Dissolves follow their cut, get shorter where media or clip is short, or go."""
        if not track.dissolves:
            return track
        cuts = {(a.id, b.id): (a, b) for a, b in pairwise(track.clips) if a.stop == b.start}
        order = {pair: place for place, pair in enumerate(cuts)}
        room = {clip.id: len(clip.source) for clip in track.clips}
        kept: list[Dissolve] = []
        for dissolve in sorted(
            (each for each in track.dissolves if (each.left, each.right) in cuts),
            key=lambda each: order[each.left, each.right],
        ):
            left, right = cuts[dissolve.left, dissolve.right]
            longest = handles(left, right, self.media, track, self.sequence.rate)
            before = max(0, min(dissolve.before, longest[0], room[left.id]))
            after = max(0, min(dissolve.after, longest[1], room[right.id]))
            room[left.id] -= before
            room[right.id] -= after
            if (before, after) == (dissolve.before, dissolve.after):
                kept.append(dissolve)
            elif before + after:
                kept.append(replace(dissolve, before=before, after=after))
        return replace(track, dissolves=tuple(kept))


def _followed(
    dissolves: tuple[Dissolve, ...], changes: Mapping[ClipId, tuple[Clip, ...]]
) -> tuple[Dissolve, ...]:
    """Dissolves of clips that were changed: at the outer pieces, or gone with their clip."""
    kept: list[Dissolve] = []
    for dissolve in dissolves:
        left, right = changes.get(dissolve.left), changes.get(dissolve.right)
        if left == () or right == ():
            continue
        new_left = left[-1].id if left else dissolve.left
        new_right = right[0].id if right else dissolve.right
        if (new_left, new_right) != (dissolve.left, dissolve.right):
            kept.append(replace(dissolve, left=new_left, right=new_right))
        else:
            kept.append(dissolve)
    return tuple(kept)


def _require_unlocked(track: Track, *, unlinking_helps: bool = False) -> None:
    if track.is_locked:
        other = ", or edit without linked clips" if unlinking_helps else ""
        raise InvalidEditError(f"{called(track)} is locked.", remedy=f"Unlock the track{other}.")


def clamped(by: int, low: int, high: int) -> int:
    """`by` limited to low..high, which includes 0."""
    return max(low, min(high, by))

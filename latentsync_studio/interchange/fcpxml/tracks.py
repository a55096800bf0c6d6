"""Makes tracks of lanes: Final Cut Pro has none, and lanes count anew at every clip."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.interchange.channels import joined
from latentsync_studio.interchange.cut import Clip, Track, Transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latentsync_studio.interchange.cut import Medium, TrackKind
    from latentsync_studio.interchange.fcpxml.story import Change, Piece, Story

_PLAIN = ("dissolve", "crossfade")


@dataclass(slots=True)
class _Row:
    """Sounds that will be one track."""

    clips: list[Clip]
    changes: list[Change]


def tracks_of(story: Story, media: Mapping[str, Medium]) -> tuple[Track, ...]:
    """The tracks: pictures from the lowest lane on, then sounds by their roles."""
    pictures = _by_lane(piece for piece in story.pieces if piece.kind == "video")
    sounds = _by_lane(piece for piece in story.pieces if piece.kind == "audio")
    found: list[Track] = []
    for lane in sorted(pictures):
        for clips in _rows([piece.clip for piece in pictures[lane]]):
            changes = [each for each in story.changes if each.lane == lane]
            found.append(_track("video", clips, changes))
    roles: dict[str, list[_Row]] = {}
    for lane in sorted(sounds, key=lambda lane: (lane < 0, abs(lane))):
        changes = [each for each in story.changes if each.has_sound and each.lane == lane]
        for role in dict.fromkeys(piece.role for piece in sounds[lane]):
            clips = [piece.clip for piece in sounds[lane] if piece.role == role]
            _join(roles.setdefault(role, []), clips, changes)
    heard = [_track("audio", row.clips, row.changes) for rows in roles.values() for row in rows]
    found += joined(heard, [False] * len(heard), media)
    return tuple(_named(found))


def _by_lane(pieces: Iterable[Piece]) -> dict[int, list[Piece]]:
    found: dict[int, list[Piece]] = {}
    for piece in pieces:
        found.setdefault(piece.lane, []).append(piece)
    return found


def _rows(clips: list[Clip]) -> list[list[Clip]]:
    """Clips of one lane in as few rows as they need not to overlap."""
    rows: list[list[Clip]] = []
    for clip in sorted(clips, key=lambda each: each.start):
        free = next((row for row in rows if row[-1].stop <= clip.start), None)
        if free is None:
            rows.append([clip])
        else:
            free.append(clip)
    return rows


def _join(rows: list[_Row], clips: list[Clip], changes: list[Change]) -> None:
    """Add the sounds of a lane: to a row in which nothing lies in their way, else to new ones."""
    split = _rows(clips)
    for row in rows if len(split) == 1 else ():
        if not any(_meet(row.clips, clip) for clip in clips):
            row.clips = sorted(row.clips + clips, key=lambda each: each.start)
            row.changes += changes
            return
    rows += [_Row(held, list(changes)) for held in split]


def _meet(clips: list[Clip], clip: Clip) -> bool:
    """Whether a clip meets one of others that are in order and never overlap."""
    at = bisect_left(clips, clip.stop, key=lambda each: each.start)
    return at > 0 and clips[at - 1].stop > clip.start


def _track(kind: TrackKind, clips: list[Clip], changes: list[Change]) -> Track:
    starts, stops = {clip.start for clip in clips}, {clip.stop for clip in clips}
    edges = sorted(starts | stops)
    transitions = []
    for change in changes:
        inside = edges[bisect_left(edges, change.start) : bisect_right(edges, change.stop)]
        cuts = [at for at in inside if at in starts and at in stops]
        is_edge = change.at in starts or change.at in stops
        at = change.at if is_edge else min(cuts or inside, default=None)
        if at is not None:
            plain = any(word in change.name.lower() for word in _PLAIN) or not change.name
            transitions.append(
                Transition(
                    at=at,
                    before=at - change.start,
                    after=change.stop - at,
                    name="" if plain else change.name,
                )
            )
    return Track(
        kind=kind,
        clips=tuple(clips),
        transitions=tuple(transitions),
    )


def _named(tracks: list[Track]) -> Iterable[Track]:
    counts = {"video": 0, "audio": 0}
    for track in tracks:
        counts[track.kind] += 1
        yield replace(track, name=f"{track.kind[0].upper()}{counts[track.kind]}")

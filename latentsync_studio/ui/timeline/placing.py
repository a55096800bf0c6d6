"""Laying media on tracks: which ones, and the edit that does it with all that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.edits.place import (
    Placement,
    insert,
    media_placements,
    overwrite,
)
from latentsync_studio.core.timeline.edits.tracks import add_sequence, add_track
from latentsync_studio.core.timeline.model import LinkId
from latentsync_studio.core.timeline.rate import FrameRate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from latentsync_studio.core.timeline import model

STANDARD_RATES = tuple(
    FrameRate(num, den)
    for num, den in (
        (24_000, 1001), (24, 1), (25, 1), (30_000, 1001), (30, 1), (48, 1), (50, 1),
        (60_000, 1001), (60, 1),
    )
)  # fmt: skip
FIRST_SIZE = (1920, 1080)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where media is to go.

    Attributes:
        start: first frame.
        row: track under the mouse, or None for the usual ones.
        targets: tracks that are chosen as targets.
        is_new_track: lay it on new tracks.
    """

    start: int
    row: model.TrackId | None = None
    targets: frozenset[model.TrackId] = frozenset()
    is_new_track: bool = False


def place_media(
    project: model.Project,
    sequence: model.SequenceId | None,
    media: Sequence[model.MediaId],
    spot: Spot,
    *,
    inserting: bool = False,
) -> model.Project:
    """Lay media one behind the other; without a sequence one is made that fits the first.

    Raises:
        InvalidEditError: nothing to place, a locked track, no track of the kind.
    """
    if not media:
        raise InvalidEditError(
            "No media is selected.", remedy="Select a clip or sound in the media bin first."
        )
    if sequence is None:
        project = with_sequence(project, media)
        sequence = project.sequences[-1].id
    placements: list[Placement] = []
    start = spot.start
    for each in media:
        project, tracks = tracks_for(project, sequence, find_media(project, each), spot)
        laid = media_placements(project, each, start, tracks)
        placements += laid
        start = laid[0].clip.stop
    return (insert if inserting else overwrite)(project, _distinct(placements))


def with_sequence(project: model.Project, media: Sequence[model.MediaId]) -> model.Project:
    """Add a sequence with the size and the rate of the first picture among `media`."""
    items = [find_media(project, each) for each in media]
    video = next((item.video for item in items if item.video is not None), None)
    still = next((item.is_still for item in items if item.video is not None), False)
    rate, size = FrameRate(25), FIRST_SIZE
    if video is not None:
        size = (max(2, video.width), max(2, video.height))
        rate = FrameRate(25) if still else standard_rate(video.rate)
    name = f"Sequence {len(project.sequences) + 1}"
    return add_sequence(project, name, rate, size)


def standard_rate(rate: FrameRate) -> FrameRate:
    """The usual rate nearest to that of a medium: 29.87 of a phone is meant as 29.97."""
    if rate in STANDARD_RATES:
        return rate
    return min(STANDARD_RATES, key=lambda each: abs(each.fraction - Fraction(rate.num, rate.den)))


def tracks_for(
    project: model.Project,
    sequence: model.SequenceId,
    item: model.MediaItem,
    spot: Spot,
) -> tuple[model.Project, tuple[model.TrackId, ...]]:
    """Tracks for the picture and the sound of a medium, and the project with those it lacks."""
    chosen: list[model.TrackId] = []
    for kind, has in (("video", item.video), ("audio", item.audio)):
        if has is None:
            continue
        kind_: model.TrackKind = "video" if kind == "video" else "audio"
        track = None
        if not spot.is_new_track:
            track = _track(find_sequence(project, sequence), kind_, spot)
        if track is None:
            known = {each.id for each in find_sequence(project, sequence).tracks}
            project = add_track(project, sequence, kind_)
            now = find_sequence(project, sequence).tracks
            track = next(each.id for each in now if each.id not in known)
        chosen.append(track)
    return project, tuple(chosen)


def _track(sequence: model.Sequence, kind: model.TrackKind, spot: Spot) -> model.TrackId | None:
    """The track for a kind: under the mouse, of the same number, a target, the first unlocked."""
    lanes = [track for track in sequence.tracks if track.kind == kind]
    if not lanes:
        return None
    if spot.row is not None:
        under = next((track for track in sequence.tracks if track.id == spot.row), None)
        if under is not None and under.kind == kind:
            return under.id
        if under is not None:
            number = [t for t in sequence.tracks if t.kind == under.kind].index(under)
            if number < len(lanes) and not lanes[number].is_locked:
                return lanes[number].id
    wanted = next((track for track in lanes if track.id in spot.targets), None)
    free = next((track for track in lanes if not track.is_locked), lanes[0])
    return (wanted or free).id


def _distinct(placements: Sequence[Placement]) -> list[Placement]:
    """Placements of several media have links of their own, not one together."""
    numbered: dict[tuple[str, int], LinkId] = {}
    made: list[Placement] = []
    for each in placements:
        if each.clip.link is None:
            made.append(each)
            continue
        key = (each.clip.media, each.clip.start)
        link = numbered.setdefault(key, LinkId(f"new{len(numbered)}"))
        made.append(Placement(each.track, replace(each.clip, link=link)))
    return made


def default_tracks(
    sequence: model.Sequence | None, targets: Collection[model.TrackId]
) -> tuple[model.TrackId | None, model.TrackId | None]:
    """First video and audio track that paste goes to: the targets, else the first unlocked."""
    if sequence is None:
        return None, None
    spot = Spot(0, targets=frozenset(targets))
    return _track(sequence, "video", spot), _track(sequence, "audio", spot)

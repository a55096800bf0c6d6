"""Rendered media in a cut: instead of the originals, or as a layer on a track above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.timeline.model import ClipId
from latentsync_studio.interchange.cut import Medium, Track
from latentsync_studio.interchange.media_book import is_still_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.interchange.cut import Clip, Cut
    from latentsync_studio.services.interchange.requests import Delivered

LAYER_NAME = "{track} lip sync"


def place(cut: Cut, placements: Mapping[ClipId, Delivered]) -> Cut:
    """The cut with rendered media for the clips that have some; the others stay as they are."""
    if not placements:
        return cut
    media = {medium.id: medium for medium in cut.media}
    rendered: dict[str, Medium] = {}
    tracks: list[Track] = []
    for track in cut.tracks:
        if track.kind == "audio":
            tracks.append(track)
            continue
        shown, layer = _split(track, placements, media, rendered)
        tracks.append(shown)
        if layer.clips:
            tracks.append(layer)
    return replace(cut, media=(*cut.media, *rendered.values()), tracks=tuple(tracks))


def _split(
    track: Track,
    placements: Mapping[ClipId, Delivered],
    media: Mapping[str, Medium],
    rendered: dict[str, Medium],
) -> tuple[Track, Track]:
    """The track with rendered clips in the place of originals, and the layer above it."""
    shown, patches = [], []
    for clip in track.clips:
        delivered = placements.get(ClipId(clip.id))
        if delivered is None:
            shown.append(clip)
            continue
        medium = rendered.setdefault(str(delivered.path), _medium(delivered, len(rendered)))
        seconds = clip.source / media[clip.medium].rate.fraction - delivered.begins
        placed = replace(clip, medium=medium.id, source=seconds * delivered.rate.fraction)
        if delivered.role == "clip":
            shown.append(placed)
        else:
            shown.append(clip)
            patches.append(replace(placed, id=f"{clip.id}-layer", name=medium.name))
    layer = Track(
        kind="video",
        name=LAYER_NAME.format(track=track.name),
        clips=tuple(patches),
        transitions=tuple(t for t in track.transitions if _touches(t.at, patches)),
        is_enabled=track.is_enabled,
        is_locked=track.is_locked,
    )
    return replace(track, clips=tuple(shown)), layer


def _touches(at: int, clips: list[Clip]) -> bool:
    """Whether a clip begins or ends at a frame: its layer fades with what lies below it."""
    return any(at in {clip.start, clip.stop} for clip in clips)


def _medium(delivered: Delivered, number: int) -> Medium:
    return Medium(
        id=f"r{number + 1}",
        name=delivered.path.name,
        path=str(delivered.path.absolute()),
        rate=delivered.rate,
        frames=delivered.frames,
        first_label=delivered.first_label,
        is_drop=delivered.is_drop,
        reel=delivered.reel,
        width=delivered.width,
        height=delivered.height,
        channels=delivered.channels,
        audio_hz=delivered.audio_hz,
        has_alpha=delivered.has_alpha,
        is_run=delivered.frames > 1 and is_still_name(delivered.path.name),
    )

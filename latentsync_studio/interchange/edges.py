"""What lies at a frame of a track: looked up once for all, however long the track is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.interchange.cut import Clip, Track, Transition


class Edges:
    """The edges of a track's clips, and the transitions over them.

    Attributes:
        lefts: clips by the frame at which they stop.
        rights: clips by the frame at which they start.
        changes: transitions by the frame of their cut, as long as a clip begins or ends there.
        kind: of the track.
    """

    def __init__(self, track: Track, clips: Iterable[Clip] | None = None) -> None:
        """Look a track over; `clips`: only these of its clips count."""
        held = track.clips if clips is None else tuple(clips)
        self.kind = track.kind
        self.lefts = {clip.stop: clip for clip in held}
        self.rights = {clip.start: clip for clip in held}
        self.changes: dict[int, Transition] = {
            each.at: each
            for each in track.transitions
            if each.at in self.lefts or each.at in self.rights
        }

    def beside(self, at: int) -> tuple[Clip, ...]:
        """The clips that end or begin at a frame, in this order."""
        found = (self.lefts.get(at), self.rights.get(at))
        return tuple(clip for clip in found if clip is not None)

    def is_free_end(self, at: int) -> bool:
        """Whether a transition lies over the end of a clip behind which there is none."""
        return at in self.changes and at in self.lefts and at not in self.rights

"""How tall tracks are and how sequences are seen, kept on disk for the next time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.timeline.model import SequenceId, TrackId
from latentsync_studio.ui.timeline.geometry import FIRST_HEIGHTS, limited_height

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.ui.session import Playheads
    from latentsync_studio.ui.timeline.geometry import Heights
    from latentsync_studio.ui.workbench import Workbench

_PART = "timeline"
PROJECTS = 30  # that are remembered; the one that was left the longest ago goes

Places = dict[str, tuple[float, int]]  # of a sequence: px a frame, px scrolled away


class _Seen(msgspec.Struct, frozen=True):
    """One project: heights of tracks that have their own, px, places, and where one worked."""

    heights: dict[str, int] = {}
    places: Places = {}
    shown: str = ""
    playheads: dict[str, int] = {}


class _Kept(msgspec.Struct, frozen=True):
    """The saved form; projects by their paths, the newest last."""

    video: int = FIRST_HEIGHTS["video"]
    audio: int = FIRST_HEIGHTS["audio"]
    projects: dict[str, _Seen] = {}


class KeptViews:
    """Reads and writes what the timeline looked like."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._path: Path | None = None
        workbench.project.title_changed.connect(self._on_title)
        self._on_title()

    def _on_title(self) -> None:
        self._path = self._workbench.project.path  # it was saved under another name

    def begin(self, heights: Heights) -> None:
        """Put in the heights that tracks had at the last end."""
        kept = self._read()
        heights.of_kind["video"] = limited_height(kept.video)
        heights.of_kind["audio"] = limited_height(kept.audio)

    def enter(self, heights: Heights) -> Places:
        """Put in what is known of the project that was opened; returns where it was looked at.

        The session goes back to the sequence and the frames at which it was left.
        """
        self._on_title()
        seen = self._read().projects.get(str(self._path), _Seen())
        heights.of_track = {
            TrackId(track): limited_height(height) for track, height in seen.heights.items()
        }
        playheads = {SequenceId(name): max(at, 0) for name, at in seen.playheads.items()}
        self._workbench.session.return_to(SequenceId(seen.shown), playheads)
        return {
            sequence: (scale, left)
            for sequence, (scale, left) in seen.places.items()
            if scale > 0 and left >= 0
        }

    def leave(
        self, heights: Heights, places: Places, at: tuple[SequenceId | None, Playheads]
    ) -> None:
        """Keep what the project looks like that was open until now; unnamed ones are not kept."""
        before = self._read()
        projects = {**before.projects}
        if self._path is not None:
            projects.pop(str(self._path), None)
            own = {str(track): height for track, height in heights.of_track.items()}
            projects[str(self._path)] = _Seen(
                own, dict(places), at[0] or "", {str(name): frame for name, frame in at[1].items()}
            )
        kinds = heights.of_kind
        newest = dict(list(projects.items())[-PROJECTS:])
        kept = _Kept(kinds["video"], kinds["audio"], newest)
        if kept != before:
            self._workbench.preferences.set_layout(_PART, msgspec.json.encode(kept))

    def _read(self) -> _Kept:
        """What was kept; the first values where nothing or another form was."""
        state = self._workbench.preferences.layout(_PART)
        try:
            return msgspec.json.decode(state or b"{}", type=_Kept)
        except msgspec.DecodeError:
            return _Kept()

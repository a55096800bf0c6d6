"""Placing, cutting and moving on the shown sequence, at the playhead or by the selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.dissolves import nearest_cuts, toggle_dissolves
from latentsync_studio.core.timeline.edits.move import move, move_over
from latentsync_studio.core.timeline.edits.remove import close_gap, extract, lift
from latentsync_studio.core.timeline.edits.slice import slice_at
from latentsync_studio.core.timeline.edits.trim import ripple_head, ripple_tail
from latentsync_studio.ui.timeline.commands.base import Commands
from latentsync_studio.ui.timeline.geometry import clip_under
from latentsync_studio.ui.timeline.placing import Spot

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, Track, TrackId


class SequenceCommands(Commands):
    """Insert, overwrite, lift, extract, razor, ripple trims, nudges."""

    def handlers(self) -> dict[str, Callable[..., object]]:
        return {
            "sequence.insert": self.insert,
            "sequence.overwrite": self.overwrite,
            "sequence.lift": self.lift,
            "sequence.extract": self.extract,
            "sequence.razor": self.razor,
            "sequence.razor_all": self.razor_all,
            "sequence.ripple_head": self.ripple_head,
            "sequence.ripple_tail": self.ripple_tail,
            "sequence.nudge_left": self.nudge_left,
            "sequence.nudge_right": self.nudge_right,
            "sequence.move_up": self.move_up,
            "sequence.move_down": self.move_down,
            "sequence.close_gap": self.close_gap,
            "sequence.dissolve": self.dissolve,
        }

    def insert(self) -> None:
        """Lay the media selected in the bin in at the playhead."""
        self._place(inserting=True)

    def overwrite(self) -> None:
        """Lay the media selected in the bin over what is at the playhead."""
        self._place(inserting=False)

    def _place(self, *, inserting: bool) -> None:
        project = self._store.project
        media = [item.id for item in project.media if item.id in self._session.media]
        spot = Spot(self._session.playhead, targets=self._session.tracks)
        before = self.clip_ids()
        shown = self.sequence.id if self.sequence is not None else None
        if self._stage.drops.place(media, spot, shown, inserting=inserting):
            new = self.clip_ids() - before
            stops = [c.stop for t in self.tracks() for c in t.clips if c.id in new]
            self._session.seek(max(stops, default=spot.start))

    def lift(self) -> None:
        """Remove what is in the work area of the target tracks; a gap stays."""
        self._cut_out(self.tr("Lift"), lift)

    def extract(self) -> None:
        """Remove what is in the work area of the target tracks and close up."""
        self._cut_out(self.tr("Extract"), extract)

    def _cut_out(
        self, label: str, change: Callable[[Project, tuple[TrackId, ...], FrameRange], Project]
    ) -> None:
        area = self.sequence.work_area if self.sequence is not None else None
        tracks = self.target_tracks()

        def edit(project: Project) -> Project:
            if area is None:
                raise InvalidEditError(
                    "No range is marked.", remedy="Mark in and out first (keys I and O)."
                )
            return change(project, tracks, area)

        self.edit(label, edit)

    def razor(self) -> None:
        """Cut the selected clips under the playhead, else all under it on target tracks."""
        frame = self._session.playhead
        own = [t.id for t in self.tracks() if (c := clip_under(t, frame)) and c.id in self.chosen]
        tracks = own or self.target_tracks()
        self.edit(self.tr("Split"), lambda project: slice_at(project, tracks, frame))

    def razor_all(self) -> None:
        """Cut everything under the playhead on unlocked tracks."""
        frame = self._session.playhead
        tracks = [track.id for track in self.tracks() if not track.is_locked]
        self.edit(self.tr("Split all"), lambda project: slice_at(project, tracks, frame))

    def ripple_head(self) -> None:
        """Trim the start of the clip under the playhead to it and close up."""
        frame = self._session.playhead
        clip = self._under_playhead()
        if clip is not None and self._ripple(clip, ripple_head, frame - clip.start):
            self._session.seek(clip.start)

    def ripple_tail(self) -> None:
        """Trim the end of the clip under the playhead to it and close up."""
        clip = self._under_playhead()
        if clip is not None:
            self._ripple(clip, ripple_tail, self._session.playhead - clip.stop)

    def _ripple(self, clip: Clip, change: Callable[..., Project], by: int) -> bool:
        linked = self._session.is_linked
        return self.edit(
            self.tr("Ripple trim"), lambda project: change(project, clip.id, by, linked=linked)
        )

    def _under_playhead(self) -> Clip | None:
        """The selected clip under the playhead, else the one on the topmost unlocked track."""
        found = None
        for row in self._stage.rows.rows:
            clip = clip_under(row.track, self._session.playhead)
            if clip is None or row.track.is_locked or row.track.is_hidden:
                continue
            if clip.id in self.chosen:
                return clip
            found = found or clip
        if found is None:
            self._workbench.tell(self.tr("There is no clip under the playhead."), "warning")
        return found

    def nudge_left(self) -> None:
        """Move the selected clips one frame earlier."""
        self._nudge(-1)

    def nudge_right(self) -> None:
        """Move the selected clips one frame later."""
        self._nudge(1)

    def _nudge(self, by: int) -> None:
        chosen = self.chosen
        self.edit(self.tr("Nudge"), lambda project: move(project, chosen, by, linked=False))

    def move_up(self) -> None:
        """Move the selected clips to the track above."""
        self._move_rows(-1)

    def move_down(self) -> None:
        """Move the selected clips to the track below."""
        self._move_rows(1)

    def _move_rows(self, down: int) -> None:
        """Pictures and sounds that are selected move each among their own tracks."""
        chosen = self.chosen
        rows = [row.track for row in self._stage.rows.rows]
        onto: dict[ClipId, TrackId] = {}
        for place, track in enumerate(rows):
            held = [clip.id for clip in track.clips if clip.id in chosen]
            if not held:
                continue
            goal = place + down
            if not 0 <= goal < len(rows) or rows[goal].kind != track.kind:
                self._no_track(track)
                return
            onto |= dict.fromkeys(held, rows[goal].id)
        if onto:
            self.edit(
                self.tr("Move to track"),
                lambda project: move_over(project, chosen, 0, onto=onto, linked=False),
            )

    def _no_track(self, track: Track) -> None:
        self._workbench.tell(
            self.tr("There is no {0} track beyond {1}. Add one, or select only some clips.").format(
                track.kind, track.name
            ),
            "warning",
        )

    def close_gap(self) -> None:
        """Close the gap under the playhead on the first target track that has one there."""
        frame = self._session.playhead
        tracks = [track for track in self.tracks() if track.id in self.target_tracks()]
        gaps = [t.id for t in tracks if clip_under(t, frame) is None and t.stop > frame]
        if not gaps:
            self._workbench.tell(self.tr("There is no gap under the playhead."), "warning")
            return
        self.close_gaps(
            self.tr("Close gap"),
            lambda project, along: close_gap(project, gaps[0], frame, tracks=along),
            (gaps[0],),
        )

    def dissolve(self) -> None:
        """Dissolve for a second over the cut nearest to the playhead, or make it hard again.

        Cuts of selected clips count where some are selected, else those of the target tracks.
        """
        sequence = self.sequence
        if sequence is None:
            return
        tracks = [t.id for t in sequence.tracks] if self.chosen else self.target_tracks()
        lefts = nearest_cuts(sequence, self._session.playhead, tracks, self.chosen)
        length = sequence.rate.nominal
        self.edit(
            self.tr("Cross-dissolve"), lambda project: toggle_dissolves(project, lefts, length)
        )

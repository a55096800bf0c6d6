"""Media dropped on the timeline: from the bin, or files from outside that are imported first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.ui.paths import local_paths
from latentsync_studio.ui.timeline.geometry import RULER
from latentsync_studio.ui.timeline.painting.scene import Feedback, Ghost
from latentsync_studio.ui.timeline.placing import Spot, place_media, tracks_for
from latentsync_studio.ui.timeline.tools.base import Snapper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtCore import QMimeData, QPointF
    from PySide6.QtGui import QDropEvent

    from latentsync_studio.core.timeline.model import (
        ClipId,
        MediaId,
        MediaItem,
        SequenceId,
        TrackId,
    )
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

MIME = "application/x-latentsync-media"
_UNKNOWN_S = 5  # seconds of the outline of a file whose length is not known yet


def media_ids(data: QMimeData) -> tuple[MediaId, ...]:
    """Ids of bin items in a drag; empty for others and for damaged ones."""
    if not data.hasFormat(MIME):
        return ()
    try:
        found = json.loads(bytes(data.data(MIME).data()))
    except ValueError:
        return ()
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return ()
    return tuple(found)


def media_files(data: QMimeData) -> tuple[Path, ...]:
    """Files of a drag that may be media; a project among them leaves it to the window."""
    paths = local_paths(data)
    return () if any(path.suffix.lower() == ".lsp" for path in paths) else paths


class DropTarget(QObject):
    """What happens with a drag from the bin or from outside."""

    def __init__(self, stage: TimelineCanvas) -> None:
        super().__init__(stage)
        self._stage = stage
        self._snapper: Snapper | None = None

    def enter(self, event: QDropEvent) -> None:
        """A drag came in."""
        self._snapper = Snapper(self._stage)
        self.move(event)

    def move(self, event: QDropEvent) -> None:
        """Show where it would lie."""
        data = event.mimeData()
        ids, files = self._known(data), media_files(data)
        if not ids and not files:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        spot, snap = self._spot(event.position(), event.modifiers())
        self._stage.show_feedback(
            Feedback(
                snap=snap,
                ghosts=self._ghosts(ids, files, spot),
                text=self._words(spot, event.modifiers()),
                at=(event.position().x(), event.position().y()),
            )
        )

    def leave(self) -> None:
        """The drag went away."""
        self._snapper = None
        self._stage.show_feedback(Feedback())

    def drop(self, event: QDropEvent) -> None:
        """Place it."""
        stage, data = self._stage, event.mimeData()
        ids, files = self._known(data), media_files(data)
        spot, _ = self._spot(event.position(), event.modifiers())
        inserting = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self.leave()
        if not ids and not files:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        stage.setFocus(Qt.FocusReason.MouseFocusReason)  # keys go on with what was dropped
        shown = stage.sequence.id if stage.sequence is not None else None
        if ids:
            self.place(ids, spot, shown, inserting=inserting)
            return

        def then(items: Sequence[MediaItem]) -> None:
            self.place([item.id for item in items], spot, shown, inserting=inserting)

        stage.workbench.media.import_paths(files, then)

    def place(
        self,
        ids: Sequence[MediaId],
        spot: Spot,
        sequence: SequenceId | None,
        *,
        inserting: bool,
    ) -> bool:
        """Place media as one undo step and select the new clips."""
        stage = self._stage
        before = _clip_ids(stage)
        there = {each.id for each in stage.store.project.sequences}
        target = sequence if sequence in there else None
        label = self.tr("Insert") if inserting else self.tr("Overwrite")
        done = stage.store.edit(
            label, lambda project: place_media(project, target, ids, spot, inserting=inserting)
        )
        if done:
            if target is None:
                stage.session.show_sequence(stage.store.project.sequences[-1].id)
            if not before:
                stage.zoom_fit()
            stage.session.select(_clip_ids(stage) - before)
        return done

    def _known(self, data: QMimeData) -> tuple[MediaId, ...]:
        there = {item.id for item in self._stage.store.project.media}
        return tuple(each for each in media_ids(data) if each in there)

    def _spot(self, at: QPointF, keys: Qt.KeyboardModifier) -> tuple[Spot, int | None]:
        stage = self._stage
        pointer = stage.pointer(at, keys)
        frame, snap = pointer.cut, None
        if self._snapper is not None:
            by, snap = self._snapper.pull((frame,), 0, alt=pointer.alt)
            frame += by
        row = pointer.hit.row
        below = at.y() - RULER + stage.view.top >= stage.rows.height
        is_new = row is None and bool(stage.rows.rows) and below
        track = row.track.id if row is not None else None
        return Spot(frame, track, stage.session.tracks, is_new), snap

    def _words(self, spot: Spot, keys: Qt.KeyboardModifier) -> str:
        inserting = bool(keys & Qt.KeyboardModifier.ControlModifier)
        what = self.tr("Insert") if inserting else self.tr("Overwrite (Ctrl: insert)")
        if spot.is_new_track:
            what = self.tr("On new tracks")
        return f"{what}   {self._stage.clock.label(spot.start)}"

    def _ghosts(
        self, ids: Sequence[MediaId], files: Sequence[Path], spot: Spot
    ) -> tuple[Ghost, ...]:
        stage, sequence = self._stage, self._stage.sequence
        if sequence is None:
            return ()
        if not ids:
            if not stage.rows.rows:
                return ()
            row = spot.row or stage.rows.rows[0].track.id
            length = _UNKNOWN_S * sequence.rate.nominal
            names = ", ".join(path.name for path in files[:3])
            return (Ghost(row, spot.start, spot.start + length, names),)
        ghosts: list[Ghost] = []
        start = spot.start
        for each in ids:
            item = find_media(stage.store.project, each)
            stop = start + _length(item, sequence.rate.nominal, stage)
            for track in self._tracks(item, spot):
                locked = stage.rows.by_track[track].track.is_locked
                ghosts.append(Ghost(track, start, stop, item.name, locked))
            start = stop
        return tuple(ghosts)

    def _tracks(self, item: MediaItem, spot: Spot) -> tuple[TrackId, ...]:
        sequence = self._stage.sequence
        if sequence is None or spot.is_new_track:
            return ()
        _, tracks = tracks_for(self._stage.store.project, sequence.id, item, spot)
        return tuple(track for track in tracks if track in self._stage.rows.by_track)


def _length(item: MediaItem, nominal: int, stage: TimelineCanvas) -> int:
    sequence = stage.sequence
    if sequence is None:
        return 1
    lengths = [item.available(kind, sequence.rate) for kind in ("video", "audio")]
    limited = [length for length in lengths if length]
    return min(limited, default=_UNKNOWN_S * nominal)


def _clip_ids(stage: TimelineCanvas) -> frozenset[ClipId]:
    sequence = stage.sequence
    tracks = sequence.tracks if sequence is not None else ()
    return frozenset(clip.id for track in tracks for clip in track.clips)

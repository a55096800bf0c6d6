"""Adding, removing and ordering tracks; speech lanes; new sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.edits.tracks import (
    add_sequence,
    add_track,
    label_frames,
    move_track,
    remove_sequence,
    remove_track,
    rename_sequence,
    rename_track,
)
from latentsync_studio.core.timeline.model import TrackId
from latentsync_studio.ui.timeline.commands.base import Commands
from latentsync_studio.ui.timeline.dialogs import NameDialog, SequenceDialog
from latentsync_studio.ui.timeline.lanes import set_driving

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import Project, Track, TrackKind
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas


class TrackCommands(Commands):
    """What is done to tracks; they work on the target track, else on that of the selection."""

    def __init__(self, stage: TimelineCanvas) -> None:
        super().__init__(stage)
        stage.session.selection_changed.connect(self._show_driving)
        stage.session.sequence_changed.connect(self._show_driving)
        stage.rows_changed.connect(self._show_driving)
        self._show_driving()

    def handlers(self) -> dict[str, Callable[..., object]]:
        return {
            "sequence.add_video": self.add_video,
            "sequence.add_audio": self.add_audio,
            "sequence.remove_track": self.remove,
            "sequence.track_up": self.up,
            "sequence.track_down": self.down,
            "sequence.drives_lips": self.drive,
            "sequence.new": self.new_sequence,
            "sequence.rename": self.rename_sequence,
            "sequence.remove": self.remove_sequence,
        }

    def chosen_track(self, kind: TrackKind | None = None) -> Track | None:
        """The target track, else the first with a selected clip, else the only one of its kind."""
        tracks = [track for track in self.tracks() if kind is None or track.kind == kind]
        targets = [track for track in tracks if track.id in self._session.tracks]
        held = [t for t in tracks if any(clip.id in self.chosen for clip in t.clips)]
        only = tracks if len(tracks) == 1 else []
        return next(iter([*targets, *held, *only]), None)

    def add_video(self) -> None:
        """Add a video track on top."""
        self._add("video")

    def add_audio(self) -> None:
        """Add an audio track at the bottom."""
        self._add("audio")

    def _add(self, kind: TrackKind) -> None:
        sequence = self.sequence
        if sequence is None:
            self.new_sequence()
            return
        label = self.tr("Add video track") if kind == "video" else self.tr("Add audio track")
        self.edit(label, lambda project: add_track(project, sequence.id, kind))

    def remove(self) -> None:
        """Remove the chosen track with its clips; undo brings it back."""
        track = self._asked()
        if track is not None:
            self.edit(self.tr("Remove track"), lambda project: remove_track(project, track.id))

    def up(self) -> None:
        """Move the chosen track up."""
        self._shift(-1)

    def down(self) -> None:
        """Move the chosen track down."""
        self._shift(1)

    def _shift(self, down: int) -> None:
        track = self._asked()
        if track is None:
            return
        same = [each.id for each in self.tracks() if each.kind == track.kind]
        index = same.index(track.id) + (down if track.kind == "audio" else -down)
        self.edit(self.tr("Move track"), lambda project: move_track(project, track.id, index))

    def drive(self, on: bool) -> None:
        """Let the chosen audio track drive the lips, or no longer."""
        track = self.chosen_track("audio")
        if track is None:
            self._ask()
        else:
            set_driving(self._stage, track, driving=on)
        self._show_driving()

    def _show_driving(self) -> None:
        track = self.chosen_track("audio")
        driving = track is not None and track.speech is not None
        self._workbench.actions.check("sequence.drives_lips", driving)

    def _asked(self) -> Track | None:
        track = self.chosen_track()
        if track is None:
            self._ask()
        return track

    def _ask(self) -> None:
        self._workbench.tell(
            self.tr("No track is chosen. Click the head of a track, or select a clip on it."),
            "warning",
        )

    def rename(self, track_id: str) -> None:
        """Ask for another name of a track."""
        track = next((each for each in self.tracks() if each.id == track_id), None)
        if track is None:
            return

        def then(name: str) -> None:
            self.edit(
                self.tr("Rename track"),
                lambda project: rename_track(project, TrackId(track_id), name),
            )

        NameDialog(self.tr("Rename track"), track.name, then, self._stage.window()).open()

    def new_sequence(self) -> None:
        """Ask what a new sequence shall be like, make it and show it."""
        name = self.tr("Sequence {0}").format(len(self._store.project.sequences) + 1)
        SequenceDialog(name, self.sequence, self._make, self._stage.window()).open()

    def rename_sequence(self) -> None:
        """Ask for another name of the shown sequence."""
        shown = self.sequence
        if shown is None:
            return

        def then(name: str) -> None:
            self.edit(
                self.tr("Rename sequence"),
                lambda project: rename_sequence(project, shown.id, name),
            )

        NameDialog(self.tr("Rename sequence"), shown.name, then, self._stage.window()).open()

    def remove_sequence(self) -> None:
        """Remove the shown sequence; undo brings it back."""
        shown = self.sequence
        if shown is not None:
            self.edit(
                self.tr("Remove sequence"), lambda project: remove_sequence(project, shown.id)
            )

    def _make(self, name: str, rate: FrameRate, size: tuple[int, int], is_drop: bool) -> None:
        def change(project: Project) -> Project:
            after = add_sequence(project, name, rate, size)
            return label_frames(after, after.sequences[-1].id, is_drop=is_drop)

        if self.edit(self.tr("New sequence"), change):
            self._session.show_sequence(self._store.project.sequences[-1].id)

"""What is seen of the project and how it is worked on; not saved in it and never undone.

Playhead, selection, tool, switches of the timeline, view of the viewer. Everything that the user
may find again at the next start is kept in the preferences by the main window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import (
        ClipId,
        MediaId,
        Project,
        Sequence,
        SequenceId,
        TrackId,
    )
    from latentsync_studio.ui.store import ProjectStore

Tool = Literal["select", "razor", "ripple", "roll", "slip", "slide", "hand", "zoom"]
ViewMode = Literal["source", "result", "wipe", "difference", "onion"]
Playheads = dict["SequenceId", int]  # sequence -> frame
TOOLS: tuple[Tool, ...] = ("select", "razor", "ripple", "roll", "slip", "slide", "hand", "zoom")
VIEWS: tuple[ViewMode, ...] = ("source", "result", "wipe", "difference", "onion")


class Session(QObject):
    """View state of the window.

    Signals:
        playhead_changed(frame): the frame that is shown, of the shown sequence.
        selection_changed(): clips, bin items or tracks that are selected.
        sequence_changed(): another sequence is shown (or there is none).
        tool_changed(tool), view_changed(view), switches_changed(): as named.
        playing_changed(is_playing): the transport runs or stopped.

    Attributes:
        left: `place` of the project that was open before this one.
    """

    playhead_changed = Signal(int)
    selection_changed = Signal()
    sequence_changed = Signal()
    tool_changed = Signal(str)
    view_changed = Signal(str)
    switches_changed = Signal()
    playing_changed = Signal(bool)

    def __init__(self, store: ProjectStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._sequence: SequenceId | None = None
        self.playhead = 0
        self.clips: frozenset[ClipId] = frozenset()
        self.media: frozenset[MediaId] = frozenset()  # selected in the media bin
        self.tracks: frozenset[TrackId] = frozenset()  # targets of paste, insert, overwrite
        self.tool: Tool = "select"
        self.view: ViewMode = "result"
        self.is_snapping = True
        self.is_linked = True  # linked clips are selected and edited together
        self.is_looping = False
        self.is_playing = False
        self._playheads: Playheads = {}  # of sequences that were shown before
        self.left: tuple[SequenceId | None, Playheads] = (None, {})
        store.changed.connect(self._on_changed)
        store.opened.connect(self._on_opened)
        self._settle(store.project)

    @property
    def sequence(self) -> Sequence | None:
        """The sequence that is shown, as it is in the present project."""
        return next(
            (each for each in self._store.project.sequences if each.id == self._sequence), None
        )

    @property
    def place(self) -> tuple[SequenceId | None, Playheads]:
        """The shown sequence, and where the playhead is or was in each."""
        if self._sequence is None or self.playhead < 0:
            return self._sequence, dict(self._playheads)
        return self._sequence, {**self._playheads, self._sequence: self.playhead}

    def return_to(self, sequence: SequenceId | None, playheads: Playheads) -> None:
        """Show a project that was opened as it was left."""
        if self._sequence is None:
            return
        self._playheads = dict(playheads)
        self.playhead = -1  # so that it is told wherever it goes
        if sequence in {each.id for each in self._store.project.sequences}:
            self.show_sequence(sequence)
        if self.playhead < 0:
            self.seek(self._playheads.get(self._sequence, 0))

    def show_sequence(self, sequence: SequenceId | None) -> None:
        """Show another sequence where it was left, or from its beginning."""
        if sequence != self._sequence:
            _, self._playheads = self.place
            self._sequence = sequence
            self.clips, self.tracks = frozenset(), frozenset()
            self.sequence_changed.emit()
            self.selection_changed.emit()
            self.seek(self._playheads.get(sequence, 0) if sequence is not None else 0)

    def seek(self, frame: int) -> None:
        """Put the playhead on a frame; it never lies before the first one."""
        frame = max(0, frame)
        if frame != self.playhead:
            self.playhead = frame
            self.playhead_changed.emit(frame)

    def select(
        self,
        clips: Iterable[ClipId] | None = None,
        *,
        media: Iterable[MediaId] | None = None,
        tracks: Iterable[TrackId] | None = None,
    ) -> None:
        """Select clips (which lets go of bin items), bin items (the reverse) or target tracks."""
        before = (self.clips, self.media, self.tracks)
        if clips is not None:
            self.clips, self.media = frozenset(clips), frozenset()
        if media is not None:
            self.media, self.clips = frozenset(media), frozenset()
        if tracks is not None:
            self.tracks = frozenset(tracks)
        if (self.clips, self.media, self.tracks) != before:
            self.selection_changed.emit()

    def use_tool(self, tool: Tool) -> None:
        """Take another tool."""
        if tool != self.tool:
            self.tool = tool
            self.tool_changed.emit(tool)

    def use_view(self, view: ViewMode) -> None:
        """Look at the viewer's picture in another way."""
        if view != self.view:
            self.view = view
            self.view_changed.emit(view)

    def switch(
        self, *, snapping: bool | None = None, linked: bool | None = None, loop: bool | None = None
    ) -> None:
        """Turn snapping, linked selection or looping on or off."""
        self.is_snapping = self.is_snapping if snapping is None else snapping
        self.is_linked = self.is_linked if linked is None else linked
        self.is_looping = self.is_looping if loop is None else loop
        self.switches_changed.emit()

    def set_playing(self, playing: bool) -> None:
        """Note that the transport runs; only the transport calls this."""
        if playing != self.is_playing:
            self.is_playing = playing
            self.playing_changed.emit(playing)

    def _on_opened(self, project: Project) -> None:
        self.media = frozenset()
        self.left = self.place
        first = project.sequences[0].id if project.sequences else None
        self._sequence, self._playheads = None, {}
        self.playhead = -1  # so that going to 0 is told
        self.show_sequence(first)
        self.seek(0)

    def _on_changed(self, _before: Project, after: Project) -> None:
        self._settle(after)

    def _settle(self, project: Project) -> None:
        """Let go of what is no longer there."""
        shown = self.sequence
        if shown is None and project.sequences:
            self.show_sequence(project.sequences[0].id)
        elif shown is None and self._sequence is not None:
            self.show_sequence(None)
        if self.clips or self.tracks:
            tracks = shown.tracks if shown is not None else ()
            there = {clip.id for track in tracks for clip in track.clips} if self.clips else set()
            clips = self.clips & there
            targets = self.tracks & {track.id for track in tracks}
            if clips != self.clips or targets != self.tracks:
                self.clips, self.tracks = frozenset(clips), frozenset(targets)
                self.selection_changed.emit()
        media = self.media & {item.id for item in project.media}
        if media != self.media:
            self.media = frozenset(media)
            self.selection_changed.emit()

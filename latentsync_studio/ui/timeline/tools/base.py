"""What tools and drags are made of: where the mouse is, snapping, a drag that is one undo step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt

from latentsync_studio.core.timeline.snapping import SnapPoint, snap_points, snapped
from latentsync_studio.ui.timeline.painting.scene import Feedback, Ghost

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, Sequence
    from latentsync_studio.ui.store import Gesture
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.hits import Hit

REACH = 9  # px within which an edge snaps


def tr(text: str) -> str:
    """Translate a text of the timeline."""
    return QCoreApplication.translate("Timeline", text)


@dataclass(frozen=True, slots=True)
class Pointer:
    """The mouse at one moment.

    Attributes:
        x: px in the widget.
        y: px in the widget.
        exact: place in frames, with its fraction; may be below 0.
        hit: what lies there.
        shift: the key is held; so are `ctrl` and `alt`.
    """

    x: float
    y: float
    exact: float
    hit: Hit
    shift: bool = False
    ctrl: bool = False
    alt: bool = False

    @property
    def frame(self) -> int:
        """The frame under the mouse, never below 0."""
        return max(0, int(self.exact // 1))

    @property
    def cut(self) -> int:
        """The nearest frame boundary, never below 0."""
        return max(0, int((self.exact + 0.5) // 1))


class Drag:
    """Follows the mouse from a press to its release; `cancel` takes everything back."""

    cursor: Qt.CursorShape | None = None
    scrolls = True  # the view scrolls when the mouse comes to its edges

    def __init__(self, stage: TimelineCanvas, at: Pointer) -> None:
        self.stage, self.origin = stage, at

    def move(self, at: Pointer) -> None:
        """The mouse moved, or the view under it."""

    def release(self, at: Pointer) -> None:
        """The button was released; `move` was called for this place."""

    def cancel(self) -> None:
        """Put back what was there before the press."""


class Tool:
    """Turns a press on the timeline into a drag, or does at once what a click does."""

    def __init__(self, stage: TimelineCanvas) -> None:
        self.stage = stage

    def press(self, at: Pointer) -> Drag | None:
        """The left button was pressed on the tracks."""
        raise NotImplementedError

    def hover(self, at: Pointer) -> None:
        """The mouse moves without a button."""

    def cursor(self, _at: Pointer) -> str | Qt.CursorShape:
        """Name of an own cursor, or a shape, for what is under the mouse."""
        return Qt.CursorShape.ArrowCursor


class Snapper:
    """Pulls dragged edges onto cuts, markers, the work area and the playhead.

    It knows them as they are when it is made; `to_playhead` is off where that is what is dragged.
    """

    def __init__(
        self, stage: TimelineCanvas, moving: Collection[str] = (), *, to_playhead: bool = True
    ) -> None:
        self._stage = stage
        sequence = stage.sequence
        playhead = stage.session.playhead if to_playhead else None
        self._points: tuple[SnapPoint, ...] = ()
        if sequence is not None:
            self._points = snap_points(sequence, moving=moving, playhead=playhead)

    def pull(self, edges: Iterable[int], by: int, *, alt: bool) -> tuple[int, int | None]:
        """`by` frames, or a little more or less so that an edge snaps; and the frame it is on.

        The Alt key turns snapping round: off where it is on.
        """
        if alt or not self._stage.session.is_snapping:
            return by, None
        reach = int(REACH / self._stage.view.scale)
        found = snapped((edge + by for edge in edges), self._points, reach)
        return (by, None) if found is None else (by + found.by, found.point.frame)


class EditDrag(Drag):
    """A drag that edits: each move is computed anew from the project before it."""

    label = ""

    def __init__(self, stage: TimelineCanvas, at: Pointer, moving: Collection[ClipId]) -> None:
        super().__init__(stage, at)
        self.moving = frozenset(moving)
        self.snapper = Snapper(stage, self.moving)
        self.gesture: Gesture | None = None
        self.at = at
        self.by = 0

    def edges(self) -> Iterable[int]:
        """Frames of the edges that snap, before the drag."""
        return ()

    def change(self, project: Project) -> Project:
        """The edit for `self.by` and `self.at`."""
        raise NotImplementedError

    def words(self) -> str:
        """What is said beside the mouse."""
        return signed(self.by)

    def ghosts(self) -> tuple[Ghost, ...]:
        """Outlines of what was before."""
        return ()

    def move(self, at: Pointer) -> None:
        by = round(at.exact - self.origin.exact)
        self.at = at
        self.by, snap = self.snapper.pull(self.edges(), by, alt=at.alt)
        self._show(snap)

    def _show(self, snap: int | None) -> None:
        """Show what the drag makes of the project, or why it cannot."""
        at = self.at
        if self.gesture is None:
            self.gesture = self.stage.store.gesture(self.label)
        possible = self.gesture.show(self.change)
        error = self.gesture.refusal
        self.stage.show_feedback(
            Feedback(
                snap=snap if possible else None,
                ghosts=self.ghosts(),
                text=self.words() if error is None else sentence(error),
                at=(at.x, at.y),
                is_refused=not possible,
            )
        )

    def release(self, at: Pointer) -> None:
        self.at = at
        if self.gesture is None:
            return
        error = self.gesture.refusal
        if error is not None:
            self.gesture.cancel()
            self.stage.workbench.tell_refused(error)
        else:
            self.gesture.commit()

    def cancel(self) -> None:
        if self.gesture is not None:
            self.gesture.cancel()

    def clip_now(self, clip: Clip) -> Clip:
        """The clip as the drag has made it."""
        found = find_clip(self.stage.sequence, clip.id)
        return clip if found is None else found


def find_clip(sequence: Sequence | None, clip: ClipId) -> Clip | None:
    """The clip with this id on any track."""
    if sequence is None:
        return None
    return next(
        (each for track in sequence.tracks for each in track.clips if each.id == clip), None
    )


def linked_with(sequence: Sequence | None, clips: Collection[ClipId]) -> frozenset[ClipId]:
    """`clips` and all that are linked with them."""
    wanted = frozenset(clips)
    if sequence is None or not wanted:
        return wanted
    everything = [clip for track in sequence.tracks for clip in track.clips]
    links = {clip.link for clip in everything if clip.id in wanted} - {None}
    if not links:
        return wanted
    return wanted | {clip.id for clip in everything if clip.link in links}


def is_edited_linked(stage: TimelineCanvas, clip: Clip, at: Pointer) -> bool:
    """Whether an edit of one clip takes its linked ones along.

    Not with Alt, and not where the clip was selected alone on purpose.
    """
    if at.alt or not stage.session.is_linked or clip.link is None:
        return False
    chosen = stage.session.clips
    return clip.id not in chosen or linked_with(stage.sequence, [clip.id]) <= chosen


def signed(frames: int) -> str:
    """A number of frames with its sign."""
    return f"{frames:+d}"


def sentence(error: StudioError) -> str:
    """An error in two lines at most."""
    return f"{error}\n{error.remedy}".strip()


def as_ghosts(sequence: Sequence | None, clips: Collection[str]) -> tuple[Ghost, ...]:
    """Outlines of clips where they are now; of very many none, they would hide everything."""
    if sequence is None or len(clips) > 200:
        return ()
    return tuple(
        Ghost(track.id, clip.start, clip.stop)
        for track in sequence.tracks
        for clip in track.clips
        if clip.id in clips
    )


def tell_length(stage: TimelineCanvas, clip: Clip, by: int) -> str:
    """How far, and how long the clip is now."""
    return "{}   {}  {}".format(signed(by), tr("duration"), stage.clock.length(len(clip.source)))

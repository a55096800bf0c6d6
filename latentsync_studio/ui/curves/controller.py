"""The curves of the clip in focus: which one is chosen, which keys, and every edit of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.mask.keyframes import copied_keys, simplified, value_at, with_key
from latentsync_studio.core.timeline.edits import curves as edits
from latentsync_studio.core.timeline.edits.curves import keys_of
from latentsync_studio.core.timeline.edits.masks import (
    apply_to_face,
    clean_up_from,
    clips_with_face,
)
from latentsync_studio.ui.curves.rows import Row, key_with, rows_of, value_of_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from latentsync_studio.core.mask.keyframes import Ease, Key
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project
    from latentsync_studio.ui.workbench import Workbench

FIRST_KEY = "compose.strength"
_RISE = 0.05  # of the range of a curve, by keys
_TOLERANCE = 0.01  # by which keys made of a measured curve may be off


class CurvesController(QObject):
    """Chooses and edits curves; every edit is one undo step.

    Signals:
        changed(): another clip, curve or selection of keys.

    Attributes:
        key: of the chosen curve.
        frames: frames of the medium's grid whose keys are selected.
    """

    changed = Signal()

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench, self.focus = workbench, workbench.focus
        self.key = FIRST_KEY
        self.frames: frozenset[int] = frozenset()
        self._copied: tuple[Key, ...] = ()
        self._clip: ClipId | None = None
        self.focus.changed.connect(self._on_focus)
        self.focus.face_changed.connect(self.changed)
        self._bind()
        self._on_focus()

    # ---- what there is ------------------------------------------------------------------

    @property
    def clip(self) -> Clip | None:
        """The clip in focus."""
        return self.focus.clip

    @property
    def face(self) -> int:
        """Number of the face whose protection can be edited."""
        found = self.focus.face
        return found.face.id if found is not None and found.face is not None else 0

    def rows(self) -> tuple[Row, ...]:
        """All values of the clip that can be animated."""
        if self.clip is None:
            return ()
        return rows_of(self._workbench.store.project, self.clip, self.face)

    def row(self) -> Row | None:
        """The chosen one."""
        rows = self.rows()
        return next((row for row in rows if row.key == self.key), rows[0] if rows else None)

    def keys(self, key: str | None = None) -> tuple[Key, ...]:
        """The keys of a curve, or of the chosen one."""
        return () if self.clip is None else keys_of(self.clip, self.key if key is None else key)

    def value(self, key: str, frame: int) -> float | None:
        """What a curve says at a frame; None where it has no keys."""
        keys = self.keys(key)
        return value_at(keys, frame) if keys else None

    # ---- choosing -----------------------------------------------------------------------

    def choose(self, key: str) -> None:
        """Choose a curve; no key of it is selected then."""
        if key != self.key:
            self.key, self.frames = key, frozenset()
            self._enable()
            self.changed.emit()

    def select(self, frames: Iterable[int]) -> None:
        """Select keys of the chosen curve by their frames."""
        there = {key.frame for key in self.keys()}
        chosen = frozenset(frames) & there
        if chosen != self.frames:
            self.frames = chosen
            self._enable()
            self.changed.emit()

    # ---- editing ------------------------------------------------------------------------

    def toggle(self, key: str | None = None) -> None:
        """Add a key at the playhead, or remove the one that is there."""
        wanted = self.key if key is None else key
        row = next((row for row in self.rows() if row.key == wanted), None)
        clip = self.clip
        if clip is None or row is None:
            self._workbench.tell(self.tr("Select one clip with a picture first."))
            return
        frame, keys = self.focus.near_frame, self.keys(wanted)
        if any(each.frame == frame for each in keys):
            self._edit(
                self.tr("Remove key"), lambda p: edits.remove_keys(p, clip.id, wanted, [frame])
            )
            return
        new = key_with(keys, frame, value_of_row(clip, row, frame))
        self._edit(self.tr("Add key"), lambda p: edits.put_key(p, clip.id, wanted, new))

    def put(self, frame: int, value: float) -> None:
        """Add a key of the chosen curve, or give the one at this frame another value."""
        clip, row = self.clip, self.row()
        if clip is None or row is None:
            return
        value = min(max(value, row.limits.low), row.limits.high)
        new = key_with(self.keys(), frame, value)
        if self._edit(self.tr("Add key"), lambda p: edits.put_key(p, clip.id, row.key, new)):
            self.select([frame])

    def set_value(self, value: float) -> None:
        """Give the selected keys a value, or the playhead a key with it."""
        clip, row, frames = self.clip, self.row(), self.frames
        if clip is None or row is None:
            return
        chosen = [key for key in self.keys(row.key) if key.frame in frames]
        if not chosen:
            chosen = [key_with(self.keys(row.key), self.focus.near_frame, value)]
        value = min(max(value, row.limits.low), row.limits.high)
        keys = self.keys(row.key)
        for key in chosen:
            keys = with_key(keys, replace(key, value=value))
        self._edit(self.tr("Change key"), lambda p: edits.set_curve(p, clip.id, row.key, keys))

    def move(self, by: int, steps: int) -> None:
        """Move the selected keys by frames, and by steps in value."""
        clip, row, frames = self.clip, self.row(), self.frames
        if clip is None or row is None or not frames:
            return
        rise = steps * self.step_of(row)
        label = self.tr("Move keys")
        if self._edit(label, lambda p: edits.move_keys(p, clip.id, row.key, frames, by, rise)):
            self.select(frame + by for frame in frames)

    @staticmethod
    def step_of(row: Row) -> float:
        """By how much keys raise a value."""
        span = row.limits.high - row.limits.low
        if row.unit == "px" and span > 1000:
            return 1.0
        return min(span, 20.0) * _RISE

    def ease(self, ease: Ease) -> None:
        """Give the selected keys, or that at or before the playhead, another way to the next."""
        clip, frames = self.clip, self.frames or self._under_playhead()
        if clip is not None and frames:
            self._edit(
                self.tr("Change key"), lambda p: edits.ease_keys(p, clip.id, self.key, frames, ease)
            )

    def remove(self) -> None:
        """Remove the selected keys."""
        clip, frames = self.clip, self.frames
        if clip is not None and frames:
            self._edit(
                self.tr("Remove keys"), lambda p: edits.remove_keys(p, clip.id, self.key, frames)
            )

    def remove_curve(self) -> None:
        """Remove all keys of the chosen curve."""
        clip = self.clip
        if clip is not None:
            self._edit(self.tr("Remove curve"), lambda p: edits.set_curve(p, clip.id, self.key, ()))

    def copy(self) -> None:
        """Keep the selected keys, or all of the curve, for pasting."""
        keys = self.keys()
        frames = self.frames or frozenset(key.frame for key in keys)
        self._copied = copied_keys(keys, frames) if keys else ()
        self._enable()

    def paste(self) -> None:
        """Lay the copied keys from the playhead on, onto the chosen curve of any clip."""
        clip, copied, frame = self.clip, self._copied, self.focus.near_frame
        if clip is None or not copied:
            return
        if self._edit(
            self.tr("Paste keys"), lambda p: edits.paste_keys(p, clip.id, self.key, copied, frame)
        ):
            self.select(frame + key.frame for key in copied)

    def step(self, direction: int) -> None:
        """Go to the next key (or the one before: -1) of the chosen curve, else of any."""
        clip = self.clip
        if clip is None:
            return
        keys = self.keys() or tuple(key for curve in clip.curves for key in curve.keys)
        frames = sorted({key.frame for key in keys})
        here = self.focus.near_frame
        beyond = (
            [f for f in frames if f > here] if direction > 0 else [f for f in frames if f < here]
        )
        if beyond:
            self.focus.seek(beyond[0] if direction > 0 else beyond[-1])

    def own_protection(self) -> None:
        """Turn the measured protection into keys that can be edited."""
        clip, found = self.clip, self.focus.face
        if clip is None or found is None or found.face is None:
            self._workbench.tell(
                self.tr("The faces of this clip are not known yet. Find faces in the inspector.")
            )
            return
        key = f"usable.{found.face.id}"
        keys = simplified(found.usable().tolist(), 0, _TOLERANCE)
        if not self.keys(key):
            self._edit(
                self.tr("Edit the protection curve"),
                lambda p: edits.set_curve(p, clip.id, key, keys),
            )
        self.choose(key)

    def clean_up(self) -> None:
        """Let what is shown at the playhead hold from there on."""
        clip, frame = self.clip, self.focus.near_frame
        if clip is not None and not self._edit(
            self.tr("Clean up from here"), lambda p: clean_up_from(p, clip.id, frame)
        ):
            self._workbench.tell(self.tr("There are no keys or shapes behind the playhead."))

    def apply_to_face(self) -> None:
        """Give masks, curves and blending to all clips with this face."""
        clip = self.clip
        if clip is None:
            return
        count = len(clips_with_face(self._workbench.store.project, clip.id))
        if not count:
            self._workbench.tell(self.tr("No other clip of this sequence shows this face."))
        elif self._edit(
            self.tr("Apply to all clips with this face"), lambda p: apply_to_face(p, clip.id)
        ):
            self._workbench.tell(self.tr("Applied to %n clip(s).", "", count))

    def close(self) -> None:
        """Nothing is open."""

    # ---- inside -------------------------------------------------------------------------

    def _bind(self) -> None:
        bind = self._workbench.actions.bind
        bind("key.toggle", self.toggle)
        bind("key.previous", lambda: self.step(-1))
        bind("key.next", lambda: self.step(1))
        bind("key.copy", self.copy)
        bind("key.paste", self.paste)
        bind("key.remove", self.remove)
        bind("key.select_all", lambda: self.select(key.frame for key in self.keys()))
        bind("key.hold", lambda: self.ease("hold"))
        bind("key.linear", lambda: self.ease("linear"))
        bind("key.ease", lambda: self.ease("ease"))
        bind("key.left", lambda: self.move(-1, 0))
        bind("key.right", lambda: self.move(1, 0))
        bind("key.raise", lambda: self.move(0, 1))
        bind("key.lower", lambda: self.move(0, -1))
        bind("key.own_protection", self.own_protection)
        bind("key.clean_up", self.clean_up)
        bind("key.same_face", self.apply_to_face)
        bind("key.remove_curve", self.remove_curve)

    def _enable(self) -> None:
        enable = self._workbench.actions.enable
        has_keys, has_clip = bool(self.keys()), self.clip is not None
        enable(bool(self.frames), "key.remove", "key.left", "key.right", "key.raise", "key.lower")
        enable(
            has_keys, "key.copy", "key.select_all", "key.remove_curve",
            "key.hold", "key.linear", "key.ease",
        )  # fmt: skip
        enable(has_clip and bool(self._copied), "key.paste")
        enable(
            has_clip, "key.toggle", "key.previous", "key.next", "key.own_protection",
            "key.clean_up", "key.same_face",
        )  # fmt: skip

    def _edit(self, label: str, change: Callable[[Project], Project]) -> bool:
        return self._workbench.store.edit(label, change)

    def _under_playhead(self) -> frozenset[int]:
        frame = self.focus.near_frame
        before = [key.frame for key in self.keys() if key.frame <= frame]
        return frozenset(before[-1:])

    def _on_focus(self) -> None:
        clip = self.clip.id if self.clip is not None else None
        if clip != self._clip:
            self._clip, self.frames = clip, frozenset()
        if self.row() is not None and all(row.key != self.key for row in self.rows()):
            self.key = FIRST_KEY  # a layer went away
        self.frames &= {key.frame for key in self.keys()}
        self._enable()
        self.changed.emit()

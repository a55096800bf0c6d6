"""Which stored patches belong over a picture of a clip, and what to tell where there are none.

Nothing is drawn here. Of a window only the patch that is looked at is decoded, so that a jump to
another window costs reading it, not decoding all of its frames.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import DamagedEntryError, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.timeline.byte_cache import ByteCache
from latentsync_studio.services.timeline.face_place import face_at
from latentsync_studio.services.timeline.face_take import NotAnalysedError
from latentsync_studio.services.timeline.passing import why_passed
from latentsync_studio.services.timeline.takes import NOT_ANALYSED, obstacle_of, told_of

if TYPE_CHECKING:
    from typing import TypeAlias

    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.timeline.face_take import FaceTake, OpenedPatches
    from latentsync_studio.services.timeline.laid import Laid
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.timeline.spans import SpanState
    from latentsync_studio.services.timeline.takes import ClipTake, TakeCache
    from latentsync_studio.services.wiring import Services

    Where: TypeAlias = tuple[Project, SequenceId, ClipId]

log = logging.getLogger(__name__)

STALE = (
    "Out of date: something that shapes it has changed since it was synthesized, "
    "or it is no longer in the store."
)
WORST_FIRST: tuple[SpanState | None, ...] = (
    "missing", "stale", "failed", "ready", "passed", None,
)  # fmt: skip
_SLOW_S = 0.2


@dataclass(slots=True)
class Found:
    """What is laid over a picture, and what is known of it.

    Attributes:
        laid: patches with their faces, in the order in which they are laid.
        state: of the clip there; None where nothing drives its lips.
        note: what to tell about it, or "".
        engine: id of the engine whose patches they are, or "".
        is_settled: the answer is final; else an exact one may find more.
        face: where the driven face is, as shares of the medium's picture; None: nobody is known.
        looks: what was laid and how, filled in by who lays.
    """

    laid: list[tuple[FaceTake, Patch]]
    state: SpanState | None = None
    note: str = ""
    engine: str = ""
    is_settled: bool = True
    face: tuple[float, float, float, float] | None = None
    looks: tuple[Laid, ...] = ()


class PatchFinder:
    """Finds patches, and keeps those found last; for one thread at a time."""

    def __init__(self, services: Services, takes: TakeCache, most_bytes: int) -> None:
        self._services, self._takes = services, takes
        self._windows: ByteCache[str, OpenedPatches] = ByteCache(most_bytes)

    def clear(self) -> None:
        """Let go of all patches."""
        self._windows.clear()

    def of(self, where: Where, frame: int, medium: Medium, number: int, *, exact: bool) -> Found:
        """What belongs over a picture.

        Args:
            where: project, sequence and clip.
            frame: of the sequence.
            medium: of the clip.
            number: frame of the medium that is shown.
            exact: open the engine where only it can tell which patches are meant.

        Raises:
            InvalidEditError: there is no such clip.
            InvalidSettingError: a setting is unknown to this program or out of its limits.
        """
        obstacle = obstacle_of(*where, self._services, frame)
        if obstacle is not None:
            return Found([], "failed", told_of(obstacle))
        take = self._takes.get(*where, CallbackProgress(), analyse=False, partial=True)
        if not take.is_analysed:
            return Found([], "missing", NOT_ANALYSED)
        found = Found([])
        if not take.faces:
            if take.note and take.is_driven:
                found.state, found.note = "passed", take.note
            return found
        at = int(take.frames_at([frame])[0]) if medium.is_still else number
        found.face = face_at(take.faces[0].face, at, medium)
        for face in take.faces:
            self._add(found, take, face, at, exact=exact)
        return found

    def _add(self, found: Found, take: ClipTake, face: FaceTake, at: int, *, exact: bool) -> None:
        window = face.window_of(at)
        if window is None:
            found.state, found.note = _worse(found, "passed", why_passed(take, face, at))
            return
        patch, is_settled = self._patch(face, window, at, exact=exact)
        found.is_settled &= is_settled
        if patch is not None:
            found.state, found.note = _worse(found, "ready", "")
            found.laid.append((face, patch))
            found.engine = face.engine_of(window)
            return
        if face.was_drawn(window):
            found.state, found.note = _worse(found, "stale", STALE)
        else:
            found.state, found.note = _worse(found, "missing", NOT_ANALYSED)

    def _patch(
        self, face: FaceTake, window: FrameRange, at: int, *, exact: bool
    ) -> tuple[Patch | None, bool]:
        """The patch of a frame of the take, and whether the answer is final."""
        if not face.knows(window):
            if not face.was_drawn(window):
                return None, True
            if not exact or not _opened(face, window):
                return None, exact
        try:
            held = self._window(face, window)
            return None if held is None else held[at], True
        except DamagedEntryError as error:
            log.warning("A patch of %s: %s", face.parts.axis.medium.item.name, error)
            return None, True

    def _window(self, face: FaceTake, window: FrameRange) -> OpenedPatches | None:
        """The patches of a window whose key is known."""
        key = face.key(window)
        held = self._windows.get(key)
        if held is None:
            held = face.opened(window)
            if held is not None:
                self._windows.put(key, held, held.bytes)
        return held


def _opened(face: FaceTake, window: FrameRange) -> bool:
    """Open the engine for the key of a window, without an analysis; False where it needs one."""
    began = time.monotonic()
    try:
        face.key(window)
    except (NotAnalysedError, InputError) as error:
        log.info("No keys of %s: %s", face.parts.axis.medium.item.name, error)
        return False
    face.note([])
    took = time.monotonic() - began
    if took > _SLOW_S:
        log.info("The engine was opened for %s in %.2f s.", face.parts.axis.medium.item.name, took)
    return True


def _worse(found: Found, state: SpanState, note: str) -> tuple[SpanState | None, str]:
    """The more important one of two states, with its note."""
    if WORST_FIRST.index(state) < WORST_FIRST.index(found.state):
        return state, note
    return found.state, found.note

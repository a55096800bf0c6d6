"""What is known of the frames of a clip: ready, missing, out of date, passing through."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.timeline.face_take import NotAnalysedError
from latentsync_studio.services.timeline.passing import passed_frames
from latentsync_studio.services.timeline.takes import TakeCache, obstacle_of, placed, told_of

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.timeline.face_take import FaceTake
    from latentsync_studio.services.timeline.takes import ClipTake
    from latentsync_studio.services.wiring import Services

SpanState = Literal["ready", "missing", "stale", "failed", "passed"]

READY = "Synthesized."
MISSING = "Not synthesized yet."
STALE = (
    "Out of date: the speech, the picture or a setting has changed since it was synthesized, "
    "or it is no longer in the store."
)
_PASSED, _READY, _STALE, _MISSING, _FAILED, _BLOCKED = range(6)
_STATES: tuple[SpanState, ...] = ("passed", "ready", "stale", "missing", "failed", "failed")
_TEXTS = ("", READY, STALE, MISSING)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Frames of the sequence that are in the same state.

    Attributes:
        frames: of the sequence, within the clip.
        state: "ready": patches are stored; "passed": passes through untouched, `text` says why;
            "stale": was drawn with other inputs; "missing": never drawn; "failed": drawing with
            just these inputs was tried and failed.
        text: what it means.
    """

    frames: FrameRange
    state: SpanState
    text: str


def clip_spans(
    project: Project,
    sequence_id: SequenceId,
    clip_id: ClipId,
    services: Services,
    takes: TakeCache | None,
    progress: Progress,
) -> tuple[Span, ...]:
    """Spans of a driven clip in order, without a gap; none where no speech plays under it.

    Never analyses and never draws. It may open the engine to learn which patches an edited speech
    needs; what it learns is written down.

    Raises:
        InputError: a medium is offline or unreadable.
        Cancelled: the user asked to stop.
    """
    takes = takes if takes is not None else TakeCache(services)
    obstacle = obstacle_of(project, sequence_id, clip_id, services)
    if obstacle is not None:
        clip = placed(project, sequence_id, clip_id)[2]
        return (Span(frames=clip.placed, state="failed", text=told_of(obstacle)),)
    take = takes.get(project, sequence_id, clip_id, progress, analyse=False, partial=True)
    frames = take.clip.placed
    if not take.is_driven:
        return ()
    if not take.is_analysed:
        return (Span(frames=frames, state="missing", text=MISSING),)
    if not take.faces:
        return (Span(frames=frames, state="passed", text=take.note),)
    shown = take.frames_at(frames)
    worst = np.full(len(shown), _PASSED, np.uint8)
    for face in take.faces:
        np.maximum(worst, _states(face, shown, progress), out=worst)
    for blocked, _ in take.obstacles:
        part = blocked.intersection(frames)
        if part is not None:
            worst[part.start - frames.start : part.stop - frames.start] = _BLOCKED
    return tuple(_spans(take, frames, worst))


def _states(face: FaceTake, shown: I32, progress: Progress) -> np.ndarray:
    """(n,) u8 the state of each shown frame of one face."""
    drawn, has_failed = face.drawn(), bool(face.failure)
    of_window = {
        window: _state(face, window, drawn, progress) for window in face.windows_of(shown.tolist())
    }
    if has_failed:
        of_window = {
            w: s if s == _READY or not face.failure_of(w) else _FAILED for w, s in of_window.items()
        }
    face.note([])
    windows = [face.window_of(int(frame)) for frame in shown]
    return np.array([_PASSED if w is None else of_window[w] for w in windows], np.uint8)


def _state(face: FaceTake, window: FrameRange, drawn: np.ndarray | None, progress: Progress) -> int:
    progress.check()
    if drawn is None or not drawn[window.start : window.stop].any():
        return _MISSING
    try:
        return _READY if face.is_stored(window) else _STALE
    except NotAnalysedError:
        return _MISSING


def _spans(take: ClipTake, frames: FrameRange, states: np.ndarray) -> list[Span]:
    """Runs of equal states; those that pass through are told apart by their reasons."""
    edges = [0, *(np.flatnonzero(np.diff(states)) + 1).tolist(), len(states)]
    found: list[Span] = []
    for start, stop in pairwise(edges):
        run = FrameRange(frames.start + start, frames.start + stop)
        state = int(states[start])
        if state == _PASSED:
            found += _passed(take, run)
        else:
            text = _text(take, run, state)
            found.append(Span(frames=run, state=_STATES[state], text=text))
    return found


def _text(take: ClipTake, run: FrameRange, state: int) -> str:
    if state == _BLOCKED:
        return next(told_of(why) for frames, why in take.obstacles if run.start in frames)
    return _failure(take) if state == _FAILED else _TEXTS[state]


def _failure(take: ClipTake) -> str:
    return next((face.failure for face in take.faces if face.failure), "")


def _passed(take: ClipTake, run: FrameRange) -> list[Span]:
    found = []
    at = run.start
    for span in sorted(passed_frames(take, run), key=lambda each: each.range):
        start, stop = max(span.range[0], at), span.range[1]
        if start < stop:
            found.append(Span(frames=FrameRange(start, stop), state="passed", text=span.text))
            at = stop
    return found

"""Which frames pass through untouched, as ranges with a reason, numbers and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.face.landmarks import OUT_RING
from latentsync_studio.core.face.reasons import explain, numbers_of
from latentsync_studio.core.face.track import Reason
from latentsync_studio.core.ranges import FrameRange

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.face.track import FaceTrack


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedSpan:
    """Frames that are not redrawn.

    Attributes:
        frames: output frames (those of the medium where no mapping was given).
        reason: why.
        numbers: what was measured at its worst, and the limit.
        text: the same as a sentence.
    """

    frames: FrameRange
    reason: Reason
    numbers: dict[str, float]
    text: str


def passed_through(
    track: FaceTrack | None, size: tuple[int, int], source: I32
) -> tuple[PassedSpan, ...]:
    """Spans of equal reason in the order of the output.

    Args:
        track: the chosen person; None where nobody was found in the whole medium.
        size: width and height of the picture, px.
        source: (T,) source frame of each output frame.
    """
    if not len(source):
        return ()
    if track is None:
        reasons = np.full(len(source), Reason.NO_FACE, np.uint8)
    else:
        reasons = np.asarray(track.reason)[source]
    edges = np.flatnonzero(np.diff(reasons)) + 1
    spans = []
    for a, b in zip([0, *edges], [*edges, len(reasons)], strict=True):
        reason = Reason(int(reasons[a]))
        if reason is Reason.OK:
            continue
        numbers = {} if track is None else _worst(track, np.unique(source[a:b]), reason, size)
        spans.append(
            PassedSpan(
                frames=FrameRange(int(a), int(b)),
                reason=reason,
                numbers=numbers,
                text=explain(reason, numbers),
            )
        )
    return tuple(spans)


def _worst(
    track: FaceTrack, frames: I32, reason: Reason, size: tuple[int, int]
) -> dict[str, float]:
    """Numbers of the frame that is furthest beyond the limit."""
    there = frames[np.asarray(track.present)[frames]]
    if not len(there) or reason in {Reason.NO_FACE, Reason.OTHER_PERSON}:
        return {}
    eyes = np.asarray(track.eye_distance)[there]
    evidence = {
        "yaw": float(np.abs(track.angles[there, 0]).max()),
        "pitch": float(np.abs(track.angles[there, 1]).max()),
        "eye_distance": float(eyes.min()),
        "occlusion": float(np.asarray(track.occlusion)[there].max()),
        "edge": 0.0,
    }
    if reason is Reason.OUT_OF_PICTURE:
        outside = [_outside(track, int(frame), size) for frame in there]
        evidence["edge"] = -max(outside) / max(evidence["eye_distance"], 1e-6)
    return numbers_of(reason, evidence)


def _outside(track: FaceTrack, frame: int, size: tuple[int, int]) -> float:
    """How far the lips reach beyond the picture, px."""
    points = np.asarray(track.landmarks[frame][OUT_RING, :2], np.float64)
    beyond = np.maximum(-points, points - np.array(size, np.float64))
    return float(max(beyond.max(), 0.0))

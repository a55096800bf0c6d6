"""How strongly each frame may be redrawn, and if not at all: why, with numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.face.track import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, I32, Bools

FACE_WIDTH = 1.55  # width of a face over the distance of its outer eye corners
YAW_FULL, YAW_ZERO = 38.0, 50.0  # degrees
PITCH_FULL, PITCH_ZERO = 34.0, 46.0  # degrees; faces that look ahead have up to 20
EYES_ZERO, EYES_FULL = 20.0, 26.0  # px between the outer eye corners
OCCLUSION_FULL, OCCLUSION_ZERO = 0.26, 0.42  # share of the lower face
EDGE_ZERO, EDGE_FULL = 0.0, 0.08  # distance of the mouth from the picture's edge, eye distances
BRIDGED = 2  # frames: shorter interruptions are noise of the measurement
FADE_SIGMA = 1.5  # frames
NEGLIGIBLE = 0.02  # a strength below it is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one person in each of N frames; NaN where the person is not.

    Attributes:
        present: (N,) measured.
        shot: (N,) number of the shot.
        yaw: (N,) degrees.
        pitch: (N,) degrees.
        eye_distance: (N,) px between the outer eye corners, not shortened by a turn of the head.
        occlusion: (N,) 0..1 share of the lower face that looks foreign.
        edge: (N,) smallest distance of the mouth from the picture's edge, in eye distances;
            negative outside.
        others: (N,) somebody else is in the frame.
    """

    present: Bools
    shot: I32
    yaw: F32
    pitch: F32
    eye_distance: F32
    occlusion: F32
    edge: F32
    others: Bools


def judge(evidence: Evidence) -> tuple[F32, npt.NDArray[np.uint8]]:
    """Return `usable` (N,) 0..1 and `reason` (N,), see `FaceTrack`.

    Limits are ramps, interruptions of up to 2 frames (either way) are bridged within a shot, and
    strength fades in and out over about 3 frames; it reaches 0 inside of the usable frames.
    """
    causes = _causes(evidence)
    raw = np.min([factor for _, factor in causes], axis=0) if len(evidence.present) else np.zeros(0)
    usable = np.zeros(len(raw))
    edges = np.flatnonzero(np.diff(evidence.shot)) + 1
    for a, b in zip([0, *edges], [*edges, len(raw)], strict=True):
        usable[a:b] = _faded(_bridged(raw[a:b], evidence.present[a:b]))
    usable[(usable < NEGLIGIBLE) | ~evidence.present] = 0.0
    return usable.astype(np.float32), _reasons(causes, usable, evidence.others)


def _causes(evidence: Evidence) -> list[tuple[Reason, F64]]:
    """Factor 0..1 of every limit."""
    yaw, pitch = (np.abs(np.nan_to_num(turn)) for turn in (evidence.yaw, evidence.pitch))
    turned = np.minimum(_ramp(yaw, YAW_ZERO, YAW_FULL), _ramp(pitch, PITCH_ZERO, PITCH_FULL))
    eyes = np.nan_to_num(evidence.eye_distance)
    foreign, edge = np.nan_to_num(evidence.occlusion), np.nan_to_num(evidence.edge)
    present = evidence.present
    return [
        (Reason.NO_FACE, present.astype(np.float64)),
        (Reason.TOO_SMALL, np.where(present, _ramp(eyes, EYES_ZERO, EYES_FULL), 1.0)),
        (Reason.OUT_OF_PICTURE, np.where(present, _ramp(edge, EDGE_ZERO, EDGE_FULL), 1.0)),
        (Reason.PROFILE, np.where(present, turned, 1.0)),
        (Reason.OCCLUDED, np.where(present, _ramp(foreign, OCCLUSION_ZERO, OCCLUSION_FULL), 1.0)),
    ]


def _ramp(value: F32, zero: float, full: float) -> F64:
    share = (np.asarray(value, np.float64) - zero) / (full - zero)
    return np.asarray(np.clip(share, 0.0, 1.0), np.float64)


def _bridged(factor: F64, present: Bools) -> F64:
    """Replace short interruptions, first of use (where the face is there), then of disuse."""
    result = factor.copy()
    for broken in (True, False):
        off = (result <= 0.0) == broken
        marks = np.flatnonzero(np.diff(np.concatenate([[False], off, [False]]).astype(int)))
        for a, b in marks.reshape(-1, 2):
            if a == 0 or b == len(off) or b - a > BRIDGED:
                continue
            if not broken:
                result[a:b] = 0.0
            elif present[a:b].all():
                result[a:b] = min(result[a - 1], result[b])
    return result


def _faded(factor: F64) -> F64:
    """Fade over time without ever exceeding what a frame itself allows."""
    if len(factor) < 2:
        return factor
    lowest = np.minimum.reduce([_shifted(factor, by) for by in (-1, 0, 1)])
    reach = np.arange(-4, 5)
    kernel = np.exp(-0.5 * (reach / FADE_SIGMA) ** 2)
    blurred = sum(w * _shifted(lowest, int(by)) for w, by in zip(kernel, reach, strict=True))
    return np.asarray(np.minimum(np.asarray(blurred) / kernel.sum(), factor), np.float64)


def _shifted(values: F64, by: int) -> F64:
    """values[i + by], the ends repeated."""
    return values[np.clip(np.arange(len(values)) + by, 0, len(values) - 1)]


def _reasons(causes: list[tuple[Reason, F64]], usable: F64, others: Bools) -> npt.NDArray[np.uint8]:
    """The strongest cause of each frame; a frame that only fades takes its neighbour's."""
    reason = np.full(len(usable), Reason.OK, np.uint8)
    if not len(usable):
        return reason
    factors = np.stack([factor for _, factor in causes])
    codes = np.array([code for code, _ in causes], np.uint8)
    worst = codes[factors.argmin(axis=0)]
    stopped = usable <= 0.0
    own = stopped & (factors.min(axis=0) < 0.5)
    reason[own] = worst[own]
    anchors = np.flatnonzero(own)
    for frame in np.flatnonzero(stopped & ~own):
        near = anchors[np.abs(anchors - frame).argmin()] if len(anchors) else frame
        reason[frame] = worst[near]
    reason[(reason == Reason.NO_FACE) & others] = Reason.OTHER_PERSON
    return reason


def numbers_of(reason: Reason, evidence: Mapping[str, float]) -> dict[str, float]:
    """The measured value and its limit that belong to `reason`, rounded for people.

    Args:
        reason: anything but OK.
        evidence: "yaw" and "pitch" degrees, "eye_distance" px, "occlusion" 0..1, "edge" eye
            distances.
    """
    if reason is Reason.TOO_SMALL:
        return {
            "face_px": float(round(evidence["eye_distance"] * FACE_WIDTH)),
            "minimum_px": float(round(EYES_ZERO * FACE_WIDTH)),
        }
    if reason is Reason.PROFILE:
        return _turn_of(abs(evidence["yaw"]), abs(evidence["pitch"]))
    if reason is Reason.OCCLUDED:
        covered = float(round(100 * evidence["occlusion"]))
        return {"covered_percent": covered, "maximum_percent": float(round(100 * OCCLUSION_ZERO))}
    if reason is Reason.OUT_OF_PICTURE:
        outside = max(0.0, -evidence["edge"]) * evidence["eye_distance"]
        return {"outside_px": float(round(outside))}
    return {}


def _turn_of(yaw: float, pitch: float) -> dict[str, float]:
    """The turn of a head that is further beyond its limit."""
    if pitch / PITCH_ZERO > yaw / YAW_ZERO:
        return {"pitch_degrees": float(round(pitch)), "maximum_degrees": PITCH_ZERO}
    return {"yaw_degrees": float(round(yaw)), "maximum_degrees": YAW_ZERO}


def explain(reason: Reason, numbers: Mapping[str, float]) -> str:
    """A sentence for people; `numbers` as `numbers_of` returns them."""
    sentences = {
        Reason.OK: "the frame is redrawn",
        Reason.NO_FACE: "no face was found",
        Reason.OTHER_PERSON: "somebody else is in the picture, not the chosen person",
        Reason.TOO_SMALL: "face {face_px:.0f} px wide, minimum {minimum_px:.0f}",
        Reason.PROFILE: "head turned by {yaw_degrees:.0f} degrees, maximum {maximum_degrees:.0f}",
        Reason.OCCLUDED: (
            "{covered_percent:.0f} % of the lower face is covered, maximum {maximum_percent:.0f} %"
        ),
        Reason.OUT_OF_PICTURE: "the mouth leaves the picture by {outside_px:.0f} px",
    }
    if reason is Reason.PROFILE and "pitch_degrees" in numbers:
        tilted = "head tilted by {pitch_degrees:.0f} degrees, maximum {maximum_degrees:.0f}"
        return tilted.format(**numbers)
    return sentences[reason].format(**numbers)

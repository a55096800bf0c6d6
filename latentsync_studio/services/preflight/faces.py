"""What is known of the face that is redrawn, and the findings that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from latentsync_studio.core.face.reasons import (
    EYES_FULL,
    FACE_WIDTH,
    NEGLIGIBLE,
    OCCLUSION_ZERO,
    PITCH_ZERO,
    YAW_ZERO,
    explain,
    numbers_of,
)
from latentsync_studio.core.face.track import Reason
from latentsync_studio.core.preflight import Finding, longest_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, I32, Bools
    from latentsync_studio.core.engine import EngineDemands
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.preflight import Action, Severity, Span

_MATTERS_SHARE, _MATTERS_S = 0.02, 1.0  # of the frames, seconds: what is less is only noted
_WEAK: Final = 0.98  # strength of a frame below which it counts as drawn weakly
_SOFT, _SOFTER = 1.1, 1.5  # times that the engine's face is enlarged
_IDS: Final = {
    Reason.NO_FACE: "no-face",
    Reason.TOO_SMALL: "face-small",
    Reason.PROFILE: "face-turned",
    Reason.OCCLUDED: "face-covered",
    Reason.OTHER_PERSON: "other-person",
    Reason.OUT_OF_PICTURE: "out-of-picture",
}
_MOST_CUT_SPANS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFaces:
    """One person at frames of an axis: all of them, or samples.

    Attributes:
        at: (n,) i32 frames of the axis (the clip's, or the sequence's), increasing.
        frames: of the axis that they stand for.
        present: (n,) there.
        yaw, pitch: (n,) degrees.
        eyes: (n,) px between the outer eye corners.
        occlusion: (n,) 0..1; NaN where unknown.
        usable: (n,) 0..1.
        reason: (n,) u8 Reason.
        shot: (n,) number of the shot.
        people: seen in the whole clip.
        estimated: they are samples.
    """

    at: I32
    frames: int
    present: Bools
    yaw: F32
    pitch: F32
    eyes: F32
    occlusion: F32
    usable: F32
    reason: npt.NDArray[np.uint8]
    shot: I32
    people: int
    estimated: bool = False

    def count(self, chosen: Bools) -> int:
        """Frames of the axis that the chosen ones stand for."""
        return round(int(chosen.sum()) * self.frames / max(len(self.at), 1))

    def spans(self, chosen: Bools) -> tuple[Span, ...]:
        """Where they are; a sample stands for itself only."""
        at = self.at[chosen]
        if not len(at):
            return ()
        breaks = np.flatnonzero(np.diff(at) > 1) + 1
        runs = np.split(at, breaks)
        return longest_spans((int(run[0]), int(run[-1]) + 1) for run in runs)


class Place(NamedTuple):
    """Where a finding belongs.

    Attributes:
        subject: name of the clip.
        subject_id: its id in the project.
        rate: frames of the axis a second.
        is_chosen: the user said which face.
    """

    subject: str
    subject_id: str
    rate: float
    is_chosen: bool = False


def of_track(track: FaceTrack, numbers: I32, at: I32, people: int) -> SeenFaces:
    """What an analysis measured, at `numbers` of the medium, which are frames `at` of the axis."""
    angles = np.asarray(track.angles)[numbers]
    return SeenFaces(
        at=at,
        frames=len(at),
        present=np.asarray(track.present)[numbers],
        yaw=angles[:, 0],
        pitch=angles[:, 1],
        eyes=np.asarray(track.eye_distance)[numbers],
        occlusion=np.asarray(track.occlusion)[numbers],
        usable=np.asarray(track.usable)[numbers],
        reason=np.asarray(track.reason)[numbers],
        shot=np.asarray(track.shot)[numbers],
        people=people,
    )


def nobody(
    at: I32, shot: I32 | None = None, *, estimated: bool = False, frames: int = 0
) -> SeenFaces:
    """Frames in which nobody was found."""
    unknown = np.full(len(at), np.nan, np.float32)
    return SeenFaces(
        at=at,
        frames=frames or len(at),
        present=np.zeros(len(at), np.bool_),
        yaw=unknown,
        pitch=unknown,
        eyes=unknown,
        occlusion=unknown,
        usable=np.zeros(len(at), np.float32),
        reason=np.full(len(at), Reason.NO_FACE, np.uint8),
        shot=np.zeros(len(at), np.int32) if shot is None else shot,
        people=0,
        estimated=estimated,
    )


def face_findings(
    seen: SeenFaces, place: Place, engine: str, demands: EngineDemands | None
) -> Iterator[Finding]:
    """All that the faces say."""
    if seen.estimated:
        yield _finding(
            "face-samples", "info", place, seen,
            f"Faces were looked at in {len(seen.at)} of {seen.frames:,} frames; what is told of"
            " them is an estimate until the clip is analysed.",
            {"samples": float(len(seen.at)), "frames": float(seen.frames)},
            ("find-faces",),
        )  # fmt: skip
    if not seen.present.any():
        yield _finding(
            "no-face", "warning", place, seen,
            "No face was found; every frame passes through untouched.",
            {"frames": float(seen.frames)}, ("jump",),
            np.ones(len(seen.at), np.bool_),
        )  # fmt: skip
        yield from _cuts(seen, place)
        return
    yield from _people(seen, place)
    yield from _size(seen, place, engine, demands)
    yield from _passed(seen, place)
    yield from _weak(seen, place)
    yield from _cuts(seen, place)


def _finding(  # noqa: PLR0913, PLR0917 - the parts of a finding
    name: str,
    severity: Severity,
    place: Place,
    seen: SeenFaces,
    sentence: str,
    numbers: dict[str, float],
    actions: tuple[Action, ...] = (),
    where: Bools | None = None,
) -> Finding:
    return Finding(
        id=name,
        severity=severity,
        sentence=sentence,
        numbers=numbers,
        actions=actions,
        subject=place.subject,
        subject_id=place.subject_id,
        spans=() if where is None else seen.spans(where),
        estimated=seen.estimated,
    )


def _people(seen: SeenFaces, place: Place) -> Iterator[Finding]:
    if seen.people > 1 and not place.is_chosen:
        yield _finding(
            "several-faces", "info", place, seen,
            f"{seen.people} people are in the clip; the largest face is redrawn.",
            {"people": float(seen.people)}, ("choose-face",),
        )  # fmt: skip


def _size(
    seen: SeenFaces, place: Place, engine: str, demands: EngineDemands | None
) -> Iterator[Finding]:
    """Px of the face against those that the engine draws."""
    width = float(np.nanmedian(seen.eyes[seen.present])) * FACE_WIDTH
    numbers = {"face_px": round(width, 1)}
    if demands is None or not demands.face_px:
        least = EYES_FULL * FACE_WIDTH
        yield _finding(
            "face-size", "info", place, seen,
            f"The face is {width:.0f} px wide; {engine} draws it as finely as the clip is (from"
            f" {least:.0f} px on in full strength).",
            {**numbers, "full_px": round(least, 1)},
        )  # fmt: skip
        return
    model = demands.face_px
    times = width / model
    numbers |= {"model_px": round(model, 1), "enlarged": round(times, 2)}
    told = f"The face is {width:.0f} px wide; {engine} draws it {model:.0f} px wide"
    if times <= _SOFT:
        text = f"{told}, which is fine enough."
    else:
        text = f"{told} and enlarges it {times:.1f} times: the new mouth will look softer."
    severity: Severity = "warning" if times > _SOFTER else "info"
    actions: tuple[Action, ...] = ("other-engine",) if times > _SOFTER else ()
    yield _finding("face-size", severity, place, seen, text, numbers, actions)


def _passed(seen: SeenFaces, place: Place) -> Iterator[Finding]:
    """Frames that stay as they are, by reason."""
    for reason, name in _IDS.items():
        chosen = seen.reason == reason
        count = seen.count(chosen)
        if not count:
            continue
        share, seconds = count / max(seen.frames, 1), count / place.rate
        severity: Severity = (
            "warning" if share >= _MATTERS_SHARE or seconds >= _MATTERS_S else "info"
        )
        worst = _worst(seen, chosen & seen.present, reason)
        why = explain(reason, worst) if worst or reason in _BARE else _PLAIN[reason]
        about = "About " if seen.estimated else ""
        actions: tuple[Action, ...] = ("jump",)
        if reason in {Reason.OTHER_PERSON, Reason.NO_FACE} and seen.people > 1:
            actions = ("jump", "choose-face")
        yield _finding(
            name, severity, place, seen,
            f"{about}{count:,} of {seen.frames:,} frames ({share:.0%}, {seconds:.1f} s) stay as"
            f" they are: {why}.",
            {"frames": float(count), "share": round(share, 4), "seconds": round(seconds, 2)}
            | worst,
            actions, chosen,
        )  # fmt: skip


_BARE: Final = {Reason.NO_FACE, Reason.OTHER_PERSON}
_PLAIN: Final = {
    Reason.TOO_SMALL: "the face is too small",
    Reason.PROFILE: "the head is turned too far",
    Reason.OCCLUDED: "the lower face is covered",
    Reason.OUT_OF_PICTURE: "the mouth leaves the picture",
}


def _worst(seen: SeenFaces, there: Bools, reason: Reason) -> dict[str, float]:
    """Numbers of the frame that is furthest beyond the limit."""
    if not there.any() or reason in _BARE or reason is Reason.OUT_OF_PICTURE:
        return {}
    evidence = {
        "yaw": float(np.nanmax(np.abs(seen.yaw[there]))),
        "pitch": float(np.nanmax(np.abs(seen.pitch[there]))),
        "eye_distance": float(np.nanmin(seen.eyes[there])),
        "occlusion": float(np.nan_to_num(seen.occlusion[there]).max()),
    }
    return numbers_of(reason, evidence)


def _weak(seen: SeenFaces, place: Place) -> Iterator[Finding]:
    """Frames that are drawn, but not in full strength: near a limit."""
    weak = seen.present & (seen.usable > NEGLIGIBLE) & (seen.usable < _WEAK)
    count = seen.count(weak)
    if not count or count / place.rate < _MATTERS_S:
        return
    numbers = {
        "frames": float(count),
        "yaw_degrees": _most(np.abs(seen.yaw), weak),
        "pitch_degrees": _most(np.abs(seen.pitch), weak),
        "covered_percent": round(100 * _most(np.nan_to_num(seen.occlusion), weak)),
    }
    yield _finding(
        "near-limits", "info", place, seen,
        f"{count:,} of {seen.frames:,} frames are drawn weakly, near a limit: the head is turned by"
        f" up to {numbers['yaw_degrees']:.0f}° (at most {YAW_ZERO:.0f}°), tilted by up to"
        f" {numbers['pitch_degrees']:.0f}° (at most {PITCH_ZERO:.0f}°), covered by up to"
        f" {numbers['covered_percent']:.0f} % (at most {100 * OCCLUSION_ZERO:.0f} %).",
        numbers, ("jump",), weak,
    )  # fmt: skip


def _most(values: F32, chosen: Bools) -> float:
    return round(float(np.nanmax(values[chosen])), 1)


def _cuts(seen: SeenFaces, place: Place) -> Iterator[Finding]:
    """Changes of shot: the mouth is planned anew at each."""
    edges = np.flatnonzero(np.diff(seen.shot) != 0) + 1
    if not len(edges):
        return
    where = np.zeros(len(seen.at), np.bool_)
    where[edges[:_MOST_CUT_SPANS]] = True
    count = len(edges)
    least = "At least " if seen.estimated else ""
    cuts = "cut" if count == 1 else "cuts"
    text = f"{least}{count} {cuts} within the clip: the face is looked for anew after each."
    yield _finding("cuts", "info", place, seen, text, {"cuts": float(count)}, ("jump",), where)

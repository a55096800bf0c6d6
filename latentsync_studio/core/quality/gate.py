"""The quality gate: which spans of a result need a person, why, and what may help."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.quality.measures import JUDGED, Measure, measure
from latentsync_studio.core.ranges import FrameRange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.arrays import F32, F64, Bools
    from latentsync_studio.core.quality.curves import ClipQuality

__all__ = ["REMEDIES_OF", "Attention", "Limits", "Remedy", "Verdict", "is_same_span", "judge"]

SHUT_BELOW: Final = 0.02  # eye distances: lips that meet
_ID: Final = re.compile(r"([a-z_]+):(-?\d+)-(-?\d+)")


class Remedy(StrEnum):
    """What one click can do about a span."""

    OTHER_SEED = "other_seed"
    LONGER_OVERLAP = "longer_overlap"
    PROTECT_MASK = "protect_mask"
    LOWER_STRENGTH = "lower_strength"
    SHARPEN = "sharpen"
    CPU_ENGINE = "cpu_engine"
    SYNC_OFFSET = "sync_offset"
    RESTORE = "restore"
    PASS_THROUGH = "pass_through"  # noqa: S105 - no password


_REDRAW: Final = (Remedy.OTHER_SEED, Remedy.CPU_ENGINE)
_LEAVE: Final = (Remedy.PASS_THROUGH, Remedy.LOWER_STRENGTH)

REMEDIES_OF: Final[dict[str, tuple[Remedy, ...]]] = {
    "sharpness": (Remedy.SHARPEN, Remedy.RESTORE, Remedy.OTHER_SEED, Remedy.LOWER_STRENGTH),
    "seam_gradient": (Remedy.PROTECT_MASK, Remedy.LOWER_STRENGTH),
    "seam_color": (Remedy.PROTECT_MASK, Remedy.LOWER_STRENGTH),
    "flicker": (Remedy.LONGER_OVERLAP, Remedy.OTHER_SEED, Remedy.LOWER_STRENGTH),
    "outside_psnr": (),
    "face_px": (Remedy.CPU_ENGINE, Remedy.PASS_THROUGH),
    "model_px": (Remedy.RESTORE, Remedy.CPU_ENGINE),
    "yaw": _LEAVE,
    "pitch": _LEAVE,
    "occlusion": (Remedy.PROTECT_MASK, *_LEAVE),
    "agreement": (*_REDRAW, Remedy.SYNC_OFFSET),
    "lag_frames": (Remedy.SYNC_OFFSET,),
    "closure_recall": _REDRAW,
    "silence_leak": (Remedy.PASS_THROUGH, *_REDRAW),
    "movement_share": _REDRAW,
    "lse_c": _REDRAW,
    "lse_d": _REDRAW,
    "lse_offset_frames": (Remedy.SYNC_OFFSET,),
    "lpips": (Remedy.LOWER_STRENGTH, Remedy.PROTECT_MASK),
    "face_identity": (Remedy.LOWER_STRENGTH, Remedy.OTHER_SEED),
}


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """A span that needs somebody.

    Attributes:
        id: measure and frames, "flicker:120-148"; see `is_same_span`.
        frames: of the `ClipQuality`.
        measure: id of the measure.
        value: the worst judged value of the span.
        threshold: the limit that it is beyond.
        reason: one sentence with both numbers.
        remedies: what may help, the most likely first.
    """

    id: str
    frames: FrameRange
    measure: str
    value: float
    threshold: float
    reason: str
    remedies: tuple[Remedy, ...]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says.

    Attributes:
        passed: nothing is left that needs somebody.
        attentions: spans beyond a limit, in the order of their frames.
        ignored: the same that somebody has accepted.
        unknown: ids of judged measures of which nothing is known.
    """

    passed: bool
    attentions: tuple[Attention, ...]
    ignored: tuple[Attention, ...] = ()
    unknown: tuple[str, ...] = ()


def judge(quality: ClipQuality, limits: Limits, ignored: frozenset[str] = frozenset()) -> Verdict:
    """Hold what was measured against limits.

    Measures a frame are averaged over the shortest span, on both sides, before they are compared,
    so that neither one frame of noise counts nor a strong change of a few frames is lost; frames
    in which nothing of the new mouth shows are not judged. A lag counts only where the mouth
    follows the speech at all, and certainly enough.

    Args:
        quality: what was measured.
        limits: one a measure.
        ignored: ids of attentions that somebody accepted.
    """
    found: list[Attention] = []
    unknown: list[str] = []
    for each in JUDGED:
        if not _is_known(quality, each):
            unknown.append(each.id)
        elif each.per == "frame":
            found += _spans(quality, each, _limit_of(quality, each, limits), limits.shortest)
        else:
            found += _of_clip(quality, each, limits)
    found.sort(key=lambda one: (one.frames.start, one.frames.stop, one.measure))
    kept = [one for one in found if not _is_ignored(one.id, ignored)]
    return Verdict(
        passed=not kept,
        attentions=tuple(kept),
        ignored=tuple(one for one in found if one not in kept),
        unknown=tuple(unknown),
    )


def is_same_span(one: str, other: str) -> bool:
    """Whether two ids mean the same: the same measure, and half of either span is in the other.

    So what was accepted stays accepted when a span gains or loses a few frames.
    """
    if one == other:
        return True
    a, b = _ID.fullmatch(one), _ID.fullmatch(other)
    if a is None or b is None or a[1] != b[1]:
        return False
    start, stop = max(int(a[2]), int(b[2])), min(int(a[3]), int(b[3]))
    longer = max(int(a[3]) - int(a[2]), int(b[3]) - int(b[2]))
    return stop > start and 2 * (stop - start) >= longer


def _is_ignored(name: str, ignored: Iterable[str]) -> bool:
    return any(is_same_span(name, other) for other in ignored)


def _is_known(quality: ClipQuality, each: Measure) -> bool:
    if each.per == "clip":
        figure = quality.figure(each.id)
        return bool(np.isfinite(each.judged(figure.result, figure.source)))
    curve = quality.curve(each.id)
    return bool((~np.isnan(each.judged(curve.result, curve.source))).any())


def _limit_of(quality: ClipQuality, each: Measure, limits: Limits) -> float:
    if each.id == "outside_psnr" and not quality.is_encoded:
        return float("inf")  # what was not redrawn is the source, bit for bit
    return float(getattr(limits, each.id))


def _spans(quality: ClipQuality, each: Measure, limit: float, shortest: float) -> list[Attention]:
    """Runs of frames beyond a limit."""
    curve = quality.curve(each.id)
    result, source = curve.result.astype(np.float64), curve.source.astype(np.float64)
    if each.id != "outside_psnr":
        hidden = quality.curve("strength").result == 0.0
        result = np.where(hidden, np.nan, result)
    if each.better == "near":
        result = np.abs(result)
    width = max(1, round(shortest * float(quality.rate)))
    values = each.judged(_averaged(result, width), _averaged(source, width))
    is_bad = each.is_worse(values, limit)
    found = []
    for start, stop in _runs(is_bad, ~np.isnan(result), width):
        span = FrameRange(quality.frames.start + start, quality.frames.start + stop)
        worst = values[start:stop][np.nanargmax(_bounded(each.distance(values[start:stop])))]
        found.append(_attention(each, span, float(worst), limit))
    return found


def _averaged(values: F64, width: int) -> F64:
    """Mean of the known values of `width` frames around each; NaN where none is known.

    An infinite value counts only where all are infinite.
    """
    known = np.isfinite(values)
    ones = np.ones(width)
    weight = np.convolve(known.astype(np.float64), ones, mode="full")
    total = np.convolve(np.where(known, values, 0.0), ones, mode="full")
    first = (width - 1) // 2
    weight, total = (x[first : first + len(values)] for x in (weight, total))
    mean = np.divide(total, weight, out=np.full(len(values), np.nan), where=weight > 0.5)
    return np.where(np.isnan(mean) & np.isinf(values), values, mean)


def _runs(is_bad: Bools, known: Bools, width: int) -> list[tuple[int, int]]:
    """Half-open runs of bad frames, joined over gaps of up to `width` frames.

    Where only every n-th frame is known, each stands for n frames. Runs shorter than `width` are
    left out.
    """
    seen = np.flatnonzero(known)
    at = np.flatnonzero(is_bad & known)
    if not len(at):
        return []
    step = int(np.median(np.diff(seen))) if len(seen) > 1 else 1
    breaks = np.flatnonzero(np.diff(at) > max(width, step)) + 1
    runs = [(int(part[0]), min(int(part[-1]) + step, len(known))) for part in np.split(at, breaks)]
    least = min(width, len(known))
    return [run for run in runs if run[1] - run[0] >= least]


def _bounded(distance: F64) -> F64:
    return np.where(np.isnan(distance), -np.inf, distance)


def _of_clip(quality: ClipQuality, each: Measure, limits: Limits) -> list[Attention]:
    limit = float(getattr(limits, each.id))
    figure = quality.figure(each.id)
    value = float(each.judged(figure.result, figure.source))
    if not bool(each.is_worse(value, limit)):
        return []
    if each.id == "lag_frames" and not has_lag(quality, limits):
        return []
    return [_attention(each, _part(quality, each.id), value, limit)]


def has_lag(quality: ClipQuality, limits: Limits) -> bool:
    """Whether the mouth follows the speech well enough to say when it does."""
    certainty = quality.figure("confidence").result
    agreement = quality.figure("shifted_agreement").result
    return bool(certainty >= limits.confidence and not agreement < limits.agreement)


def _part(quality: ClipQuality, name: str) -> FrameRange:
    """The frames that a measure of the clip is about, as far as they can be told."""
    if name == "silence_leak":
        return _longest(quality, ~quality.spoken)
    if name == "movement_share":
        return _longest(quality, quality.spoken)
    if name == "closure_recall":
        missed = missed_closures(quality)
        if missed:
            return FrameRange(missed[0].start, missed[-1].stop)
    return quality.frames


def missed_closures(quality: ClipQuality) -> tuple[FrameRange, ...]:
    """Frames of the p, b and m in which the lips were watched and not seen to meet."""
    return tuple(frames for frames, is_met in watched_closures(quality) if not is_met)


def watched_closures(quality: ClipQuality) -> tuple[tuple[FrameRange, bool], ...]:
    """Frames of the p, b and m in which the lips were watched, and whether they met."""
    aperture: F32 = quality.curve("aperture").result
    slack = 1.0 / float(quality.rate) + 1e-9
    found = []
    for each in quality.closures:
        a = int(np.searchsorted(quality.seconds, each.start_s - slack))
        b = int(np.searchsorted(quality.seconds, each.end_s + slack, side="right"))
        seen = aperture[a:b][np.isfinite(aperture[a:b])]
        if len(seen):
            frames = FrameRange(quality.frames.start + a, quality.frames.start + b)
            found.append((frames, bool((seen < SHUT_BELOW).any())))
    return tuple(found)


def _longest(quality: ClipQuality, chosen: Bools) -> FrameRange:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    if not len(edges):
        return quality.frames
    starts, stops = edges[::2], edges[1::2]
    best = int(np.argmax(stops - starts))
    first = quality.frames.start
    return FrameRange(first + int(starts[best]), first + int(stops[best]))


def _attention(each: Measure, span: FrameRange, value: float, limit: float) -> Attention:
    return Attention(
        id=f"{each.id}:{span.start}-{span.stop}",
        frames=span,
        measure=each.id,
        value=value,
        threshold=limit,
        reason=reason_of(each.id, value, limit),
        remedies=REMEDIES_OF[each.id],
    )


def reason_of(name: str, value: float, limit: float) -> str:
    """Why a value needs somebody, for people."""
    each = measure(name)
    unit = {"ratio": " of the source's", "difference": f" {each.unit} beside the source's"}.get(
        each.against, f" {each.unit}"
    )
    bound = {"higher": "at least", "lower": "at most"}.get(each.better, "within")
    if np.isinf(limit):
        return f"{each.title}: {value:.4g}{unit.rstrip()}, and it has to be exact."
    number = f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
    return f"{each.title}: {number}{unit.rstrip()}; it should be {bound} {limit:g}."

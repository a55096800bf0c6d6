"""How well a mouth in the picture follows speech: measures that need no network.

They compare an aperture curve (one value a video frame, NaN where no face was measured, at any
frame times) with a curve of the speech at the same instants. The figures say whether the mouth
moves with the sound; they are not SyncNet's LSE scores and must not be called so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.speech.phonemes import closes_lips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F64, Bools
    from latentsync_studio.core.speech.phonemes import Phoneme

MAX_LAG = 8
NOTICED_S = 0.125  # picture and sound that are farther apart are seen to be
_ABOUT_S = 0.001  # three frames of 24 or 23.976 a second are 125 ms
SLOW_SIGMA_S = 1.2
MIN_FRAMES = 12
_SLOW_REACH_S = 3.0
_PEAK_WIDTH = 2  # lags this near the peak belong to it


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncScore:
    """Agreement of a mouth with speech; NaN where too little can be compared.

    Attributes:
        correlation: as seen and heard together (lag 0), -1..1.
        near: highest correlation over the lags that nobody notices, up to 125 ms and 8 frames; of
            unrelated speech it is above 0 for being the highest of several.
        peak: highest correlation over the lags searched.
        lag_frames: where the peak lies, between frames by a parabola through its neighbours;
            positive = the picture is late.
        confidence: peak minus the median of the correlations more than two lags away from it;
            about 0.05..0.2 for unrelated speech, 0.1..0.6 for people in sync.
        frames: frames compared at lag 0.
    """

    correlation: float
    near: float
    peak: float
    lag_frames: float
    confidence: float
    frames: int


def follow(aperture: F64, reference: F64, seconds: F64) -> SyncScore:
    """Correlate a mouth with the openness or loudness of the speech over lags of +-8 frames.

    Both curves first lose their slow part, a Gaussian mean with sigma 1.2 s over the known frames:
    x' = x - sum(g x) / sum(g). With dt the median frame interval, then

        r(L) = corr over frames t of (aperture'(t), reference'(t - L dt)),   L = -8 .. 8,

    where reference' is interpolated between frames, and pairs of which one is unknown or outside
    are left out.

    Args:
        aperture: (T,) opening of the mouth, any unit; NaN = unknown.
        reference: (T,) curve of the speech at the same instants; NaN = unknown.
        seconds: (T,) rising times of the frames.

    Raises:
        InputError: lengths differ or times do not rise.
    """
    return follow_all(((aperture, reference),), seconds)


def follow_all(pairs: Sequence[tuple[F64, F64]], seconds: F64) -> SyncScore:
    """Correlate several dimensions of a mouth with those that the speech asks for.

    r(L) is the plain mean over the pairs of what `follow` says of each: no dimension is weighed by
    how well it went, so that nothing is fitted to what is measured. Where one pair is unknown, so
    is their mean.

    Args:
        pairs: (T,) of the mouth and (T,) of the speech, one pair a dimension; see `follow`.
        seconds: (T,) rising times of the frames.

    Raises:
        InputError: lengths differ or times do not rise.
    """
    _check(seconds, *(curve for pair in pairs for curve in pair))
    if len(seconds) < MIN_FRAMES:
        return _incomparable(len(seconds))
    interval = float(np.median(np.diff(seconds)))
    found = [_over_lags(mouth, speech, seconds, interval) for mouth, speech in pairs]
    curve = np.mean([each for each, _ in found], axis=0)
    frames = min(count for _, count in found)
    if not np.isfinite(curve[MAX_LAG]):
        return _incomparable(frames)
    lags = np.arange(-MAX_LAG, MAX_LAG + 1)
    best = int(np.nanargmax(curve))
    others = curve[(np.abs(lags - lags[best]) > _PEAK_WIDTH) & np.isfinite(curve)]
    return SyncScore(
        correlation=float(curve[MAX_LAG]),
        near=float(np.nanmax(curve[np.abs(lags) * interval <= NOTICED_S + _ABOUT_S])),
        peak=float(curve[best]),
        lag_frames=float(lags[best]) + _between(curve, best),
        confidence=float(curve[best] - np.median(others)) if len(others) else float("nan"),
        frames=frames,
    )


def _over_lags(mouth: F64, speech: F64, seconds: F64, interval: float) -> tuple[F64, int]:
    """(2 MAX_LAG + 1,) correlations by lag, NaN where unknown; frames compared at lag 0."""
    mouth, speech = without_slow_part(mouth, seconds), without_slow_part(speech, seconds)
    known = np.isfinite(speech)
    curve, count = np.full(2 * MAX_LAG + 1, np.nan), 0
    for lag in range(-MAX_LAG, MAX_LAG + 1) if known.any() else ():
        heard = np.interp(
            seconds - lag * interval, seconds[known], speech[known], left=np.nan, right=np.nan
        )
        both = np.isfinite(mouth) & np.isfinite(heard)
        if both.sum() >= MIN_FRAMES:
            curve[lag + MAX_LAG] = _correlation(mouth[both], heard[both])
        count = int(both.sum()) if lag == 0 else count
    return curve, count


def closure_recall(
    aperture: F64,
    seconds: F64,
    phonemes: Sequence[Phoneme],
    *,
    shut_below: float,
    slack_frames: int = 1,
) -> tuple[int, int]:
    """Count the p, b and m whose lips are seen to meet.

    A sound counts as met when aperture < shut_below in any known frame from `slack_frames` frame
    intervals before its start to as many after its end; recall = met / known.

    Args:
        aperture: (T,) opening; NaN = unknown.
        seconds: (T,) rising times of the frames within the speech.
        phonemes: what was said.
        shut_below: opening that counts as shut, in units of `aperture` (0.02 for apertures
            in outer-eye distances).
        slack_frames: tolerance in frames.

    Returns:
        Sounds met, and sounds with at least one known frame.
    """
    _check(seconds, aperture)
    if len(seconds) < 2:
        return 0, 0
    slack = slack_frames * float(np.median(np.diff(seconds))) + 1e-9
    met = known = 0
    for phoneme in phonemes:
        if not closes_lips(phoneme.ipa):
            continue
        a = np.searchsorted(seconds, phoneme.start_s - slack)
        b = np.searchsorted(seconds, phoneme.end_s + slack, side="right")
        seen = aperture[a:b][np.isfinite(aperture[a:b])]
        known += int(len(seen) > 0)
        met += int(bool((seen < shut_below).any()))
    return met, known


def silence_leak(aperture: F64, speech: Bools, *, settle_frames: int = 2) -> float | None:
    """Movement in silence as a share of that in speech: 0 = still, 1 = no difference.

    leak = mean |a(t) - a(t - 1)| over neighbouring frames that both lie in silence, divided by the
    same over neighbouring frames that both lie in speech. Frames within `settle_frames` of
    speech count as neither: there the mouth has to shut.

    Args:
        aperture: (T,) opening of consecutive frames; NaN = unknown.
        speech: (T,) whether somebody speaks in the frame.
        settle_frames: frames that the mouth is given to come to rest.

    Returns:
        The ratio, or None where there are no such pairs or nothing moves in speech.

    Raises:
        InputError: lengths differ.
    """
    if len(aperture) != len(speech):
        raise InputError(
            f"{len(aperture)} apertures but {len(speech)} speech flags.",
            remedy="Pass one flag a frame.",
        )
    silent = at_rest(speech, settle_frames)
    step = np.abs(np.diff(aperture))
    moved = _mean_where(step, speech[1:] & speech[:-1])
    leaked = _mean_where(step, silent[1:] & silent[:-1])
    if moved is None or leaked is None or moved <= 0:
        return None
    return leaked / moved


def at_rest(speech: Bools, settle_frames: int) -> Bools:
    """Whether nobody speaks in a frame and in `settle_frames` before and after it, (T,)."""
    silent = ~np.asarray(speech, bool)
    for shift in range(1, min(settle_frames, len(speech) - 1) + 1):
        silent[shift:] &= ~speech[:-shift]
        silent[:-shift] &= ~speech[shift:]
    return silent


def without_slow_part(values: F64, seconds: F64) -> F64:
    """Subtract the Gaussian mean (sigma 1.2 s) of the known values; NaN stays NaN; (T,) f64."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    total, weight = filled.astype(np.float64), known.astype(np.float64)
    for step in range(1, len(values)):
        distance = seconds[step:] - seconds[:-step]
        if distance.min() > _SLOW_REACH_S:
            break
        gain = np.exp(-0.5 * (distance / SLOW_SIGMA_S) ** 2) * (distance <= _SLOW_REACH_S)
        total[:-step] += gain * filled[step:]
        weight[:-step] += gain * known[step:]
        total[step:] += gain * filled[:-step]
        weight[step:] += gain * known[:-step]
    slow = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return np.where(known, values - slow, np.nan)


def _between(curve: F64, best: int) -> float:
    """Offset of the peak from `best` by a parabola, -0.5..0.5; 0 at the ends."""
    if not 0 < best < len(curve) - 1:
        return 0.0
    left, middle, right = (float(v) for v in curve[best - 1 : best + 2])
    bend = left - 2 * middle + right
    if not np.isfinite(bend) or bend >= -1e-12:
        return 0.0
    return min(0.5, max(-0.5, 0.5 * (left - right) / bend))


def _incomparable(frames: int) -> SyncScore:
    nan = float("nan")
    return SyncScore(
        correlation=nan, near=nan, peak=nan, lag_frames=nan, confidence=nan, frames=frames
    )


def _correlation(a: F64, b: F64) -> float:
    """Pearson correlation; NaN where a side is flat."""
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 1e-12 else float("nan")


def _mean_where(step: F64, chosen: Bools) -> float | None:
    kept = step[chosen & np.isfinite(step)]
    return float(kept.mean()) if len(kept) else None


def _check(seconds: F64, *curves: F64) -> None:
    for curve in curves:
        if len(seconds) != len(curve):
            raise InputError(
                f"{len(seconds)} frame times but {len(curve)} values.",
                remedy="Pass one value a frame, NaN where it is unknown.",
            )
    if len(seconds) > 1 and not bool((np.diff(seconds) > 0).all()):
        raise InputError("Frame times must rise.", remedy="Sort the frames by time.")

"""From what was measured frame by frame to everything that is known of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from latentsync_studio.core.face.landmarks import aperture, mouth_width
from latentsync_studio.core.face.reasons import FACE_WIDTH
from latentsync_studio.core.quality.curves import ClipQuality, Closure, Curve, Figure
from latentsync_studio.core.quality.gate import SHUT_BELOW
from latentsync_studio.core.speech import sync
from latentsync_studio.core.speech.phonemes import Phoneme
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ
from latentsync_studio.services.quality.mouth import smoothed

if TYPE_CHECKING:
    from fractions import Fraction

    from latentsync_studio.core.arrays import F32, F64, I32, Bools
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.speech.shapes import SpeechShapes
    from latentsync_studio.services.quality.table import FrameTable

SUMMING_VERSION: Final = "4"  # raise whenever the same curves give other figures
SPOKEN: Final = 0.5  # of the activity
_HEARD_SHUT: Final = 0.5  # of the channel "closed"
_ANY_SOUND: Final = "pbm"  # one of the three; from sound alone nobody can tell which
_MOVED: Final = 0.02  # eye distances: less is the noise of the measurement
_SECOND_SAMPLES: Final = 4  # known apertures a second that say whether it moves
_DENSE: Final = 0.6  # share of frames from which on every closure is taken as watched
_LEAST_CLOSURES: Final = 8  # fewer say nothing: natural speech has some 40 to 70 % of them
_LEAST_SILENCE_S: Final = 0.4  # after the mouth came to rest
_SETTLE_S: Final = 0.08
_BLOCK: Final = 512  # frames whose landmarks are read at once


class Mouth(NamedTuple):
    """Aperture and width of a mouth, of result and source, in eye distances; see landmarks."""

    aperture: Curve
    width: Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The frames of a result.

    Attributes:
        frames: that were looked at.
        rate: mean frames a second.
        seconds: (T,) f64 middle of each on the speech's clock.
        source: (T,) frames of the source.
        face: the person in the source, None where there is nobody.
        windows: runs as the engine drew them.
        engine: id, or "".
        is_encoded: see ClipQuality.
    """

    frames: FrameRange
    rate: Fraction
    seconds: F64
    source: I32
    face: FaceTrack | None
    windows: tuple[FrameRange, ...] = ()
    engine: str = ""
    is_encoded: bool = False


def quality_of(
    shown: Shown,
    table: FrameTable | None,
    shapes: SpeechShapes | None,
    *,
    mouth: Mouth | None = None,
    notes: tuple[str, ...] = (),
) -> ClipQuality:
    """Sum up.

    Args:
        shown: the frames.
        table: what was measured on them; frames that it does not hold are unknown.
        shapes: the speech, None where there is none.
        mouth: of result and source, where it is known otherwise than by the table.
        notes: see ClipQuality.
    """
    curves = _table_curves(shown, table)
    curves |= _face_curves(shown)
    if mouth is not None:
        curves |= {"aperture": mouth.aperture, "width": mouth.width}
    elif {"aperture", "width"} <= set(curves) and shown.face is not None:
        own = mouth_of(shown.face, shown.source)
        for name, values in zip(("aperture", "width"), own, strict=True):
            curves[name] = Curve.of(curves[name].result, values)
    spoken = np.zeros(len(shown.frames), np.bool_)
    closures: tuple[Closure, ...] = ()
    figures: dict[str, Figure] = {}
    if shapes is not None:
        curves["openness"] = Curve.of(openness_at(shapes, shown.seconds))
        curves["spread"] = Curve.of(spread_at(shapes, shown.seconds))
        spoken = spoken_at(shapes, shown.seconds)
        closures = heard_closures(shapes, shown.seconds)
        figures = _figures(shown, curves, spoken, closures)
    return ClipQuality(
        frames=shown.frames,
        rate=shown.rate,
        seconds=shown.seconds.copy(),
        curves=curves,
        figures=figures,
        spoken=spoken,
        closures=closures,
        windows=shown.windows,
        engine=shown.engine,
        is_encoded=shown.is_encoded,
        notes=notes,
    )


# ---- curves -------------------------------------------------------------------------


def _table_curves(shown: Shown, table: FrameTable | None) -> dict[str, Curve]:
    from latentsync_studio.services.quality.table import COLUMNS

    if table is None:
        return {}
    found = {}
    first = shown.frames.start
    start, stop = max(first, table.start), min(shown.frames.stop, table.stop)
    for name in COLUMNS:
        sides = []
        for side in (0, 1):
            values = np.full(len(shown.frames), np.nan, np.float32)
            if start < stop:
                part = table.values[start - table.start : stop - table.start]
                values[start - first : stop - first] = part[:, COLUMNS.index(name), side]
            sides.append(values)
        if np.isnan(sides).all():
            continue
        found[name] = Curve.of(*sides)
    return found


def _face_curves(shown: Shown) -> dict[str, Curve]:
    """What the analysis of the source says; it is the same of the result."""
    face = shown.face
    if face is None:
        return {}
    at = shown.source
    there = face.present[at]

    def both(values: F32) -> Curve:
        known = np.where(there, values, np.nan)
        return Curve.of(known, known)

    return {
        "face_px": both(FACE_WIDTH * face.eye_distance[at]),
        "yaw": both(face.angles[at, 0]),
        "pitch": both(face.angles[at, 1]),
        "occlusion": both(face.occlusion[at]),
    }


def mouth_of(face: FaceTrack, frames: I32) -> tuple[F32, F32]:
    """(T,) apertures and (T,) widths as the analysis saw them; NaN where nobody is.

    Landmarks are read block by block.
    """
    opened, width = (np.full(len(frames), np.nan, np.float32) for _ in range(2))
    for start in range(0, len(frames), _BLOCK):
        points = face.landmarks[frames[start : start + _BLOCK]]
        opened[start : start + _BLOCK] = aperture(points)
        width[start : start + _BLOCK] = mouth_width(points)
    opened[~face.present[frames]] = np.nan
    width[~face.present[frames]] = np.nan
    return opened, width


# ---- speech -------------------------------------------------------------------------


def openness_at(shapes: SpeechShapes, seconds: F64) -> F32:
    """How far the speech asks a mouth to open, (T,) 0..1; NaN after its end.

    open * (1 - closed) * activity, softened by 20 ms.
    """
    channels = np.asarray(shapes.channels, np.float64)
    opened, closed, active = (
        channels[:, CHANNELS.index(n)] for n in ("open", "closed", "activity")
    )
    wanted = np.clip(opened, 0, 1) * (1 - np.clip(closed, 0, 1)) * np.clip(active, 0, 1)
    return _heard_at(wanted, seconds)


def spread_at(shapes: SpeechShapes, seconds: F64) -> F32:
    """How far the speech asks lips to spread, (T,) -1 (round) .. 1 (wide); NaN after its end.

    The channel "wide", softened by 20 ms.
    """
    return _heard_at(np.asarray(shapes.channels[:, CHANNELS.index("wide")], np.float64), seconds)


def _heard_at(curve: F64, seconds: F64) -> F32:
    clock = np.arange(len(curve)) / SHAPE_RATE_HZ
    heard = np.interp(seconds, clock, smoothed(np.asarray(curve, np.float32)), right=np.nan)
    return np.asarray(heard, np.float32)


def spoken_at(shapes: SpeechShapes, seconds: F64) -> Bools:
    """(T,) whether somebody speaks."""
    activity = np.asarray(shapes.channels[:, CHANNELS.index("activity")], np.float64)
    clock = np.arange(len(activity)) / SHAPE_RATE_HZ
    return np.asarray(np.interp(seconds, clock, activity, right=0.0) > SPOKEN)


def heard_closures(shapes: SpeechShapes, seconds: F64) -> tuple[Closure, ...]:
    """The p, b and m that are heard while the frames are shown."""
    channels = np.asarray(shapes.channels, np.float32)
    is_shut = channels[:, CHANNELS.index("closed")] > _HEARD_SHUT
    is_shut &= channels[:, CHANNELS.index("activity")] > SPOKEN
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_shut.astype(np.int8), [0]])))
    found = [
        Closure(float(a) / SHAPE_RATE_HZ, float(b) / SHAPE_RATE_HZ, _ANY_SOUND)
        for a, b in edges.reshape(-1, 2)
    ]
    if not len(seconds):
        return ()
    return tuple(c for c in found if c.end_s >= seconds[0] and c.start_s <= seconds[-1])


# ---- figures ------------------------------------------------------------------------


def _figures(
    shown: Shown, curves: dict[str, Curve], spoken: Bools, closures: tuple[Closure, ...]
) -> dict[str, Figure]:
    opened, width = curves.get("aperture"), curves.get("width")
    if opened is None or width is None:
        return {}
    asked = curves["openness"].result, curves["spread"].result
    sides = [
        _following(shown, mouth, asked) | _resting(shown, mouth[0], spoken, closures)
        for mouth in ((opened.result, width.result), (opened.source, width.source))
    ]
    return {name: Figure(sides[0][name], sides[1][name]) for name in sides[0]}


def _following(shown: Shown, mouth: tuple[F32, F32], asked: tuple[F32, F32]) -> dict[str, float]:
    """How a mouth, (aperture, width), follows what the speech asks for; NaN where unknown.

    Opening and width are the two dimensions that the speech is heard to ask for as curves, and
    that a mesh sees; both count the same.
    """
    pairs = [
        (seen.astype(np.float64), heard.astype(np.float64))
        for seen, heard in zip(mouth, asked, strict=True)
    ]
    found = sync.follow_all(pairs, shown.seconds)
    # A peak at the end of what was searched is none.
    lag = found.lag_frames if abs(found.lag_frames) < sync.MAX_LAG - 0.5 else float("nan")
    return {
        "agreement": found.near,
        "shifted_agreement": found.peak,
        "correlation": sync.follow(*pairs[0], shown.seconds).peak,
        "lag_frames": lag,
        "lag_ms": lag * 1000.0 / float(shown.rate),
        "confidence": found.confidence,
    }


def _resting(
    shown: Shown, aperture: F32, spoken: Bools, closures: tuple[Closure, ...]
) -> dict[str, float]:
    """Whether a mouth meets, rests and moves where it should; NaN where unknown."""
    values = aperture.astype(np.float64)
    known = np.flatnonzero(np.isfinite(values))
    step = int(np.median(np.diff(known))) if len(known) > 1 else 1
    phase = int(known[0]) % step if len(known) else 0
    leak = leak_of(values[phase::step], spoken[phase::step], float(shown.rate) / step)
    return {
        "closure_recall": closures_met(values, shown.seconds, closures),
        "silence_leak": leak,
        "movement_share": moving_share(values, shown.seconds, spoken),
    }


def leak_of(mouth: F64, spoken: Bools, rate: float) -> float:
    """Movement in silence over that in speech; NaN where too little silence was watched.

    A mouth has 80 ms to come to rest; what is left of the silences must add up to 0.4 s, since few
    frames of a short one say nothing.

    Args:
        mouth: (T,) openings, NaN where unknown.
        spoken: (T,) whether somebody speaks.
        rate: of these frames, a second.
    """
    settle = max(1, round(_SETTLE_S * rate))
    rest = sync.at_rest(spoken, settle)
    watched = rest[1:] & rest[:-1] & np.isfinite(np.diff(mouth))
    leak = sync.silence_leak(mouth, spoken, settle_frames=settle)
    if leak is None or watched.sum() / rate < _LEAST_SILENCE_S:
        return float("nan")
    return leak


def closures_met(mouth: F64, seconds: F64, closures: tuple[Closure, ...]) -> float:
    """Share of the closures in which the lips are seen to meet; NaN where under 8 were watched.

    Where only some frames are known, only closures count that are known in their middle: a closure
    that was looked at beside it would count as missed.
    """
    if len(seconds) < 2 or not closures:
        return float("nan")
    interval = float(np.median(np.diff(seconds)))
    known = np.isfinite(mouth)
    if known.mean() < _DENSE:
        closures = tuple(c for c in closures if known[_nearest(seconds, c)])
    phonemes = [Phoneme(start_s=c.start_s, end_s=c.end_s, ipa=c.ipa) for c in closures]
    phonemes = [p for p in phonemes if p.end_s > seconds[0] - interval]
    met, watched = sync.closure_recall(mouth, seconds, phonemes, shut_below=SHUT_BELOW)
    return met / watched if watched >= _LEAST_CLOSURES else float("nan")


def _nearest(seconds: F64, closure: Closure) -> int:
    return int(np.abs(seconds - (closure.start_s + closure.end_s) / 2).argmin())


def moving_share(mouth: F64, seconds: F64, spoken: Bools) -> float:
    """Share of the spoken seconds in which the mouth moves at all; NaN where none can be said.

    A second is the frames that begin within it; its mouth moves where its known openings in speech
    differ by more than 0.02 eye distances.
    """
    if not len(seconds):
        return float("nan")
    second = np.floor(seconds - seconds[0]).astype(np.int64)
    use = spoken & np.isfinite(mouth)
    if not use.any():
        return float("nan")
    numbers, group = np.unique(second[use], return_inverse=True)
    counts = np.bincount(group)
    low = np.full(len(numbers), np.inf)
    high = np.full(len(numbers), -np.inf)
    np.minimum.at(low, group, mouth[use])
    np.maximum.at(high, group, mouth[use])
    enough = counts >= _SECOND_SAMPLES
    if not enough.any():
        return float("nan")
    return float(((high - low)[enough] > _MOVED).mean())

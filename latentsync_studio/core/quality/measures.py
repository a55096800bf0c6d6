"""What is measured on a result: names, units, ideals and limits of every figure, in one table.

A measure is one number a frame or one number a clip, of the result and, beside it, of the source
clip. Unknown is NaN, never 0. No single one ranks results: sync scores reward exaggerated mouths,
sharpness rewards noise. So each is told beside the source's own value, and a person decides.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal

import msgspec
import numpy as np

from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64, Bools

Better = Literal["higher", "lower", "near"]
Against = Literal["nothing", "ratio", "difference", "excuse"]

_UNLIMITED: Final = float("nan")


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure.

    Attributes:
        id: stable name.
        title: name for people.
        unit: of its values; "" is a plain number. A judged ratio has no unit.
        per: one value a frame, or one a clip.
        better: which way is good; "near": the nearer to the ideal, the better.
        ideal: value after judging against the source that nobody can better; NaN where no value is
            better than another.
        warn: the farthest judged value that needs nobody's attention, the default of `Limits`; NaN:
            never judged by itself.
        against: how the source's own value enters the judged one: result / source, result - source,
            or as an excuse: the nearer to 0 of the result and its difference from the source.
        floor: added to both sides of a ratio, in the measure's unit: below it nothing is seen.
        needs: id of the weights without which it is unknown; "" is none.
        meaning: one sentence for people.
    """

    id: str
    title: str
    unit: str = ""
    per: Literal["frame", "clip"] = "frame"
    better: Better = "near"
    ideal: float = float("nan")
    warn: float = _UNLIMITED
    against: Against = "nothing"
    floor: float = 0.0
    needs: str = ""
    meaning: str

    @property
    def relative(self) -> bool:
        """Whether it is judged against the source's own value."""
        return self.against != "nothing"

    @property
    def is_judged(self) -> bool:
        """Whether there is a limit for it."""
        return bool(np.isfinite(self.warn))

    def judged(self, result: npt.ArrayLike, source: npt.ArrayLike) -> F64:
        """The value that is held against a limit, of numbers or arrays; NaN where unknown."""
        value = np.asarray(result, np.float64)
        if not self.relative:
            return value
        own = np.asarray(source, np.float64)
        if self.against == "difference":
            return np.asarray(value - own)
        if self.against == "excuse":  # without a source nothing is excused
            by_source = np.abs(value - own) < np.abs(value)
            return np.asarray(np.where(by_source, value - own, value))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((value + self.floor) / (own + self.floor))

    def is_worse(self, judged: npt.ArrayLike, limit: float) -> Bools:
        """Whether judged values lie beyond a limit; an unknown one does not."""
        value = np.asarray(judged, np.float64)
        with np.errstate(invalid="ignore"):
            if self.better == "higher":
                return np.asarray(value < limit)
            if self.better == "lower":
                return np.asarray(value > limit)
            return np.asarray(np.abs(value - self.ideal) > abs(limit - self.ideal))

    def distance(self, judged: npt.ArrayLike) -> F64:
        """How far judged values are from the ideal on the bad side, >= 0: to find the worst."""
        value = np.asarray(judged, np.float64)
        if self.better == "higher":
            worse = np.negative(value) if np.isinf(self.ideal) else self.ideal - value
        elif self.better == "lower":
            worse = value - self.ideal
        else:
            worse = np.abs(value - self.ideal)
        return np.asarray(worse)


MEASURES: Final = (
    Measure(
        id="aperture",
        title="Mouth opening",
        unit="eye distances",
        meaning="Gap between the inner lips over the distance of the outer eye corners.",
    ),
    Measure(
        id="openness",
        title="Openness of the speech",
        meaning="How far the heard sounds ask a mouth to open, 0 to 1.",
    ),
    Measure(
        id="width",
        title="Mouth width",
        unit="eye distances",
        meaning="Distance of the corners of the mouth over that of the outer eye corners.",
    ),
    Measure(
        id="spread",
        title="Spread of the speech",
        meaning="How far the heard sounds ask lips to spread (+) or to round (-), -1 to 1.",
    ),
    Measure(
        id="sharpness",
        title="Sharpness of the mouth",
        better="higher",
        ideal=1.0,
        warn=0.6,
        against="ratio",
        floor=0.002,
        meaning="Fine detail of the lower face over its contrast, beside the source's.",
    ),
    Measure(
        id="seam_gradient",
        title="Edge along the seam",
        unit="levels/px",
        better="lower",
        ideal=1.0,
        warn=1.5,
        against="ratio",
        floor=1.0,
        meaning="Change of light across the edge of the new mouth, beside the source's there.",
    ),
    Measure(
        id="seam_color",
        title="Color step at the seam",
        unit="ΔE",
        better="lower",
        ideal=0.0,
        warn=3.0,
        against="difference",
        meaning="Color difference (CIEDE2000) between both sides of the edge, less the source's.",
    ),
    Measure(
        id="flicker",
        title="Flicker",
        unit="levels",
        better="lower",
        ideal=1.0,
        warn=1.8,
        against="ratio",
        floor=1.0,
        meaning="Change from frame to frame that motion does not explain, beside the source's.",
    ),
    Measure(
        id="outside_psnr",
        title="Untouched outside of the mask",
        unit="dB",
        better="higher",
        ideal=float("inf"),
        warn=34.0,
        meaning="Likeness to the source where nothing was redrawn; before encoding it is exact.",
    ),
    Measure(
        id="face_px",
        title="Face in the source",
        unit="px",
        better="higher",
        warn=50.0,
        meaning="Width of the face in pixels of the source.",
    ),
    Measure(
        id="model_px",
        title="Face as drawn",
        unit="px",
        better="higher",
        ideal=1.0,
        warn=0.4,
        against="ratio",
        meaning="Width of the face in pixels that the engine drew, beside the source's.",
    ),
    Measure(
        id="yaw",
        title="Turned to the side",
        unit="°",
        ideal=0.0,
        warn=42.0,
        meaning="Turn of the head to a side; a mouth seen from the side is hard to redraw.",
    ),
    Measure(
        id="pitch",
        title="Turned up or down",
        unit="°",
        ideal=0.0,
        warn=38.0,
        meaning="Turn of the head up or down.",
    ),
    Measure(
        id="occlusion",
        title="Covered",
        better="lower",
        ideal=0.0,
        warn=0.3,
        meaning="Share of the lower face that something covers.",
    ),
    Measure(
        id="strength",
        title="Strength",
        better="higher",
        ideal=1.0,
        meaning="How strongly the new mouth shows, 0 to 1.",
    ),
    Measure(
        id="movement",
        title="Movement",
        unit="levels",
        meaning="Change of the lower face from frame to frame.",
    ),
    Measure(
        id="agreement",
        title="Mouth follows the speech",
        per="clip",
        better="higher",
        ideal=1.0,
        warn=0.2,
        meaning="Mean of the correlations of the mouth's opening and width with those that the"
        " speech asks for, at the best lag of up to 125 ms.",
    ),
    Measure(
        id="shifted_agreement",
        title="Follows it when shifted",
        per="clip",
        better="higher",
        ideal=1.0,
        meaning="The same at the best lag of up to 8 frames, the one that is told.",
    ),
    Measure(
        id="correlation",
        title="Opening follows the speech",
        per="clip",
        better="higher",
        ideal=1.0,
        meaning="Correlation of the opening alone, at its own best lag of up to 8 frames.",
    ),
    Measure(
        id="lag_frames",
        title="Picture late",
        unit="frames",
        per="clip",
        ideal=0.0,
        warn=2.0,
        meaning="Frames by which the picture follows late (+) or early (-).",
    ),
    Measure(
        id="lag_ms",
        title="Picture late",
        unit="ms",
        per="clip",
        ideal=0.0,
        meaning="The same in milliseconds; viewers notice about 45 early or 125 late.",
    ),
    Measure(
        id="confidence",
        title="Certainty of the lag",
        per="clip",
        better="higher",
        ideal=1.0,
        meaning="Agreement at the best lag less that at lags away from it: people in sync have"
        " 0.15 to 0.6, others less.",
    ),
    Measure(
        id="closure_recall",
        title="Lips meet for p, b and m",
        per="clip",
        better="higher",
        ideal=1.0,
        warn=0.35,
        meaning="Share of the heard p, b and m in which the lips are seen to meet.",
    ),
    Measure(
        id="silence_leak",
        title="Movement in silence",
        per="clip",
        better="lower",
        ideal=0.0,
        warn=0.7,
        meaning="Movement of the lips where nobody speaks over that where somebody does.",
    ),
    Measure(
        id="movement_share",
        title="Mouth moves in speech",
        per="clip",
        better="higher",
        ideal=1.0,
        warn=0.5,
        meaning="Share of the spoken seconds in which the mouth moves at all.",
    ),
    Measure(
        id="lse_c",
        title="Sync confidence (LSE-C)",
        per="clip",
        better="higher",
        ideal=0.0,
        warn=-2.0,
        against="difference",
        needs="syncnet-v2",
        meaning="SyncNet's certainty that picture and sound belong together, beside the source's.",
    ),
    Measure(
        id="lse_d",
        title="Sync distance (LSE-D)",
        per="clip",
        better="lower",
        ideal=0.0,
        warn=2.0,
        against="difference",
        needs="syncnet-v2",
        meaning="SyncNet's distance of picture and sound, beside the source's.",
    ),
    Measure(
        id="lse_offset_frames",
        title="Sync offset (SyncNet)",
        unit="frames",
        per="clip",
        ideal=0.0,
        warn=3.0,
        against="excuse",
        needs="syncnet-v2",
        meaning="Frames between picture and sound by SyncNet; positive is the picture late. As far"
        " off as the source is no fault.",
    ),
    Measure(
        id="lpips",
        title="Perceived difference (LPIPS)",
        per="clip",
        better="lower",
        ideal=0.0,
        warn=0.25,
        needs="lpips-alex",
        meaning="Difference of the lower face from the source's as a network sees it.",
    ),
    Measure(
        id="face_identity",
        title="Same person",
        per="clip",
        better="higher",
        ideal=1.0,
        warn=0.6,
        needs="sface",
        meaning="Likeness of the face to the source's, -1 to 1.",
    ),
)

_BY_ID: Final = {each.id: each for each in MEASURES}
JUDGED: Final = tuple(each for each in MEASURES if each.is_judged)
FRAME_MEASURES: Final = tuple(each.id for each in MEASURES if each.per == "frame")
CLIP_MEASURES: Final = tuple(each.id for each in MEASURES if each.per == "clip")


def measure(name: str) -> Measure:
    """The measure with this id.

    Raises:
        InputError: there is none; the remedy names the nearest, or all.
    """
    found = _BY_ID.get(name)
    if found is None:
        near = get_close_matches(name, _BY_ID, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(_BY_ID)}."
        raise InputError(f"There is no measure named {name!r}.", remedy=hint)
    return found

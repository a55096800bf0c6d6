"""The settings of the LatentSync engine, and its slider between quality and speed.

What the places of the slider set, and the arithmetic of a window of 16 frames at 512 px (counted on
the model's layers: a pass with guidance 35.25 TFLOP, without 17.6, a shallow one 2.62 and 1.31,
encoding and decoding 76):

    place     scheduler     steps  cache interval  guidance      TFLOP a window  of the standard
    Draft     DPM-Solver++      8               3  0.2 to 0.6               159             0.45
    Fast      DPM-Solver++     10               2  0 to 1                   265             0.74
    Standard  DDIM             20               3  0 to 1                   357             1
    High      DDIM             20               1  0 to 1                   781             2.2
    Best      DDIM             40               1  0 to 1                  1486             4.2

"Standard" is the model's own default. A cache interval of n computes every n-th step in full and
reuses the deep features in between; guidance counts in parts of the way from noise to picture, and
where there is none a step costs half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from latentsync_studio.core.settings.fields import apply

if TYPE_CHECKING:
    from latentsync_studio.core.settings.pages import RenderSettings

Scheduler = Literal["ddim", "dpm++", "unipc"]
Precision = Literal["auto", "fp16", "bf16", "fp32"]
SilencePolicy = Literal["close", "hold", "source", "hear"]

_LOOKS_THE_SAME: Final = {"shapes": False}  # never part of a cache key


class LatentSyncSilence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the mouth does where nobody speaks."""

    policy: Annotated[
        SilencePolicy,
        Meta(
            title="In silence",
            description="close: the model hears true silence instead of breath, noise and music;"
            " hold: it goes on drawing the last sound; source: the clip's own mouth is shown; hear:"
            " it hears everything, and the mouth may move",
        ),
    ] = "close"
    fade_ms: Annotated[
        float,
        Meta(
            ge=0,
            le=1000,
            title="Fade",
            description="Time over which the mouth comes to rest and wakes",
            extra={"unit": "ms"},
        ),
    ] = 120.0


class LatentSyncSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The diffusion engine's own settings; a change redraws, but for those that only cost time."""

    scheduler: Annotated[
        Scheduler,
        Meta(
            title="Scheduler",
            description="DDIM is what the model was made with; DPM-Solver++ and UniPC need fewer"
            " steps",
        ),
    ] = "ddim"
    steps: Annotated[
        int,
        Meta(
            ge=1,
            le=100,
            title="Steps",
            description="From noise to picture; twice as many take twice as long. 20 to 50 are"
            " usual with DDIM, 8 to 12 with the others",
        ),
    ] = 20
    guidance: Annotated[
        float,
        Meta(
            ge=1.0,
            le=3.0,
            title="Guidance",
            description="How much the mouth follows the sound beyond what the model proposes; 1 is"
            " none and takes half the time, above 2 mouths may be distorted",
        ),
    ] = 1.5
    guidance_from: Annotated[
        float,
        Meta(
            ge=0.0,
            le=1.0,
            title="Guidance from",
            description="Part of the way from noise to picture at which guidance begins",
        ),
    ] = 0.0
    guidance_to: Annotated[
        float,
        Meta(
            ge=0.0,
            le=1.0,
            title="Guidance to",
            description="Part of the way at which guidance ends",
        ),
    ] = 1.0
    cache_interval: Annotated[
        int,
        Meta(
            ge=1,
            le=6,
            title="Cache interval",
            description="Every so many steps are computed in full, those between reuse the deep"
            " features; 1 computes all",
        ),
    ] = 3
    overlap: Annotated[
        int,
        Meta(
            ge=0,
            le=7,
            title="Overlap",
            description="Frames over which one window of 16 fades into the next; costs their share"
            " of time",
            extra={"unit": "frames"},
        ),
    ] = 0
    vae: Annotated[
        Literal["mode", "sample"],
        Meta(
            title="Encoded picture",
            description="mode: the most likely latents, the same for equal pictures; sample: drawn"
            " at random, as the model's own program does",
        ),
    ] = "mode"
    exact_audio: Annotated[
        bool,
        Meta(
            title="Exact audio windows",
            description="Hear the speech in blocks of 30 s as the model's own program does, with a"
            " jolt between them; for comparisons",
        ),
    ] = False
    silence: LatentSyncSilence = LatentSyncSilence()
    precision: Annotated[
        Precision,
        Meta(
            title="Precision",
            description="auto: 16 bits on graphics processors, 32 bits on the processor",
        ),
    ] = "auto"
    compile: Annotated[
        bool,
        Meta(
            title="Compile the network",
            description="Faster windows after a minute or more of preparation at the first one",
            extra=_LOOKS_THE_SAME,
        ),
    ] = False
    memory_limit: Annotated[
        float,
        Meta(
            ge=0.0,
            le=192.0,
            title="Graphics memory limit",
            description="What the engine may take of the graphics memory; 0: all that is free but"
            " for a reserve",
            extra={"unit": "GiB", **_LOOKS_THE_SAME},
        ),
    ] = 0.0
    window_batch: Annotated[
        int,
        Meta(
            ge=0,
            le=16,
            title="Windows at once",
            description="0: what the benchmark found best on this machine; fewer where memory is"
            " short",
            extra=_LOOKS_THE_SAME,
        ),
    ] = 0


class SpeedLevel(NamedTuple):
    """A place of the slider; values of the settings of the same names.

    Attributes:
        name: shown to people.
        meaning: a sentence.
    """

    name: str
    scheduler: Scheduler
    steps: int
    cache_interval: int
    guidance_from: float
    guidance_to: float
    meaning: str


LEVELS: Final = (
    SpeedLevel("Draft", "dpm++", 8, 3, 0.2, 0.6, "Less than half the time of Standard."),
    SpeedLevel("Fast", "dpm++", 10, 2, 0.0, 1.0, "Three quarters of the time of Standard."),
    SpeedLevel("Standard", "ddim", 20, 3, 0.0, 1.0, "As the model's makers use it."),
    SpeedLevel("High", "ddim", 20, 1, 0.0, 1.0, "Every step in full; twice the time of Standard."),
    SpeedLevel("Best", "ddim", 40, 1, 0.0, 1.0, "Twice the steps; four times that of Standard."),
)
STANDARD: Final = 2


def with_speed(settings: RenderSettings, level: int) -> RenderSettings:
    """Set what a level, 0 (fastest) to 4 (best), sets; all else stays. Raises IndexError."""
    return apply(settings, values_of(level))


def values_of(level: int) -> dict[str, str | int | float]:
    """Dotted keys and values of a level, 0 to 4; raise IndexError for another."""
    if not 0 <= level < len(LEVELS):
        raise IndexError(f"There are levels 0 to {len(LEVELS) - 1}, not {level}.")
    place = LEVELS[level]
    return {f"latentsync.{name}": getattr(place, name) for name in SpeedLevel._fields[1:-1]}


def shown_level(page: LatentSyncSettings) -> tuple[int, bool]:
    """The level whose passes of the network are nearest, and whether all its values are set."""
    for number, level in enumerate(LEVELS):
        if all(getattr(page, name) == getattr(level, name) for name in SpeedLevel._fields[1:-1]):
            return number, True
    cost = passes(page.steps, page.cache_interval, page.guidance_to - page.guidance_from)
    costs = [
        passes(level.steps, level.cache_interval, level.guidance_to - level.guidance_from)
        for level in LEVELS
    ]
    return min(range(len(LEVELS)), key=lambda n: abs(costs[n] - cost)), False


def passes(steps: int, cache_interval: int, guided: float) -> float:
    """Full passes with guidance that the steps of a window cost, shallow ones by their share."""
    full = -(-steps // cache_interval)
    share = 0.5 + 0.5 * min(max(guided, 0.0), 1.0)
    return share * (full + (steps - full) * _SHALLOW)


_SHALLOW: Final = 2.62 / 35.25

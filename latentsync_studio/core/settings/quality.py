"""One slider between quality and speed: what each of its five places sets.

The mouth itself is drawn the same at every place; what changes is how the picture is encoded and
whether the result is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from latentsync_studio.core.settings.fields import apply

if TYPE_CHECKING:
    from latentsync_studio.core.settings.pages import EncodeSettings, RenderSettings

SPEEDS: Final = ("ultrafast", "superfast", "veryfast", "faster", "medium")  # from fast to small


class QualityLevel(NamedTuple):
    """A place of the slider.

    Attributes:
        name: shown to people.
        speed: `encode.speed`.
        quality: `encode.quality`, a constant rate factor.
        measure: whether the mouth is measured on the result.
        meaning: a sentence.
    """

    name: str
    speed: str
    quality: int
    measure: bool
    meaning: str


LEVELS: Final = (
    QualityLevel("Draft", "ultrafast", 28, False, "Quickest; visible blocks in fine texture."),
    QualityLevel("Fast", "superfast", 23, True, "Quick, and small enough to send around."),
    QualityLevel("Standard", "superfast", 18, True, "Hardly to be told from the source."),
    QualityLevel(
        "High", "faster", 15, True, "For further editing; slower, smaller for its quality."
    ),
    QualityLevel("Best", "medium", 11, True, "For grading and archives; slow, large files."),
)
STANDARD: Final = 2


class Shown(NamedTuple):
    """Where the slider stands: the nearest level, and whether the settings are exactly its."""

    level: int
    is_exact: bool


def with_quality(settings: RenderSettings, level: int) -> RenderSettings:
    """Set what a level, 0 (fastest) to 4 (best), sets; all else stays. Raises IndexError."""
    values = values_of(level)
    return apply(settings, {"encode.speed": values.speed, "encode.quality": values.quality})


def values_of(level: int) -> QualityLevel:
    """The values of a level, 0 to 4; raise IndexError for another."""
    if not 0 <= level < len(LEVELS):
        raise IndexError(f"There are levels 0 to {len(LEVELS) - 1}, not {level}.")
    return LEVELS[level]


def shown_level(encode: EncodeSettings) -> Shown:
    """The level whose values are nearest; a step of speed counts as three of the rate factor."""
    at = SPEEDS.index(encode.speed)
    distances = [
        abs(level.quality - encode.quality) + 3 * abs(SPEEDS.index(level.speed) - at)
        for level in LEVELS
    ]
    nearest = min(range(len(LEVELS)), key=distances.__getitem__)
    return Shown(nearest, distances[nearest] == 0)

"""What our files say beyond the format: facts of media, links and channels, in metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.reading import is_sane

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut, Medium

T = TypeVar("T", bound=msgspec.Struct)
CUT_KEY: Final = "latentsync_studio"


class MediumFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a medium, as in `cut.Medium`; the rate is (numerator, denominator)."""

    rate: tuple[int, int]
    frames: int | None = None
    first_label: int = 0
    is_drop: bool = False
    reel: str = ""
    has_picture: bool = True
    width: int = 0
    height: int = 0
    channels: int = 0
    audio_hz: int = 0
    is_still: bool = False

    @property
    def frame_rate(self) -> FrameRate:
        """The rate."""
        return FrameRate(*self.rate)


class ClipFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a clip, as in `cut.Clip`."""

    link: str = ""
    channels: tuple[int, ...] = ()


class CutFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a cut, as in `cut.Cut`."""

    width: int
    height: int
    is_drop: bool = False
    audio_hz: int = 48_000


def medium_facts(medium: Medium) -> dict[str, Any]:
    """The facts of a medium, as JSON has them."""
    names = set(MediumFacts.__struct_fields__) - {"rate"}
    facts = {name: getattr(medium, name) for name in names}
    return _json(MediumFacts(rate=(medium.rate.num, medium.rate.den), **facts))


def clip_facts(clip: Clip) -> dict[str, Any]:
    """The facts of a clip, as JSON has them."""
    return _json(ClipFacts(link=clip.link, channels=clip.channels))


def cut_facts(cut: Cut) -> dict[str, Any]:
    """The facts of a cut, as JSON has them."""
    return _json(
        CutFacts(width=cut.width, height=cut.height, is_drop=cut.is_drop, audio_hz=cut.audio_hz)
    )


def _json(facts: msgspec.Struct) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(facts)
    return {name: list(v) if isinstance(v, tuple) else v for name, v in made.items()}


def own_facts(metadata: object, kind: type[T]) -> T | None:
    """Facts in an object's metadata; None where there are none, or not such as we write."""
    found = metadata.get(CUT_KEY) if isinstance(metadata, dict) else None
    if not isinstance(found, dict):
        return None
    try:
        facts = msgspec.convert(found, decodable(kind))
        if isinstance(facts, MediumFacts) and not is_sane(facts.frame_rate):
            return None
    except (msgspec.ValidationError, StudioError):
        return None
    return facts

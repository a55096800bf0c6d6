"""What is known of the quality of a clip, and one finding of the gate as a list shows it; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.quality.gate import is_same_span, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.core.quality.gate import Attention, Limits
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Clip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was measured on a clip.

    Attributes:
        quality: in the clip's own frames.
        attentions: spans that need somebody, also those that were accepted.
        unknown: ids of judged measures of which nothing is known.
        limits: that they were held against.
        is_current: False: something that shapes the picture was changed since.
    """

    quality: ClipQuality
    attentions: tuple[Attention, ...]
    unknown: tuple[str, ...]
    limits: Limits
    is_current: bool = True

    @classmethod
    def of(cls, quality: ClipQuality, limits: Limits) -> Known:
        """Judge what was measured; for a worker's thread, an hour takes a while."""
        verdict = judge(quality, limits)
        return cls(
            quality=quality,
            attentions=verdict.attentions,
            unknown=verdict.unknown,
            limits=limits,
        )


class Finding(NamedTuple):
    """A span of a clip that needs somebody.

    Attributes:
        clip: as it is in the present project.
        attention: what was found.
        placed: frames of the sequence.
        is_accepted: somebody finds it good enough.
        is_current: False: the clip was changed since it was measured.
    """

    clip: Clip
    attention: Attention
    placed: FrameRange
    is_accepted: bool
    is_current: bool

    @property
    def frames(self) -> FrameRange:
        """Frames of the medium's grid, as keys and takes of the clip count them."""
        return self.placed.shifted(self.clip.source.start - self.clip.start)


def findings_of(clip: Clip, known: Known) -> Iterator[Finding]:
    """The findings that the clip still shows, in the order of their frames."""
    for attention in known.attentions:
        moved = attention.frames.shifted(clip.start - clip.source.start)
        placed = moved.intersection(clip.placed)
        if placed is not None:
            accepted = any(is_same_span(attention.id, name) for name in clip.accepted)
            yield Finding(clip, attention, placed, accepted, known.is_current)

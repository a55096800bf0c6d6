"""Frames of the sequence and of media: which is nearest, which is seen, how many pass."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut, Medium


def nearest(frame: Fraction) -> int:
    """The whole frame nearest to a place, ties later."""
    return floor(frame + Fraction(1, 2))


def media_step(clip: Clip, medium: Medium, cut: Cut) -> Fraction:
    """Own frames of the medium that pass in a frame of the sequence."""
    return medium.rate.fraction / cut.rate.fraction * clip.speed


def first_shown(clip: Clip, medium: Medium, cut: Cut) -> int:
    """The medium's frame that is seen at the clip's start (as `core.timeline.rate.shown_frame`)."""
    half = min(Fraction(1), medium.rate.fraction / cut.rate.fraction) / 2
    return floor(clip.source + half)

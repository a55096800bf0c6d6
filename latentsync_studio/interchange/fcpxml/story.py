"""What was found in a story, free of the tree: stretches of assets in seconds, on lanes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from latentsync_studio.interchange.cut import Clip, Marker, TrackKind


@dataclass(frozen=True, slots=True)
class Place:
    """Where elements stand: how their parent's time lies in that of the sequence.

    Attributes:
        at: seconds of the sequence's own time ...
        own: ... at which this time of the parent stands.
        lane: of the parent.
        start: seconds of the sequence before which nothing is seen.
        stop: seconds from which on nothing is seen.
        is_enabled: every parent is.
        name: of the clip that holds them, "" for none.
        link: word that the contents of one clip have in common, "" for none.
    """

    at: Fraction
    own: Fraction
    lane: int
    start: Fraction
    stop: Fraction
    is_enabled: bool = True
    name: str = ""
    link: str = ""


@dataclass(slots=True)
class Piece:
    """A clip that was found, and where it belongs.

    Attributes:
        kind: picture or sound.
        lane: pictures: higher ones lie above; sounds: any number that keeps them apart.
        role: of a sound ("dialogue").
        clip: on the sequence.
    """

    kind: TrackKind
    lane: int
    role: str
    clip: Clip


@dataclass(frozen=True, slots=True)
class Change:
    """A transition that was found.

    Attributes:
        lane: of the storyline.
        start: first frame.
        stop: the frame after the last.
        at: frame between the elements that it stands between.
        name: as the program calls it.
        has_sound: it fades sounds as well.
    """

    lane: int
    start: int
    stop: int
    at: int
    name: str
    has_sound: bool


@dataclass(slots=True)
class Story:
    """All that was found in a sequence."""

    pieces: list[Piece] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)

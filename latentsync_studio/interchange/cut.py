"""A cut as editing programs exchange it: neutral, frozen, in whole frames and exact fractions.

Everything on a track counts in frames of the sequence. Where a clip begins in its medium counts in
frames of the medium's own rate from its first frame, as a fraction, so that neither side of a
mixed-rate cut is rounded before a format asks for it:

    medium   |0 . . . . source . . . . |frames        first_label: time code of frame 0
    track    . . . . [start .......... start + length)

Gaps are implied. A clip's end in its medium follows from its length and speed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import msgspec

from latentsync_studio.core.timeline.rate import FrameRate  # noqa: TC001 - fields of structs

TrackKind = Literal["video", "audio"]


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """A named frame or range.

    Attributes:
        start: frame of the sequence; of a clip's marker counted from the clip's first frame.
        length: frames; 0 marks a point.
        name: shown to people.
        note: longer text.
        color: a plain English word ("green"), or "".
    """

    start: int
    length: int = 0
    name: str = ""
    note: str = ""
    color: str = ""


class Medium(msgspec.Struct, frozen=True, kw_only=True):
    """A file that clips show.

    Attributes:
        id: unique in the cut.
        name: shown to people, usually the file's name.
        path: absolute path, POSIX, Windows or UNC; "" where no file is known.
        rate: its own frames a second; of sound alone that of the sequence.
        frames: how many of its own frames it has; None: not known, or a still.
        first_label: frame number that its embedded time code gives its first frame.
        is_drop: that time code is drop-frame.
        reel: name of the tape or card; "" where none is known.
        has_picture: it can be seen.
        width: px, 0 where not known.
        height: px, 0 where not known.
        channels: of its sound; 0: it cannot be heard.
        audio_hz: samples a second of its sound, 0 where not known.
        is_still: one picture that can be shown for any time.
        has_alpha: the picture has transparent parts.
        is_run: its frames are numbered pictures, and `path` is that of the first one.
        by_label: where clips lie in it is known by time code alone; `first_label` is then only the
            first one that is used.
    """

    id: str
    name: str
    path: str
    rate: FrameRate
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
    has_alpha: bool = False
    is_run: bool = False
    by_label: bool = False


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a medium on a track.

    Attributes:
        id: unique in the cut.
        medium: id of the medium.
        name: shown to people.
        start: first frame on the sequence.
        length: frames on the sequence, at least 1.
        source: where the first frame lies in the medium, in its own frames from its first one.
        speed: seconds of the medium a second of the sequence; 0 freezes, below 0 plays backwards.
        is_enabled: off: neither seen nor heard.
        link: clips with the same word are edited together; "" alone.
        channels: which channels of the medium are heard, from 1; none: all of them.
        markers: of the clip.
    """

    id: str
    medium: str
    start: int
    length: int
    source: Fraction
    name: str = ""
    speed: Fraction = Fraction(1)
    is_enabled: bool = True
    link: str = ""
    channels: tuple[int, ...] = ()
    markers: tuple[Marker, ...] = ()

    @property
    def stop(self) -> int:
        """The frame after the last on the sequence."""
        return self.start + self.length


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A change of picture or sound over a cut, or at a free edge of a clip (a fade).

    Attributes:
        at: frame of the cut: the stop of the left clip, the start of the right one.
        before: frames of it before the cut.
        after: frames of it behind the cut.
        name: as the program calls it; "" is a plain dissolve.
    """

    at: int
    before: int
    after: int
    name: str = ""

    @property
    def start(self) -> int:
        """First frame on the sequence."""
        return self.at - self.before

    @property
    def stop(self) -> int:
        """The frame after the last."""
        return self.at + self.after


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """Clips of one kind, ordered by start, never overlapping.

    Attributes:
        kind: picture or sound.
        name: shown to people.
        clips: in order.
        transitions: in the order of their cuts.
        is_enabled: off: nothing of it is seen or heard.
        is_locked: refuses edits.
    """

    kind: TrackKind
    name: str = ""
    clips: tuple[Clip, ...] = ()
    transitions: tuple[Transition, ...] = ()
    is_enabled: bool = True
    is_locked: bool = False

    @property
    def stop(self) -> int:
        """The frame after the last clip."""
        return max((clip.stop for clip in self.clips), default=0)


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """Words that are said, and the frames of the sequence over which they are shown."""

    start: int
    stop: int
    text: str


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """One sequence with its media.

    Attributes:
        name: shown to people.
        rate: the grid.
        width: px of the picture, 0 where a file does not say it.
        height: px of the picture, 0 where a file does not say it.
        first_label: frame number that the time code gives frame 0.
        is_drop: that time code is drop-frame.
        audio_hz: samples a second of the mix.
        media: every medium that a clip shows.
        tracks: video from the lowest to the top one, then audio from the first.
        markers: of the sequence, by start.
        captions: by start.
    """

    name: str
    rate: FrameRate
    width: int
    height: int
    first_label: int = 0
    is_drop: bool = False
    audio_hz: int = 48_000
    media: tuple[Medium, ...] = ()
    tracks: tuple[Track, ...] = ()
    markers: tuple[Marker, ...] = ()
    captions: tuple[Caption, ...] = ()

    @property
    def stop(self) -> int:
        """The frame after the last clip of all tracks."""
        return max((track.stop for track in self.tracks), default=0)

    def tracks_of(self, kind: TrackKind) -> tuple[Track, ...]:
        """The tracks of a kind, in order."""
        return tuple(track for track in self.tracks if track.kind == kind)

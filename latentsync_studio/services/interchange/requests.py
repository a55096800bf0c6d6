"""What timeline files are asked for and what came of it; light to import."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads the annotations at run time
from fractions import Fraction
from pathlib import Path  # noqa: TC003 - as above
from typing import Literal

import msgspec

from latentsync_studio.core.ranges import FrameRange  # noqa: TC001 - as above
from latentsync_studio.core.timeline.model import (  # noqa: TC001 - as above
    ClipId,
    MediaId,
    SequenceId,
)
from latentsync_studio.core.timeline.rate import FrameRate  # noqa: TC001 - as above


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """A rendered file that stands for a clip, or lies as a layer on a track above it.

    Attributes:
        path: of the file; of numbered pictures that of the first one.
        role: "clip": shown instead of the original; "patch": a layer with alpha over it.
        rate: frames a second of the file.
        frames: how many it has, handles included.
        begins: seconds of the original medium's time at which its first frame stands, exactly.
        first_label: frame number that its embedded time code gives the first frame, at `rate`.
        is_drop: that time code is drop-frame.
        reel: as embedded, "" for none.
        width: px.
        height: px.
        audio_hz: of its sound, 0 for none.
        channels: of its sound, 0 for none.
        has_alpha: the picture has transparent parts.
    """

    path: Path
    role: Literal["clip", "patch"]
    rate: FrameRate
    frames: int
    begins: Fraction = Fraction(0)
    first_label: int = 0
    is_drop: bool = False
    reel: str = ""
    width: int = 0
    height: int = 0
    audio_hz: int = 0
    channels: int = 0
    has_alpha: bool = False


class TimelineRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which sequence becomes which timeline file.

    Attributes:
        sequence: id of the sequence.
        output: file to write; formats of several files name the others after it.
        format: one of `interchange.formats.FORMATS`: "fcp7xml", "fcpxml", "edl", "otio", "mlt",
            "ale", "csv", "srt", "vtt".
        flavour: which program it is for, one of the format's; "" is its first.
        version: of the format, where it has several (FCPXML "1.9" to "1.13"); "" is the usual one.
        relative: media are named relative to the output's folder.
        frames: frames of the sequence; None: all.
        placements: rendered media that stand for clips or lie over them; other clips show the
            untouched originals.
        texts: words that a medium says, for captions; where a medium is missing, a text file
            of its name beside it is read.
    """

    sequence: SequenceId
    output: Path
    format: str
    flavour: str = ""
    version: str = ""
    relative: bool = False
    frames: FrameRange | None = None
    placements: Mapping[ClipId, Delivered] = msgspec.field(default_factory=dict)
    texts: Mapping[MediaId, str] = msgspec.field(default_factory=dict)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written.

    Attributes:
        paths: the files, the first is the one that was asked for.
        losses: sentences on what the format cannot hold.
    """

    paths: tuple[str, ...]
    losses: tuple[str, ...] = ()

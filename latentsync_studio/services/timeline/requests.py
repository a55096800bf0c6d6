"""What a timeline's jobs are asked for and what they answer; light to import."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads the annotations at run time

import msgspec

from latentsync_studio.core.ranges import FrameRange  # noqa: TC001 - as above
from latentsync_studio.core.timeline.model import (  # noqa: TC001 - as above
    ClipId,
    MediaId,
    Project,
    SequenceId,
)
from latentsync_studio.services.request import PassedThrough  # noqa: TC001 - as above


class SynthesisRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be drawn.

    Attributes:
        project: the document.
        sequence: id of the sequence.
        clips: ids of clips; none: all that speech drives.
        frames: frames of the sequence; None: all.
        weights: folder in which engines look for their weights first.
        devices: where engines run; several share the windows.
    """

    project: Project
    sequence: SequenceId
    clips: tuple[ClipId, ...] = ()
    frames: FrameRange | None = None
    weights: Path | None = None
    devices: tuple[str, ...] = ()


class FrameDone(msgspec.Struct, frozen=True, kw_only=True):
    """A frame whose patches are new in the store.

    Attributes:
        sequence: id of the sequence.
        frame: of the sequence.
        media: the medium that it shows there.
        media_frame: and which frame of it.
    """

    sequence: SequenceId
    frame: int
    media: MediaId
    media_frame: int


class SynthesisReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done.

    Attributes:
        frames: frames of the sequence that show what was asked for.
        drawn: of these, how many are redrawn now, stored before or not.
        engine_calls: windows that the engine drew.
        windows_total: windows that were needed.
        windows_reused: of these, how many were in the store.
        passed_through: frames of the sequence that stay as they were, and why.
        engine: id; of several, all of them.
        device, precision, weights, rung: what it ran on, as in core.engine.Running.
        seconds: it took.
        notes: sentences that the user should read.
    """

    frames: int
    drawn: int
    engine_calls: int
    windows_total: int
    windows_reused: int
    passed_through: tuple[PassedThrough, ...]
    engine: str
    device: str
    precision: str = ""
    weights: str = ""
    rung: str = ""
    seconds: float
    notes: tuple[str, ...]


class MovieRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which cut becomes which file.

    Attributes:
        project: the document.
        sequence: id of the sequence.
        output: movie to write; .mp4, .mov or .mkv.
        frames: frames of the sequence; None: from 0 to the end of the last clip.
        weights: folder in which engines look for their weights first.
        devices: where engines run; several share the windows.
    """

    project: Project
    sequence: SequenceId
    output: Path
    frames: FrameRange | None = None
    weights: Path | None = None
    devices: tuple[str, ...] = ()


class MovieReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. Ranges are half-open frames of the sequence, times are seconds.

    `size_bytes` is that of the file, or of all pictures of a folder.
    """

    output: str
    codec: str
    encoder: str
    size_bytes: int
    engine: str
    device: str = ""
    precision: str = ""
    weights: str = ""
    rung: str = ""
    frames: int
    rate: float
    width: int
    height: int
    seconds: float
    frames_per_second: float
    patched_frames: int
    passed_through: tuple[PassedThrough, ...]
    engine_calls: int
    windows_total: int
    segments_total: int
    segments_reused: int
    peak_rss_mib: float
    notes: tuple[str, ...]

"""What deliveries are asked for and what came of them; light to import."""

from __future__ import annotations

from fractions import Fraction  # noqa: TC003 - msgspec reads the annotations at run time
from pathlib import Path  # noqa: TC003 - as above
from typing import Literal

import msgspec

from latentsync_studio.core.delivery.handles import DEFAULT_S
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.core.timeline.model import (  # noqa: TC001 - as above
    ClipId,
    Project,
    SequenceId,
)
from latentsync_studio.core.timeline.rate import FrameRate  # noqa: TC001 - as above
from latentsync_studio.services.request import PassedThrough  # noqa: TC001 - as above

Part = Literal["clip", "patch", "matte"]

LAYER_ENCODING = EncodeSettings(codec="prores4444", chapters=False)
CLIP_ENCODING = EncodeSettings(codec="prores", chapters=False)


class ClipMovieRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One clip of a sequence as a file of its own, in its medium's size, with handles.

    Attributes:
        project: the document.
        sequence: id of the sequence, whose rate the file has.
        clip: id of a clip on a video track.
        output: file or folder to write.
        part: "clip": all of the composed picture; "patch": only what is redrawn, with alpha;
            "matte": that alpha as a white shape on black.
        handles_s: seconds before and behind the clip, as far as the medium reaches.
        reel: to be embedded; "" takes the medium's.
        encode: codec and what belongs to it; the sound settings are not used, there is none.
    """

    project: Project
    sequence: SequenceId
    clip: ClipId
    output: Path
    part: Part = "patch"
    handles_s: float = DEFAULT_S
    reel: str = ""
    encode: EncodeSettings = LAYER_ENCODING


class ClipMovieReport(msgspec.Struct, frozen=True, kw_only=True):
    """A clip that was written.

    Attributes:
        output: file or folder; of numbered pictures the first one.
        part: as asked for.
        frames: how many.
        before: of them, handle before the clip.
        after: of them, handle behind it.
        rate: frames a second.
        begins: seconds of the medium's time at which the first frame stands.
        first_label: frame number of the embedded time code.
        is_drop: that time code is drop-frame.
        timecode: the same as it is written.
        reel: as embedded.
        width: px.
        height: px.
        codec: what is stored.
        pixel_format: of the coded pictures.
        patched_frames: frames on which something is redrawn.
        passed_through: frames of the sequence that stay as they were, and why.
        engine_calls: windows that were drawn now.
        seconds: it took.
        size_bytes: of the file or of all pictures.
        notes: sentences that the user should read.
    """

    output: str
    part: Part
    frames: int
    before: int
    after: int
    rate: FrameRate
    begins: Fraction
    first_label: int
    is_drop: bool
    timecode: str
    reel: str
    width: int
    height: int
    codec: str
    pixel_format: str
    patched_frames: int
    passed_through: tuple[PassedThrough, ...]
    engine_calls: int
    seconds: float
    size_bytes: int
    notes: tuple[str, ...]

"""What deliveries are asked for and what came of them; light to import."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads the annotations at run time
from typing import Final, Literal

import msgspec

from latentsync_studio.core.delivery.handles import DEFAULT_S
from latentsync_studio.core.ranges import FrameRange  # noqa: TC001 - as above
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.core.timeline.model import (  # noqa: TC001 - as above
    ClipId,
    Project,
    SequenceId,
)
from latentsync_studio.core.timeline.rate import FrameRate  # noqa: TC001 - as above
from latentsync_studio.services.request import PassedThrough  # noqa: TC001 - as above
from latentsync_studio.services.timeline.requests import MovieReport  # noqa: TC001 - as above

Part = Literal["clip", "patch", "matte"]
PackedPart = Literal["patch", "clip"]

LAYER_ENCODING: Final = EncodeSettings(codec="prores4444", chapters=False)
CLIP_ENCODING: Final = EncodeSettings(codec="prores", chapters=False)


class ClipMovieRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One clip of a sequence as a file of its own, in its medium's size, with handles.

    Attributes:
        project: the document.
        sequence: id of the sequence, whose rate the file has.
        clip: id of a clip on a video track.
        output: file or folder to write.
        part: "clip": all of the composed picture; "patch": only what is redrawn, with alpha;
            "matte": that alpha as a white shape on black.
        frames: of the sequence; only what the clip shows of them is rendered, with handles.
        handles_s: seconds before and behind the clip, as far as the medium reaches.
        reel: to be embedded; "" takes the medium's.
        encode: codec and what belongs to it; the sound settings are not used, there is none.
        weights: folder in which engines look for their weights first.
        devices: where engines run; several share the windows.
    """

    project: Project
    sequence: SequenceId
    clip: ClipId
    output: Path
    part: Part = "patch"
    frames: FrameRange | None = None
    handles_s: float = DEFAULT_S
    reel: str = ""
    encode: EncodeSettings = LAYER_ENCODING
    weights: Path | None = None
    devices: tuple[str, ...] = ()


class ClipMovieReport(msgspec.Struct, frozen=True, kw_only=True):
    """A clip that was written.

    Attributes:
        output: file or folder; of numbered pictures the first one.
        part: as asked for.
        frames: how many.
        before: of them, handle before the clip.
        after: of them, handle behind it.
        rate: frames a second.
        begins: seconds of the medium's time at which the first frame stands, as a fraction.
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
    begins: tuple[int, int]
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


MATTE_ENCODING: Final = EncodeSettings(codec="prores", chapters=False)

# What a package holds for other programs: formats with the program that they are for.
USUAL_FORMATS: Final = (
    "fcp7xml/premiere",
    "fcp7xml/resolve",
    "fcpxml",
    "otio/resolve",
    "otio/premiere",
    "edl",
    "mlt",
    "ale",
    "csv",
    "srt",
)


class PackageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence as a folder that another editor can work with.

    Attributes:
        project: the document.
        sequence: id of the sequence.
        output: folder to make; an older package of that name is replaced.
        clips: ids of the clips that are rendered; none: all that speech drives.
        frames: frames of the sequence that the timelines show; None: all.
        parts: what is rendered of each clip, "patch", "clip" or both.
        handles_s: seconds before and behind each clip.
        formats: timeline files, "format" or "format/flavour".
        mattes: also the alpha of each layer as a movie of its own, for programs without alpha.
        layer: encoding of the layers.
        clip: encoding of the whole clips.
        reference: also a small movie of the whole cut, to compare with.
        copy_media: also the original media, so that the folder is complete.
        consent: what the persons that are shown agreed to, in the user's words.
        weights: folder in which engines look for their weights first.
        devices: where engines run; several share the windows.
    """

    project: Project
    sequence: SequenceId
    output: Path
    clips: tuple[ClipId, ...] = ()
    frames: FrameRange | None = None
    parts: tuple[PackedPart, ...] = ("patch", "clip")
    handles_s: float = DEFAULT_S
    formats: tuple[str, ...] = USUAL_FORMATS
    mattes: bool = False
    layer: EncodeSettings = LAYER_ENCODING
    clip: EncodeSettings = CLIP_ENCODING
    reference: bool = True
    copy_media: bool = False
    consent: str = ""
    weights: Path | None = None
    devices: tuple[str, ...] = ()


class PackagedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a package: where it lies in it, its bytes and their SHA-256."""

    path: str
    bytes: int
    sha256: str


class TimelineLosses(msgspec.Struct, frozen=True, kw_only=True):
    """What one timeline file does not hold."""

    file: str
    losses: tuple[str, ...]


class PackageReport(msgspec.Struct, frozen=True, kw_only=True):
    """A package that was written.

    Attributes:
        output: the folder.
        frames: frames of picture that were written, of all files.
        clips: the rendered files.
        reference: the movie of the whole cut, or None.
        losses: what each timeline file does not hold, where it is anything.
        files: everything that lies in it.
        seconds: it took.
        notes: sentences that the user should read.
    """

    output: str
    frames: int
    clips: tuple[ClipMovieReport, ...]
    reference: MovieReport | None
    losses: tuple[TimelineLosses, ...]
    files: tuple[PackagedFile, ...]
    seconds: float
    notes: tuple[str, ...]

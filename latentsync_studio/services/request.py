"""What a render is asked for and what it answers."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads the annotations at run time
from typing import TYPE_CHECKING, Literal

import msgspec

from latentsync_studio.core.quality.gate import Attention  # noqa: TC001 - as above
from latentsync_studio.core.ranges import FrameRange  # noqa: TC001 - as above
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.services.mask_files import MaskFile  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator


class RenderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One clip, one speech, one result.

    Attributes:
        video: clip of someone talking.
        audio: file whose first audio stream is the new speech.
        output: movie to write; .mp4, .mov or .mkv.
        settings: everything that a user can set, the engine too.
        frames: output frames to deliver, half-open; None for all.
        face: track to redraw (0 = largest); None = 0.
        transcript: the speech's text where known; sharpens the mouth shapes.
        language: language of the transcript.
        fresh: forget stored patches and encoded pieces first; analysis and speech are kept.
        measure: measure the mouth on the result.
        weights: folder in which the engine looks for its weights first.
        devices: where the engine runs, as the user names them; several share the windows.
        masks: pictures that say where the new mouth may show, and where it never does.
    """

    video: Path
    audio: Path
    output: Path
    settings: RenderSettings = RenderSettings()
    frames: FrameRange | None = None
    face: int | None = None
    transcript: str | None = None
    language: str = "en-us"
    fresh: bool = False
    measure: bool = True
    weights: Path | None = None
    devices: tuple[str, ...] = ()
    masks: tuple[MaskFile, ...] = ()


class PassedThrough(msgspec.Struct, frozen=True, kw_only=True):
    """Output frames that stay as they were, and why.

    Attributes:
        range: [first, last + 1] output frames.
        reason: stable code.
        numbers: what was measured, and the limit.
        text: the same for people.
    """

    range: tuple[int, int]
    reason: str
    numbers: dict[str, float]
    text: str


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Measured on the delivered pictures, not on the plan; None where it cannot be said.

    Attributes:
        aperture_correlation: of the mouth's aperture with the speech's loudness, at the best lag.
        lag_frames: frames by which the picture follows late (+) or early (-).
        silence_leak: aperture movement where nobody speaks over that where somebody does.
        measured_every: every n-th frame was measured.
    """

    aperture_correlation: float | None = None
    lag_frames: float | None = None
    silence_leak: float | None = None
    measured_every: int = 0


class FigureSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of a whole result; None where it is unknown, "inf" where it is exact.

    Attributes:
        result: its figure, or the median over the frames.
        source: the source clip's own.
        judged: what is held against the limit: one against the other where that is how it is meant.
    """

    result: float | Literal["inf"] | None = None
    source: float | Literal["inf"] | None = None
    judged: float | Literal["inf"] | None = None


class RenderReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. Ranges are half-open output frames, times are seconds.

    What the engine ran on is told as in core.engine.Running. `quality` has a figure of each measure
    of core.quality.measures that is known; `attentions` are the spans beyond a limit.
    """

    output: str
    engine: str
    device: str
    precision: str
    weights: str
    rung: str
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
    windows_reused: int
    segments_total: int
    segments_reused: int
    peak_rss_mib: float
    metrics: Metrics
    notes: tuple[str, ...]
    quality: dict[str, FigureSummary] = {}
    attentions: tuple[Attention, ...] = ()


def arguments_of(request: RenderRequest) -> tuple[str, ...]:
    """The command line that asks for `request` again, with absolute paths."""
    words = ["render", str(request.video.absolute()), str(request.audio.absolute())]
    words += ["-o", str(request.output.absolute()), "--engine", request.settings.engine]
    for key, value in _changed(request.settings, RenderSettings(), ""):
        words += ["--set", f"{key}={value}"] if key != "engine" else []
    if request.frames is not None:
        words += ["--range", f"{request.frames.start}:{request.frames.stop}"]
    if request.face is not None:
        words += ["--face", str(request.face)]
    if request.transcript is not None:
        words += ["--transcript", request.transcript, "--language", request.language]
    words += mask_words(request.masks)
    words += ["--fresh"] if request.fresh else []
    words += [] if request.measure else ["--no-measure"]
    words += place_words(request.weights, request.devices)
    return tuple(words)


def mask_words(masks: tuple[MaskFile, ...]) -> list[str]:
    """The part of a command line that names mask files."""
    words: list[str] = []
    for mask in masks:
        option = "--mask" if mask.role == "include" else "--protect"
        words += [option, str(mask.path.absolute())]
    spaces = {mask.space for mask in masks} - {"auto"}
    return words + [word for space in sorted(spaces) for word in ("--mask-space", space)]


def place_words(weights: Path | None, devices: tuple[str, ...]) -> list[str]:
    """The part of a command line that says which weights and devices are meant."""
    words = [] if weights is None else ["--weights", str(weights.absolute())]
    return words + (["--devices", ",".join(devices)] if devices else [])


def _changed(
    page: msgspec.Struct, default: msgspec.Struct, prefix: str
) -> Iterator[tuple[str, str]]:
    """Dotted keys and values that differ from the defaults."""
    for name in page.__struct_fields__:
        value, usual = getattr(page, name), getattr(default, name)
        if isinstance(value, msgspec.Struct):
            yield from _changed(value, usual, f"{prefix}{name}.")
        elif value != usual:
            yield prefix + name, str(value).lower() if isinstance(value, bool) else str(value)

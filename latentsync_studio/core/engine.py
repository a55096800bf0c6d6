"""What an engine is: the protocols that engines/ implements and services/ calls.

    analysis pass:   Collector.observe(picture, faces)  ... -> blobs kept beside the analysis
    per job:         LipSyncEngine.open(take)                -> LipSyncSession
    per window:      session.reads(window)                   -> output frames that it has to see
                     session.digest(window)                  -> part of the cache key
                     session.synthesize(window, pictures)    -> one Patch a frame of the window

An engine redraws; it knows nothing of masks, strengths, export, files or threads. Output frames
and source frames differ (a looped clip shows a source frame twice, with other speech), so a Take
maps output frame t to source frame `source[t]` and to second `seconds[t]` of the speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, I32, Rgb8
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.speech.shapes import SpeechShapes
    from latentsync_studio.core.weights import MissingWeights, WeightSet


class EngineSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What may be known of an engine before it is loaded.

    Attributes:
        id: stable id, as on the command line.
        title: name for people.
        version: raised whenever the same inputs give other patches; part of every cache key.
        window: frames of a synthesis window.
        weights_digest: hex digest of all weights that shape its result ("" when it has none).
        device: kind of processor that it runs on ("cpu", "cuda", "mps"); part of every cache key.
    """

    id: str
    title: str
    version: str
    window: int
    weights_digest: str = ""
    device: str = "cpu"


class MachineNotes(Protocol):
    """Small facts about this machine that an engine learns and keeps between runs. Never needed."""

    def read(self, name: str) -> Mapping[str, float]:
        """What was written under `name` last; empty where nothing was, or nothing can be read."""

    def write(self, name: str, values: Mapping[str, float]) -> None:
        """Keep `values`; where that fails they are lost."""


class WeightsShelf(Protocol):
    """Where an engine's weights come from."""

    def find(self, engine: str, resolution: int | None = None) -> WeightSet | MissingWeights:
        """What an engine would load, or why it cannot run; quick, without the network."""

    def settled(self, found: WeightSet, progress: Progress) -> WeightSet:
        """The same with the digest of its contents; reads them where that was never done.

        Raises:
            WeightsError: they are not what they should be.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What an engine is told of this machine; no part of a project or of a result's looks.

    Attributes:
        weights: finds them; None where there are none.
        device: where to run, as the user names it; "" is up to the engine.
        notes: kept between runs; None keeps nothing.
    """

    weights: WeightsShelf | None = None
    device: str = ""
    notes: MachineNotes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFace:
    """One face in one frame while the analysis runs: before smoothing, ids not yet final.

    Attributes:
        raw_id: id of the raw track during the pass; `FaceAnalysis` tells which track it became.
        landmarks: (478, 3) f32 display pixels.
    """

    raw_id: int
    landmarks: F32


class Collector(Protocol):
    """Looks at every frame of the analysis pass and keeps what its engine will need."""

    version: str  # part of the key of what it keeps

    def observe(self, picture: Picture, faces: Sequence[SeenFace]) -> None:
        """See one frame; called in order from frame 0."""

    def flush(self) -> bytes:
        """Return and forget what was kept since the last flush (called at chunk ends)."""

    def state(self) -> bytes:
        """What it must remember to go on after a crash."""

    def restore(self, state: bytes) -> None:
        """Go on from `state`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One person of one clip speaking one speech: all that a session may depend on.

    Attributes:
        width: display width of the clip, px.
        height: display height of the clip, px.
        rate: mean frames a second of the output.
        face: the chosen person, over the N source frames.
        raw_ids: raw track ids of the analysis pass that belong to `face`.
        source: (T,) i32 source frame of each output frame.
        seconds: (T,) f64 time of each output frame's middle within the speech.
        pcm: (S,) f32 mono speech at 16 kHz.
        shapes: mouth targets of the speech.
        kept: what the engine's Collector kept, one blob a chunk, in order.
        settings: the engine's own settings struct.
        seed: source of all randomness.
    """

    width: int
    height: int
    rate: float
    face: FaceTrack
    raw_ids: tuple[int, ...]
    source: I32
    seconds: F64
    pcm: F32
    shapes: SpeechShapes
    kept: Sequence[bytes]
    settings: msgspec.Struct
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One redrawn piece of one output frame.

    Attributes:
        frame: output frame.
        pixels: (h, w, 3) u8 RGB.
        alpha: (h, w) u8 0..255, where the engine has an answer (0 on the outer border).
        transform: (2, 3) f64, px of the patch -> display px of the frame, both with pixel middles
            at +0.5. A pure integer translation is composited without resampling.
    """

    frame: int
    pixels: Rgb8
    alpha: npt.NDArray[np.uint8]
    transform: F64


@dataclass(frozen=True, slots=True, kw_only=True)
class FadedPatch(Patch):
    """A patch of a frame in which it goes over into another one of the same frame.

    Attributes:
        right: what it becomes; how much of it is shown already, `Look.beside` says.
    """

    right: Patch

    @classmethod
    def of(cls, left: Patch, right: Patch) -> FadedPatch:
        """Both patches of a frame."""
        return cls(
            frame=left.frame,
            pixels=left.pixels,
            alpha=left.alpha,
            transform=left.transform,
            right=right,
        )


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What a session really runs on, for people and reports.

    Attributes:
        device: the processor by its name.
        precision: of its arithmetic ("fp16"); "" where there is no choice.
        weights: which ones; "" where it has none.
        rung: how it uses the device's memory; "" where that is no matter, or not known yet.
        notes: sentences that the user should read.
    """

    device: str = "cpu"
    precision: str = ""
    weights: str = ""
    rung: str = ""
    notes: tuple[str, ...] = ()

    def words(self) -> str:
        """In one line, for people."""
        parts = [part for part in (self.device, self.precision, self.weights) if part]
        return ", ".join(parts) + (f": {self.rung}" if self.rung else "")


class LipSyncSession(Protocol):
    """An engine that is ready for one take. Safe to call from two threads at once."""

    def spec_for(self, window: FrameRange) -> EngineSpec:
        """The engine as it drew `window`, or would draw it now.

        It differs from the engine's own only where memory forced other weights on the session.
        """

    def running(self) -> Running:
        """What it runs on up to now; nothing is loaded to answer."""

    def at_once(self) -> int:
        """Windows that it likes to be asked for at the same time; 1: no matter."""

    def reads(self, window: FrameRange) -> FrameRange:
        """The output frames whose pictures are needed to redraw `window`: all of it, or more.

        More is always of the same shot and of the same run of redrawn frames. Cheap.
        """

    def digest(self, window: FrameRange) -> bytes:
        """Hash of all that shapes the patches of `window` beside the frames' own pixels.

        Local: a change of the speech far from the window leaves it the same.
        """

    def synthesize(
        self, window: FrameRange, pictures: Sequence[Picture], progress: Progress
    ) -> tuple[Patch, ...]:
        """Redraw the output frames of `window`.

        Args:
            window: consecutive output frames of one shot, all of them redrawn.
            pictures: [k] shows source[reads(window).start + k], one a frame of `reads(window)`.
            progress: told of notes; stops the work soon.

        Deterministic. Raises only StudioError.
        """


class BatchTime(msgspec.Struct, frozen=True, kw_only=True):
    """How long a window takes where so many are drawn at once, seconds."""

    windows: int
    seconds: float


class EngineBenchmark(msgspec.Struct, frozen=True, kw_only=True):
    """What a benchmark of an engine found; fields as of `Running`.

    Attributes:
        rows: what was tried.
        best: windows at once that will be drawn from now on.
    """

    device: str
    precision: str
    rung: str
    rows: tuple[BatchTime, ...]
    best: int


@runtime_checkable
class MeasuredEngine(Protocol):
    """An engine whose speed depends on how many windows are drawn at once."""

    def benchmark(self, settings: msgspec.Struct, progress: Progress) -> EngineBenchmark:
        """Find out how many are best on this machine, and keep it; a minute or more.

        Raises:
            StudioError: it cannot run on this machine.
        """


class EngineDemands(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine asks of a clip and of its device, as far as can be told without loading it.

    Attributes:
        resolution: side of the square that it draws, px; 0: it draws as finely as the clip is.
        face_px: width of a face that it draws in full, px; a larger one is enlarged from that.
        memory: bytes of the device's memory at full speed.
        least_memory: bytes that the smallest way to draw takes.
        wants_gpu: whether it takes minutes rather than seconds a second without a GPU.
    """

    resolution: int = 0
    face_px: float = 0.0
    memory: int = 0
    least_memory: int = 0
    wants_gpu: bool = False


@runtime_checkable
class DemandingEngine(Protocol):
    """An engine that asks for more than a CPU and a clip."""

    def demands(self) -> EngineDemands:
        """What it asks for, of usual weights where it has none. Quick, nothing is loaded."""


class LipSyncEngine(Protocol):
    """Redraws the mouth so that it follows the speech; made of `EngineOptions`."""

    settings_type: type[msgspec.Struct]

    @property
    def spec(self) -> EngineSpec:
        """What is known of it; may look at the machine, and loads nothing.

        Raises:
            StudioError: it cannot run, see `obstacle`.
        """

    def obstacle(self) -> StudioError | None:
        """Why it cannot run on this machine, with what to do about it; None where it can.

        Quick: no model and no large library is loaded to answer.
        """

    def prepare(self, progress: Progress) -> None:
        """Look over what it needs; slow only the first time.

        Raises:
            StudioError: it cannot run.
        """

    def collector(self) -> Collector | None:
        """Make what has to see the analysis pass, or None."""

    def open(self, take: Take, progress: Progress) -> LipSyncSession:
        """Prepare for one take (loads weights, plans the whole speech)."""

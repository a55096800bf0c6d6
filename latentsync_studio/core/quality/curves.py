"""Everything that was measured on one result, as one frozen value that all views read."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import DamagedEntryError, InputError, StudioError
from latentsync_studio.core.quality.measures import MEASURES, measure
from latentsync_studio.core.quality.reduction import Pyramid
from latentsync_studio.core.ranges import FrameRange  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.core.arrays import F32, F64, Bools
    from latentsync_studio.core.quality.reduction import Reduced

_MAGIC: Final = b"LSQ1"  # raise the digit whenever the stored form changes
_MOST_FRAMES: Final = 10_000_000  # four days; what claims more is damaged
_UNKNOWN: Final = float("nan")


class Curve(msgspec.Struct, frozen=True, eq=False):
    """A measure over the frames.

    Attributes:
        result: (T,) f32 of the result, NaN = unknown, inf = exact where that is its best.
        source: (T,) f32 of the source clip in the same frames.
    """

    result: F32
    source: F32

    @classmethod
    def of(cls, result: Any, source: Any = None) -> Curve:  # noqa: ANN401 - whatever numpy reads
        """Take over values; a source that is not given is unknown."""
        values = np.array(result, np.float32)
        own = np.full(values.shape, np.nan) if source is None else source
        return cls(_kept(values), _kept(np.array(own, np.float32)))


class Figure(msgspec.Struct, frozen=True):
    """A measure of the whole clip, of the result and of the source; NaN = unknown."""

    result: float = _UNKNOWN
    source: float = _UNKNOWN


class Closure(msgspec.Struct, frozen=True):
    """A sound for which the lips must meet, seconds of the speech's clock, as `seconds`."""

    start_s: float
    end_s: float
    ipa: str


class ClipQuality(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What was measured on one result.

    Attributes:
        frames: frames that were looked at: of the movie, or of a clip in its own frames (frame f
            shows in the sequence at f - clip.source.start + clip.start).
        rate: mean frames a second.
        seconds: (T,) f64 middle of each frame on the speech's clock, rising.
        curves: id of a measure a frame -> its curve; what is absent was not measured.
        figures: id of a measure a clip -> its figure.
        spoken: (T,) whether somebody speaks in the frame.
        closures: heard sounds for which the lips must meet.
        windows: frames that the engine redrew, in runs as it drew them.
        engine: id of the engine; "" where that is not known.
        is_encoded: measured on decoded movie files: what is untouched differs by what the encoder
            lost. False: on composed pictures, where it has to be exact.
        notes: what people should know, such as why a measure is unknown.
    """

    frames: FrameRange
    rate: Fraction
    seconds: F64
    curves: dict[str, Curve]
    figures: dict[str, Figure]
    spoken: Bools
    closures: tuple[Closure, ...] = ()
    windows: tuple[FrameRange, ...] = ()
    engine: str = ""
    is_encoded: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.frames)
        arrays = [("seconds", self.seconds), ("spoken", self.spoken)]
        for name, curve in self.curves.items():
            if measure(name).per != "frame":
                raise InputError(f"{name} has one value a clip.", remedy="Give it as a figure.")
            arrays += [(name, curve.result), (f"{name} of the source", curve.source)]
        for name in self.figures:
            if measure(name).per != "clip":
                raise InputError(f"{name} has one value a frame.", remedy="Give it as a curve.")
        for name, array in arrays:
            if array.shape != (count,):
                raise InputError(
                    f"{name} has {array.shape} values for {count} frames.",
                    remedy="Give one value a frame, NaN where it is unknown.",
                )
            frozen(array)

    def curve(self, name: str) -> Curve:
        """The curve of a measure a frame; all unknown where it was not measured.

        Raises:
            InputError: there is no such measure.
        """
        found = self.curves.get(measure(name).id)
        return found if found is not None else Curve.of(np.full(len(self.frames), np.nan))

    def figure(self, name: str) -> Figure:
        """The figure of a measure a clip; unknown where it was not measured.

        Raises:
            InputError: there is no such measure.
        """
        return self.figures.get(measure(name).id, Figure())

    def median(self, name: str) -> Figure:
        """One figure of a measure a frame: the median of its known values, for tables."""
        curve = self.curve(name)
        return Figure(_median(curve.result), _median(curve.source))

    def reduced(
        self, name: str, points: int, frames: FrameRange | None = None, *, of_source: bool = False
    ) -> Reduced:
        """A curve in at most `points` points; positions count from the first of `self.frames`.

        A panel that draws often should keep `Pyramid(curve.result)` and slice that.
        """
        curve = self.curve(name)
        seen = self.frames if frames is None else frames
        first = self.frames.start
        pyramid = Pyramid(curve.source if of_source else curve.result)
        return pyramid.slice(seen.start - first, seen.stop - first, points)

    def with_figures(self, figures: Mapping[str, Figure], *notes: str) -> ClipQuality:
        """The same with more figures, of networks for instance."""
        return msgspec.structs.replace(
            self, figures={**self.figures, **figures}, notes=(*self.notes, *notes)
        )

    def to_bytes(self) -> bytes:
        """In a form of its own, see `from_bytes`."""
        stored = _Stored(
            frames=self.frames,
            rate=(self.rate.numerator, self.rate.denominator),
            seconds=self.seconds.astype("<f8").tobytes(),
            curves={
                name: (curve.result.astype("<f4").tobytes(), curve.source.astype("<f4").tobytes())
                for name, curve in self.curves.items()
            },
            figures={name: (each.result, each.source) for name, each in self.figures.items()},
            spoken=self.spoken.astype(np.uint8).tobytes(),
            closures=self.closures,
            windows=self.windows,
            engine=self.engine,
            is_encoded=self.is_encoded,
            notes=self.notes,
        )
        return _MAGIC + msgspec.msgpack.encode(stored)

    @classmethod
    def from_bytes(cls, data: bytes) -> ClipQuality:
        """Read what `to_bytes` wrote; measures that this program does not know are left out.

        Raises:
            DamagedEntryError: it is something else, or broken.
        """
        try:
            _check_magic(data)
            stored = msgspec.msgpack.decode(data[len(_MAGIC) :], type=decodable(_Stored))
            return stored.value()
        except (msgspec.MsgspecError, ValueError, ZeroDivisionError, StudioError) as error:
            raise DamagedEntryError(
                f"What was measured cannot be read: {error}.", remedy="Measure again."
            ) from error

    def to_json_object(self) -> dict[str, Any]:
        """Plain values for JSON: unknown is null, infinite (exact) is the text "inf"."""
        return {
            "engine": self.engine,
            "frames": [self.frames.start, self.frames.stop],
            "rate": [self.rate.numerator, self.rate.denominator],
            "is_encoded": self.is_encoded,
            "figures": {
                name: {"result": _plain(each.result), "source": _plain(each.source)}
                for name, each in self.figures.items()
            },
            "seconds": [round(float(value), 6) for value in self.seconds],
            "spoken": [bool(value) for value in self.spoken],
            "curves": {
                name: {"result": _plains(each.result), "source": _plains(each.source)}
                for name, each in self.curves.items()
            },
            "closures": [[each.start_s, each.end_s, each.ipa] for each in self.closures],
            "windows": [[each.start, each.stop] for each in self.windows],
            "notes": list(self.notes),
        }


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays as little-endian bytes."""

    frames: FrameRange
    rate: tuple[int, int]
    seconds: bytes
    curves: dict[str, tuple[bytes, bytes]]
    figures: dict[str, tuple[float, float]]
    spoken: bytes
    closures: tuple[Closure, ...]
    windows: tuple[FrameRange, ...]
    engine: str
    is_encoded: bool
    notes: tuple[str, ...]

    def value(self) -> ClipQuality:
        """Raise ValueError or a StudioError where it cannot be."""
        if len(self.frames) > _MOST_FRAMES:
            raise ValueError(f"{len(self.frames)} frames")
        known = {each.id for each in MEASURES}
        return ClipQuality(
            frames=self.frames,
            rate=Fraction(*self.rate),
            seconds=np.frombuffer(self.seconds, "<f8").astype(np.float64),
            curves={
                name: Curve.of(np.frombuffer(result, "<f4"), np.frombuffer(source, "<f4"))
                for name, (result, source) in self.curves.items()
                if name in known
            },
            figures={n: Figure(*sides) for n, sides in self.figures.items() if n in known},
            spoken=np.frombuffer(self.spoken, np.uint8).astype(np.bool_),
            closures=self.closures,
            windows=self.windows,
            engine=self.engine,
            is_encoded=self.is_encoded,
            notes=self.notes,
        )


def _check_magic(data: bytes) -> None:
    if data[: len(_MAGIC)] != _MAGIC:
        raise ValueError("they are not of this version")


def _kept(values: F32) -> F32:
    values.flags.writeable = False
    return values


def _median(values: F32) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else _UNKNOWN


def _plain(value: float) -> float | str | None:
    if np.isnan(value):
        return None
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return round(float(value), 6)


def _plains(values: F32) -> list[float | str | None]:
    return [_plain(float(value)) for value in values]

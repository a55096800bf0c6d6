"""What was measured on consecutive frames, in a form that is kept beside them and put together.

A change from frame to frame needs both frames. Where a table begins, the one before it is somebody
else's; so each table keeps the views of its first and last frame, and what lies between two tables
is measured when they are put together: it is the same whichever of them was made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.quality.curves import Curve
from latentsync_studio.imaging.quality.face_crop import SIDE
from latentsync_studio.imaging.quality.flicker import flicker, movement

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32

COLUMNS: Final = (
    "aperture", "sharpness", "seam_gradient", "seam_color", "flicker", "outside_psnr", "model_px",
    "strength", "movement", "width",
)  # fmt: skip
_FLICKER, _MOVEMENT = COLUMNS.index("flicker"), COLUMNS.index("movement")
_RESULT, _SOURCE = 0, 1


@dataclass(frozen=True, slots=True)
class Views:
    """The face in one frame.

    Attributes:
        result: (96, 96) u8 luma.
        source: the same; the very same object where nothing was redrawn, None without a source.
        shot: number of the shot.
    """

    result: npt.NDArray[np.uint8]
    source: npt.NDArray[np.uint8] | None
    shot: int


@dataclass(frozen=True, slots=True)
class FrameTable:
    """What was measured on consecutive frames.

    Attributes:
        start: first frame.
        values: (T, 10, 2) f32: by frame, `COLUMNS`, result and source; NaN = not measured.
        pairs: every n-th frame was compared with the one before it.
        first: views of the first frame, None where there is no face.
        last: of the last one.
    """

    start: int
    values: F32
    pairs: int
    first: Views | None
    last: Views | None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def stop(self) -> int:
        """The frame after the last one."""
        return self.start + len(self.values)

    def column(self, name: str) -> Curve:
        """A measure of `COLUMNS`."""
        at = COLUMNS.index(name)
        return Curve.of(self.values[:, at, _RESULT], self.values[:, at, _SOURCE])

    def to_bytes(self) -> bytes:
        """See `from_bytes`."""
        stored = _Stored(
            start=self.start,
            values=self.values.astype("<f4").tobytes(),
            pairs=self.pairs,
            first=_bytes_of(self.first),
            last=_bytes_of(self.last),
        )
        return msgspec.msgpack.encode(stored)

    @classmethod
    def from_bytes(cls, data: bytes) -> FrameTable:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: it is something else.
        """
        stored = msgspec.msgpack.decode(data, type=decodable(_Stored))
        values = np.frombuffer(stored.values, "<f4").astype(np.float32)
        return cls(
            start=stored.start,
            values=values.reshape(-1, len(COLUMNS), 2),
            pairs=stored.pairs,
            first=_views_of(stored.first),
            last=_views_of(stored.last),
        )


def empty_row() -> F32:
    """(10, 2) f32, nothing measured."""
    return np.full((len(COLUMNS), 2), np.nan, np.float32)


def set_changes(row: F32, before: Views | None, after: Views | None) -> None:
    """Fill in what changed between two frames: flicker and movement, of result and source.

    Nothing is known across cuts, without a face, and where neither frame was redrawn.
    """
    if before is None or after is None or before.shot != after.shot:
        return
    if before.result is before.source and after.result is after.source:
        return
    row[_FLICKER, _RESULT] = flicker(before.result, after.result)
    row[_MOVEMENT, _RESULT] = movement(before.result, after.result)
    if before.source is not None and after.source is not None:
        row[_FLICKER, _SOURCE] = flicker(before.source, after.source)
        row[_MOVEMENT, _SOURCE] = movement(before.source, after.source)


def joined(tables: Sequence[FrameTable]) -> FrameTable:
    """One table of several that follow each other; frames between them are unknown.

    Raises:
        ValueError: there is none, or they overlap.
    """
    if not tables:
        raise ValueError("There is no table.")
    parts: list[F32] = []
    at, before = tables[0].start, tables[0]
    for number, table in enumerate(tables):
        if table.start < at:
            raise ValueError(f"A table begins at {table.start}, one before ends at {at}.")
        if table.start > at:
            parts.append(np.full((table.start - at, len(COLUMNS), 2), np.nan, np.float32))
        values = table.values
        if number and table.start == at and table.start % table.pairs == 0:
            values = values.copy()
            set_changes(values[0], before.last, table.first)
        parts.append(values)
        at, before = table.stop, table
    values = np.concatenate(parts)
    frozen(values)
    return FrameTable(tables[0].start, values, tables[0].pairs, tables[0].first, before.last)


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    values: bytes
    pairs: int
    first: tuple[bytes, bytes | None, int] | None
    last: tuple[bytes, bytes | None, int] | None


def _bytes_of(views: Views | None) -> tuple[bytes, bytes | None, int] | None:
    if views is None:
        return None
    is_same = views.source is views.result
    source = b"" if is_same else None if views.source is None else views.source.tobytes()
    return views.result.tobytes(), source, views.shot


def _views_of(stored: tuple[bytes, bytes | None, int] | None) -> Views | None:
    if stored is None:
        return None
    result = np.frombuffer(stored[0], np.uint8).reshape(SIDE, SIDE)
    source = result if stored[1] == b"" else None
    if stored[1]:
        source = np.frombuffer(stored[1], np.uint8).reshape(SIDE, SIDE)
    return Views(result, source, stored[2])

"""A decoded frame in its own planes: what is not touched stays identical to the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Plane

Matrix = Literal["bt601", "bt709", "bt2020", "rgb"]


class PixelFormat(msgspec.Struct, frozen=True, kw_only=True):
    """How samples are stored and what they mean.

    Attributes:
        name: FFmpeg's planar name in the *display* orientation, e.g. "yuv420p10le", "gbrp".
        bits: bits a sample, 8..16; more than 8 are held in u16, in the low bits.
        sub_x: log2 of the horizontal chroma subsampling (1 for 4:2:0 and 4:2:2).
        sub_y: log2 of the vertical chroma subsampling (1 for 4:2:0).
        matrix: luma coefficients (Kr, Kb) of the conversion to RGB; "rgb" for RGB planes.
        full_range: True for 0..255, False for 16..235 (scaled to `bits`).
    """

    name: str
    bits: int
    sub_x: int
    sub_y: int
    matrix: Matrix
    full_range: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of pixels, half-open: columns x0..x1-1, rows y0..y1-1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Rows."""
        return self.y1 - self.y0

    def clipped(self, width: int, height: int) -> Box | None:
        """The part inside a (height, width) picture, or None when nothing is left."""
        x0, y0 = max(self.x0, 0), max(self.y0, 0)
        x1, y1 = min(self.x1, width), min(self.y1, height)
        return Box(x0=x0, y0=y0, x1=x1, y1=y1) if x0 < x1 and y0 < y1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One frame as decoded, turned to display orientation; planes are read-only.

    Attributes:
        planes: Y, U, V (chroma subsampled as `format` says) or R, G, B; a fourth plane is alpha.
        format: meaning of the samples.
        index: rank of the frame in its stream, by PTS.
        pts: presentation time in the stream's time base.
    """

    planes: tuple[Plane, ...]
    format: PixelFormat
    index: int
    pts: int

    @property
    def height(self) -> int:
        """Rows of the first plane."""
        return int(self.planes[0].shape[0])

    @property
    def width(self) -> int:
        """Columns of the first plane."""
        return int(self.planes[0].shape[1])


class Copies(Protocol):
    """Where copies of pictures are put."""

    def planes(self, picture: Picture) -> tuple[Plane, ...] | None:
        """Writable planes of the sizes and type of the picture's; None: make your own.

        What they hold is left over from another picture.
        """

"""What samples mean: levels of a range and the matrices between YUV samples and 8-bit RGB."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64
    from latentsync_studio.core.picture import Matrix, PixelFormat

# (Kr, Kb) of ITU-R BT.601-7 §2.5.1, BT.709-6 item 3.2 and BT.2020-2 table 4 (non-constant).
LUMA_WEIGHTS: Final[dict[Matrix, tuple[float, float]]] = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Sample values of a format, in samples (0..2**bits - 1).

    Attributes:
        black: luma (or R, G, B) of black.
        white: luma (or R, G, B) of white.
        neutral: chroma of grey.
        chroma_low: smallest legal chroma.
        chroma_high: largest legal chroma.
    """

    black: int
    white: int
    neutral: int
    chroma_low: int
    chroma_high: int

    @property
    def luma_span(self) -> int:
        """Steps from black to white."""
        return self.white - self.black

    @property
    def chroma_span(self) -> float:
        """Steps between Cb = -0.5 and Cb = +0.5."""
        if self.chroma_low == 0:
            return float(self.chroma_high)
        return float(self.chroma_high - self.chroma_low)


@lru_cache(maxsize=64)
def levels(fmt: PixelFormat) -> Levels:
    """The levels of `fmt` (BT.709-6 item 4 for the limited range, scaled to its bits)."""
    step = 1 << (fmt.bits - 8)
    top = (1 << fmt.bits) - 1
    if fmt.full_range:
        return Levels(black=0, white=top, neutral=128 * step, chroma_low=0, chroma_high=top)
    return Levels(
        black=16 * step,
        white=235 * step,
        neutral=128 * step,
        chroma_low=16 * step,
        chroma_high=240 * step,
    )


@lru_cache(maxsize=64)
def to_rgb(fmt: PixelFormat) -> F64:
    """Matrix (3, 4): samples (Y, U, V, 1) or (R, G, B, 1) of `fmt` to RGB in 0..255."""
    lev = levels(fmt)
    gain = 255.0 / lev.luma_span
    if fmt.matrix == "rgb":
        matrix = np.diag([gain, gain, gain])
        offset = np.full((3, 1), -gain * lev.black)
        return _read_only(np.hstack([matrix, offset]))
    kr, kb = LUMA_WEIGHTS[fmt.matrix]
    kg = 1.0 - kr - kb
    chroma = 255.0 / lev.chroma_span
    red, blue = 2.0 * (1.0 - kr) * chroma, 2.0 * (1.0 - kb) * chroma
    matrix = np.array(
        [[gain, 0.0, red], [gain, -blue * kb / kg, -red * kr / kg], [gain, blue, 0.0]]
    )
    offset = -matrix @ np.array([[lev.black], [lev.neutral], [lev.neutral]], dtype=np.float64)
    return _read_only(np.hstack([matrix, offset]))


@lru_cache(maxsize=64)
def from_rgb(fmt: PixelFormat) -> F64:
    """Matrix (3, 3): a difference of RGB in 0..255 to the difference of samples of `fmt`.

    It is the inverse of the linear part of `to_rgb`: rows are Y, U, V (or R, G, B).
    """
    return _read_only(np.linalg.inv(to_rgb(fmt)[:, :3]).astype(np.float64))


def _read_only(array: F64) -> F64:
    array.flags.writeable = False
    return array

"""Names for the arrays that cross module boundaries. They are read-only at every boundary."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rgb8 = npt.NDArray[np.uint8]  # (H, W, 3), RGB, C-contiguous
Alpha = npt.NDArray[np.float32]  # (H, W), 0..1, 1 = replace
Plane = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]  # (H, W) samples in the low bits
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


def frozen(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Mark `array` read-only and return it."""
    array.flags.writeable = False
    return array

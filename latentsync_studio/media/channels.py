"""Channels of sound: their layouts by name, and samples as floats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.media.facts import AudioFacts

    Block = npt.NDArray[np.generic]  # (channels, samples), as decoded

_LAYOUTS: Final = {
    1: "mono",
    2: "stereo",
    3: "2.1",
    4: "4.0",
    5: "5.0",
    6: "5.1",
    7: "6.1",
    8: "7.1",
}


def known_layout(facts: AudioFacts) -> str:
    """FFmpeg's name of the channel layout; the usual one for their number when none is stored.

    Empty for more than eight channels without a layout.
    """
    if facts.layout.endswith("channels"):
        return _LAYOUTS.get(facts.channels, "")
    return facts.layout


def usual_layout(channels: int) -> str:
    """FFmpeg's name of the usual layout of so many channels; empty for more than eight."""
    return _LAYOUTS.get(channels, "")


def floats_of(block: Block) -> F32:
    """(channels, n) samples as f32 of full scale 1."""
    if block.dtype.kind == "f":
        return np.asarray(block, np.float32)
    if block.dtype == np.uint8:
        return (block.astype(np.float32) - 128) / np.float32(128)
    full = np.float32(2 ** (8 * block.dtype.itemsize - 1))
    return np.asarray(block, np.float32) / full

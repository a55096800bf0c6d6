"""Which coded frames no other frame is built on, told from their packets without decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.video.codeccontext import VideoCodecContext

_START: Final = b"\0\0\1"
_H264_SLICES: Final = range(1, 6)  # ITU-T H.264 table 7-1
_HEVC_SLICES: Final = range(32)  # ITU-T H.265 table 7-1; even ones below 15 are not referred to
_HEVC_SUB_LAYER_END: Final = 15
_HEVC_SPS: Final = 33


@dataclass(frozen=True, slots=True)
class Unreferenced:
    """Tells of a stream's packets whether a decoder may be spared them.

    Attributes:
        codec: "h264" or "hevc".
        length_bytes: size of the number before each NAL unit; 0 where start codes part them.
        last_layer: the highest temporal sub-layer (H.265): an H.265 frame that is not referred to
            within its sub-layer may still serve a higher one.
    """

    codec: str
    length_bytes: int
    last_layer: int = 0

    @classmethod
    def of(cls, context: VideoCodecContext) -> Self | None:
        """For a stream that is open; None when its packets do not tell."""
        codec, extra = context.codec.canonical_name, context.extradata or b""
        has_lengths = len(extra) > 6 and extra[0] == 1
        if codec == "h264":
            return cls(codec, (extra[4] & 3) + 1 if has_lengths else 0)
        if codec != "hevc":
            return None
        if has_lengths and len(extra) > 22:  # ISO/IEC 14496-15, HEVCDecoderConfigurationRecord
            layers = (extra[21] >> 3) & 7
            return cls(codec, (extra[21] & 3) + 1, layers - 1) if layers else None
        for unit in _parted(extra):
            if (unit[0] >> 1) & 63 == _HEVC_SPS and len(unit) > 2:
                return cls(codec, 0, (unit[2] >> 1) & 7)
        return None

    def __call__(self, data: bytes) -> bool:
        """Whether all slices of a packet belong to frames that no other is built on."""
        units = _measured(data, self.length_bytes) if self.length_bytes else _parted(data)
        found = False
        for unit in units:
            spare = self._is_spare(unit)
            if spare is False:
                return False
            found = found or spare is True
        return found

    def _is_spare(self, unit: memoryview) -> bool | None:
        """The same of one NAL unit; None when it is no slice."""
        if self.codec == "h264":
            return unit[0] >> 5 & 3 == 0 if unit[0] & 31 in _H264_SLICES else None
        kind, layer = unit[0] >> 1 & 63, (unit[1] & 7) - 1
        if kind not in _HEVC_SLICES:
            return None
        return kind < _HEVC_SUB_LAYER_END and kind % 2 == 0 and layer >= self.last_layer


def _measured(data: bytes, length_bytes: int) -> Iterator[memoryview]:
    """NAL units of at least two bytes, each behind its length."""
    at, view = 0, memoryview(data)
    while at + length_bytes + 2 <= len(data):
        size = int.from_bytes(view[at : at + length_bytes], "big")
        at += length_bytes
        if size >= 2:
            yield view[at : at + size]
        at += size


def _parted(data: bytes) -> Iterator[memoryview]:
    """NAL units of at least two bytes behind start codes (up to the end of the data each)."""
    at, view = data.find(_START), memoryview(data)
    while at >= 0:
        if at + 5 <= len(data):
            yield view[at + 3 :]
        at = data.find(_START, at + 3)

"""Patches of one window as one block of bytes: lossless, small and fast enough for every frame.

    magic 4 | version 1 | header length 4 | blake2b-128 of all that follows 16 | header | payloads

Integers are little-endian. The header is a msgpack list, one `_Entry` a patch; the payloads follow
in the same order. "magicyuv" is one MagicYUV packet of planes G, B, R, alpha (a quarter of the time
of PNG at the same size); "raw" is (h, w, 4) RGBA, used where MagicYUV's tables would be larger.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

import av
import av.error
import cv2
import msgspec
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.engine import Patch
from latentsync_studio.core.errors import DamagedEntryError
from latentsync_studio.media.frame_planes import plane_views

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    from av.video.codeccontext import VideoCodecContext

    from latentsync_studio.core.arrays import Rgb8

    Rgba = tuple[Rgb8, npt.NDArray[np.uint8]]

_MAGIC = b"LSPW"
VERSION = 1  # raise when the same patches give other bytes; part of the keys of stored windows
_HEAD = struct.Struct("<4sBI")
_DIGEST_BYTES = 16
_CODEC = "magicyuv"
_FORMAT = "gbrap"
_RAW_BELOW_PIXELS = 512  # MagicYUV spends about 1.1 kB on tables, whatever the size
_MAX_SIDE = 16384
_PACKET_SIZE_AT = 16  # offset of width and height, u32 each, in a MagicYUV packet
_MIN_BITS_A_SAMPLE = 1  # shortest Huffman code of MagicYUV: bounds what a packet may claim


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """One patch in the header."""

    frame: int
    height: int
    width: int
    transform: tuple[float, float, float, float, float, float]
    method: Literal["magicyuv", "raw"]
    size: int  # bytes of its payload


def pack(patches: Sequence[Patch]) -> bytes:
    """Write patches, which may differ in size, as one self-checking block of bytes.

    The same patches give the same bytes. Raises ValueError for shapes that do not fit together
    or that are empty or longer than 16384 px on a side.
    """
    encoders: dict[tuple[int, int], VideoCodecContext] = {}
    entries: list[_Entry] = []
    payloads: list[bytes] = []
    for patch in patches:
        height, width = _checked_shape(patch)
        method: Literal["magicyuv", "raw"] = "magicyuv"
        if height * width < _RAW_BELOW_PIXELS:
            method, payload = "raw", np.dstack([patch.pixels, patch.alpha]).tobytes()
        else:
            if (height, width) not in encoders:
                encoders[height, width] = _encoder(height, width)
            payload = _encode(encoders[height, width], patch)
        transform = tuple(float(v) for v in np.asarray(patch.transform).reshape(6))
        entries.append(
            _Entry(patch.frame, height, width, transform, method, len(payload))  # type: ignore[arg-type]
        )
        payloads.append(payload)
    header = msgspec.msgpack.encode(entries)
    body = b"".join([header, *payloads])
    return b"".join([_HEAD.pack(_MAGIC, VERSION, len(header)), _digest(body), body])


def unpack(data: bytes) -> tuple[Patch, ...]:
    """Read what `pack` wrote; the arrays are read-only.

    Raises DamagedEntryError when a single bit differs; reserves no more memory than the payload
    can fill.
    """
    packed = PackedPatches(data)
    return tuple(packed.at(number) for number in range(packed.count))


class PackedPatches(Mapping[int, Patch]):
    """What `pack` wrote, verified as a whole; a patch is decoded when it is first asked for.

    Patches by frame, in their order; of several with the same frame the last one. To read one of
    sixteen takes a tenth of the time of all. For one thread at a time.

    Attributes:
        count: how many patches there are.
        bytes: that it holds once every patch is decoded.
    """

    def __init__(self, data: bytes, *, is_verified: bool = False) -> None:
        """Verify everything but the pixels; raise DamagedEntryError when a single bit differs.

        is_verified: all of `data` was compared with a digest a moment ago; only its form is looked
            at.
        """
        self._view = memoryview(data)
        self._entries, offset = _read_header(self._view, is_verified=is_verified)
        self._offsets = [offset, *(offset + n for n in accumulate(e.size for e in self._entries))]
        self._numbers = {entry.frame: number for number, entry in enumerate(self._entries)}
        self._decoded: dict[int, Patch] = {}
        self._decoders: dict[tuple[int, int], VideoCodecContext] = {}
        self.count = len(self._entries)
        self.bytes = len(data) + sum(4 * entry.height * entry.width for entry in self._entries)

    def __getitem__(self, frame: int) -> Patch:
        """The patch of a frame; raises DamagedEntryError where its pixels do not decode."""
        return self.at(self._numbers[frame])

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def at(self, number: int) -> Patch:
        """The patch at a place in their order; raises DamagedEntryError as above."""
        found = self._decoded.get(number)
        if found is None:
            found = self._decoded[number] = self._made(number)
        return found

    def _made(self, number: int) -> Patch:
        entry, offset = self._entries[number], self._offsets[number]
        payload = self._view[offset : offset + entry.size]
        if entry.method == "raw":
            pixels, alpha = _decode_raw(entry, payload)
        else:
            size = entry.height, entry.width
            if size not in self._decoders:
                self._decoders[size] = _decoder(*size)
            pixels, alpha = _decode(self._decoders[size], entry, payload)
        transform = np.array(entry.transform, np.float64).reshape(2, 3)
        for array in (pixels, alpha, transform):
            frozen(array)
        return Patch(frame=entry.frame, pixels=pixels, alpha=alpha, transform=transform)


def _checked_shape(patch: Patch) -> tuple[int, int]:
    height, width = patch.alpha.shape
    if patch.pixels.shape != (height, width, 3):
        msg = f"Patch pixels {patch.pixels.shape} do not fit alpha {patch.alpha.shape}."
        raise ValueError(msg)
    if patch.pixels.dtype != np.uint8 or patch.alpha.dtype != np.uint8:
        msg = f"Patches are u8, not {patch.pixels.dtype} and {patch.alpha.dtype}."
        raise ValueError(msg)
    if not (0 < height <= _MAX_SIDE and 0 < width <= _MAX_SIDE):
        msg = f"A patch of {width} x {height} px; each side must be 1..{_MAX_SIDE}."
        raise ValueError(msg)
    return height, width


def _read_header(view: memoryview, *, is_verified: bool = False) -> tuple[list[_Entry], int]:
    """Verify everything but the pixels; return the entries and where the payloads begin."""
    start = _HEAD.size + _DIGEST_BYTES
    if len(view) < start:
        raise _damaged(f"only {len(view)} bytes long")
    magic, version, length = _HEAD.unpack_from(view)
    if magic != _MAGIC or version != VERSION:
        raise _damaged(f"unknown kind {magic!r} or version {version}")
    if not is_verified and view[_HEAD.size : start] != _digest(view[start:]):
        raise _damaged("its digest differs")
    try:
        entries = msgspec.msgpack.decode(view[start : start + length], type=decodable(list[_Entry]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(f"unreadable header ({error})") from error
    offset = start + length
    if sum(entry.size for entry in entries) != len(view) - offset:
        raise _damaged("its payloads do not fill it")
    for entry in entries:
        _check_entry(entry)
    return entries, offset


def _check_entry(entry: _Entry) -> None:
    sides_fit = 0 < entry.height <= _MAX_SIDE and 0 < entry.width <= _MAX_SIDE
    samples = entry.height * entry.width * 4
    least = samples if entry.method == "raw" else samples * _MIN_BITS_A_SAMPLE // 8
    if not sides_fit or entry.size < least:
        claim = f"{entry.width} x {entry.height} px in {entry.size} bytes"
        raise _damaged(f"frame {entry.frame} claims {claim}")


def _encoder(height: int, width: int) -> VideoCodecContext:
    context: VideoCodecContext = av.CodecContext.create(_CODEC, "w")  # type: ignore[assignment]
    context.width, context.height, context.pix_fmt = width, height, _FORMAT
    context.time_base = Fraction(1, 25)  # asked for, but nowhere stored
    context.thread_count = 1
    context.options = {"pred": "gradient"}  # a quarter smaller than "left" at the same speed
    return context


def _encode(context: VideoCodecContext, patch: Patch) -> bytes:
    red, green, blue = cv2.split(patch.pixels)
    frame = av.VideoFrame(context.width, context.height, _FORMAT)
    for samples, plane in zip(plane_views(frame), (green, blue, red, patch.alpha), strict=True):
        samples[:] = plane
    packets = context.encode(frame)
    return b"".join(bytes(packet) for packet in packets)


def _decoder(height: int, width: int) -> VideoCodecContext:
    context: VideoCodecContext = av.CodecContext.create(_CODEC, "r")  # type: ignore[assignment]
    context.width, context.height = width, height
    context.thread_count = 1
    return context


def _decode(context: VideoCodecContext, entry: _Entry, payload: memoryview) -> Rgba:
    sizes = struct.unpack_from("<2I", payload, _PACKET_SIZE_AT) if len(payload) > 24 else ()
    if sizes != (entry.width, entry.height):
        raise _damaged(f"frame {entry.frame} holds a picture of another size")
    try:
        frames = context.decode(av.Packet(bytes(payload)))
    except av.error.FFmpegError as error:
        raise _damaged(f"frame {entry.frame} does not decode ({error})") from error
    if [frame.format.name for frame in frames] != [_FORMAT]:
        raise _damaged(f"frame {entry.frame} decodes to something else")
    green, blue, red, alpha = plane_views(frames[0])
    return np.asarray(cv2.merge([red, green, blue]), np.uint8), np.array(alpha, np.uint8)


def _decode_raw(entry: _Entry, payload: memoryview) -> Rgba:
    if len(payload) != entry.height * entry.width * 4:
        raise _damaged(f"frame {entry.frame} has {len(payload)} bytes")
    rgba = np.frombuffer(payload, np.uint8).reshape(entry.height, entry.width, 4)
    return rgba[..., :3].copy(), rgba[..., 3].copy()


def _digest(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()


def _damaged(what: str) -> DamagedEntryError:
    return DamagedEntryError(
        f"Stored patches are damaged: {what}.", remedy="They will be made again; check the disk."
    )

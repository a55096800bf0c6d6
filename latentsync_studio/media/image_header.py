"""What kind of picture a file is and how large, from its first bytes: no pixel is decoded.

Sources: PNG (W3C, 11.2.2 IHDR), JPEG (ITU-T T.81 B.2.2 frame header), BMP (BITMAPINFOHEADER),
TIFF 6.0 (section 2, tags 256 and 257), WebP (RFC 9649, sections 2.4 to 2.7).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from pathlib import Path

ImageKind = Literal["png", "jpeg", "bmp", "tiff", "webp"]

_MAGIC: Final[tuple[tuple[bytes, ImageKind], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
_HEAD: Final = 1 << 20  # a JPEG's frame header may follow a large thumbnail and color profile
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WIDTH_TAG, _HEIGHT_TAG, _SHORT = 256, 257, 3


def image_kind(head: bytes) -> ImageKind | None:
    """The kind by the first 16 bytes of a file; None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def header_size(path: Path) -> tuple[int, int] | None:
    """Width and height as stored; None where the header does not tell. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    try:
        return _size(head, image_kind(head[:16]))
    except (struct.error, IndexError):  # cut off
        return None


def _size(head: bytes, kind: ImageKind | None) -> tuple[int, int] | None:
    if kind == "png":
        return struct.unpack_from(">II", head, 16)
    if kind == "bmp":
        width, height = struct.unpack_from("<ii", head, 18)
        return width, abs(height)
    if kind == "jpeg":
        return _of_jpeg(head)
    if kind == "tiff":
        return _of_tiff(head)
    return _of_webp(head) if kind == "webp" else None


def _of_jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        else:
            at += 2 + struct.unpack_from(">H", head, at + 2)[0]
    return None


def _of_tiff(head: bytes) -> tuple[int, int] | None:
    order = "<" if head[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", head, 4)
    (count,) = struct.unpack_from(f"{order}H", head, at)
    sizes: dict[int, int] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(f"{order}HH", head, entry)
        if tag in {_WIDTH_TAG, _HEIGHT_TAG}:
            form = "H" if kind == _SHORT else "I"
            (sizes[tag],) = struct.unpack_from(f"{order}{form}", head, entry + 8)
    return (sizes[_WIDTH_TAG], sizes[_HEIGHT_TAG]) if len(sizes) == 2 else None


def _of_webp(head: bytes) -> tuple[int, int] | None:
    form = head[12:16]
    if form == b"VP8X":
        wide = int.from_bytes(head[24:27], "little") + 1
        return wide, int.from_bytes(head[27:30], "little") + 1
    if form == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        wide, high = struct.unpack_from("<HH", head, 26)
        return wide & 0x3FFF, high & 0x3FFF
    return None

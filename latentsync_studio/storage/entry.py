r"""The file format of one store entry: 128 bytes of header, then the payload.

    0    8  magic "LSENTRY\x00"
    8    2  format version          10  2  form: 0 bytes, 1 arrays
    12   4  zero                    16  8  payload length
    24  32  kind, ASCII             56 40  zero
    96  32  blake2b-256 of the 96 bytes above, the entry's key and the payload
    128     payload

All numbers are little-endian. The digest covers every byte and the name, so a flipped bit, a cut or
longer file, and a file under another entry's name are all found. A payload of arrays is a u64
length, JSON that describes the arrays, and their raw bytes, each aligned to 64 in the file.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from math import prod
from typing import TYPE_CHECKING, Final, cast

import msgspec
import numpy as np

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import DamagedEntryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from latentsync_studio.storage.files import Bytes

VERSION: Final = 1
BYTES: Final = 0
ARRAYS: Final = 1
HEADER_BYTES: Final = 128

KIND: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")

_MAGIC: Final = b"LSENTRY\x00"
_FIELDS: Final = struct.Struct("<8sHHIQ32s40x")
_LENGTH: Final = struct.Struct("<Q")
_DIGEST_BYTES: Final = 32
_ALIGN: Final = 64


class _Array(msgspec.Struct, frozen=True):
    """Where an array lies: `offset` from the start of the payload."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A verified entry; `payload` is a read-only view of what was given to `verify`."""

    kind: str
    form: int
    payload: memoryview


def header(key: str, kind: str, form: int, pieces: Sequence[Bytes]) -> bytes:
    """The header of an entry whose payload is `pieces`, one after the other."""
    length = sum(memoryview(piece).nbytes for piece in pieces)
    fields = _FIELDS.pack(_MAGIC, VERSION, form, 0, length, kind.encode("ascii"))
    return fields + _digest(fields, key, pieces)


def verify(key: str, blob: memoryview) -> Entry:
    """Check the bytes of a whole entry file; raise DamagedEntryError saying what is wrong."""
    if blob.nbytes < HEADER_BYTES:
        raise DamagedEntryError(f"Entry {key} has {blob.nbytes} bytes, fewer than its header.")
    fields, payload = blob[: _FIELDS.size], blob[HEADER_BYTES:]
    magic, version, form, _, length, kind = _FIELDS.unpack(fields)
    if magic != _MAGIC or version != VERSION or form not in {BYTES, ARRAYS}:
        raise DamagedEntryError(f"Entry {key} does not begin as an entry of format {VERSION}.")
    if payload.nbytes != length:
        raise DamagedEntryError(f"Entry {key} has {payload.nbytes} bytes instead of {length}.")
    if not compare_digest(_digest(fields, key, (payload,)), bytes(blob[96:HEADER_BYTES])):
        raise DamagedEntryError(f"Entry {key} does not match its digest.")
    return Entry(kind=kind.rstrip(b"\0").decode("ascii"), form=form, payload=payload)


def peek_kind(head: bytes) -> str | None:
    """The kind written in an unverified header, or None when this is no header."""
    if len(head) < HEADER_BYTES or head[:8] != _MAGIC:
        return None
    kind = str(_FIELDS.unpack_from(head)[5].rstrip(b"\0"), "ascii", "replace")
    return kind if KIND.fullmatch(kind) else None


def pack_arrays(arrays: Mapping[str, npt.NDArray[np.generic]]) -> list[Bytes]:
    """Payload pieces for named arrays of numbers or bools; raise TypeError for others."""
    described: list[_Array] = []
    pieces: list[Bytes] = []
    offset = 0
    for name, array in arrays.items():
        if array.dtype.kind not in "biufc":
            raise TypeError(f"Array {name!r} holds {array.dtype}; only numbers and bools are kept.")
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        shape = tuple(int(n) for n in array.shape)
        described.append(_Array(name, plain.dtype.str, shape, offset))
        padding = -plain.nbytes % _ALIGN
        pieces += [plain.reshape(-1).view(np.uint8).data, bytes(padding)]
        offset += plain.nbytes + padding
    text = msgspec.json.encode(described)
    return [_LENGTH.pack(len(text)), text, bytes(_data_start(len(text)) - 8 - len(text)), *pieces]


def unpack_arrays(key: str, payload: npt.NDArray[np.uint8]) -> dict[str, np.memmap]:
    """Views of a verified, mapped payload (n,) u8, by name; as read-only as `payload`."""
    try:
        (length,) = _LENGTH.unpack_from(payload.data)
        described = msgspec.json.decode(
            payload[8 : 8 + length].tobytes(), type=decodable(list[_Array])
        )
        data = payload[_data_start(length) :]
        return {array.name: _view(data, array) for array in described}
    except (struct.error, msgspec.DecodeError, ValueError, TypeError) as error:
        raise DamagedEntryError(f"Entry {key} describes its arrays wrongly: {error}.") from error


def _view(data: npt.NDArray[np.uint8], array: _Array) -> np.memmap:
    dtype = np.dtype(array.dtype)
    if dtype.kind not in "biufc":
        raise TypeError(f"{array.name} would hold {dtype}")
    stop = array.offset + prod(array.shape) * dtype.itemsize
    view = data[array.offset : stop].view(dtype).reshape(array.shape)
    return cast("np.memmap", view)  # numpy keeps the class, its stubs forget it


def _data_start(text_length: int) -> int:
    """Where the arrays begin within the payload (the payload itself is aligned in the file)."""
    return -(-(8 + text_length) // _ALIGN) * _ALIGN


def _digest(fields: Bytes, key: str, pieces: Sequence[Bytes]) -> bytes:
    digest = blake2b(fields, digest_size=_DIGEST_BYTES)
    digest.update(key.encode("ascii"))
    for piece in pieces:
        digest.update(piece)
    return digest.digest()

"""Blobs in one file beside the copy of a project that a job keeps: written once, read by digest.

magic, length of the table, table: JSON {digest: [offset, length]}, then the stored forms
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import InputError
from latentsync_studio.storage.files import FileOps, write_atomic
from latentsync_studio.storage.project_blobs import packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIX: Final = ".tiles"
_MAGIC: Final = b"LSTILES1"
_LENGTH_BYTES: Final = 8
_HEAD: Final = len(_MAGIC) + _LENGTH_BYTES
_Table = dict[str, tuple[int, int]]


def write_bundle(path: Path, blobs: Mapping[str, bytes], files: FileOps) -> int:
    """Write blobs by their digests, whole or not at all; return the bytes. Raises OSError."""
    stored = {digest: packed(data) for digest, data in blobs.items()}
    table: _Table = {}
    at = 0
    for digest, data in stored.items():
        table[digest] = at, len(data)
        at += len(data)
    head = msgspec.json.encode(table)
    length = len(head).to_bytes(_LENGTH_BYTES, "little")
    write_atomic(path, [_MAGIC + length, head, *stored.values()], files)
    return _HEAD + len(head) + at


class TileBundle:
    """A bundle that is read; holds no file open. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Read the table.

        Raises:
            InputError: it is missing or damaged.
        """
        self.path = path
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD)
                length = int.from_bytes(head[len(_MAGIC) :], "little")
                if not head.startswith(_MAGIC) or length > path.stat().st_size:
                    raise _damaged(path)
                self._table = msgspec.json.decode(file.read(length), type=decodable(_Table))
        except OSError as error:
            raise InputError(
                f"The masks of the job cannot be read: {error.strerror or error} ({path}).",
                remedy="Remove the job and start it anew from the project.",
            ) from error
        except msgspec.DecodeError as error:
            raise _damaged(path) from error
        self._begin = _HEAD + length

    def blob(self, digest: str) -> bytes | None:
        """The blob with this digest, or None.

        Raises:
            InputError: it does not verify, or cannot be read.
        """
        place = self._table.get(digest)
        if place is None:
            return None
        offset, length = place
        try:
            with self.path.open("rb") as file:
                file.seek(self._begin + max(offset, 0))
                data = unpacked(file.read(max(length, 0)), digest)
        except OSError as error:
            raise _damaged(self.path) from error
        if data is None:
            raise _damaged(self.path)
        return data


def _damaged(path: Path) -> InputError:
    return InputError(
        f"The masks of the job are damaged ({path}).",
        remedy="Remove the job and start it anew from the project.",
    )

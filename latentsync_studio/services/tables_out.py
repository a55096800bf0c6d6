"""Tables of numbers as files for other programs: CSV and JSON, whole or not at all."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

import msgspec

from latentsync_studio.core.errors import StorageError
from latentsync_studio.storage.files import FileOps, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from latentsync_studio.core.progress import Progress

_CHECK_EVERY = 4096  # rows


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of the same length.

    Attributes:
        titles: of the columns.
        columns: text, whole or real numbers; NaN is unknown.
        about: what JSON says besides, by name.
    """

    titles: tuple[str, ...]
    columns: tuple[Any, ...]
    about: dict[str, Any] = {}

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Row by row."""
        return zip(*self.columns, strict=True)


def write_csv(path: Path, table: Table, progress: Progress) -> None:
    """Write a table; unknown is empty.

    Raises:
        StorageError: the folder or the disk refuses.
        Cancelled: the user stopped it.
    """
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(table.titles)
    for number, row in enumerate(table.rows()):
        if number % _CHECK_EVERY == 0:
            progress.check()
        out.writerow([_text(value) for value in row])
    _write(path, text.getvalue().encode("utf-8"))


def write_json(path: Path, table: Table, progress: Progress) -> None:
    """Write a table as {..., "columns": {title: [values]}}; unknown is null.

    Raises:
        StorageError: the folder or the disk refuses.
        Cancelled: the user stopped it.
    """
    columns: dict[str, list[Any]] = {}
    for title, values in zip(table.titles, table.columns, strict=True):
        progress.check()
        columns[title] = [_plain(value) for value in values]
    told: Mapping[str, Any] = {**table.about, "columns": columns}
    _write(path, msgspec.json.format(msgspec.json.encode(told), indent=1))


def _text(value: Any) -> str:  # noqa: ANN401 - a cell
    if isinstance(value, str):
        return value
    number = float(value)
    return "" if math.isnan(number) else f"{number:.6g}" if number % 1 else f"{number:.0f}"


def _plain(value: Any) -> str | int | float | None:  # noqa: ANN401 - a cell
    if isinstance(value, str):
        return value
    number = float(value)
    if math.isnan(number):
        return None
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return int(number) if number % 1 == 0 else round(number, 6)


def _write(path: Path, data: bytes) -> None:
    pieces: Sequence[bytes] = [data]
    try:
        write_atomic(path, pieces, FileOps())
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written: {error.strerror}.",
            remedy="Choose a folder that you may write to, on a disk with room.",
        ) from error

"""Votes in files: a table (CSV), or those that a project holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.comparing.votes_csv import votes_from_csv, votes_to_csv
from latentsync_studio.core.errors import InputError, MissingFileError
from latentsync_studio.services.overwriting import refuse_overwriting, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from latentsync_studio.core.comparing.votes import Ballot

_PROJECTS = (".lsp", ".json")
_MOST_BYTES = 256 * 1024**2


def read_ballots(path: Path) -> tuple[Ballot, ...]:
    """The ballots of a CSV table, or of a project (.lsp, or its document as .json).

    Raises:
        InputError: the file is missing or unreadable, or no table of votes.
    """
    if path.suffix.lower() in _PROJECTS:
        from latentsync_studio.services.project_files import read_project

        return read_project(path).ballots
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(
                f"{path.name} has {path.stat().st_size} bytes.", remedy="Choose a table of votes."
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise MissingFileError(
            f"The votes {path} are not there.", remedy="Check the name."
        ) from error
    except OSError as error:
        raise InputError(
            f"The votes {path} cannot be read: {error.strerror}.", remedy="Check the file."
        ) from error
    return votes_from_csv(_decoded(data, path))


def write_ballots(path: Path, ballots: Iterable[Ballot], *, inputs: Iterable[Path] = ()) -> None:
    """Write ballots as a CSV table, whole or not at all.

    Raises:
        InputError: it is one of `inputs`.
        DiskFullError, StorageError: it cannot be written.
    """
    refuse_overwriting(path, inputs)
    write_whole(path, votes_to_csv(ballots).encode("utf-8"))


def _decoded(data: bytes, path: Path) -> str:
    """Spreadsheets write UTF-8 or, with a mark in front, UTF-16."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} is no text.", remedy="Save the table as CSV in UTF-8."
        ) from error

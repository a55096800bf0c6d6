"""What a command says: results on stdout, everything else on stderr.

With --json exactly one object goes to stdout, also when the command fails. A reader that went away
is not an error, and nothing that is said on stderr can make a command fail.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

    from latentsync_studio.core.errors import StudioError

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON object; progress as JSON lines on stderr.")
]
READER_GONE = {errno.EPIPE, errno.EINVAL}  # Windows says EINVAL


class OutputError(StorageError):
    """The result could not be printed."""

    code = "output"


def prepare_streams() -> None:
    """Make stdout and stderr take any text, whatever their encoding; open those that are closed.

    Under a closed descriptor the next file of ours would be opened, and written over by messages.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            devnull = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open
            setattr(sys, name, devnull)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(result: Any) -> None:  # noqa: ANN401 - whatever msgspec can encode
    """Print the one final object as a line of its own."""
    _print(json_text(result) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print the result for people."""
    _print("".join(line + "\n" for line in lines))


def _print(text: str) -> None:
    stdout = sys.stdout
    try:
        stdout.write(text)
        stdout.flush()
    except OSError as error:
        abandon(stdout)
        if error.errno not in READER_GONE:
            raise OutputError(
                f"The result cannot be printed: {error.strerror}.",
                remedy="Send it to a disk with free room; the work itself is done and kept.",
            ) from error


def abandon(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, or the end of the program would try it again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say(text: str, *, as_json: bool = False) -> None:
    """Tell the user something that is not the result; as {"note": text} among JSON lines."""
    write_aside(note_line(text, as_json=as_json), sys.stderr)


def write_aside(line: str, stream: TextIO) -> None:
    """Write a line that may be lost: the work goes on when nobody can read it."""
    try:
        stream.write(line)
        stream.flush()
    except OSError:
        abandon(stream)


def note_line(text: str, *, as_json: bool) -> str:
    """The line that `say` writes."""
    return (json_text({"note": text}) if as_json else text) + "\n"


class _Notes(logging.Handler):
    """Says what the parts of the program log."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__(logging.WARNING)
        self._as_json = as_json

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage(), as_json=self._as_json)


@contextmanager
def told_warnings(*, as_json: bool) -> Iterator[None]:
    """Say all that is logged as a warning or worse: among JSON lines, or above the bar."""
    handler = _Notes(as_json=as_json)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


def print_error(error: StudioError, *, as_json: bool, log: str = "") -> None:
    """Tell what went wrong and what to do about it.

    Args:
        error: its `problems`, when it has any, are listed one by one.
        as_json: print {"error", "message", "remedy", "problems", "log"} on stdout.
        log: file with the details of an internal error.
    """
    problems: Sequence[Any] = getattr(error, "problems", ())
    if as_json and not isinstance(error, OutputError):
        told = {"error": error.code, "message": str(error), "remedy": error.remedy}
        print_json({**told, "problems": problems, "log": log})
        return
    for problem in problems:
        _say_one(problem.message, problem.remedy, as_json=as_json)
    if not problems:
        _say_one(str(error), error.remedy, as_json=as_json)
    if log:
        say(f"  code: {error.code}, log: {log}")


def _say_one(message: str, remedy: str, *, as_json: bool) -> None:
    say(f"Error: {message}", as_json=as_json)
    if remedy:
        say(f"  -> {remedy}", as_json=as_json)


def table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Lay rows out in columns, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()

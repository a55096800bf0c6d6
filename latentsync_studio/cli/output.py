"""What a command says: results on stdout, everything else on stderr.

With --json exactly one object goes to stdout, also when the command fails.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latentsync_studio.core.errors import StudioError

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON object; progress as JSON lines on stderr.")
]


def print_json(result: Any) -> None:  # noqa: ANN401 - whatever msgspec can encode
    """Print the one final object as a line of its own."""
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    sys.stdout.flush()


def print_lines(lines: Iterable[str]) -> None:
    """Print the result for people."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say(text: str, *, as_json: bool = False) -> None:
    """Tell the user something that is not the result; as {"note": text} among JSON lines."""
    sys.stderr.write(note_line(text, as_json=as_json))
    sys.stderr.flush()


def note_line(text: str, *, as_json: bool) -> str:
    """The line that `say` writes."""
    return (msgspec.json.encode({"note": text}).decode() if as_json else text) + "\n"


def print_error(error: StudioError, *, as_json: bool, log: str = "") -> None:
    """Tell what went wrong and what to do about it.

    Args:
        error: its `problems`, when it has any, are listed one by one.
        as_json: print {"error", "message", "remedy", "problems", "log"} on stdout.
        log: file with the details of an internal error.
    """
    problems: Sequence[Any] = getattr(error, "problems", ())
    if as_json:
        told = {"error": error.code, "message": str(error), "remedy": error.remedy}
        print_json({**told, "problems": problems, "log": log})
        return
    if problems:
        for problem in problems:
            say(f"Error: {problem.message}")
            say(f"  -> {problem.remedy}")
    else:
        say(f"Error: {error}")
        if error.remedy:
            say(f"  -> {error.remedy}")
    if log:
        say(f"  code: {error.code}, log: {log}")


def table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Lay rows out in columns, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()

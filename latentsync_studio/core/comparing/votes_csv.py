"""Votes as a table for spreadsheets, and back.

    ballot,voter,question,item,left,right,choice,winner,seconds,replays

`winner` is there for people and is not read. A text that a spreadsheet would take for a formula
gets an apostrophe before it, which is taken away again.
"""

from __future__ import annotations

import csv
import io
from math import isfinite
from typing import TYPE_CHECKING, Final, cast

from latentsync_studio.core.comparing.votes import Ballot, BallotId, Vote
from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latentsync_studio.core.comparing.votes import Choice

COLUMNS: Final = (
    "ballot",
    "voter",
    "question",
    "item",
    "left",
    "right",
    "choice",
    "winner",
    "seconds",
    "replays",
)
NEEDED: Final = ("left", "right", "choice")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MOST_ROWS: Final = 1_000_000
_CHOICES: Final = {
    "left": "left",
    "l": "left",
    "right": "right",
    "r": "right",
    "tie": "tie",
    "=": "tie",
}


def votes_to_csv(ballots: Iterable[Ballot]) -> str:
    """A table with a line of titles, one vote a row, lines ending as RFC 4180 wants it."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for ballot in ballots:
        for vote in ballot.votes:
            told = (ballot.name, ballot.voter, ballot.question, vote.item, vote.left, vote.right)
            measured = (f"{vote.seconds:g}", vote.replays)
            table.writerow([*map(_safe, told), vote.choice, _safe(vote.winner), *measured])
    return out.getvalue()


def votes_from_csv(text: str) -> tuple[Ballot, ...]:
    """The ballots of a table; columns in any order, further ones are passed over.

    Raises:
        InputError: a needed column is missing, or a row makes no sense; which one is told.
    """
    try:
        rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
        titles = [title.strip().lower() for title in rows.fieldnames or ()]
        missing = [name for name in NEEDED if name not in titles]
        if missing:
            raise InputError(
                f"The table of votes has no column {missing[0]!r}.",
                remedy=f"Give a line of titles with {', '.join(NEEDED)}.",
            )
        rows.fieldnames = titles
        return _ballots(rows)
    except csv.Error as error:
        raise InputError(
            f"The table of votes cannot be read: {error}.", remedy="Save it as CSV with commas."
        ) from error


def _ballots(rows: csv.DictReader[str]) -> tuple[Ballot, ...]:
    found: dict[tuple[str, str, str], list[Vote]] = {}
    for number, row in enumerate(rows):
        if number == _MOST_ROWS:
            raise InputError(f"The table has more than {_MOST_ROWS} votes.", remedy="Split it.")
        told = {name: _plain(row.get(name)) for name in COLUMNS}
        if not any(told.values()):
            continue  # an empty line
        key = told["ballot"], told["voter"], told["question"]
        found.setdefault(key, []).append(_vote(told, rows.line_num))
    return tuple(
        Ballot(id=BallotId(""), name=name, voter=voter, question=question, votes=tuple(votes))
        for (name, voter, question), votes in found.items()
    )


def _vote(told: Mapping[str, str], line: int) -> Vote:
    choice = _CHOICES.get(told["choice"].lower())
    if choice is None:
        raise _refused(line, f"the choice is {told['choice']!r}", "left, right or tie")
    if not told["left"] or not told["right"] or told["left"] == told["right"]:
        raise _refused(line, f"{told['left']!r} meets {told['right']!r}", "two different systems")
    try:
        seconds, replays = float(told["seconds"] or 0), int(told["replays"] or 0)
    except ValueError:
        seconds, replays = -1.0, -1
    if not (isfinite(seconds) and seconds >= 0 and replays >= 0):
        raise _refused(line, "seconds or replays are no counts", "numbers of 0 or more")
    return Vote(
        item=told["item"],
        left=told["left"],
        right=told["right"],
        choice=cast("Choice", choice),
        seconds=seconds,
        replays=replays,
    )


def _refused(line: int, what: str, wanted: str) -> InputError:
    return InputError(f"Line {line} of the table of votes: {what}.", remedy=f"Give {wanted}.")


def _safe(text: str) -> str:
    is_risky = text.startswith(_FORMULA) or text.lstrip("'").startswith(_FORMULA)
    return f"'{text}" if is_risky else text


def _plain(text: object) -> str:
    if not isinstance(text, str):
        return ""
    text = text if text.startswith(("'", *_FORMULA)) else text.strip()
    if text.startswith("'") and text.lstrip("'").startswith(_FORMULA):
        return text[1:]
    return text


def merged_votes(ballots: Iterable[Ballot]) -> tuple[Vote, ...]:
    """The votes of all ballots, in order."""
    return tuple(vote for ballot in ballots for vote in ballot.votes)

"""Jobs as rows: what is kept of each, the schema with its history, and reading a row back."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.storage.owners import Owner, is_alive

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

State = Literal["queued", "running", "paused", "interrupted", "failed", "done"]

VERSION: Final = 2
FIRST_SCHEMA: Final = (
    """CREATE TABLE jobs (
        id TEXT PRIMARY KEY, state TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
        pid INTEGER NOT NULL, started TEXT NOT NULL, message TEXT NOT NULL, wanted TEXT NOT NULL
    ) WITHOUT ROWID""",
)
MIGRATIONS: Final = {  # version -> statements that lead to the next; never changed once released
    1: (
        "ALTER TABLE jobs ADD COLUMN title TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE jobs ADD COLUMN position INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN code TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE jobs ADD COLUMN remedy TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE jobs ADD COLUMN stage TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE jobs ADD COLUMN done INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN total INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN peak_mib REAL NOT NULL DEFAULT 0",
        """UPDATE jobs SET position = (SELECT count(*) FROM jobs AS other
            WHERE other.created < jobs.created
            OR (other.created = jobs.created AND other.id < jobs.id))""",
    )
}
SCHEMA: Final = (*FIRST_SCHEMA, *MIGRATIONS[1])
COLUMNS: Final = (
    "id, state, created, updated, pid, started, message, wanted,"
    " title, position, code, remedy, stage, done, total, peak_mib"
)
LOST: Final = "Its process ended without a word."


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is to do: enough to run it again from anywhere.

    Attributes:
        arguments: command line after the program's name, its paths absolute.
        inputs: files it reads, absolute.
        output: file it writes, absolute; "" where it writes none.
    """

    arguments: tuple[str, ...]
    inputs: tuple[str, ...]
    output: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the table knows it.

    Attributes:
        id: digest of the request.
        state: "running" only while its process lives; "interrupted" where it died or was stopped.
        created: first begun or enqueued, seconds since 1970.
        updated: last begun or ended, seconds since 1970.
        owner: the process that works or worked on it, or put it into the queue.
        message: how it ended, for the user.
        wanted: what it is to do.
        title: shown to people; "" for renders of the command line.
        position: its place in the queue, from low to high.
        code: stable code of the error that it failed with, or "".
        remedy: what the user can do about it, or "".
        stage: what was being done when last heard of, or "".
        done: units of that stage that were finished: a hint, the store tells.
        total: units of that stage; 0 when unknown.
        peak_mib: most memory of its process that was seen while it ran, MiB; 0 when unknown.
        is_lost: its process died while it ran.
    """

    id: str
    state: State
    created: float
    updated: float
    owner: Owner
    message: str
    wanted: Wanted
    title: str = ""
    position: int = 0
    code: str = ""
    remedy: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    peak_mib: float = 0.0
    is_lost: bool = False

    @property
    def kind(self) -> str:
        """The command that does it: "render", "synthesize" or "export"."""
        return self.wanted.arguments[0] if self.wanted.arguments else ""


def find(connection: sqlite3.Connection, job_id: str) -> Job | None:
    """The job with exactly this id."""
    found = connection.execute(f"SELECT {COLUMNS} FROM jobs WHERE id = ?", (job_id,))  # noqa: S608 - a constant
    row = found.fetchone()
    return None if row is None else job_of(row)


def encode(wanted: Wanted) -> str:
    """JSON in ASCII: file names that are no Unicode survive as lone surrogates."""
    return json.dumps(msgspec.to_builtins(wanted), ensure_ascii=True)


def plain(text: str) -> str:
    """Text that SQLite takes: a file name within may be no Unicode."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def job_of(row: tuple[object, ...]) -> Job | None:
    """A row as the user should see it: nobody runs a job whose process is gone.

    A row that makes no sense is told to the log and left alone; the others still count.
    """
    fields = dict(zip(COLUMNS.split(", "), row, strict=True))
    try:
        fields["wanted"] = json.loads(str(fields["wanted"]))
        fields["owner"] = (fields.pop("pid"), fields.pop("started"))
        job = msgspec.convert(fields, decodable(Job))
    except (ValueError, msgspec.ValidationError) as error:
        log.warning("Job %s cannot be read: %s", fields["id"], error)
        return None
    if job.state == "running" and not is_alive(job.owner):
        return msgspec.structs.replace(job, state="interrupted", message=LOST, is_lost=True)
    return job

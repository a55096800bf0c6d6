"""The job table: what is wanted, by whom, and how it ended.

It says nothing of how far a job is: that is for the store to tell, entry by entry. A job whose
process died is shown as interrupted; running the same command again goes on.
"""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from latentsync_studio.core.errors import StorageError, UnknownNameError
from latentsync_studio.storage.database import Database
from latentsync_studio.storage.owners import Owner, is_alive, this_process

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

State = Literal["running", "interrupted", "failed", "done"]

_SCHEMA: Final = (
    """CREATE TABLE jobs (
        id TEXT PRIMARY KEY, state TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
        pid INTEGER NOT NULL, started TEXT NOT NULL, message TEXT NOT NULL, wanted TEXT NOT NULL
    ) WITHOUT ROWID""",
)
_COLUMNS: Final = "id, state, created, updated, pid, started, message, wanted"


_LOST: Final = "Its process ended without a word."


class JobBusyError(StorageError):
    """Another process works on the same job."""

    code = "job-busy"


class UnknownJobError(UnknownNameError):
    """No job has such an id, or several begin so."""

    def __init__(self, job_id: str, near: Sequence[str]) -> None:
        super().__init__("job", job_id, near)
        self.remedy = "Known jobs are listed by: latentsync-studio jobs list"
        if near:
            self.remedy = f"Several begin so, write more of the id: {', '.join(near)}."


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is to do: enough to run it again from anywhere.

    Attributes:
        arguments: command line after the program's name, its paths absolute.
        inputs: files it reads, absolute.
        output: file it writes, absolute.
    """

    arguments: tuple[str, ...]
    inputs: tuple[str, ...]
    output: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the table knows it.

    Attributes:
        id: digest of the request.
        state: "running" only while its process lives.
        created: first begun, seconds since 1970.
        updated: last begun or ended, seconds since 1970.
        owner: the process that works or worked on it.
        message: how it ended, for the user.
        wanted: what it is to do.
    """

    id: str
    state: State
    created: float
    updated: float
    owner: Owner
    message: str
    wanted: Wanted


class JobTable:
    """All methods raise StorageError or DiskFullError where the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA, version=1, durable=True, keep_damaged=True)

    def list(self) -> tuple[Job, ...]:
        """All jobs, the latest first."""
        with self._database.reading() as connection:
            found = connection.execute(f"SELECT {_COLUMNS} FROM jobs ORDER BY updated DESC, id")  # noqa: S608 - a constant
            rows = found.fetchall()
        return tuple(job for row in rows if (job := _job(row)) is not None)

    def get(self, job_id: str) -> Job:
        """The job with this id, or the only one whose id begins so; raise UnknownJobError."""
        jobs = {job.id: job for job in self.list()}
        near = [job.id for job in jobs.values() if job_id and job.id.startswith(job_id)]
        if job_id in jobs:
            return jobs[job_id]
        if len(near) != 1:
            raise UnknownJobError(job_id, near)
        return jobs[near[0]]

    def begin(self, job_id: str, wanted: Wanted) -> Job:
        """Note that this process now works on a job, new or to be resumed.

        Raises JobBusyError when another living process does.
        """
        owner, now = this_process(), time.time()
        with self._database.writing() as connection:
            job = _find(connection, job_id)
            if job is not None and job.state == "running" and job.owner != owner:
                raise JobBusyError(
                    f"Process {job.owner.pid} works on this already (job {job_id[:8]}).",
                    remedy="Wait for it, or stop that process and run the same command again.",
                )
            connection.execute(
                "INSERT INTO jobs (id, state, created, updated, pid, started, message, wanted)"
                " VALUES (?, 'running', ?, ?, ?, ?, '', ?) ON CONFLICT (id) DO UPDATE SET"
                " state = 'running', updated = excluded.updated, pid = excluded.pid,"
                " started = excluded.started, message = '', wanted = excluded.wanted",
                (job_id, now, now, owner.pid, owner.started, _encode(wanted)),
            )
            begun = _find(connection, job_id)
        if begun is None:
            raise StorageError(f"Job {job_id} vanished.", remedy="Run the same command again.")
        return begun

    def finish(self, job_id: str, message: str = "") -> None:
        """Note that a job's output is complete."""
        self._end(job_id, "done", message)

    def fail(self, job_id: str, message: str) -> None:
        """Note why a job failed."""
        self._end(job_id, "failed", message)

    def interrupt(self, job_id: str, message: str = "") -> None:
        """Note that the user stopped a job."""
        self._end(job_id, "interrupted", message)

    def remove(self, job_id: str) -> Job:
        """Forget a job, named as in `get`, and return it.

        Raises JobBusyError while its process works on it. Its pins are the store's: unpin them.
        """
        job = self.get(job_id)
        with self._database.writing() as connection:
            now = _find(connection, job.id)
            if now is not None and now.state == "running":
                raise JobBusyError(
                    f"Process {now.owner.pid} works on job {job.id[:8]}.",
                    remedy="Stop that process first.",
                )
            connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
        return job

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._database.close()

    def _end(self, job_id: str, state: State, message: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, message = ?, updated = ? WHERE id = ?",
                (state, _plain(message), time.time(), job_id),
            )


def _find(connection: sqlite3.Connection, job_id: str) -> Job | None:
    found = connection.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (job_id,))  # noqa: S608 - a constant
    row = found.fetchone()
    return None if row is None else _job(row)


def _plain(message: str) -> str:
    """Text that SQLite takes: a file name within may be no Unicode."""
    return message.encode("utf-8", "backslashreplace").decode("utf-8")


def _encode(wanted: Wanted) -> str:
    """JSON in ASCII: file names that are no Unicode survive as lone surrogates."""
    return json.dumps(msgspec.to_builtins(wanted), ensure_ascii=True)


def _job(row: tuple[object, ...]) -> Job | None:
    """A row as the user should see it: nobody runs a job whose process is gone.

    A row that makes no sense is told to the log and left alone; the others still count.
    """
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    try:
        fields["wanted"] = json.loads(str(fields["wanted"]))
        fields["owner"] = (fields.pop("pid"), fields.pop("started"))
        job = msgspec.convert(fields, Job)
    except (ValueError, msgspec.ValidationError) as error:
        log.warning("Job %s cannot be read: %s", fields["id"], error)
        return None
    if job.state == "running" and not is_alive(job.owner):
        return msgspec.structs.replace(job, state="interrupted", message=_LOST)
    return job

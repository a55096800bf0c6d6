"""The job table: what is wanted, in which order, by whom, and how it ended.

How far a job is, is for the store to tell, entry by entry; the table keeps a hint for people. A job
whose process died is shown as interrupted; running the same again goes on. Projects of queued jobs
lie beside the table as jobs/ID.json, what is painted in them as jobs/ID.tiles; both go with their
row.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from latentsync_studio.core.errors import StorageError, StudioError, UnknownNameError
from latentsync_studio.storage import job_rows as rows
from latentsync_studio.storage.database import Database
from latentsync_studio.storage.files import FileOps, sweep, write_atomic
from latentsync_studio.storage.job_rows import Job, State, Wanted
from latentsync_studio.storage.owners import this_process
from latentsync_studio.storage.sizes import disk_full, is_disk_full, storage_error
from latentsync_studio.storage.tile_bundle import SUFFIX, write_bundle

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Job", "JobBusyError", "JobTable", "State", "UnknownJobError", "Wanted", "Wish"]

log = logging.getLogger(__name__)

Wish = Literal["pause", "stop"]

_INSERT: Final = (
    "INSERT INTO jobs (id, state, created, updated, pid, started, message, wanted, title, position)"
    " VALUES (:id, :state, :now, :now, :pid, :started, '', :wanted, :title,"
    " (SELECT coalesce(max(position), -1) + 1 FROM jobs))"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, updated = excluded.updated,"
    " pid = excluded.pid, started = excluded.started, message = '', wanted = excluded.wanted,"
    " code = '', remedy = ''"
)


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


class JobTable:
    """All methods raise StorageError or DiskFullError where the file cannot be used.

    Threads may share it. An end that could not be written (a full disk) is shown all the same and
    written with the next change.
    """

    def __init__(self, path: Path, files: FileOps | None = None) -> None:
        self._database = Database(
            path,
            rows.SCHEMA,
            version=rows.VERSION,
            durable=True,
            keep_damaged=True,
            migrations=rows.MIGRATIONS,
        )
        self._folder = path.with_suffix("")
        self._files = files if files is not None else FileOps()
        self._owed: dict[str, dict[str, str]] = {}  # ends that are not in the file yet
        self._wishes: dict[str, Wish] = {}

    def list(self) -> tuple[Job, ...]:
        """All jobs, the latest first."""
        return self._all("updated DESC, id")

    def queue(self) -> tuple[Job, ...]:
        """All jobs by their place in the queue."""
        return self._all("position, created, id")

    def get(self, job_id: str) -> Job:
        """The job with this id, or the only one whose id begins so; raise UnknownJobError."""
        jobs = {job.id: job for job in self.list()}
        near = [job.id for job in jobs.values() if job_id and job.id.startswith(job_id)]
        if job_id in jobs:
            return jobs[job_id]
        if len(near) != 1:
            raise UnknownJobError(job_id, near)
        return jobs[near[0]]

    def add(
        self,
        job_id: str,
        wanted: Wanted,
        title: str = "",
        snapshot: bytes | None = None,
        tiles: Mapping[str, bytes] | None = None,
    ) -> Job:
        """Put a job at the end of the queue, with the project that it is about and its tiles.

        A job that ended or was stopped is queued again, one that waits keeps its place. Raises
        JobBusyError where a living process works on it.
        """
        if snapshot is not None:
            self._write_snapshot(job_id, snapshot, tiles or {})
        with self._changing() as connection:
            job = _idle(connection, job_id)
            waits = job is not None and job.state in {"queued", "paused"}
            self._put(connection, job_id, "queued", wanted, title)
            if not waits:
                connection.execute(
                    "UPDATE jobs SET title = ?, done = 0, total = 0, stage = '', position ="
                    " (SELECT max(position) + 1 FROM jobs) WHERE id = ?",
                    (rows.plain(title), job_id),
                )
            return _there(connection, job_id)

    def begin(self, job_id: str, wanted: Wanted) -> Job:
        """Note that this process now works on a job, new or to be resumed.

        Raises JobBusyError when another living process does.
        """
        owner = this_process()
        with self._changing() as connection:
            job = rows.find(connection, job_id)
            if job is not None and job.state == "running" and job.owner != owner:
                raise _busy(job)
            self._put(connection, job_id, "running", wanted, "")
            return _there(connection, job_id)

    def claim(self, job_id: str) -> Job:
        """Note that this process now works on a job that is in the table; only one ever can.

        Raises JobBusyError when somebody works on it, or it is done already.
        """
        owner = this_process()
        with self._changing() as connection:
            job = _idle(connection, job_id)
            if job is None:
                raise UnknownJobError(job_id, ())
            if job.state == "done":
                raise JobBusyError(
                    f"Job {job_id[:8]} is done already.", remedy="Queue it again to do it anew."
                )
            self._wishes.pop(job_id, None)
            connection.execute(
                "UPDATE jobs SET state = 'running', updated = ?, pid = ?, started = ?,"
                " message = '', code = '', remedy = '' WHERE id = ?",
                (time.time(), owner.pid, owner.started, job_id),
            )
            return _there(connection, job_id)

    def finish(self, job_id: str, message: str = "") -> None:
        """Note that a job's output is complete."""
        self._end(job_id, "done", message)

    def fail(self, job_id: str, message: str, *, code: str = "", remedy: str = "") -> None:
        """Note why a job failed, and what can be done about it."""
        self._end(job_id, "failed", message, code=code, remedy=remedy)

    def interrupt(self, job_id: str, message: str = "") -> None:
        """Note that the user stopped a job."""
        self._end(job_id, "interrupted", message)

    def pause(self, job_id: str, message: str = "") -> None:
        """Note that a job waits until the user lets it go on."""
        self._end(job_id, "paused", message)

    def change(self, job_id: str, froms: Sequence[State], to: State, message: str = "") -> Job:
        """Move a job that nobody works on from one of some states to another; else leave it.

        It then belongs to this process. Raises UnknownJobError, or JobBusyError when somebody works
        on it.
        """
        with self._changing() as connection:
            job = _idle(connection, job_id)
            if job is None:
                raise UnknownJobError(job_id, ())
            if job.state in froms:
                owner = this_process()
                connection.execute(
                    "UPDATE jobs SET state = ?, message = ?, code = '', remedy = '', updated = ?,"
                    " pid = ?, started = ? WHERE id = ?",
                    (to, rows.plain(message), time.time(), owner.pid, owner.started, job_id),
                )
            return _there(connection, job_id)

    def hint(self, job_id: str, stage: str, done: int, total: int, peak_mib: float = 0.0) -> None:
        """Keep for people how far a running job is, and the most memory it was seen to take."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET stage = ?, done = ?, total = ?, peak_mib = max(peak_mib, ?)"
                " WHERE id = ?",
                (stage, done, total, peak_mib, job_id),
            )

    def move(self, job_id: str, place: int) -> None:
        """Put a job at a place of the queue, from 0; beyond either end is that end."""
        with self._changing() as connection:
            found = connection.execute("SELECT id FROM jobs ORDER BY position, created, id")
            order = [str(row[0]) for row in found.fetchall()]
            if job_id not in order:
                raise UnknownJobError(job_id, ())
            order.remove(job_id)
            order.insert(max(0, place), job_id)
            connection.executemany(
                "UPDATE jobs SET position = ? WHERE id = ?", list(enumerate(order))
            )

    def remove(self, job_id: str) -> Job:
        """Forget a job, named as in `get`, and return it.

        Raises JobBusyError while its process works on it. Its pins are the store's: unpin them.
        """
        job = self.get(job_id)
        with self._changing() as connection:
            _idle(connection, job.id)
            connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
        for path in (self.snapshot(job.id), self.snapshot(job.id).with_suffix(SUFFIX)):
            with suppress(OSError):  # a project that nothing refers to does no harm
                self._files.unlink(path)
        return job

    def snapshot(self, job_id: str) -> Path:
        """Where the project of a job lies, if it has one."""
        return self._folder / f"{job_id}.json"

    def wish(self, job_id: str, wish: Wish) -> None:
        """Ask whoever works on a job in this process to pause or stop it at its next step."""
        self._wishes[job_id] = wish

    def wished(self, job_id: str) -> Wish | None:
        """What was asked of a job since it was claimed."""
        return self._wishes.get(job_id)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with suppress(StudioError):
            self._settle()
        self._database.close()

    def _all(self, order: str) -> tuple[Job, ...]:
        with suppress(StudioError):
            self._settle()
        with self._database.reading() as connection:
            found = connection.execute(f"SELECT {rows.COLUMNS} FROM jobs ORDER BY {order}")  # noqa: S608 - constants
            read = found.fetchall()
        jobs = [job for row in read if (job := rows.job_of(row)) is not None]
        return tuple(self._as_it_ended(job) for job in jobs)

    def _as_it_ended(self, job: Job) -> Job:
        owed = self._owed.get(job.id)
        return job if owed is None else replace(job, **owed)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, once every end that happened before is in the file."""
        self._settle()
        with self._database.writing() as connection:
            yield connection

    def _end(self, job_id: str, state: State, message: str, **said: str) -> None:
        said = {name: rows.plain(text) for name, text in (("message", message), *said.items())}
        self._owed[job_id] = {"code": "", "remedy": "", **said, "state": state}
        self._wishes.pop(job_id, None)
        self._settle()

    def _settle(self) -> None:
        for job_id, end in tuple(self._owed.items()):
            with self._database.writing() as connection:
                connection.execute(
                    "UPDATE jobs SET state = :state, message = :message, code = :code,"
                    " remedy = :remedy, updated = :now WHERE id = :id",
                    {**end, "now": time.time(), "id": job_id},
                )
            self._owed.pop(job_id, None)

    def _put(
        self, connection: sqlite3.Connection, job_id: str, state: State, wanted: Wanted, title: str
    ) -> None:
        owner = this_process()
        values = {"id": job_id, "state": state, "now": time.time(), "pid": owner.pid}
        values |= {"started": owner.started, "wanted": rows.encode(wanted)}
        connection.execute(_INSERT, {**values, "title": rows.plain(title)})

    def _write_snapshot(self, job_id: str, data: bytes, tiles: Mapping[str, bytes]) -> None:
        path = self.snapshot(job_id)
        try:
            sweep(self._folder, self._files.names(self._folder), self._files)
            if tiles:
                write_bundle(path.with_suffix(SUFFIX), tiles, self._files)
            write_atomic(path, [data], self._files)
        except OSError as error:
            if is_disk_full(error):
                free = self._files.free_bytes(self._folder.parent)
                raise disk_full(len(data), free, self._folder) from error
            raise storage_error(error, path) from error


def _idle(connection: sqlite3.Connection, job_id: str) -> Job | None:
    """The job if there is one; raise JobBusyError where a living process works on it."""
    job = rows.find(connection, job_id)
    if job is not None and job.state == "running":
        raise _busy(job)
    return job


def _there(connection: sqlite3.Connection, job_id: str) -> Job:
    job = rows.find(connection, job_id)
    if job is None:
        raise StorageError(f"Job {job_id} vanished.", remedy="Run the same command again.")
    return job


def _busy(job: Job) -> JobBusyError:
    return JobBusyError(
        f"Process {job.owner.pid} works on this already (job {job.id[:8]}).",
        remedy="Wait for it, or stop that process and run the same command again.",
    )

"""`latentsync-studio jobs list|resume|remove`: jobs that wait, ran, stopped or failed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.exit_codes import DONE
from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.storage.jobs import Job

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The id, or how it begins.")]
SHORT = 8


def add_jobs(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="jobs", help="Jobs that wait, ran, stopped or failed.")
    group.command(name="list")(_list)
    group.command(name="resume")(_resume)
    group.command(name="remove")(_remove)


def _list(as_json: JsonFlag = False) -> None:
    """List all jobs, the latest first."""
    from latentsync_studio.services.wiring import open_services

    with open_services() as services:
        jobs = services.jobs.list()
    if as_json:
        print_json({"jobs": jobs})
    elif jobs:
        print_lines(table([("job", "state", "when", "output"), *map(_row, jobs)]))
        print_lines(f"{job.id[:SHORT]}: {job.message}" for job in jobs if job.message)
    else:
        print_lines(["There are no jobs."])


def _resume(job: JobId, as_json: JsonFlag = False) -> int:
    """Run a waiting, stopped or failed job; what is done is not done again."""
    from latentsync_studio.cli.app import execute
    from latentsync_studio.services.wiring import open_services

    with open_services() as services:
        found = services.jobs.get(job)
    if found.state == "running":
        raise InputError(
            f"Job {found.id[:SHORT]} is running in process {found.owner.pid}.",
            remedy="Wait for it, or stop that process first.",
        )
    if found.kind != "render":
        _run_here(found, as_json=as_json)
        return DONE
    arguments = list(found.wanted.arguments)
    if as_json and "--json" not in arguments:
        arguments.append("--json")
    return execute(arguments)


def _run_here(job: Job, *, as_json: bool) -> None:
    """Run a job of the editor, whose project lies beside the job table."""
    from latentsync_studio.services.queue import JobQueue, run_job
    from latentsync_studio.services.wiring import open_services

    with (
        open_services() as services,
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        report = run_job(JobQueue(services).retry(job), services, progress)
    if as_json:
        print_json(report)
    else:
        print_lines(_report_lines(report))


def _report_lines(report: object) -> Iterator[str]:
    """What reports of all kinds have to tell: where the result is, how much, and what to know."""
    output = getattr(report, "output", "")
    frames, seconds = getattr(report, "frames", 0), getattr(report, "seconds", 0.0)
    where = f"{output}: " if output else ""
    yield f"{where}{frames} frames in {seconds:.1f} s"
    yield from getattr(report, "notes", ())


def _remove(job: JobId, as_json: JsonFlag = False) -> None:
    """Forget a job; what it stored may then be evicted. Its output stays."""
    from latentsync_studio.services.wiring import open_services

    with open_services() as services:
        removed = services.jobs.remove(job)
        services.store.unpin(removed.id)
    if as_json:
        print_json({"removed": removed.id})
    else:
        print_lines([f"Job {removed.id[:SHORT]} is forgotten."])


def _row(job: Job) -> tuple[str, ...]:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.updated))
    return job.id[:SHORT], job.state, when, job.wanted.output or job.title

"""`latentsync-studio jobs list|resume|remove`: renders that ran, stopped or failed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from latentsync_studio.storage.jobs import Job

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The id, or how it begins.")]
SHORT = 8


def add_jobs(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="jobs", help="Renders that ran, stopped or failed.")
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
    """Run the command of a stopped or failed job again; what is done is not done again."""
    from latentsync_studio.cli.app import execute
    from latentsync_studio.services.wiring import open_services

    with open_services() as services:
        found = services.jobs.get(job)
    if found.state == "running":
        raise InputError(
            f"Job {found.id[:SHORT]} is running in process {found.owner.pid}.",
            remedy="Wait for it, or stop that process first.",
        )
    arguments = list(found.wanted.arguments)
    if as_json and "--json" not in arguments:
        arguments.append("--json")
    return execute(arguments)


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
    return job.id[:SHORT], job.state, when, job.wanted.output

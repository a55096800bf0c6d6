"""`latentsync-studio doctor`: is everything here that a render needs?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table

if TYPE_CHECKING:
    import typer


def add_doctor(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(as_json: JsonFlag = False) -> int:
        """Check the installation."""
        from latentsync_studio.services.doctor import examine

        report = examine()
        if as_json:
            print_json(report)
        else:
            print_lines(table([(c.state, c.name, c.detail) for c in report.checks]))
            print_lines(f"{c.name}: {c.remedy}" for c in report.checks if c.state != "ok")
            print_lines(["Everything is in place." if report.ok else "Something is missing."])
        return DONE if report.ok else BAD_INPUT

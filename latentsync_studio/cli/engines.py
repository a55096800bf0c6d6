"""`latentsync-studio engines`: what can redraw a mouth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table

if TYPE_CHECKING:
    import typer


def add_engines(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def engines(as_json: JsonFlag = False) -> None:
        """List the engines."""
        from latentsync_studio.services.inspect import list_engines

        known = list_engines()
        if as_json:
            print_json({"engines": known})
            return
        print_lines(table([(e.id, e.title, "default" if e.default else "") for e in known]))

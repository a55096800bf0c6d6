"""`latentsync-studio engines`: what can redraw a mouth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.cli.render_arguments import Weights  # noqa: TC001 - typer reads it

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

    from latentsync_studio.services.inspect import EngineListing


def add_engines(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def engines(weights: Weights = None, as_json: JsonFlag = False) -> None:
        """List the engines, and why one cannot run on this machine."""
        from latentsync_studio.services.engines import EngineBook
        from latentsync_studio.services.inspect import list_engines

        known = list_engines(EngineBook(weights=weights))
        if as_json:
            print_json({"engines": known})
            return
        print_lines(table([(e.id, e.title, _state(e)) for e in known]))
        for engine in known:
            print_lines(_why_not(engine))


def _state(engine: EngineListing) -> str:
    if not engine.available:
        return "cannot run"
    return "default" if engine.default else "available"


def _why_not(engine: EngineListing) -> Iterator[str]:
    if not engine.available:
        yield ""
        yield f"{engine.id}: {engine.reason}"
        yield f"  -> {engine.remedy}"

"""`latentsync-studio benchmark`: how many windows an engine draws best at once on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.cli import render_arguments as words  # noqa: TC001 - read by typer
from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_options import Choices

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

    from latentsync_studio.core.engine import EngineBenchmark


def add_benchmark(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def benchmark(
        engine: words.Engine = None,
        weights: words.Weights = None,
        device: words.Devices = "",
        changes: words.Changes = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Measure an engine here, and let it draw as many windows at once as was best."""
        from latentsync_studio.services.benchmark import benchmark_engine
        from latentsync_studio.services.engines import EngineBook

        settings = Choices(engine=engine or "latentsync", changes=tuple(changes or ())).settings()
        with (
            stop_on_signals(as_json=as_json) as stop,
            shown_progress(stop, as_json=as_json) as progress,
        ):
            book = EngineBook(weights=weights, device=device)
            found = benchmark_engine(book, settings, progress)
        if as_json:
            print_json(found)
        else:
            print_lines(_lines(settings.engine, found))


def _lines(engine: str, found: EngineBenchmark) -> Iterator[str]:
    yield f"{engine} on {found.device}, {found.precision}: {found.rung}"
    rows = [("WINDOWS AT ONCE", "SECONDS A WINDOW")]
    rows += [(str(row.windows), f"{row.seconds:.2f}") for row in found.rows]
    yield from table(rows)
    yield f"From now on {found.best} at once."

"""`latentsync-studio benchmark`: how fast this machine is, kept for forecasts of later jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli import render_arguments as words  # noqa: TC001 - read by typer
from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_options import Choices
from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.engines.catalog import LIP_SYNC

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.engine import EngineBenchmark
    from latentsync_studio.core.speeds import Speed
    from latentsync_studio.services.benchmark import Benchmark

DRAWN = (
    "ENGINE", "SIZE", "SETTING", "START S", "COLD F/S", "WARM F/S", "WITH EXPORT", "MEMORY MIB",
    "GPU MIB", "AT ONCE",
)  # fmt: skip


def add_benchmark(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="benchmark")(_benchmark)


def _benchmark(  # noqa: PLR0913, PLR0917 - the options of the command
    engine: Annotated[
        list[str] | None,
        typer.Option(help="Measure only this one; may be repeated. [default: all that can run]"),
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WxH", help="Px; may be repeated. [default: 590x590 1280x720 1080x1920]"
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="One size and one level, in well under a minute.")
    ] = False,
    limit: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            min=1,
            max=86_400,
            help="Begin nothing new after so long. [default: 240, 60 with --quick]",
        ),
    ] = None,
    weights: words.Weights = None,
    devices: words.Devices = "",
    changes: words.Changes = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure how fast this machine draws and writes, and keep it for forecasts.

    An engine that can draw several windows at once does so from now on as was best here.
    """
    from latentsync_studio.services import benchmark as bench
    from latentsync_studio.services.engines import EngineBook

    names = tuple(engine or LIP_SYNC.names)
    for name in names:
        LIP_SYNC.module(name)  # an unknown one is a mistake on the command line
    usual = bench.QUICK_LIMIT_S if quick else bench.LIMIT_S
    plan = bench.BenchmarkPlan(
        engines=names,
        settings=Choices(engine=names[0], changes=tuple(changes or ())).settings(),
        sizes=tuple(map(_size, size)) if size else bench.SIZES,
        is_quick=quick,
        limit_s=usual if limit is None else limit,
    )
    with (
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        found = bench.run_benchmark(plan, EngineBook(weights=weights, device=devices), progress)
    if as_json:
        print_json(json_of(found))
    else:
        print_lines(_lines(found))


def json_of(found: Benchmark) -> dict[str, object]:
    """For programs: what was not measured is null."""
    import msgspec

    told: dict[str, object] = msgspec.to_builtins(found)
    told["speeds"] = [
        {**msgspec.to_builtins(each), "cold_s": each.cold_s or None, "cold": each.cold or None}
        for each in found.speeds
    ]
    return told


def _size(text: str) -> tuple[int, int]:
    """Read WxH; raise InvalidSettingError where it is no size that can be written."""
    width, by, height = text.lower().partition("x")
    sides = [int(side) for side in (width, height) if side.isascii() and side.isdigit()]
    if not by or len(sides) != 2 or not all(64 <= s <= 8192 and s % 2 == 0 for s in sides):
        raise InvalidSettingError(
            f"The size {text!r} is not of the form WxH with even numbers from 64 to 8192.",
            remedy="Give for instance --size 1280x720",
        )
    return sides[0], sides[1]


def _lines(found: Benchmark) -> Iterator[str]:
    yield found.machine
    yield ""
    yield from table(list(_drawn_rows(found)))
    for work, heading in (("analyse", "FINDING FACES"), ("write", "WRITING")):
        rows = [speed for speed in found.speeds if speed.work == work]
        if rows:
            yield ""
            head = (heading, "LEVEL", "F/S") if work == "write" else (heading, "F/S")
            yield from table([head, *_plain(rows)])
    for name, batch in found.batches.items():
        yield ""
        yield from _batch_lines(name, batch)
    if any(speed.work == "draw" and not speed.frames for speed in found.speeds):
        yield "~ reckoned from another level, not drawn."
    yield from found.notes
    yield f"Measured in {found.seconds:.0f} s; kept for the forecasts of later jobs."


def _drawn_rows(found: Benchmark) -> Iterator[tuple[str, ...]]:
    from latentsync_studio.services.benchmark import full_speed

    yield DRAWN
    for speed in found.speeds:
        if speed.work != "draw":
            continue
        yield (
            speed.engine,
            _px(speed),
            speed.setting or "-",
            f"{speed.cold_s:.1f}" if speed.cold_s else "-",
            _rate(speed.cold),
            ("~" if not speed.frames else "") + _rate(speed.warm),
            _rate(full_speed(found.speeds, speed)),
            f"{speed.memory_mib:.0f}",
            f"{speed.gpu_mib:.0f}" if speed.gpu_mib else "-",
            str(speed.batch),
        )


def _plain(rows: Sequence[Speed]) -> list[tuple[str, ...]]:
    """Rows of work without an engine; without a level where there is none."""
    return [
        (_px(row), row.setting, _rate(row.warm)) if row.setting else (_px(row), _rate(row.warm))
        for row in rows
    ]


def _batch_lines(engine: str, found: EngineBenchmark) -> Iterator[str]:
    yield f"{engine} on {found.device}, {found.precision}: {found.rung}"
    rows = [("WINDOWS AT ONCE", "SECONDS A WINDOW")]
    rows += [(str(row.windows), f"{row.seconds:.2f}") for row in found.rows]
    yield from table(rows)
    yield f"From now on {found.best} at once."


def _px(speed: Speed) -> str:
    return f"{speed.width}x{speed.height}"


def _rate(value: float) -> str:
    return "-" if not value else f"{value:.1f}" if value >= 1 else f"{value:.3f}"

"""`latentsync-studio models list|verify|convert|path|fetch`: weights of the engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE
from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.storage.sizes import size_text

if TYPE_CHECKING:
    from latentsync_studio.services.weights_change import Converted, Fetched
    from latentsync_studio.storage.weights.states import ModelState
    from latentsync_studio.storage.weights.verifying import Verified

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="See: models list.")]
Folder = Annotated[
    Path | None,
    typer.Option("--weights", metavar="DIR", help="Look into this folder first."),
]
FETCH = "latentsync-studio models fetch"
USES = {
    "yes": "yes",
    "conditions": "with conditions",
    "no": "no",
    "unknown": "unknown",
}


def add_models(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="models", help="Weights of the neural engines.")
    group.command(name="list")(_list)
    group.command(name="verify")(_verify)
    group.command(name="convert")(_convert)
    group.command(name="path")(_path)
    group.command(name="fetch")(_fetch)


def _list(weights: Folder = None, as_json: JsonFlag = False) -> None:
    """List known models: found or missing, where, under which license."""
    from latentsync_studio.services.weights import list_models

    states = list_models(weights)
    if as_json:
        print_json({"models": states})
        return
    head = ("MODEL", "STATE", "PIXELS", "SIZE", "LICENSE", "COMMERCIAL USE", "WHERE")
    print_lines(table([head, *map(_row, states)]))
    told = [row for row in states if row.detail and row.state not in {"missing", "test weights"}]
    print_lines(f"{row.id or row.title}: {row.detail}" for row in told)
    missing = [row for row in states if row.state == "missing"]
    brought = [row for row in missing if FETCH not in row.detail]
    if len(brought) < len(missing):
        print_lines([f"What is missing is loaded by: {FETCH} MODEL"])
    print_lines(f"{row.id}: {row.detail}" for row in brought)
    terms = {
        row.license: row.terms for row in states if row.commercial in {"conditions", "unknown"}
    }
    print_lines(f"License {name}: {text}." for name, text in terms.items() if name)


def _row(row: ModelState) -> tuple[str, ...]:
    return (
        row.id or row.title,
        row.state,
        str(row.resolution or "-"),
        "unknown" if row.size is None else size_text(row.size),
        row.license or "unknown",
        USES[row.commercial],
        row.where if row.origin else "-",
    )


def _verify(
    models: Ids = None,
    weights: Folder = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Trust files that changed from now on.")
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    """Read weights and compare them with what was published, or with what they were."""
    from latentsync_studio.services.weights import verify_models
    from latentsync_studio.storage.weights.verifying import BAD

    with (
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        verdicts, unusable = verify_models(models or (), progress, folder=weights, accept=accept)
    ok = not unusable and all(each.verdict not in BAD for each in verdicts)
    if as_json:
        print_json({"ok": ok, "files": verdicts, "unusable": unusable})
    else:
        _tell_verified(verdicts, unusable)
    return DONE if ok else BAD_INPUT


def _tell_verified(verdicts: list[Verified], unusable: list[str]) -> None:
    if not verdicts and not unusable:
        print_lines(["No weights were found. See: latentsync-studio models list"])
        return
    rows = [(each.verdict, each.sha256[:12], size_text(each.size), each.file) for each in verdicts]
    if rows:
        print_lines(table(rows))
    if any(each.verdict == "test" for each in verdicts):
        print_lines(["test: made by a test, of no use for real work"])
    told = [each for each in verdicts if each.verdict in {"recorded", "changed", "wrong"}]
    print_lines(f"{each.verdict}: {each.detail}" for each in told)
    print_lines(unusable)


def _convert(
    source: Annotated[
        str, typer.Argument(metavar="FILE|DIR|ID", help="latentsync_unet.pt as it is published.")
    ],
    resolution: Annotated[
        int | None,
        typer.Option(metavar="PX", help="256 or 512, for weights that are not the published ones."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder to make.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Convert a published U-Net once into what the engine maps into memory."""
    from latentsync_studio.services.weights_change import convert_checkpoint

    with (
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        done = convert_checkpoint(source, progress, resolution=resolution, output=output)
    if as_json:
        print_json(done)
    else:
        print_lines([_converted_line(done)])


def _path(
    model: Annotated[str | None, typer.Argument(metavar="ID", help="See: models list.")] = None,
    weights: Folder = None,
    as_json: JsonFlag = False,
) -> None:
    """Print where a model lies, or where to put it; without ID the folder of all models."""
    from latentsync_studio.services.weights import model_path

    place = model_path(model, weights)
    if as_json:
        print_json({"path": str(place), "exists": place.exists()})
    else:
        print_lines([str(place)])


def _fetch(
    models: Annotated[list[str], typer.Argument(metavar="ID", help="See: models list.")],
    convert: Annotated[bool, typer.Option(help="Convert a U-Net as soon as it is here.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Load models from the Hugging Face Hub; goes on where it was interrupted."""
    from latentsync_studio.services.weights_change import convert_checkpoint, fetch_models

    with (
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        done = fetch_models(models, progress)
        unets = [each.model for each in done if each.file.endswith("latentsync_unet.pt")]
        made = [convert_checkpoint(model, progress) for model in unets] if convert else []
    if as_json:
        print_json({"files": done, "converted": made})
    else:
        print_lines(map(_fetched_line, done))
        print_lines(map(_converted_line, made))


def _fetched_line(done: Fetched) -> str:
    return f"{done.model}: {done.file} ({size_text(done.size)}, {done.state})"


def _converted_line(done: Converted) -> str:
    name = done.model or "weights of your own"
    return f"{name}: {done.folder} ({done.resolution} px, {size_text(done.size)}, {done.state})"

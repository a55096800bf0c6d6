"""`latentsync-studio cache info|clear`: analyses, patches, proxies and copies of frames."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.core.errors import UnknownNameError

PROXIES = "proxies"
FRAMES = "frames"
KINDS = (
    "collected",
    "faces",
    "facts",
    FRAMES,
    "mark",
    "patches",
    "people",
    PROXIES,
    "segment",
    "speech",
    "thumbnail",
    "waveform",
)


def add_cache(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="cache", help="What is stored so that it is not made again.")
    group.command(name="info")(_info)
    group.command(name="clear")(_clear)


def _info(as_json: JsonFlag = False) -> None:
    """Tell what is stored."""
    from latentsync_studio.services.wiring import open_services

    with open_services() as services:
        info = services.store.info()
        shelves = {PROXIES: services.proxies.info(), FRAMES: services.frames.info()}
    if as_json:
        print_json({**msgspec.to_builtins(info), **msgspec.to_builtins(shelves)})
        return
    share = f"{_mib(info.bytes)} of {_mib(info.budget_bytes)}"
    rows = [("folder", info.folder), ("size", share), ("entries", str(info.entries))]
    rows += [("kept for jobs", str(info.pinned)), ("damaged, removed", str(info.damaged))]
    rows += [(kind, f"{count}, {_mib(size)}") for kind, (count, size) in info.kinds.items()]
    for name, shelf in shelves.items():
        share = f"{_mib(shelf.bytes)} of {_mib(shelf.budget_bytes)}"
        rows.append((name, f"{shelf.files}, {share}, in {shelf.folder}"))
    print_lines(table(rows))


def _clear(
    kind: Annotated[
        str | None, typer.Option(help="Only this kind, as cache info names it.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what stopped jobs need to go on.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Remove what is stored, proxies and copies too, but not what stopped jobs need to go on."""
    from latentsync_studio.services.wiring import open_services

    with open_services() as services:
        known = sorted({*KINDS, *services.store.info().kinds})
        if kind is not None and kind not in known:
            raise UnknownNameError("kind of entries", kind, known)
        count = size = 0
        if kind not in {PROXIES, FRAMES}:
            count, size = services.store.clear(kind, keep_pinned=not everything)
        for name, shelf in ((PROXIES, services.proxies), (FRAMES, services.frames)):
            if kind in {None, name}:
                files, taken = shelf.clear()
                count, size = count + files, size + taken
    if as_json:
        print_json({"removed": count, "bytes": size})
    else:
        print_lines([f"Removed {count} entries, {_mib(size)}."])


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"

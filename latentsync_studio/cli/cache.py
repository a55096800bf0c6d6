"""`latentsync-studio cache info|clear`: analyses, patches, proxies and copies of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.core.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latentsync_studio.storage.shelf import ShelfInfo
    from latentsync_studio.storage.store import StoreInfo

PROXIES = "proxies"
FRAMES = "frames"
KINDS = {
    "collected": "mouths of the clips, for the engines",
    "faces": "faces, frame by frame",
    "facts": "facts of media",
    FRAMES: "exact copies of frames",
    "lane-shapes": "mouth shapes of tracks, for the window",
    "mark": "renders that began with --fresh",
    "patches": "mouths that were drawn",
    "people": "people of the clips",
    PROXIES: "small copies of movies, for the viewer",
    "quality": "what was measured on clips",
    "receipt": "what is drawn of the takes of projects",
    "segment": "encoded pieces of movies",
    "speech": "speech and its mouth shapes",
    "thumbnail": "small pictures for the window",
    "waveform": "waveforms for the window",
}


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
    print_lines(table(tuple(_rows(info, shelves))))


def _rows(info: StoreInfo, shelves: Mapping[str, ShelfInfo]) -> Iterator[tuple[str, ...]]:
    """What, how many, size, and what it is."""
    size = f"{_binary(info.bytes)} of {_binary(info.budget_bytes)}"
    yield "cache", str(info.entries), size, f"in {info.folder}"
    for kind, (count, taken) in info.kinds.items():
        yield f"  {kind}", str(count), _binary(taken), KINDS.get(kind, "")
    yield (
        "  of these",
        str(info.pinned),
        "",
        "kept by cache clear: stopped jobs go on with them",
    )
    yield "damaged", str(info.damaged), "", "were found damaged and removed; they are made again"
    for name, shelf in shelves.items():
        size = f"{_binary(shelf.bytes)} of {_binary(shelf.budget_bytes)}"
        yield name, str(shelf.files), size, f"{KINDS[name]}, in {shelf.folder}"


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
        print_lines([f"Removed {count} entries, {_binary(size)}."])


def _binary(size: int) -> str:
    """Units of the settings that limit the sizes."""
    if size >= 2**30:
        return f"{size / 2**30:.1f} GiB"
    return f"{size / 2**20:.1f} MiB"

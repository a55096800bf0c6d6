"""`latentsync-studio presets list|save|remove`: named settings for render --preset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli import render_arguments as words  # noqa: TC001 - read by typer
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.cli.render_options import Choices

if TYPE_CHECKING:
    from latentsync_studio.storage.presets import SavedPreset

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the preset.")]
Notes = Annotated[str, typer.Option(metavar="TEXT", help="What it is good for.")]
Force = Annotated[bool, typer.Option("--force", help="Replace your preset of that name.")]


def add_presets(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="presets", help="Named settings for render --preset.")
    group.command(name="list")(_list)
    group.command(name="save")(_save)
    group.command(name="remove")(_remove)


def _list(as_json: JsonFlag = False) -> None:
    """List your own presets and those that ship with the program."""
    from latentsync_studio.storage.presets import list_presets

    presets = list_presets()
    if as_json:
        print_json({"presets": [_told(saved) for saved in presets]})
        return
    rows = [
        (saved.path.stem, "shipped" if saved.is_shipped else "yours", saved.preset.notes)
        for saved in presets
    ]
    print_lines(table(rows))


def _save(  # noqa: PLR0913, PLR0917 - the options of the command
    name: Name,
    preset: words.PresetName = "",
    engine: words.Engine = None,
    changes: words.Changes = None,
    strength: words.Strengths = None,
    length_policy: words.Policy = None,
    notes: Notes = "",
    force: Force = False,
    as_json: JsonFlag = False,
) -> None:
    """Save settings under a name: all that differ from the defaults."""
    from latentsync_studio.core.settings.presets import make_preset
    from latentsync_studio.storage.presets import require_free, save_preset

    chosen = Choices(
        preset=preset,
        engine=engine,
        changes=tuple(changes or ()),
        strengths=tuple(strength or ()),
        length_policy=length_policy,
    )
    settings = chosen.settings()
    if not force:
        require_free(name)
    saved = save_preset(make_preset(name, settings.engine, settings, notes=notes))
    if as_json:
        print_json(_told(saved))
    else:
        print_lines([f"Saved in {saved.path}. Use it with: render --preset {saved.path.stem}"])


def _remove(name: Name, as_json: JsonFlag = False) -> None:
    """Delete one of your own presets."""
    from latentsync_studio.storage.presets import remove_preset

    remove_preset(name)
    if as_json:
        print_json({"removed": name})
    else:
        print_lines([f"The preset {name!r} is deleted."])


def _told(saved: SavedPreset) -> dict[str, object]:
    return {
        "name": saved.preset.name,
        "file": str(saved.path),
        "shipped": saved.is_shipped,
        "engine": saved.preset.engine,
        "notes": saved.preset.notes,
        "settings": saved.preset.settings,
    }

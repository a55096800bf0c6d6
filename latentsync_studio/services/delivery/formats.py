"""Timeline formats as people choose them: one entry for each program that a format is for."""

from __future__ import annotations

from typing import Final, NamedTuple

from latentsync_studio.interchange.formats import FORMATS

_PROGRAMS: Final = {
    "premiere": "Premiere Pro",
    "resolve": "DaVinci Resolve",
    "avid": "Avid Media Composer",
    "kdenlive": "Kdenlive",
    "generic": "other programs",
}


class FormatChoice(NamedTuple):
    """One way to write a timeline.

    Attributes:
        name: "format" or "format/flavour", as requests have it.
        format: id of the format.
        flavour: of it, "" for its usual one.
        title: "Final Cut Pro 7 XML for Premiere Pro".
        suffix: of its files, with the dot.
        versions: of the format, the usual one first.
    """

    name: str
    format: str
    flavour: str
    title: str
    suffix: str
    versions: tuple[str, ...]


def format_choices() -> tuple[FormatChoice, ...]:
    """All that can be written, in the order of the formats."""
    found = []
    for kind in FORMATS.values():
        if not kind.writer:
            continue
        several = len(kind.flavours) > 1
        for flavour in kind.flavours if several else ("",):
            title = f"{kind.title} for {_PROGRAMS.get(flavour, flavour)}" if several else kind.title
            name = f"{kind.id}/{flavour}" if flavour else kind.id
            found.append(
                FormatChoice(name, kind.id, flavour, title, kind.suffix, tuple(kind.versions))
            )
    return tuple(found)

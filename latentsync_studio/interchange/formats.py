"""The formats of timelines: their names, endings and flavours; their code is loaded when used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

import msgspec

from latentsync_studio.core.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latentsync_studio.interchange.cut import Cut
    from latentsync_studio.interchange.output import Options, Output
    from latentsync_studio.interchange.reading import ReadCuts

    Writer = Callable[[Cut, Options], Output]
    Reader = Callable[[bytes, str], ReadCuts]

_PACKAGE: Final = "latentsync_studio.interchange"


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of timeline file.

    Attributes:
        id: as on the command line.
        title: shown to people.
        suffix: of its files, with the dot.
        flavours: programs that it is written for in different ways; the first is the usual one.
        versions: of the format; the first is the usual one.
        writer: "module:function" below this package, "" where it is only read.
        reader: "module:function", "" where it is only written.
    """

    id: str
    title: str
    suffix: str
    flavours: tuple[str, ...] = ("generic",)
    versions: tuple[str, ...] = ()
    writer: str = ""
    reader: str = ""

    def chosen_flavour(self, flavour: str) -> str:
        """`flavour` or the usual one; raise UnknownNameError where the format has no such."""
        return _chosen(f"flavour of {self.id}", flavour, self.flavours)

    def chosen_version(self, version: str) -> str:
        """`version` or the usual one; raise UnknownNameError where the format has no such."""
        return (
            _chosen(f"version of {self.id}", version, self.versions)
            if version
            else (self.versions[0] if self.versions else "")
        )

    def load_writer(self) -> Writer:
        """The function that writes it."""
        return cast("Writer", _loaded(self.writer))

    def load_reader(self) -> Reader:
        """The function that reads it."""
        return cast("Reader", _loaded(self.reader))


_ALL: Final = (
    Format(
        id="fcp7xml",
        title="Final Cut Pro 7 XML",
        suffix=".xml",
        flavours=("premiere", "resolve", "generic"),
        writer="fcp7.write:write",
        reader="fcp7.read:read",
    ),
    Format(
        id="fcpxml",
        title="Final Cut Pro FCPXML",
        suffix=".fcpxml",
        versions=("1.10", "1.9", "1.11", "1.12", "1.13"),
        writer="fcpxml.write:write",
        reader="fcpxml.read:read",
    ),
    Format(
        id="edl",
        title="CMX3600 EDL",
        suffix=".edl",
        flavours=("generic", "resolve", "avid"),
        writer="edl.write:write",
        reader="edl.read:read",
    ),
    Format(
        id="otio",
        title="OpenTimelineIO",
        suffix=".otio",
        flavours=("resolve", "premiere", "kdenlive", "generic"),
        writer="otio.write:write",
        reader="otio.read:read",
    ),
    Format(
        id="mlt",
        title="MLT XML (Shotcut, melt)",
        suffix=".mlt",
        writer="mlt.write:write",
    ),
    Format(id="ale", title="Avid Log Exchange", suffix=".ale", writer="clip_list.write:write_ale"),
    Format(id="csv", title="List of clips", suffix=".csv", writer="clip_list.write:write_csv"),
    Format(id="srt", title="SubRip captions", suffix=".srt", writer="captions.write:write_srt"),
    Format(id="vtt", title="WebVTT captions", suffix=".vtt", writer="captions.write:write_vtt"),
)
FORMATS: Final[Mapping[str, Format]] = {each.id: each for each in _ALL}


def find_format(name: str) -> Format:
    """The format with this id; raise UnknownNameError where there is none."""
    if name not in FORMATS:
        raise UnknownNameError("timeline format", name, tuple(FORMATS))
    return FORMATS[name]


def _chosen(kind: str, name: str, choices: tuple[str, ...]) -> str:
    if not name:
        return choices[0]
    if name not in choices:
        raise UnknownNameError(kind, name, choices)
    return name


def _loaded(place: str) -> object:
    module, _, function = place.partition(":")
    return getattr(import_module(f"{_PACKAGE}.{module}"), function)

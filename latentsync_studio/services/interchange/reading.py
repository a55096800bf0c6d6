"""A timeline file of another program, read: which format it is, within bounds, never trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.interchange.formats import FORMATS, find_format
from latentsync_studio.interchange.reading import MOST_BYTES, ReadCuts, require_size

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.timeline.rate import FrameRate

BUNDLE: Final = ".fcpxmld"  # a folder in which Final Cut Pro lays an FCPXML
_BUNDLED: Final = "Info.fcpxml"
SUFFIXES: Final = frozenset({BUNDLE, *(each.suffix for each in FORMATS.values() if each.reader)})
_HEAD: Final = 4096


class TimelineKind(msgspec.Struct, frozen=True):
    """What a timeline file is.

    Attributes:
        title: of its format, shown to people.
        says_rate: its frame rate stands in it.
    """

    title: str
    says_rate: bool


def look_at_timeline(path: Path) -> TimelineKind:
    """What a timeline file is, before it is read.

    Raises:
        InputError: it cannot be opened, or is none.
    """
    data = _bytes(path)
    kind = find_format(_format_of(data, path))
    if kind.id == "edl":
        from latentsync_studio.interchange.edl.parse import parse

        return TimelineKind(kind.title, parse(data, path.name).rate is not None)
    return TimelineKind(kind.title, says_rate=True)


def read_timeline(path: Path, rate: FrameRate | None = None) -> ReadCuts:
    """The sequences of a timeline file.

    Args:
        path: FCP7 XML, FCPXML (or its bundle), EDL or OTIO; its content counts, not its ending.
        rate: frames a second of an EDL, which does not say it; None: as it seems.

    Raises:
        InputError: it cannot be read, or is none of these.
    """
    data = _bytes(path)
    kind = _format_of(data, path)
    if kind == "edl":
        from latentsync_studio.interchange.edl.read import read

        return read(data, path.name, rate)
    return find_format(kind).load_reader()(data, path.name)


def _bytes(path: Path) -> bytes:
    file = path / _BUNDLED if path.suffix.lower() == BUNDLE and path.is_dir() else path
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{file} cannot be read: {error.strerror or error}.",
            remedy="Choose the timeline file that the other program exported.",
        ) from error
    require_size(data, path.name)
    return data


def _format_of(data: bytes, path: Path) -> str:
    """The format that the beginning of a file shows, else the one of its ending."""
    head = data[:_HEAD].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith(b"<"):
        found = "fcpxml" if b"<fcpxml" in head else "fcp7xml"
    elif head.startswith(b"{"):
        found = "otio"
    elif head.startswith((b"title:", b"fcm:", b"*")) or head[:3].isdigit():
        found = "edl"
    else:
        endings = {each.suffix: each.id for each in FORMATS.values() if each.reader}
        found = endings.get(path.suffix.lower(), "")
    if not found:
        raise InputError(
            f"{path} is no timeline file that can be read.",
            remedy="Export FCP7 XML, FCPXML, OpenTimelineIO or an EDL (CMX3600).",
        )
    return found

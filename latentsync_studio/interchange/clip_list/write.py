"""Writes lists of clips.

ALE lists media with their time code, so that Avid finds what an EDL names; it has one frame rate.
CSV lists every clip with its places in the sequence and in its medium. Source of ALE: Avid,
"Avid Log Exchange".
"""

from __future__ import annotations

import csv
import io
from math import ceil
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.interchange.edl.words import reels
from latentsync_studio.interchange.frames import first_shown, nearest
from latentsync_studio.interchange.output import File, Losses, Output, label_of
from latentsync_studio.interchange.url import base_name, reference

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut, Medium, Track
    from latentsync_studio.interchange.output import Options

_COLUMNS: Final = (
    "Name",
    "Tape",
    "Start",
    "End",
    "Tracks",
    "FPS",
    "Duration",
    "Source File",
    "Path",
)
_REEL_LETTERS: Final = 32
_FIELDS: Final = (
    "track",
    "clip",
    "enabled",
    "record in",
    "record out",
    "start frame",
    "frames",
    "medium",
    "reel",
    "source in",
    "source out",
    "source frame",
    "source rate",
    "speed",
    "link",
    "file",
)


def write_ale(cut: Cut, options: Options) -> Output:
    """The media of a cut for an Avid bin."""
    losses = Losses()
    names = reels(cut.media, _REEL_LETTERS)
    rows = []
    for medium in cut.media:
        if medium.is_still:
            losses.add("Stills have no time code and are left out", medium.name)
            continue
        if medium.rate != cut.rate and medium.has_picture:
            losses.add("A list has one frame rate; this medium has another", medium.name)
        rows.append(_ale_row(medium, names[medium.id], cut, options))
    losses.add("A list of media has no cuts; give an EDL or AAF beside it")
    head = (
        "Heading",
        "FIELD_DELIM\tTABS",
        f"VIDEO_FORMAT\t{_video_format(cut)}",
        f"AUDIO_FORMAT\t{cut.audio_hz / 1000:g}khz",
        f"FPS\t{_fps(cut)}",
        "",
        "Column",
        "\t".join(_COLUMNS),
        "",
        "Data",
        *("\t".join(row) for row in rows),
    )
    text = "".join(f"{line}\r\n" for line in head)
    return Output((File(options.name, text.encode()),), losses.told())


def write_csv(cut: Cut, options: Options) -> Output:
    """All clips of a cut as a table with a head line, in UTF-8 with a byte order mark."""
    media = {medium.id: medium for medium in cut.media}
    names = reels(cut.media, _REEL_LETTERS)
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_FIELDS)
    for track in cut.tracks:
        for clip in track.clips:
            medium = media[clip.medium]
            table.writerow(_csv_row(cut, track, clip, medium, names[medium.id], options))
    losses = Losses()
    if any(track.transitions for track in cut.tracks):
        losses.add("Dissolves are left out of the table")
    if cut.markers:
        losses.add("Markers are left out of the table")
    return Output((File(options.name, text.getvalue().encode("utf-8-sig")),), losses.told())


def _ale_row(medium: Medium, reel: str, cut: Cut, options: Options) -> tuple[str, ...]:
    length = medium.frames if medium.frames is not None else _used(medium, cut)
    label = medium.first_label
    start, stop = (
        to_timecode(frame, medium.rate, drop=medium.is_drop) for frame in (label, label + length)
    )
    tracks = ("V" if medium.has_picture else "") + "".join(
        f"A{number}" for number in range(1, medium.channels + 1)
    )
    return (
        _cell(medium.name),
        reel,
        start,
        stop,
        tracks,
        str(medium.rate),
        to_timecode(length, medium.rate, drop=medium.is_drop),
        _cell(base_name(medium.path)),
        _cell(reference(medium.path, "path", options.folder)),
    )


def _csv_row(
    cut: Cut, track: Track, clip: Clip, medium: Medium, reel: str, options: Options
) -> tuple[str | int, ...]:
    step = abs(clip.speed) * medium.rate.fraction / cut.rate.fraction
    first = nearest(clip.source) if medium.is_still else first_shown(clip, medium, cut)
    last = first + max(1, nearest(clip.length * step))
    label = medium.first_label
    return (
        _safe(track.name),
        _safe(clip.name),
        "yes" if clip.is_enabled and track.is_enabled else "no",
        label_of(cut, clip.start),
        label_of(cut, clip.stop),
        clip.start,
        clip.length,
        _safe(medium.name),
        reel,
        to_timecode(label + first, medium.rate, drop=medium.is_drop),
        to_timecode(label + last, medium.rate, drop=medium.is_drop),
        first,
        str(medium.rate),
        f"{float(clip.speed):g}",
        _safe(clip.link),
        _safe(reference(medium.path, "path", options.folder)),
    )


def _used(medium: Medium, cut: Cut) -> int:
    """Frames of a medium of unknown length that the cut uses."""
    step = medium.rate.fraction / cut.rate.fraction
    return max(
        (
            ceil(clip.source + clip.length * step)
            for track in cut.tracks
            for clip in track.clips
            if clip.medium == medium.id
        ),
        default=1,
    )


def _video_format(cut: Cut) -> str:
    known = {(720, 486): "NTSC", (720, 480): "NTSC", (720, 576): "PAL"}
    if (cut.width, cut.height) in known:
        return known[cut.width, cut.height]
    return str(cut.height) if cut.height in {720, 1080} else "CUSTOM"


def _fps(cut: Cut) -> str:
    return f"{cut.rate.num / cut.rate.den:.3f}".rstrip("0").rstrip(".")


def _cell(text: str) -> str:
    """Text without what ends a cell or a line."""
    return " ".join(text.split())


def _safe(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

"""Reads edit decision lists of CMX3600 kind, as Premiere Pro, Avid, Resolve and others write them.

A list says neither its frame rate nor where a medium begins: the rate is taken from its comments,
from the caller, or guessed from its time code; media begin with the first time code that is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import can_drop, from_timecode
from latentsync_studio.interchange.channels import joined
from latentsync_studio.interchange.cut import Cut, Marker
from latentsync_studio.interchange.edl.build import Builder
from latentsync_studio.interchange.edl.parse import frames_in, parse
from latentsync_studio.interchange.normal import normalized
from latentsync_studio.interchange.output import Losses
from latentsync_studio.interchange.reading import ReadCuts, unreadable

if TYPE_CHECKING:
    from latentsync_studio.interchange.edl.parse import Parsed

_SOON = 600  # seconds after a full hour in which a list that begins then may first show something
ASSUMED = "A list does not say its frame rate; it is read at"


def read(data: bytes, name: str, rate: FrameRate | None = None) -> ReadCuts:
    """The sequence of a list.

    Args:
        data: the file.
        name: of the file.
        rate: frames a second; None: as the list says, else as its time code suggests.

    Raises:
        InputError: it is damaged, or its time code does not fit the rate.
    """
    parsed = parse(data, name)
    losses = Losses()
    is_drop = parsed.is_drop or any(";" in line.labels[2] for line in parsed.lines)
    chosen = rate or parsed.rate
    if chosen is None:
        chosen = _guessed(parsed, is_drop=is_drop)
        losses.add(f"{ASSUMED} {chosen} frames/s; say another one if that is wrong")
    is_drop = is_drop and can_drop(chosen)
    if parsed.skipped:
        for number in parsed.skipped:
            losses.add("Lines that are not understood are left out", f"line {number}")
    first = _first_label(parsed, chosen, name, is_drop=is_drop)
    builder = Builder(chosen, first, name, losses, is_drop=is_drop)
    tracks = builder.tracks(parsed.lines)
    media = builder.book.all()
    sounds = joined(
        [track for track in tracks if track.kind == "audio"],
        [False] * sum(track.kind == "audio" for track in tracks),
        {medium.id: medium for medium in media},
    )
    cut = Cut(
        name=parsed.title or name.rpartition(".")[0],
        rate=chosen,
        width=0,
        height=0,
        first_label=first,
        is_drop=is_drop,
        media=media,
        tracks=(*(track for track in tracks if track.kind == "video"), *sounds),
        markers=tuple(_markers(parsed, builder)),
    )
    return ReadCuts((normalized(cut, losses),), losses.told())


def _guessed(parsed: Parsed, *, is_drop: bool) -> FrameRate:
    """The likeliest rate: drop-frame exists at 29.97; else the one that the last frame needs."""
    last = max(frames_in(label) for line in parsed.lines for label in line.labels[2:])
    if is_drop:
        return FrameRate(30_000, 1001) if last < 30 else FrameRate(60_000, 1001)
    return FrameRate(next((rate for rate in (24, 25, 30, 50, 60, 100) if last < rate), 120))


def _first_label(parsed: Parsed, rate: FrameRate, name: str, *, is_drop: bool) -> int:
    """Number of the sequence's frame 0: as written, else a full hour, else the first event."""
    if parsed.start:
        try:
            return from_timecode(parsed.start, rate, drop=is_drop)
        except InputError:
            pass  # a comment of another program
    first = min(
        label_frame(line.labels[2], rate, name, line.line, is_drop=is_drop) for line in parsed.lines
    )
    hour = rate.nominal * 3600
    return first - first % hour if first % hour < _SOON * rate.nominal else first


def label_frame(text: str, rate: FrameRate, name: str, line: int, *, is_drop: bool) -> int:
    """Frame number of a label; raise InputError with the line where it does not fit the rate."""
    try:
        return from_timecode(text, rate, drop=is_drop or (";" in text and can_drop(rate)))
    except InputError as error:
        raise unreadable(
            name, line, f"{str(error).rstrip('.')} at {rate} frames/s", "Say its frame rate."
        ) from None


def _markers(parsed: Parsed, builder: Builder) -> list[Marker]:
    found = []
    for line, label, color, text in parsed.locators:
        try:
            start = builder.record(label, line)
        except InputError:
            continue  # a comment, not worth refusing a list for
        found.append(Marker(start=start, name=text, color=color))
    return found

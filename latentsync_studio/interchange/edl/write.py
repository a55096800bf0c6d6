"""Writes CMX3600 lists: CRLF, ASCII, one list a track, at most 999 events a list.

    flavour    for                 reels
    generic    every program       8 letters
    resolve    DaVinci Resolve     32 letters
    avid       Avid                32 letters, and locators at markers

Programs find media by time code and reel, hardly ever by file name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.interchange.edl.events import events_of
from latentsync_studio.interchange.edl.lines import LineWriter
from latentsync_studio.interchange.edl.words import TITLE_LETTERS, plain, reels
from latentsync_studio.interchange.output import File, Losses, Output
from latentsync_studio.interchange.pairs import embedded_sounds

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut, Track
    from latentsync_studio.interchange.edl.events import Event
    from latentsync_studio.interchange.output import Options

MOST_EVENTS: Final = 999
_LETTERS: Final = {"generic": 8, "resolve": 32, "avid": 32}


def write(cut: Cut, options: Options) -> Output:
    """The lists of a cut, that of the lowest picture track first."""
    losses = Losses()
    sounds = embedded_sounds(cut)
    inside = {clip.id for clip in sounds.values()}
    names = reels(cut.media, _LETTERS[options.flavour])
    writer = LineWriter(cut, options, names, sounds)
    files: list[File] = []
    for track in _ordered(cut):
        if not track.is_enabled:
            losses.add("Muted tracks are left out", track.name)
            continue
        events = events_of(track, lambda clip: clip.is_enabled and clip.id not in inside)
        if not events:
            continue
        for part, held in enumerate(_parts(events)):
            name = _file_name(options, track, part, is_first=not files)
            if files:
                losses.add("A list holds one track; others are lists of their own", name)
            files.append(File(name, _list(cut, track, part, writer.lines(held, track))))
    if not files:
        files.append(File(options.name, _list(cut, cut.tracks[0], 0, [])))
    _note_losses(cut, options, losses)
    return Output(tuple(files), losses.told())


def _ordered(cut: Cut) -> tuple[Track, ...]:
    return (*cut.tracks_of("video"), *cut.tracks_of("audio"))


def _file_name(options: Options, track: Track, part: int, *, is_first: bool) -> str:
    if is_first:
        return options.name
    word = "".join(letter for letter in plain(track.name) if letter.isalnum()) or track.kind
    number = f"-{part + 1}" if part else ""
    return f"{options.stem}.{word}{number}{options.suffix}"


def _parts(events: list[Event]) -> list[list[Event]]:
    return [events[at : at + MOST_EVENTS] for at in range(0, len(events), MOST_EVENTS)]


def _list(cut: Cut, track: Track, part: int, lines: list[str]) -> bytes:
    title = plain(cut.name)
    if track.name not in {"", "V1"}:
        title = f"{title} {plain(track.name)}"
    if part:
        title = f"{title} PART {part + 1}"
    head = [
        f"TITLE: {title[:TITLE_LETTERS]}",
        f"FCM: {'DROP FRAME' if cut.is_drop else 'NON-DROP FRAME'}",
        "",
    ]
    tail = [  # comments before the first event stop some readers
        f"* FRAME RATE: {cut.rate}",
        f"* START TIMECODE: {to_timecode(cut.first_label, cut.rate, drop=cut.is_drop)}",
    ]
    return "".join(f"{line}\r\n" for line in (*head, *lines, *tail)).encode("ascii")


def _note_losses(cut: Cut, options: Options, losses: Losses) -> None:
    for medium in cut.media:
        if not medium.first_label and not medium.reel and not medium.is_still:
            losses.add(
                "Media without time code of their own may not be found by programs that read lists",
                medium.name,
            )
        if medium.rate != cut.rate and medium.has_picture and not medium.is_still:
            losses.add("The source time code counts at the medium's own frame rate", medium.name)
    for track in cut.tracks:
        for clip in track.clips:
            _note_clip(clip, track, losses)
    if cut.markers and options.flavour != "avid":
        losses.add("Markers are written as comments (LOC), which not every program reads")


def _note_clip(clip: Clip, track: Track, losses: Losses) -> None:
    if not clip.is_enabled and track.is_enabled:
        losses.add("Clips that are turned off are left out", clip.name)
    if plain(clip.name) != clip.name:
        losses.add("Names are written without accents and foreign letters", plain(clip.name))

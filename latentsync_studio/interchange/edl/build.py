"""Makes tracks of events: what a dissolve joins, what a retime slows, which sounds are linked."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import can_drop, from_timecode
from latentsync_studio.interchange.cut import Clip, Medium, Track, Transition
from latentsync_studio.interchange.edl.parse import frames_in
from latentsync_studio.interchange.media_book import MediaBook, is_still_name
from latentsync_studio.interchange.reading import sane_rate, unreadable
from latentsync_studio.interchange.url import base_name, path_of

if TYPE_CHECKING:
    from latentsync_studio.interchange.edl.parse import Line
    from latentsync_studio.interchange.output import Losses

_BLACK: Final = frozenset(("BL", "BLACK", "BLK"))
_SOUND: Final = re.compile(r"A(\d*)", re.ASCII)
_ROUNDED: Final = Fraction(3, 100)  # lists name speeds to a tenth of a frame a second
_RATES: Final = tuple(FrameRate(rate) for rate in (24, 25, 30, 50, 60, 100))
_PLACES: Final = ("SOURCE FILE", "FROM FILE", "FROM CLIP", "TO FILE", "TO CLIP", "SOURCE FILE PATH")


class Builder:
    """Builds the tracks of one list.

    Attributes:
        book: the media met so far; they begin with the first time code that is used.
    """

    def __init__(
        self, rate: FrameRate, first: int, name: str, losses: Losses, *, is_drop: bool
    ) -> None:
        """Take rate and first frame number of the sequence."""
        self.book = MediaBook(name)
        self._rate, self._first, self._name, self._is_drop = rate, first, name, is_drop
        self._losses = losses
        self._clips: dict[str, list[Clip]] = {}
        self._transitions: dict[str, list[Transition]] = {}
        self._count = 0

    def record(self, label: str, line: int) -> int:
        """Frame of the sequence with a label."""
        return self._frame(label, self._rate, line, drop=self._is_drop) - self._first

    def tracks(self, lines: list[Line]) -> list[Track]:
        """The tracks of all events: V, then the sounds by their channels."""
        for index, line in enumerate(lines):
            before = lines[index - 1] if index else None
            self._add(line, before)
        keys = sorted(self._clips, key=lambda key: (key != "V", key))
        media = {medium.id: medium for medium in self.book.all()}
        return [
            Track(
                kind="video" if key == "V" else "audio",
                name="V1" if key == "V" else f"A{number}",
                clips=tuple(self._from_start(clip, media) for clip in self._clips[key]),
                transitions=tuple(self._transitions.get(key, ())),
            )
            for number, key in enumerate(keys, 0 if keys[:1] == ["V"] else 1)
        ]

    def _from_start(self, clip: Clip, media: dict[str, Medium]) -> Clip:
        """The clip, whose source still is a frame number, counted from its medium's first frame."""
        medium = media[clip.medium]
        source = Fraction(0) if medium.is_still else clip.source - medium.first_label
        return replace(clip, source=source)

    def _add(self, line: Line, before: Line | None) -> None:
        start, stop = self.record(line.labels[2], line.line), self.record(line.labels[3], line.line)
        keys = _tracks_of(line.channels)
        if line.effect.startswith("K"):
            self._losses.add("Keys are read as cuts", f"line {line.line}")
        if not keys:
            self._losses.add("Events on unknown channels are left out", f"line {line.line}")
            return
        if stop <= start:
            return  # the outgoing side of a dissolve
        joins = before is not None and before.number == line.number and line.fade > 0
        from_black = joins and before is not None and before.reel.upper() in _BLACK
        fade = min(line.fade, stop - start)
        for key in keys:
            at = self._join(key, line, start, fade, from_black=from_black) if fade else start
            if line.reel.upper() not in _BLACK:
                self._clip(line, key, (start, at, stop), is_pair=len(keys) > 1)

    def _join(self, key: str, line: Line, start: int, fade: int, *, from_black: bool) -> int:
        """Note a transition that begins at `start`; return the frame of its cut."""
        clips = self._clips.setdefault(key, [])
        left = clips[-1] if clips and clips[-1].stop == start and not from_black else None
        name = "" if line.effect == "D" else f"Wipe {line.effect}"
        if line.reel.upper() in _BLACK:
            at = start + fade
        else:
            at = start if left is None else start + fade // 2
        if left is not None:
            clips[-1] = replace(left, length=at - left.start)
        change = Transition(at=at, before=at - start, after=start + fade - at, name=name)
        self._transitions.setdefault(key, []).append(change)
        return at

    def _clip(self, line: Line, key: str, places: tuple[int, int, int], *, is_pair: bool) -> None:
        start, at, stop = places
        media_key, medium = self._medium(line)
        first = self._frame(line.labels[0], medium.rate, line.line, drop=medium.is_drop)
        last = self._frame(line.labels[1], medium.rate, line.line, drop=medium.is_drop)
        speed = Fraction(1)
        if line.fps:
            speed = Fraction(line.fps) / medium.rate.nominal
        step = medium.rate.fraction / self._rate.fraction * speed
        source = Fraction(last - 1 if step < 0 else first) + (at - start) * step
        if not medium.is_still and not _fits(last - first, (stop - start) * step, medium.rate):
            self._losses.add(
                "Sources that do not fill their events are read from their start on",
                f"line {line.line}",
            )
        self.book.change(media_key, first_label=min(medium.first_label, first))
        channels: tuple[int, ...] = ()
        if key == "V":
            self.book.seen(media_key)
        else:
            channels = _channels_of(line.channels, key)
            self.book.heard(media_key, max(channels))
        self._count += 1
        name = line.comments.get("TO CLIP NAME") or line.comments.get("FROM CLIP NAME", "")
        self._clips.setdefault(key, []).append(
            Clip(
                id=f"c{self._count}",
                medium=medium.id,
                name=name or medium.name,
                start=at,
                length=stop - at,
                source=source,
                speed=Fraction(1) if medium.is_still else speed,
                link=f"event {line.line}" if is_pair else "",
                channels=channels,
            )
        )

    def _medium(self, line: Line) -> tuple[str, Medium]:
        name = line.comments.get("TO CLIP NAME") or line.comments.get("FROM CLIP NAME", "")
        place = next((line.comments[k] for k in _PLACES if line.comments.get(k)), "")
        path = path_of(place)
        key = path or f"reel {line.reel} clip {name}"
        known = self.book.known(key)
        if known is not None:
            return key, known
        rate = self._source_rate(line)
        is_drop = ";" in line.labels[0] and can_drop(rate)
        made = Medium(
            id="",
            name=base_name(path) or name or line.reel,
            path=path,
            rate=rate,
            first_label=self._frame(line.labels[0], rate, line.line, drop=is_drop),
            is_drop=is_drop,
            reel="" if line.reel.upper() == "AX" else line.reel,
            has_picture=False,
            is_still=is_still_name(path),
            by_label=True,
        )
        return key, self.book.medium(key, made)

    def _source_rate(self, line: Line) -> FrameRate:
        """The rate of a medium: as a comment says, else one that its time code fits."""
        said = sane_rate(line.comments.get("SOURCE FRAME RATE", ""))
        if said is not None:
            return said
        if ";" in line.labels[0] and not can_drop(self._rate):
            return FrameRate(30_000, 1001)
        last = max(frames_in(label) for label in line.labels[:2])
        if last < self._rate.nominal:
            return self._rate
        return next((rate for rate in _RATES if last < rate.nominal), self._rate)

    def _frame(self, text: str, rate: FrameRate, line: int, *, drop: bool) -> int:
        try:
            return from_timecode(text, rate, drop=drop or (";" in text and can_drop(rate)))
        except InputError as error:
            problem = f"{str(error).rstrip('.')} at {rate} frames/s"
            raise unreadable(self._name, line, problem, "Say its frame rate.") from None


def _fits(named: int, played: Fraction, rate: FrameRate) -> bool:
    """Whether as many frames of a source are named as play; time code begins anew at midnight."""
    if named < 0:
        named += 24 * 3600 * rate.nominal
    return abs(named - abs(played)) <= 1 + named * _ROUNDED


def _tracks_of(channels: str) -> list[str]:
    """Keys of the tracks that an event's channels mean: "V", and of sounds the first channel."""
    if channels in {"B", "AV", "VA"}:
        return ["V", "A1"]
    found = ["V"] if "V" in channels else []
    sounds = _numbers(channels)
    return [*found, f"A{sounds[0]}"] if sounds else found


def _channels_of(channels: str, key: str) -> tuple[int, ...]:
    return _numbers(channels) or (int(key[1:]),)


def _numbers(channels: str) -> tuple[int, ...]:
    """The channels of sounds: "A" is 1, "AA" is 1 and 2, "A3A4" is 3 and 4."""
    if channels in {"B", "AV", "VA"}:
        return (1,)
    numbers: list[int] = []
    for found in _SOUND.finditer(channels):
        number = int(found[1]) if found[1] and len(found[1]) < 3 else len(numbers) + 1
        if number > 0 and number not in numbers:
            numbers.append(number)
    return tuple(sorted(numbers))

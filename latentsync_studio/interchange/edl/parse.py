"""Reads the lines of a list: events with what their comments say, in bounded time and memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from latentsync_studio.interchange.reading import require_size, sane_rate, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.timeline.rate import FrameRate

MOST_EVENTS: Final = 50_000
MOST_LINE: Final = 2_000  # letters of a line that are looked at
_LABEL: Final = re.compile(r"\d{1,2}[:;.,]\d{1,2}[:;.,]\d{1,2}[:;.,]\d{1,3}", re.ASCII)
_EFFECT: Final = re.compile(r"C|D|W\d{1,3}|K\s?[BO]?\d*", re.ASCII)
_SPEED: Final = re.compile(r"M2\s+(?P<reel>.*?)\s+(?P<fps>-?\d{1,5}(?:\.\d{1,6})?)\s", re.ASCII)
_LOCATOR: Final = re.compile(r"LOC:\s*(\S+)\s+(\w+)\s*(.*)", re.ASCII)


@dataclass(slots=True)
class Line:
    """One line of an event.

    Attributes:
        line: its number in the file.
        number: of the event.
        reel: as written.
        channels: as written ("V", "AA/V").
        effect: "C", "D", "W001", "K".
        fade: frames over which it comes.
        labels: source in and out, record in and out.
        comments: upper-case key -> text.
        fps: frames a second of a retime, "" for none.
    """

    line: int
    number: str
    reel: str
    channels: str
    effect: str
    fade: int
    labels: tuple[str, str, str, str]
    comments: dict[str, str] = field(default_factory=dict)
    fps: str = ""


@dataclass(slots=True)
class Parsed:
    """A list as it stands in its file.

    Attributes:
        title: of the list.
        is_drop: record time code is drop-frame.
        rate: where a comment says it.
        start: time code of frame 0, where a comment says it.
        lines: of events, in order.
        locators: (line, time code, color, name).
        skipped: numbers of lines that are not understood.
    """

    title: str = ""
    is_drop: bool = False
    rate: FrameRate | None = None
    start: str = ""
    lines: list[Line] = field(default_factory=list)
    locators: list[tuple[int, str, str, str]] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)


def parse(data: bytes, name: str) -> Parsed:
    """The lines of a list.

    Raises:
        InputError: it is too large, has too many events, or none.
    """
    require_size(data, name)
    found = Parsed()
    for number, text in _texts(data):
        _read_line(found, number, text)
        if len(found.lines) > MOST_EVENTS:
            raise unreadable(
                name, number, f"it has more than {MOST_EVENTS} events", "Export it in parts."
            )
    if not found.lines:
        raise unreadable(
            name, 1, "there is no event in it", "Choose an edit decision list (CMX3600)."
        )
    return found


def frames_in(label: str) -> int:
    """The last number of a label: frames."""
    return int(re.split(r"[:;.,]", label)[-1])


def decoded(data: bytes) -> str:
    """The text of a list: UTF-8, UTF-16 with its mark, else what Windows programs write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _texts(data: bytes) -> Iterator[tuple[int, str]]:
    """Numbers and texts of lines that are not empty."""
    text, at = decoded(data), 0
    for number, found in enumerate(re.finditer(r"\r\n|\r|\n|\Z", text), 1):
        line = text[at : min(found.start(), at + MOST_LINE)].strip("\x00 \t\x1a")
        at = found.end()
        if line:
            yield number, line


def _read_line(found: Parsed, number: int, text: str) -> None:
    if text[0].isdigit():
        event = _event(number, text)
        if event is None:
            found.skipped.append(number)
        else:
            found.lines.append(event)
    elif text.startswith("*"):
        _comment(found, number, text.lstrip("* \t"))
    elif text.startswith("M2"):
        speed = _SPEED.match(text + " ")
        if speed and found.lines:
            _retimed(found.lines, speed["reel"].strip(), speed["fps"])
    elif text.upper().startswith("TITLE:"):
        found.title = text[6:].strip()
    elif text.upper().startswith("FCM:"):
        is_drop = text[4:].strip().upper().startswith("DROP")
        if not found.lines:
            found.is_drop = is_drop
    elif not text.upper().startswith(("AUD", "SPLIT", ">>>", "FINAL CUT PRO", "RATE:")):
        found.skipped.append(number)


def _event(number: int, text: str) -> Line | None:
    words = text.split()
    labels = words[-4:]
    if len(words) < 8 or not all(_LABEL.fullmatch(word) for word in labels):
        return None
    rest, fade = words[1:-4], 0
    if rest[-1].isascii() and rest[-1].isdecimal() and len(rest[-1]) <= 4 and len(rest) > 3:
        fade = int(rest.pop())
    if len(rest) > 3 and rest[-1] in {"B", "O"} and rest[-2] == "K":
        rest.pop()
    if len(rest) < 3 or not _EFFECT.fullmatch(rest[-1]):
        return None
    reel = " ".join(rest[:-2])
    first, second, third, fourth = labels
    return Line(
        number, words[0], reel, rest[-2].upper(), rest[-1], fade, (first, second, third, fourth)
    )


def _comment(found: Parsed, number: int, text: str) -> None:
    locator = _LOCATOR.match(text)
    if locator:
        found.locators.append((number, locator[1], locator[2].lower(), locator[3].strip()))
        return
    key, colon, value = text.partition(":")
    key, value = key.strip().upper(), value.strip()
    if key == "FRAME RATE":
        found.rate = sane_rate(value)
        if found.rate is None:
            found.skipped.append(number)
    elif key == "START TIMECODE":
        found.start = value
    elif colon and found.lines:
        found.lines[-1].comments.setdefault(key, value)


def _retimed(lines: list[Line], reel: str, fps: str) -> None:
    """Note a retime at the line of the last event whose reel it names."""
    last = lines[-1]
    before = lines[-2] if len(lines) > 1 else last
    is_before = last.reel != reel and before.number == last.number and before.reel == reel
    (before if is_before else last).fps = fps

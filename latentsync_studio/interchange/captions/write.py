"""Captions as SubRip and WebVTT; times count from the first frame of the sequence, in real time.

SubRip has no standard; here it is UTF-8 with CRLF, as most programs read it. WebVTT: W3C.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latentsync_studio.interchange.output import File, Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.interchange.cut import Caption, Cut
    from latentsync_studio.interchange.output import Options

_NO_WORDS = (
    "No words are known: there are none in the file. Lay a text file of the same name beside the"
    " sound, or captions as .srt"
)


def write_srt(cut: Cut, options: Options) -> Output:
    """The captions of a cut as SubRip."""
    cues = [
        f"{number}\r\n{_span(cut, caption, ',')}\r\n{_lines(caption.text, str)}\r\n"
        for number, caption in enumerate(cut.captions, 1)
    ]
    text = "\r\n".join(cues).replace("\r\n", "\n").replace("\n", "\r\n")
    return _output(cut, options, text)


def write_vtt(cut: Cut, options: Options) -> Output:
    """The captions of a cut as WebVTT."""
    cues = [
        f"\n{_span(cut, caption, '.')}\n{_lines(caption.text, _escaped)}\n"
        for caption in cut.captions
    ]
    return _output(cut, options, "WEBVTT\n" + "".join(cues))


def _output(cut: Cut, options: Options, text: str) -> Output:
    losses = () if cut.captions else (_NO_WORDS,)
    return Output((File(options.name, text.encode()),), losses)


def _span(cut: Cut, caption: Caption, mark: str) -> str:
    return f"{_time(cut, caption.start, mark)} --> {_time(cut, caption.stop, mark)}"


def _time(cut: Cut, frame: int, mark: str) -> str:
    """hh:mm:ss and milliseconds of the start of a frame."""
    ms = (2000 * frame * cut.rate.den + cut.rate.num) // (2 * cut.rate.num)
    seconds = ms // 1000
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{ms % 1000:03d}"


def _lines(text: str, escape: Callable[[str], str]) -> str:
    """Lines without blank ones, which would end the cue, and without an arrow."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(escape(line.replace("-->", "->")) for line in lines if line)


def _escaped(line: str) -> str:
    return re.sub(r"[&<>]", lambda found: {"&": "&amp;", "<": "&lt;", ">": "&gt;"}[found[0]], line)

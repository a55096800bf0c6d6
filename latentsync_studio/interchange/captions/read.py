"""Reads the cues of a SubRip or WebVTT file, and cuts plain text into cues."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_SPAN = re.compile(_TIME + r"[ \t]*-->[ \t]*" + _TIME, re.ASCII)
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_SENTENCE = re.compile(r"(?<=[.!?…。！？])\s+")  # noqa: RUF001 - full-width marks end sentences too
MOST_CUES = 20_000
LINE_LETTERS = 42  # of a caption line, as broadcasters have it
CUE_LETTERS = 2 * LINE_LETTERS


class Cue(NamedTuple):
    """Words, and from when to when they are said: seconds of the medium."""

    start: Fraction
    stop: Fraction
    text: str


def timed_cues(text: str) -> tuple[Cue, ...]:
    """The cues of a SubRip or WebVTT file; what is none is passed over."""
    found: list[Cue] = []
    lines: list[str] = []
    span: tuple[Fraction, Fraction] | None = None
    for line in [*text.splitlines(), ""]:
        match = _SPAN.search(line)
        if match is not None:
            span, lines = (_seconds(match, 1), _seconds(match, 5)), []
        elif line.strip():
            lines.append(_TAG.sub("", line).strip())
        elif span is not None:
            if lines and span[1] > span[0] and len(found) < MOST_CUES:
                found.append(Cue(*span, "\n".join(lines)))
            span = None
    return tuple(found)


def spread_cues(text: str, seconds: Fraction) -> tuple[Cue, ...]:
    """Plain text as cues over `seconds`, each as long as its share of the letters."""
    parts = [part for sentence in _sentences(text) for part in _short(sentence)][:MOST_CUES]
    total = sum(map(len, parts))
    found, at = [], 0
    for part in parts:
        start = seconds * at / total
        at += len(part)
        found.append(Cue(start, seconds * at / total, part))
    return tuple(found)


def _seconds(match: re.Match[str], first: int) -> Fraction:
    hours, minutes, whole, rest = (match[first + k] or "0" for k in range(4))
    return (
        int(hours) * 3600 + int(minutes) * 60 + int(whole) + Fraction(int(rest.ljust(3, "0")), 1000)
    )


def _sentences(text: str) -> list[str]:
    return [s for line in text.splitlines() for s in _SENTENCE.split(line.strip()) if s]


def _short(sentence: str) -> list[str]:
    """A sentence in parts of at most two lines."""
    parts: list[str] = []
    line: list[str] = []
    for word in sentence.split():
        if line and len(" ".join((*line, word))) > CUE_LETTERS:
            parts.append(" ".join(line))
            line = []
        line.append(word)
    return [*parts, " ".join(line)]

"""SMPTE time code: labels hh:mm:ss:ff of frames, never used for arithmetic.

A label counts with the nominal rate (30 for 29.97). Drop-frame labels skip the numbers ;00 and
;01 (at 59.94: ;00 to ;03) at the start of every minute but each tenth, so that labels follow
the clock: no frame is dropped, only numbers. Source: SMPTE ST 12-1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.rate import FrameRate

_LABEL = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})([:;.,])(\d{1,3})", re.ASCII)
_ENTRY = re.compile(r"([+-]?)(\d+(?:[:;.,]\d+){0,3})", re.ASCII)
_DROP_RATES = {(30_000, 1001): 2, (60_000, 1001): 4}
_FIELDS = 4


def can_drop(rate: FrameRate) -> bool:
    """Whether drop-frame time code exists for `rate` (29.97 and 59.94)."""
    return (rate.num, rate.den) in _DROP_RATES


def frames_per_day(rate: FrameRate, *, drop: bool) -> int:
    """After how many frames labels begin again."""
    return rate.nominal * 86_400 - 9 * 144 * _dropped(rate, drop=drop)


def label_number(frame: int, rate: FrameRate, *, drop: bool) -> int:
    """Count of labels before that of `frame`, the skipped ones included. Whole numbers only."""
    dropped = _dropped(rate, drop=drop)
    if not dropped:
        return frame
    tens, rest = (
        frame // (rate.nominal * 600 - 9 * dropped),
        frame % (rate.nominal * 600 - 9 * dropped),
    )
    minutes = (rest - dropped) // (rate.nominal * 60 - dropped) + (rest < dropped)
    return frame + dropped * (9 * tens + minutes)


def frame_number(label: int, rate: FrameRate, *, drop: bool) -> int:
    """The frame with label number `label`: the inverse of `label_number`."""
    minutes = label // (rate.nominal * 60)
    return label - _dropped(rate, drop=drop) * (minutes - minutes // 10)


def to_timecode(frame: int, rate: FrameRate, *, drop: bool = False) -> str:
    """Label of `frame`: "01:00:00:00", "00:01:00;02"; begins again after 24 hours.

    Frames before 0 get the labels before midnight. `;` stands for drop-frame.

    Raises:
        InputError: drop-frame labels do not exist for `rate`.
    """
    base = rate.nominal
    label = label_number(frame % frames_per_day(rate, drop=drop), rate, drop=drop)
    seconds, digits = label // base, max(2, len(str(base - 1)))
    mark = ";" if drop else ":"
    return (
        f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        f"{mark}{label % base:0{digits}d}"
    )


def from_timecode(text: str, rate: FrameRate, *, drop: bool = False) -> int:
    """Frame with the label `text`; ":" is accepted for ";" where `drop` says what is meant.

    Raises:
        InputError: no label, a number out of its range, a label that drop-frame skips, or a
            drop-frame label where labels are not dropped.
    """
    found = _LABEL.fullmatch(text.strip())
    if not found:
        raise InputError(f"{text!r} is no time code.", remedy="Write hours:minutes:seconds:frames.")
    if found[4] != ":" and not drop:
        raise InputError(
            f"{text!r} is drop-frame time code; labels are not dropped here.",
            remedy="Write a colon before the frames.",
        )
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    base, dropped = rate.nominal, _dropped(rate, drop=drop)
    for value, limit, name in (
        (hours, 24, "hours"),
        (minutes, 60, "minutes"),
        (seconds, 60, "seconds"),
        (frames, base, "frames"),
    ):
        if value >= limit:
            raise InputError(
                f"{text!r}: {value} {name} are too many.", remedy=f"Write 0 to {limit - 1}."
            )
    if seconds == 0 and minutes % 10 and frames < dropped:
        raise InputError(
            f"{text!r} does not exist: drop-frame skips it.",
            remedy=f"The minute begins with {hours:02d}:{minutes:02d}:00;{dropped:02d}.",
        )
    label = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    return frame_number(label, rate, drop=drop)


def entered_frame(text: str, at: int, rate: FrameRate, *, drop: bool = False) -> int:
    """Frame that somebody means who types `text` while frame `at` is shown.

    "+10" and "-1:00" count from `at`; "1.12.00", "112" and "01:00:00;02" are labels, filled up
    from the right with zeros: 112 is one second and twelve frames.

    Raises:
        InputError: the text is no time code.
    """
    found = _ENTRY.fullmatch(text.strip())
    if not found:
        raise InputError(f"{text!r} is no time code.", remedy="Write 1:12:00, 112 or +10.")
    sign, body = found[1], found[2]
    if sign and body.isdigit():
        return at + int(sign + body)
    fields = re.split(r"[:;.,]", body)
    if len(fields) == 1:
        padded = body.zfill(2 * _FIELDS)
        fields = [padded[:-6], padded[-6:-4], padded[-4:-2], padded[-2:]]
    fields = ["00"] * (_FIELDS - len(fields)) + fields
    if sign:
        hours, minutes, seconds, frames = map(int, fields)
        count = ((hours * 60 + minutes) * 60 + seconds) * rate.nominal + frames
        return at + int(f"{sign}{count}")
    return from_timecode(":".join(fields), rate, drop=drop)


def _dropped(rate: FrameRate, *, drop: bool) -> int:
    """Labels skipped a minute."""
    if not drop:
        return 0
    if not can_drop(rate):
        raise InputError(
            f"There is no drop-frame time code at {rate} frames a second.",
            remedy="Use non-drop labels; drop-frame exists at 29.97 and 59.94.",
        )
    return _DROP_RATES[(rate.num, rate.den)]

"""What the line under the picture says: how exact, how fast, what the frame is, what is heard."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from PySide6.QtCore import QCoreApplication

SEPARATOR = "  \N{MIDDLE DOT}  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known when the line is written.

    Attributes:
        speed: shuttle speed, 0 at rest.
        wanted: frames a second that playing should show.
        rate: shown in the last second, or None when that cannot be told yet.
        dropped: left out since playing began.
        is_pending: the picture under the playhead is still being made.
        is_exact: the picture is the very frame.
        is_proxy: it comes from a small copy of the medium.
        engine: which one drew the result, or "".
        note: what the server says of the frame.
        is_muted: the user wants no sound.
        no_sound: why no sound can be played, or "".
        largest: largest difference (0..255) and its gain, or None outside of that view.
    """

    speed: Fraction = Fraction(0)
    wanted: float = 0.0
    rate: float | None = None
    dropped: int = 0
    is_pending: bool = False
    is_exact: bool = False
    is_proxy: bool = False
    engine: str = ""
    note: str = ""
    is_muted: bool = False
    no_sound: str = ""
    largest: tuple[int, int] | None = None


def readout(reading: Reading) -> str:
    """The line, its parts in a fixed order."""
    parts = [_playing(reading) if reading.speed else _standing(reading)]
    parts.append(_tr("drawn by {0}").format(reading.engine) if reading.engine else "")
    parts.append(reading.note)
    if reading.largest is not None:
        parts.append(
            _tr("largest difference {0} of 255, shown \N{MULTIPLICATION SIGN}{1}").format(
                *reading.largest
            )
        )
    parts.append(_sound(reading))
    return SEPARATOR.join(part for part in parts if part)


def speed_text(speed: Fraction) -> str:
    """A shuttle speed: "2x", "-1/4x"; nothing for normal speed and rest."""
    if speed in {0, 1}:
        return ""
    sign = "\N{MINUS SIGN}" if speed < 0 else ""
    return f"{sign}{abs(speed)}\N{MULTIPLICATION SIGN}"


def _playing(reading: Reading) -> str:
    parts = [speed_text(reading.speed)]
    if reading.rate is not None:
        parts.append(
            _tr("{0:.1f} of {1:g} fps, {2} dropped").format(
                reading.rate, round(reading.wanted, 2), reading.dropped
            )
        )
    parts.append(_tr("proxy") if reading.is_proxy else _tr("preview size"))
    return " ".join(parts[:1]).strip() + (" " if parts[0] else "") + ", ".join(parts[1:])


def _standing(reading: Reading) -> str:
    if reading.is_pending:
        return _tr("proxy, exact frame follows") if reading.is_proxy else _tr("exact frame follows")
    if reading.is_proxy:
        return _tr("proxy")
    return _tr("exact") if reading.is_exact else ""


def _sound(reading: Reading) -> str:
    if reading.is_muted:
        return _tr("muted")
    if reading.no_sound:
        return reading.no_sound
    return _tr("no sound at this speed") if reading.speed not in {0, 1} else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Readout", text)

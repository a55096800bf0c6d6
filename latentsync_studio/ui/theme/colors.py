"""The colors of both themes by what they mean; neutral gray around the picture.

Text on its ground has a contrast of at least 4.5:1 (WCAG 2.1, 1.4.3), edges of what is operated
3:1 (1.4.11); tests compute it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colors as "#rrggbb"; `on_x` is text and lines on `x`."""

    name: str
    window: str  # panels
    base: str  # lists and fields
    raised: str  # buttons, headers
    border: str
    control: str  # edges of fields, and of boxes that are checked
    text: str
    dim_text: str
    disabled_text: str
    accent: str  # selection, focus
    on_accent: str
    surround: str  # around the picture
    track: str  # empty track
    track_alternate: str
    ruler: str
    video_clip: str
    audio_clip: str
    speech_clip: str  # on a track that drives the lips
    offline_clip: str
    on_clip: str
    waveform: str
    playhead: str
    snap_line: str
    work_area: str
    ready: str  # synthesized
    missing: str  # not yet synthesized
    stale: str
    failed: str
    passed: str  # passes through
    warning: str
    error: str
    good: str

    def color(self, name: str) -> QColor:
        """One of the colors for painting."""
        return QColor(getattr(self, name))


DARK = Theme(
    name="dark",
    window="#262626",
    base="#1c1c1c",
    raised="#343434",
    border="#4a4a4a",
    control="#868686",
    text="#e6e6e6",
    dim_text="#b0b0b0",
    disabled_text="#8a8a8a",
    accent="#4a90d9",
    on_accent="#0b0b0b",
    surround="#161616",
    track="#202020",
    track_alternate="#232323",
    ruler="#2b2b2b",
    video_clip="#3a5578",
    audio_clip="#33604f",
    speech_clip="#6a4a78",
    offline_clip="#6e2f2f",
    on_clip="#f4f4f4",
    waveform="#a9cdbb",
    playhead="#ff5a4f",
    snap_line="#ffd166",
    work_area="#5b6f8c",
    ready="#4caf6d",
    missing="#8d8d8d",
    stale="#e0a030",
    failed="#e05555",
    passed="#5aa7d6",
    warning="#f0b429",
    error="#ff7b72",
    good="#6fcf8f",
)
LIGHT = Theme(
    name="light",
    window="#ececec",
    base="#fafafa",
    raised="#dedede",
    border="#adadad",
    control="#6a6a6a",
    text="#1a1a1a",
    dim_text="#4c4c4c",
    disabled_text="#6b6b6b",
    accent="#1f6fbf",
    on_accent="#ffffff",
    surround="#bdbdbd",
    track="#e0e0e0",
    track_alternate="#e6e6e6",
    ruler="#d6d6d6",
    video_clip="#b9cfe9",
    audio_clip="#b7dccb",
    speech_clip="#dcc4e8",
    offline_clip="#efb4b0",
    on_clip="#141414",
    waveform="#2f6b52",
    playhead="#c62828",
    snap_line="#a06a00",
    work_area="#8fb0d8",
    ready="#2e7d46",
    missing="#757575",
    stale="#a86200",
    failed="#b3261e",
    passed="#1c6ea4",
    warning="#855300",
    error="#b3261e",
    good="#226b3a",
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def luminance(color: str) -> float:
    """Relative luminance 0..1 of "#rrggbb" (WCAG 2.1)."""
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1..21 of two colors (WCAG 2.1)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def color_names() -> tuple[str, ...]:
    """Names of all colors of a theme."""
    return tuple(field.name for field in fields(Theme) if field.name != "name")

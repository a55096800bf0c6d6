#!/usr/bin/env python3
"""Draw the small icons of both themes, also at twice the size.

    python packaging/make_theme_icons.py [--out resources/icons]

Buttons of dock titles, close and float: Qt's own are nearly black and cannot be seen on dark
ground. Check marks: boxes whose edges can be seen are drawn by the style sheet, which then needs
the mark as a picture. Needs Pillow (extra `sample`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

from latentsync_studio.ui.theme.colors import THEMES

SIDE, FINE = 12, 8  # px; drawn this much larger, then made small
ICONS = {  # name: color of the theme
    "close": "text",
    "float": "text",
    "check": "on_accent",
    "check-plain": "text",
    "check-disabled": "disabled_text",
}


def draw(what: str, ink: str, times: int) -> Image.Image:
    """One icon of `times` 12 px, transparent around the lines; `ink` as "#rrggbb"."""
    side = SIDE * times
    unit = times * FINE
    image = Image.new("RGBA", (side * FINE, side * FINE), f"{ink}00")
    pen = ImageDraw.Draw(image)
    if what == "close":
        low, high = 2.5 * unit, 9.5 * unit
        pen.line((low, low, high, high), ink, round(1.3 * unit))
        pen.line((low, high, high, low), ink, round(1.3 * unit))
    elif what == "float":
        width = round(1.1 * unit)
        pen.rectangle((1.5 * unit, 4 * unit, 8 * unit, 10.5 * unit), None, ink, width)
        pen.line((4.2 * unit, 2 * unit, 10.5 * unit, 2 * unit), ink, width)
        pen.line((10 * unit, 1.5 * unit, 10 * unit, 7.5 * unit), ink, width)
    else:
        corners = [(x * unit, y * unit) for x, y in ((2, 6.2), (4.9, 9.2), (10.2, 2.8))]
        pen.line(corners, ink, round(1.8 * unit), joint="curve")
    return image.resize((side, side), Image.Resampling.LANCZOS)


def main() -> None:
    """Write all of them."""
    parser = argparse.ArgumentParser(description="Draws the icons of the themes.")
    parser.add_argument("--out", type=Path, default=Path("resources/icons"))
    out = parser.parse_args().out
    for theme in THEMES.values():
        for what, ink in ICONS.items():
            for suffix, times in (("", 1), ("@2x", 2)):
                icon = draw(what, getattr(theme, ink), times)
                icon.save(out / f"{what}-{theme.name}{suffix}.png", optimize=True)


if __name__ == "__main__":
    main()

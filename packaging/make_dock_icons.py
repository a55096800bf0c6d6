#!/usr/bin/env python3
"""Draw the buttons of dock titles for both themes: close and float, also at twice the size.

    python packaging/make_dock_icons.py [--out resources/icons]

Qt's own are nearly black and cannot be seen on dark ground. Needs Pillow (extra `sample`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

SIDE, FINE = 12, 8  # px; drawn this much larger, then made small
INKS = {"dark": (0xE6, 0xE6, 0xE6), "light": (0x1A, 0x1A, 0x1A)}  # by theme


def draw(what: str, ink: tuple[int, int, int], times: int) -> Image.Image:
    """One icon of `times` 12 px, transparent around the lines."""
    side = SIDE * times
    unit = times * FINE
    image = Image.new("RGBA", (side * FINE, side * FINE), (*ink, 0))
    pen = ImageDraw.Draw(image)
    if what == "close":
        low, high = 2.5 * unit, 9.5 * unit
        pen.line((low, low, high, high), (*ink, 255), round(1.3 * unit))
        pen.line((low, high, high, low), (*ink, 255), round(1.3 * unit))
    else:
        width = round(1.1 * unit)
        pen.rectangle((1.5 * unit, 4 * unit, 8 * unit, 10.5 * unit), None, (*ink, 255), width)
        pen.line((4.2 * unit, 2 * unit, 10.5 * unit, 2 * unit), (*ink, 255), width)
        pen.line((10 * unit, 1.5 * unit, 10 * unit, 7.5 * unit), (*ink, 255), width)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def main() -> None:
    """Write all of them."""
    parser = argparse.ArgumentParser(description="Draws the buttons of dock titles.")
    parser.add_argument("--out", type=Path, default=Path("resources/icons"))
    out = parser.parse_args().out
    for theme, ink in INKS.items():
        for what in ("close", "float"):
            for suffix, times in (("", 1), ("@2x", 2)):
                draw(what, ink, times).save(out / f"{what}-{theme}{suffix}.png", optimize=True)


if __name__ == "__main__":
    main()

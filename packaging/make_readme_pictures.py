#!/usr/bin/env python3
"""Make the pictures of the README from a real run of the demo in a terminal.

    python packaging/make_readme_pictures.py [--out resources/readme]

terminal.png shows what the terminal showed at the end; before_after.jpg is a part of the demo's
contact sheet. Linux and macOS only (pseudo-terminals). Needs Pillow (extra `sample`) and a
monospaced font.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLUMNS, ROWS = 108, 60
FONT, FONT_PX = "DejaVuSansMono.ttf", 15
BACK, INK = (24, 26, 30), (222, 222, 222)
BASIC = ("000000", "cd3131", "0dbc79", "c8a80c", "2472c8", "bc3fbc", "11a8cd", "e5e5e5")
BRIGHT = ("666666", "f14c4c", "23d18b", "f5f543", "3b8eea", "d670d6", "29b8db", "ffffff")
TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n])")

Color = tuple[int, int, int]


def color_of(code: int) -> Color:
    """RGB of one of the 256 colors of a terminal."""
    if code < 16:
        name = (BASIC + BRIGHT)[code]
        return int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16)
    if code > 231:
        gray = 8 + 10 * (code - 232)
        return gray, gray, gray
    code -= 16
    levels = (0, 95, 135, 175, 215, 255)
    return levels[code // 36], levels[code // 6 % 6], levels[code % 6]


@dataclass
class Screen:
    """What a terminal shows, as far as progress bars need one."""

    lines: list[list[tuple[str, Color]]] = field(default_factory=lambda: [[]])
    row: int = 0
    column: int = 0
    ink: Color = INK

    def feed(self, text: str) -> None:
        """Show what a program printed."""
        for match in TOKEN.finditer(text):
            numbers, command, carriage, newline, character = match.groups()
            if command:
                self._command(command, [int(n) for n in re.findall(r"\d+", numbers)])
            elif carriage:
                self.column = 0
            elif newline:
                self.row += 1
                while len(self.lines) <= self.row:
                    self.lines.append([])
            else:
                line = self.lines[self.row]
                line += [(" ", INK)] * (self.column + 1 - len(line))
                line[self.column] = (character, self.ink)
                self.column += 1

    def _command(self, command: str, numbers: list[int]) -> None:
        if command == "A":
            self.row = max(0, self.row - (numbers or [1])[0])
        elif command == "K":
            self.lines[self.row] = []
        elif command == "m":
            self._colors(numbers or [0])

    def _colors(self, numbers: list[int]) -> None:
        if numbers[:2] == [38, 5] and len(numbers) > 2:
            self.ink = color_of(numbers[2])
        elif numbers[:2] == [38, 2] and len(numbers) > 4:
            self.ink = (numbers[2], numbers[3], numbers[4])
        elif 0 in numbers:
            self.ink = INK
        for number in numbers if numbers[0] != 38 else []:
            if 30 <= number <= 37:
                self.ink = color_of(number - 30)
            elif 90 <= number <= 97:
                self.ink = color_of(number - 82)


def run_in_terminal(words: list[str], folder: Path) -> str:
    """Run a program in a pseudo-terminal and return what it printed."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    home = str(folder / "home")
    env = {**os.environ, "TERM": "xterm-256color", "LATENTSYNC_STUDIO_HOME": home}
    env.pop("COLUMNS", None)
    process = subprocess.Popen(words, cwd=folder, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    printed = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not data:
            break
        printed += data
    os.close(master)
    if process.wait() != 0:
        raise SystemExit(printed.decode(errors="replace"))
    return printed.decode()


def draw(screen: Screen) -> Image.Image:
    """Draw a screen as a picture."""
    font = ImageFont.truetype(FONT, FONT_PX)
    wide = font.getlength("M")
    high = FONT_PX + 6
    lines = [line for line in screen.lines if line]
    size = (int(max(map(len, lines)) * wide) + 28, len(lines) * high + 24)
    image = Image.new("RGB", size, BACK)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        for column, (character, ink) in enumerate(line):
            pen.text((14 + column * wide, 11 + row * high), character, ink, font)
    return image


def main() -> None:
    """Run the demo, draw the terminal, cut the contact sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("resources/readme"))
    out = parser.parse_args().out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = Path(sys.executable).parent / "latentsync-studio"
        screen = Screen()
        screen.feed("$ latentsync-studio demo -o demo\r\n")
        screen.feed(run_in_terminal([str(program), "demo", "-o", "demo"], folder))
        draw(screen).quantize(64).save(out / "terminal.png", optimize=True)
        sheet = Image.open(folder / "demo" / "contact_sheet.png")
        band = sheet.crop((0, 0, sheet.width, sheet.height // 3))
        band.convert("RGB").save(out / "before_after.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main()

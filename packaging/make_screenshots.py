#!/usr/bin/env python3
"""Make pictures of the window from real walks through the program, on a screen of their own.

    python packaging/make_screenshots.py --out /tmp/pictures              # every scene, to look at
    python packaging/make_screenshots.py --out /tmp/pictures timeline jobs
    python packaging/make_screenshots.py --readme resources/screenshots   # those of the README

Linux only: needs Xvfb, openbox, xdotool and ImageMagick. Each scene has a data folder of its own;
the user's is never touched. The pictures show nothing but the bundled sample.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from screenshots.scenes import ACTS, README, Act
from screenshots.stage import Stage, StageError

MOST_BYTES = 500_000  # of a picture of the README
SHADES = 64  # of each color


def play(act: Act, out: Path, display: int) -> None:
    """Play a scene; its pictures come into `out`."""
    prefix = "latentsync-stage-"
    with (
        tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder,
        Stage(Path(folder), act.size, display, act.scale) as stage,
    ):
        stage.pictures = out
        stage.pictures.mkdir(parents=True, exist_ok=True)
        act.play(stage)


def shrink(source: Path, target: Path) -> None:
    """Write a picture packed well, with fewer shades where it would be above `MOST_BYTES`."""
    packed = ("-strip", "-define", "png:compression-level=9", "-define", "png:color-type=2")
    for fewer in ((), ("-posterize", str(SHADES))):
        subprocess.run(("convert", str(source), *fewer, *packed, str(target)), check=True)
        if target.stat().st_size <= MOST_BYTES:
            return
    raise StageError(f"{target} is larger than {MOST_BYTES} bytes.")


def make_readme(folder: Path, display: int) -> None:
    """Make the pictures of the README anew."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as raw:
        play(README, Path(raw), display)
        for picture in sorted(Path(raw).glob("*.png")):
            shrink(picture, folder / picture.name)


def main() -> int:
    """Read the command line and play."""
    parser = argparse.ArgumentParser(description="Makes pictures of the window.")
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"of {', '.join(ACTS)}")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--readme", type=Path, metavar="FOLDER")
    parser.add_argument("--display", type=int, default=77, help="number of the screen to make")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.scenes) - set(ACTS))
    if unknown:
        parser.error(f"There is no scene {', '.join(unknown)}.")
    try:
        if arguments.readme is not None:
            make_readme(arguments.readme, arguments.display)
        else:
            for name in arguments.scenes or ACTS:
                play(ACTS[name], arguments.out / name, arguments.display)
                sys.stdout.write(f"{arguments.out / name}\n")
    except StageError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What is meant by the files and folders that somebody drops: media, pictures in a row."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.core.timeline.model import ImageRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from latentsync_studio.core.progress import Progress

_IMAGES: Final = "png jpg jpeg bmp tif tiff webp exr dpx tga ppm pgm"
_VIDEOS: Final = (
    "mp4 m4v mov mkv webm avi mpg mpeg ts mts m2ts mxf flv wmv asf ogv 3gp gif y4m dv vob h264 "
    "hevc ivf mjpeg nut"
)
_SOUNDS: Final = (
    "wav w64 rf64 aif aiff flac mp3 m4a aac ac3 eac3 caf au amr ape wv tta ogg oga opus wma mka"
)
IMAGES, VIDEOS, SOUNDS = (  # endings of names, without which a folder's files are left out
    frozenset(f".{ending}" for ending in endings.split()) for endings in (_IMAGES, _VIDEOS, _SOUNDS)
)
MOST_LEVELS: Final = 6  # of folders within a folder
MOST_FILES: Final = 20_000
_NUMBERED: Final = re.compile(r"(?P<prefix>.*?)(?P<number>\d{1,9})(?P<suffix>\.\w+)", re.DOTALL)


class Source(msgspec.Struct, frozen=True):
    """One medium to look at.

    Attributes:
        path: of the file, or of the first picture.
        images: the pictures in a row; None for a plain file.
        problem: why there is nothing to look at; None where there is.
    """

    path: Path
    images: ImageRun | None = None
    problem: StudioError | None = None


def sources_of(
    paths: Iterable[Path], progress: Progress, *, join_images: bool = True
) -> list[Source]:
    """Every medium below `paths`, in their order; of a folder those whose names end like media's.

    Numbered pictures of one size in one folder, without a hole, become one medium.

    Args:
        paths: files and folders.
        progress: asked whether to go on.
        join_images: False makes a still of every picture.
    """
    files: dict[Path, StudioError | None] = {}
    for path in paths:
        progress.check()
        if path.is_dir():
            inside = list(_media_in(path, progress))
            files |= {each: None for each in inside if each not in files}
            if not inside:
                files[path] = _nothing_in(path)
        elif path not in files:
            files[path] = None
    runs = _runs(files, progress) if join_images else {}
    members = {path for _, held in runs.values() for path in held}
    return [
        Source(path, runs[path][0] if path in runs else None, problem)
        for path, problem in files.items()
        if path in runs or path not in members
    ]


def numbered(name: str) -> tuple[str, int, str] | None:
    """Split "shot_0012.png" into ("shot_", 12, ".png"); the last number counts."""
    match = _NUMBERED.fullmatch(name)
    if match is None:
        return None
    return match["prefix"], int(match["number"]), match["suffix"]


def _media_in(folder: Path, progress: Progress) -> Iterator[Path]:
    """Media files below a folder, by name; hidden ones and those very deep are left out."""
    count = 0
    for at, folders, names in os.walk(folder):
        progress.check()
        depth = len(Path(at).relative_to(folder).parts)
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        if depth >= MOST_LEVELS:
            folders.clear()
        for name in sorted(names, key=_natural):
            known = Path(name).suffix.lower() in IMAGES | VIDEOS | SOUNDS
            if known and not name.startswith("."):
                count += 1
                if count > MOST_FILES:
                    return
                yield Path(at) / name


def _natural(name: str) -> tuple[tuple[str, int], ...]:
    """An order in which "f9" comes before "f10"."""
    return tuple((text, int(digits or 0)) for text, digits in re.findall(r"(\D*)(\d*)", name))


def _nothing_in(folder: Path) -> InputError:
    return InputError(
        f"There are no media files in {str(folder)!r} (or in {MOST_LEVELS} levels of folders "
        "below it).",
        remedy="Choose a folder with video, sound or picture files.",
    )


def _runs(
    files: Iterable[Path], progress: Progress
) -> dict[Path, tuple[ImageRun, tuple[Path, ...]]]:
    """First picture -> the run that begins with it and all its files."""
    groups: dict[tuple[Path, str, str], dict[int, Path]] = defaultdict(dict)
    for path in files:
        parts = numbered(path.name) if path.suffix.lower() in IMAGES else None
        if parts is not None:
            prefix, number, suffix = parts
            groups[path.parent, prefix, suffix].setdefault(number, path)
    found = {}
    for (_, prefix, suffix), held in groups.items():
        if len(held) < 2:
            continue
        digits = min(len(path.name) - len(prefix) - len(suffix) for path in held.values())
        for members in _unbroken(held, prefix, suffix, digits):
            for same in _of_one_size(members, progress):
                if len(same) > 1:
                    first = next(n for n, path in held.items() if path == same[0])
                    run = ImageRun(
                        prefix=prefix, digits=digits, suffix=suffix, first=first, count=len(same)
                    )
                    found[same[0]] = run, tuple(same)
    return found


def _unbroken(held: dict[int, Path], prefix: str, suffix: str, digits: int) -> Iterator[list[Path]]:
    """Stretches of numbers without a hole, written with the same number of digits."""
    fitting = [n for n in sorted(held) if held[n].name == f"{prefix}{n:0{digits}d}{suffix}"]
    for _, stretch in groupby(enumerate(fitting), lambda pair: pair[1] - pair[0]):
        yield [held[number] for _, number in stretch]


def _of_one_size(members: list[Path], progress: Progress) -> Iterator[list[Path]]:
    """Stretches of pictures of one size; one that cannot be read stays where it is."""
    from latentsync_studio.media.image_sequence import image_size

    stretch: list[Path] = []
    size: tuple[int, int] | None = None
    for path in members:
        progress.check()
        try:
            own = image_size(path)
        except StudioError:
            own = None
        if own is not None and size is not None and own != size:
            yield stretch
            stretch, size = [], None
        if own is None and not stretch:  # nothing can begin with it
            yield [path]
            continue
        stretch.append(path)
        size = size or own
    if stretch:
        yield stretch

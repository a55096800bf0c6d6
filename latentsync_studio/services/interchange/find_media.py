"""Looks for the media of a cut, and only within folders that the user chose.

What a timeline file says about places is a hint, never a permission: a path is opened only where it
truly lies, links followed, in one of the chosen folders. Tried are the path itself, its last parts
below each folder, and at last files of the same name or reel anywhere in the folders.
"""

from __future__ import annotations

import os
import time
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from latentsync_studio.interchange.output import Losses
from latentsync_studio.interchange.url import base_name, is_absolute, is_windows, parts_of
from latentsync_studio.services.media_bin.sources import IMAGES, SOUNDS, VIDEOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.interchange.cut import Medium

SEARCH: Final = "search"  # the stage that progress is told of, in folders
MOST_LEVELS: Final = 8
MOST_FILES: Final = 100_000
MOST_SECONDS: Final = 20.0
_KNOWN: Final = IMAGES | VIDEOS | SOUNDS


class MediaFinder:
    """Finds media below some folders.

    Attributes:
        notes: sentences on what was not looked at, or found several times.
    """

    def __init__(
        self, roots: Sequence[Path], progress: Progress, files: Iterable[Path] = ()
    ) -> None:
        """Take the folders, the likeliest first, and single files; `progress` may cancel."""
        self.notes = Losses()
        self._roots = [Path(os.path.realpath(root)) for root in roots]
        self._files = frozenset(files)
        self._progress = progress
        self._names: dict[str, list[Path]] = defaultdict(list)
        self._stems: dict[str, list[Path]] = defaultdict(list)
        self._is_indexed = False

    def find(self, medium: Medium) -> Path | None:
        """The file of a medium, or None where there is none in the folders."""
        for path in self._guesses(medium.path):
            if (path in self._files or self._is_inside(path)) and path.is_file():
                return path
        self._index()
        return self._by_name(medium) or self._by_stem(medium)

    def outside(self, medium: Medium) -> bool:
        """Whether a medium is said to lie where it was not looked for."""
        path = medium.path
        if not is_absolute(path):
            return False
        is_foreign = is_windows(path) and os.name != "nt"
        return is_foreign or not (Path(path) in self._files or self._is_inside(Path(path)))

    def elsewhere(self, medium: Medium) -> Iterator[Path]:
        """The places of this computer outside of the folders that the path of a medium means."""
        return (path for path in _named(medium.path) if not self._is_inside(path))

    def _guesses(self, path: str) -> Iterator[Path]:
        """Places that a path may mean, the exact one first."""
        yield from _named(path)
        for name in _spellings(path):
            parts = parts_of(name)
            for first in range(len(parts)):
                for root in self._roots:
                    yield root.joinpath(*parts[first:])

    def _is_inside(self, path: Path) -> bool:
        """Whether a file truly lies in one of the folders, links followed."""
        try:
            real = Path(os.path.realpath(path))
        except (OSError, ValueError):
            return False
        return any(real.is_relative_to(root) for root in self._roots)

    def _by_name(self, medium: Medium) -> Path | None:
        wanted = {_plain(base_name(medium.path)), _plain(medium.name)} - {""}
        found = [path for name in sorted(wanted) for path in self._names.get(name, ())]
        return self._best(medium, found)

    def _by_stem(self, medium: Medium) -> Path | None:
        """Files that are called as the clip or its reel, which is all that a list may say."""
        if medium.path and not medium.by_label:
            return None
        for word in (_plain(medium.name), _plain(medium.reel)):
            found = self._stems.get(word, []) if word else []
            if found:
                return self._best(medium, found)
        return None

    def _best(self, medium: Medium, found: list[Path]) -> Path | None:
        """Of several files the one whose folders are the most like those of the path."""
        if len(found) > 1:
            self.notes.add("Of several files of one name the likeliest was taken", medium.name)
        wanted = [_plain(part) for part in parts_of(medium.path)]
        return max(found, key=lambda path: _likeness(path, wanted), default=None)

    def _index(self) -> None:
        if self._is_indexed:
            return
        self._is_indexed = True
        deadline, count = time.monotonic() + MOST_SECONDS, 0
        for root in self._roots:
            for looked, (at, folders, files) in enumerate(os.walk(root)):
                self._progress.report(SEARCH, looked, 0, at)
                folders[:] = sorted(each for each in folders if not each.startswith("."))
                if len(Path(at).relative_to(root).parts) >= MOST_LEVELS:
                    folders.clear()
                for name in sorted(files):
                    path = Path(at) / name
                    if path.suffix.lower() in _KNOWN and self._is_inside(path):
                        count += 1
                        self._names[_plain(name)].append(path)
                        self._stems[_plain(path.stem)].append(path)
                if count > MOST_FILES or time.monotonic() > deadline:
                    self.notes.add("Not all of a folder was looked through", str(root))
                    return


def _spellings(path: str) -> list[str]:
    """A path as it stands, and as it was before a program wrote it as part of a URL."""
    return [name for name in dict.fromkeys((path, unquote(path))) if name]


def _named(path: str) -> Iterator[Path]:
    """The places of this computer that an absolute path may mean."""
    for name in _spellings(path):
        if is_absolute(name) and (not is_windows(name) or os.name == "nt"):
            yield Path(name)


def _likeness(path: Path, wanted: list[str]) -> int:
    """How many last parts two paths have in common."""
    own = [_plain(part) for part in path.parts]
    count = 0
    for one, other in zip(reversed(own), reversed(wanted), strict=False):
        if one != other:
            break
        count += 1
    return count


def _plain(name: str) -> str:
    """A name without differences that copying between systems makes."""
    return unicodedata.normalize("NFC", name).casefold()

"""Words that a list can hold: plain letters, and short names of reels that are all different."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from latentsync_studio.interchange.url import base_name, reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latentsync_studio.interchange.cut import Medium

TITLE_LETTERS: Final = 70
UNKNOWN_REEL: Final = "AX"
BLACK: Final = "BL"


def plain(text: str) -> str:
    """Text in ASCII on one line: accents are dropped, other letters become "_"."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return re.sub(r"[^ -~]", "_", bare).strip()


def plain_place(path: str, folder: str) -> str:
    """A path that ASCII can hold: as it is, or as a URL where it has other letters."""
    place = reference(path, "path", folder)
    if re.fullmatch(r"[ -~]*", place):
        return place
    return reference(path, "url", folder)


def reels(media: Iterable[Medium], letters: int) -> Mapping[str, str]:
    """Id of each medium -> the name of its reel, unique, of at most `letters` A-Z 0-9."""
    found: dict[str, str] = {}
    taken: set[str] = {UNKNOWN_REEL, BLACK}
    for medium in media:
        stem = base_name(medium.path).rpartition(".")[0] or medium.name
        name = plain(medium.reel or stem).upper()
        bare = re.sub(r"[^A-Z0-9]", "", name)[:letters] or f"R{len(found) + 1:03d}"
        reel, number = bare, 1
        while reel in taken:
            number += 1
            reel = bare[: letters - len(str(number))] + str(number)
        taken.add(reel)
        found[medium.id] = reel
    return found

"""Names of delivered files: plain ASCII, because not every host decodes anything else."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LONGEST: Final = 40
_REEL: Final = 8  # characters that a CMX3600 EDL holds


def plain_name(text: str, instead: str = "clip") -> str:
    """`text` in letters, digits, "-" and "_"; `instead` where nothing of it is left."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    joined = re.sub(r"[^A-Za-z0-9_-]+", "-", ascii_only).strip("-_")
    return joined[:_LONGEST].rstrip("-_") or instead


def reel_name(text: str, mark: str, number: int) -> str:
    """A reel of at most eight capital letters and digits that ends in a mark and a number."""
    end = f"{mark}{number:02d}"
    begin = re.sub(r"[^A-Z0-9]", "", plain_name(text, "").upper())
    return f"{begin[: _REEL - len(end)]}{end}"

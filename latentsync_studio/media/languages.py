"""Language codes that containers understand."""

from __future__ import annotations

from typing import Final

# QuickTime stores a number for each language; FFmpeg finds it under one of the two names that
# ISO 639-2 gives to some languages, and drops the language under the other.
_QUICKTIME: Final = {
    "bod": "tib",
    "cym": "wel",
    "cze": "ces",
    "deu": "ger",
    "ell": "gre",
    "eus": "baq",
    "fre": "fra",
    "hye": "arm",
    "isl": "ice",
    "kat": "geo",
    "mkd": "mac",
    "msa": "may",
    "mya": "bur",
    "nld": "dut",
    "rum": "ron",
    "slo": "slk",
    "sqi": "alb",
    "swe": "sve",
    "zho": "chi",
}


def stored_language(code: str, suffix: str) -> str:
    """The ISO 639-2 code under which a movie ending in `suffix` keeps the language `code`."""
    return _QUICKTIME.get(code, code) if suffix == ".mov" else code

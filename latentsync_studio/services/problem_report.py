"""The report of a problem: versions, devices, settings and the end of the logs, scrubbed.

No media, no project, no names of files: of absolute paths in the log only the ending stays, the
user's name is replaced. Names that stand alone ("talk.mp4 is used") stay: the user reads the text
before it is saved.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
import sys
import zipfile
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import psutil

from latentsync_studio import __version__
from latentsync_studio.core.errors import StorageError
from latentsync_studio.services.preferences import load_preferences
from latentsync_studio.services.program_log import log_file

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES: Final = (
    "PySide6-Essentials", "numpy", "av", "opencv-python", "scipy", "torch", "diffusers", "msgspec",
    "sounddevice",
)  # fmt: skip
LOG_TAIL_BYTES: Final = 60_000
# frames of a traceback: which file of the program or of a library
_CODE: Final = re.compile(
    r'"[^"\n]*?((?:latentsync_studio|site-packages|lib/python[\d.]+)[\\/][^"\n]+)"'
)
# from where a path begins to the last separator of the line, then its name with the ending: names
# may hold spaces, so that rather too much goes than too little
_PATH: Final = re.compile(
    r"(?<![\w.\\/])(?:[A-Za-z]:[\\/]|~?[\\/]{1,2}(?=[^\s\\/]))"
    r"(?:[^\n'\"<>|]*[\\/])?(?:[^\n'\"<>|\\/]*?\.(\w{1,5})\b|[^\s'\"<>|\\/]*)"
)


def report_text(home: Path | None = None) -> str:
    """Everything that the report says, scrubbed, for the user to read before it is saved."""
    parts = ["\n".join(_machine()), "Preferences\n" + _preferences(home), "Log\n" + _logs()]
    return scrubbed("\n\n".join(parts))


def write_report(path: Path, text: str) -> Path:
    """Write the bundle as a zip file and return its path. Raises StorageError."""
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr("report.txt", text)
    except OSError as error:
        raise StorageError(
            f"The report cannot be written to {path}: {error.strerror or error}.",
            remedy="Choose another folder.",
        ) from error
    return path


def scrubbed(text: str) -> str:
    """Text without the user's name, folders and files: of a path only its ending stays."""
    found = _CODE.sub(r'".../\1"', text)
    found = _PATH.sub(lambda path: f"(path).{path[1]}" if path[1] else "(path)", found)
    names = {getpass.getuser() if hasattr(os, "getuid") or os.environ.get("USERNAME") else ""}
    names |= {platform.node(), Path.home().name}
    for name in sorted(names - {"", "root", "localhost"}, key=len, reverse=True):
        found = re.sub(rf"\b{re.escape(name)}\b", "(user)", found)
    return found


def _machine() -> Iterator[str]:
    yield f"LatentSync Studio {__version__}, Python {sys.version.split()[0]}"
    yield f"{platform.system()} {platform.release()} {platform.machine()}"
    memory = psutil.virtual_memory()
    yield (
        f"{os.cpu_count()} cores, {memory.total / 2**30:.1f} GiB of memory,"
        f" {memory.available / 2**30:.1f} free"
    )
    for name in PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} is not installed"


def _preferences(home: Path | None) -> str:
    known = msgspec.to_builtins(load_preferences(home))
    for private in ("recent", "layout", "unknown", "warnings"):
        known.pop(private, None)
    return msgspec.json.format(msgspec.json.encode(known), indent=1).decode()


def _logs() -> str:
    folder = log_file().parent
    tails = []
    for name in (log_file().name, "faults.log"):
        with suppress(OSError):
            data = (folder / name).read_bytes()[-LOG_TAIL_BYTES:]
            tails.append(data.decode("utf-8", "replace"))
    return "\n".join(tails) or "(empty)"

"""Paths as timeline files name them: URLs of several spellings, Windows drives, servers, relative.

    style       POSIX                     Windows                      server
    url         file:///a/b%20c           file:///D:/a/b%20c           file://host/share/a
    localhost   file://localhost/a/b%20c  file://localhost/D%3a/a/b    file://host/share/a
    path        /a/b c                    D:/a/b c                     //host/share/a

Names are never normalized: on some systems two spellings of "é" are two files. Sources: RFC 8089;
the second column is what Premiere Pro writes.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from typing import Literal
from urllib.parse import quote, unquote

Style = Literal["url", "localhost", "path"]

_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/]|$)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_HERE = {"", "localhost", "127.0.0.1", "."}
_SAFE = "/-_.~"


def is_windows(path: str) -> bool:
    """Whether a path is one of Windows: with a drive letter, or on a server."""
    return bool(_DRIVE.match(path)) or path.startswith(("\\\\", "//"))


def is_absolute(path: str) -> bool:
    """Whether a path says where it begins, on any system."""
    return path.startswith("/") or is_windows(path)


def base_name(path: str) -> str:
    """The last part of a path of any system."""
    windows = is_windows(path) or ("\\" in path and "/" not in path)
    bare = path.rstrip("/")
    return ntpath.basename(bare) if windows else posixpath.basename(bare)


def parts_of(path: str) -> tuple[str, ...]:
    """The names in a path of any system from its root on, without drives, "." and ".."."""
    windows = is_windows(path) or ("\\" in path and "/" not in path)
    names = re.split(r"[\\/]" if windows else "/", path)
    return tuple(n for n in names if n not in {"", ".", ".."} and not _DRIVE.fullmatch(n))


def reference(path: str, style: Style, folder: str = "") -> str:
    """How a file names the medium at `path`.

    Args:
        path: absolute; "" gives "".
        style: spelling of absolute paths.
        folder: absolute; name it relative to this folder where both are on one drive.
    """
    if folder:
        relative = _relative(path, folder)
        if relative:
            return relative if style == "path" else _quoted(relative)
    if not path:
        return ""
    if not is_absolute(path):
        return path if style == "path" else _quoted(path)
    if style == "path":
        return path.replace("\\", "/") if is_windows(path) else path
    return _absolute_url(path, style)


def path_of(reference: str) -> str:
    """The path that a URL or a path in a timeline file means; "" where it means no file.

    Tolerated are one or three slashes, a drive as the host ("file://D:/a"), "localhost" that runs
    into the path ("file://localhostC:/a") and blanks that were not encoded.
    """
    text = reference.strip()
    scheme = None if _DRIVE.match(text) else _SCHEME.match(text)
    if scheme is None:
        path = text
    elif scheme[1].lower() == "file":
        raw = text[scheme.end() :].replace("\\", "/")
        path = _url_path(unquote(raw, errors="replace"))
    else:
        path = ""
    return "" if any(ord(letter) < 32 for letter in path) else path


def _url_path(rest: str) -> str:
    """What stands behind "file:", decoded, as a path."""
    if not rest.startswith("//"):
        return _without_slash(rest)
    host, slash, path = rest[2:].partition("/")
    if host.lower().startswith("localhost"):
        host = host[9:]
    if _DRIVE.match(host + slash):
        return host + slash + path
    if host.lower() in _HERE:
        return _without_slash(slash + path)
    return f"//{host}/{path}"


def _without_slash(path: str) -> str:
    """Windows' "/D:/a" becomes "D:/a"; "//server/share" stays."""
    return path[1:] if _DRIVE.match(path[1:]) and path.startswith("/") else path


def _absolute_url(path: str, style: Style) -> str:
    host = "localhost" if style == "localhost" else ""
    if _DRIVE.match(path):
        drive = path[0] + ("%3a" if style == "localhost" else ":")
        return f"file://{host}/{drive}{_quoted(path[2:].replace(chr(92), '/'))}"
    if is_windows(path):
        return f"file:{_quoted(path.replace(chr(92), '/'))}"
    return f"file://{host}{_quoted(path)}"


def _quoted(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"), safe=_SAFE)


def _relative(path: str, folder: str) -> str:
    """`path` from `folder` with "/" between the names, "" where there is no way."""
    if not path or is_windows(path) != is_windows(folder):
        return ""
    if not is_windows(path):
        return posixpath.relpath(path, folder)
    try:
        return ntpath.relpath(path, folder).replace("\\", "/")
    except ValueError:  # on another drive
        return ""

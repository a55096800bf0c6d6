"""Opening media: local regular files only, known containers only, and plain words on refusal."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
from av.error import FFmpegError

from latentsync_studio.core.errors import InputError, MissingFileError
from latentsync_studio.media.image_header import image_kind

if TYPE_CHECKING:
    from av.container import InputContainer

# Playlists and image sequences are absent on purpose: they would open further files.
CONTAINERS: Final = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,ivf,obu,av1,dv,mxf,flv,asf,ogg,nut,gif,"
    "yuv4mpegpipe,mjpeg,rm,wtv,wav,w64,rf64,aiff,flac,mp3,aac,ac3,eac3,caf,au,amr,ape,wv,tta,"
    "png_pipe,jpeg_pipe,webp_pipe,tiff_pipe,bmp_pipe,exr_pipe,dpx_pipe,ppm_pipe,pgm_pipe,tga_pipe"
)
IMAGE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
OPEN_SECONDS: Final = 30.0
# FFmpeg looks through 5 MB of PCM for DTS in disguise, at each opening; 30 frames of it are enough.
_WAVE_PROBE: Final = 1 << 16
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:")
_CONVERT: Final = "Choose a video or sound file, or convert it to MP4, MOV, MKV or WAV."


def local_file(path: Path) -> Path:
    """Return `path` absolute and resolved when it is a readable regular file with bytes in it.

    Raises:
        InputError: a network address, missing, a directory, a device or pipe, empty, unreadable.
    """
    try:
        resolved = Path(path).resolve(strict=True)
        facts = resolved.stat()
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{str(path)!r} cannot be opened: {error}", remedy="Check the name and the folder."
        ) from error
    if stat.S_ISDIR(facts.st_mode):
        raise InputError(f"{str(path)!r} is a folder.", remedy="Choose a file inside it.")
    if not stat.S_ISREG(facts.st_mode):
        raise InputError(
            f"{str(path)!r} is a device, pipe or socket, not a file.",
            remedy="Save what it delivers to a file first.",
        )
    if facts.st_size == 0:
        raise InputError(
            f"{str(path)!r} is empty (0 bytes).", remedy="Copy or download the file again."
        )
    if not os.access(resolved, os.R_OK):
        raise InputError(
            f"{str(path)!r} may not be read.", remedy="Give yourself read permission on the file."
        )
    return resolved


def open_media(path: Path) -> InputContainer:
    """Open a local media file for reading; the caller closes it.

    Names are passed as resolved absolute paths, so that "http:", "concat:" and the like are
    only ever parts of a file name; nested files and network protocols are off.

    Raises:
        InputError: as `local_file`, or the content is not media, damaged or cut off.
    """
    resolved = local_file(path)
    options = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
    try:
        if _is_wave(resolved):
            options["probesize"] = str(_WAVE_PROBE)
        return av.open(
            str(resolved),
            format=_still_format(resolved),
            container_options=options,
            metadata_errors="replace",
            timeout=OPEN_SECONDS,
        )
    except (FFmpegError, ValueError, OSError) as error:
        raise _unreadable(path, resolved, error) from error


def _still_format(resolved: Path) -> str | None:
    """Name the format of a photograph by its first bytes.

    FFmpeg would take a name with "%" for a pattern, and one that ends like a picture's for the
    first of many pictures; both mean a demuxer that opens further files.
    """
    if "%" not in resolved.name and resolved.suffix.lower() not in IMAGE_SUFFIXES:
        return None
    with resolved.open("rb") as file:
        kind = image_kind(file.read(16))
    return None if kind is None else f"{kind}_pipe"


def _is_wave(resolved: Path) -> bool:
    with resolved.open("rb") as file:
        head = file.read(12)
    return head[:4] in {b"RIFF", b"RF64"} and head[8:] == b"WAVE"


def _missing(path: Path) -> InputError:
    if _URL.match(str(path)):
        return InputError(
            f"{str(path)!r} is a network or protocol address; only local files are opened.",
            remedy="Download the file and give its name.",
        )
    return MissingFileError(
        f"There is no file {str(path)!r}.", remedy="Check the name and the folder."
    )


def _unreadable(path: Path, resolved: Path, error: Exception) -> InputError:
    size = resolved.stat().st_size
    with resolved.open("rb") as file:
        head = file.read(4096)
    if head[4:8] in {b"ftyp", b"mdat", b"moov", b"wide", b"free"}:
        return InputError(
            f"{str(path)!r} is cut off or damaged: in its {size} bytes the table of frames "
            "('moov') is missing or broken.",
            remedy="Copy or download the file again, or record it anew.",
        )
    if isinstance(error, EOFError):
        return InputError(
            f"{str(path)!r} ({size} bytes) ends before its first frame or sound.",
            remedy="Copy or download the file again, or record it anew.",
        )
    if _looks_like_text(head):
        return InputError(
            f"{str(path)!r} holds {size} bytes of text, no picture or sound.", remedy=_CONVERT
        )
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(
        f"{str(path)!r} ({size} bytes) is not a media file that can be read: {reason}.",
        remedy=_CONVERT,
    )


def _looks_like_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # a character cut at the end of `head` is fine
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text) and all(c.isprintable() or c in "\r\n\t\f" for c in text)

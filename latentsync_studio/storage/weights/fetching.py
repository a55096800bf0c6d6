"""Downloads from the Hugging Face Hub: the one place that uses the network, when asked to.

A file grows under the name NAME.part and gets its own when it has the published size and digest.
What was loaded before a break is kept, and the next fetch goes on from there.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Self, cast

from latentsync_studio import __version__
from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.weights import WeightsError
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.sizes import disk_full, size_text
from latentsync_studio.storage.weights.cards import url_of
from latentsync_studio.storage.weights.missing import PROGRAM
from latentsync_studio.storage.weights.placing import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any, BinaryIO

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.weights import CardFile, ModelCard

STAGE: Final = "fetch"  # counted in MB
_CHUNK: Final = 4 << 20
_OFFLINE: Final = "HF_HUB_OFFLINE"


class FetchError(WeightsError):
    """Files could not be loaded from the Hub; what has arrived is kept."""

    code = "weights-fetch"


def fetch_file(
    card: ModelCard,
    file: CardFile,
    target: Path,
    progress: Progress,
    *,
    endpoint: str | None = None,
) -> str:
    """Load one file and return its SHA-256.

    Args:
        card: its model.
        file: which file of it.
        target: where it goes; its folder is made.
        progress: told the stage "fetch" in MB; stops it too.
        endpoint: of the Hub; by default that of HF_ENDPOINT, or huggingface.co.

    Raises:
        FetchError: no connection, or the Hub does not have it.
        WeightsError: what arrived is not what was published; it is deleted.
        DiskFullError, StorageError: the disk refuses.
        Cancelled: the user stopped it; what has arrived is kept.
    """
    part = target.with_name(f"{target.name}.part")
    files = FileOps()
    try:
        files.make_folder(target.parent)
        with _alone(part.parent, card):
            _load(card, file, part, progress, endpoint)
            digest = _digest(part, progress)
            _check(card, file, part, digest)
            files.replace(part, target)
            files.sync_folder(target.parent)
    except OSError as error:
        raise translated(error, target.parent, file.size or 0, files) from error
    return digest


def _load(
    card: ModelCard, file: CardFile, part: Path, progress: Progress, endpoint: str | None
) -> None:
    have = part.stat().st_size if part.exists() else 0
    if file.size is not None and have > file.size:
        part.unlink()
        have = 0
    if file.size is not None and have == file.size:
        return
    _check_room(file, have, part.parent)
    total = file.size or 0
    with part.open("ab") as opened:
        told = cast("BinaryIO", _Told(opened, file.name, total, progress))
        _get(card, file, told, have, endpoint)
        opened.flush()
        os.fsync(opened.fileno())


def _get(
    card: ModelCard, file: CardFile, opened: BinaryIO, have: int, endpoint: str | None
) -> None:
    """Load what is missing; the library goes on by itself after short breaks."""
    if os.environ.get(_OFFLINE, "").upper() in {"1", "ON", "YES", "TRUE"}:
        raise _not_fetched(card, file, f"{_OFFLINE} is set, so the network must not be used")
    from huggingface_hub import close_session, hf_hub_url
    from huggingface_hub.file_download import http_get

    silent: Any = _Silent
    url = hf_hub_url(card.repository, file.name, revision=card.revision, endpoint=endpoint)
    headers = {"user-agent": f"{PROGRAM}/{__version__}"}  # no token, no telemetry
    try:
        http_get(
            url,
            opened,
            resume_size=have,
            headers=headers,
            expected_size=file.size,
            tqdm_class=silent,
        )
    except (StudioError, OSError) as error:
        if isinstance(error, StudioError) or error.errno is not None:
            raise
        raise _not_fetched(card, file, _first_line(error)) from error
    except Exception as error:  # the HTTP client, and with it its errors, differ by version
        raise _not_fetched(card, file, _first_line(error)) from error
    finally:
        close_session()  # it would keep its connections


class _Silent:
    """Stands where the library would draw a bar of its own."""

    def __init__(self, **_: object) -> None:
        """Take what a bar would take."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End nothing."""

    def update(self, n: int) -> None:
        """Draw nothing; `_Told` reports."""


class _Told:
    """A file that reports what is written to it."""

    def __init__(self, file: BinaryIO, name: str, total: int, progress: Progress) -> None:
        self._file, self._name, self._total, self._progress = file, name, total, progress

    def write(self, data: bytes) -> int:
        written = self._file.write(data)
        done = self._file.tell()
        self._progress.report(STAGE, done // 1_000_000, self._total // 1_000_000, self._name)
        return written

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def truncate(self, size: int | None = None) -> int:
        return self._file.truncate(size)


@contextmanager
def _alone(folder: Path, card: ModelCard) -> Iterator[None]:
    """Keep a second fetch from writing to the same files."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "fetch.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise FetchError(
            f"{card.title} is being fetched already.", remedy="Wait until that is done."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _digest(part: Path, progress: Progress) -> str:
    digest, size = sha256(), part.stat().st_size
    with part.open("rb") as opened:
        while piece := opened.read(_CHUNK):
            digest.update(piece)
            progress.report("verify", opened.tell() // 1_000_000, size // 1_000_000)
    return digest.hexdigest()


def _check(card: ModelCard, file: CardFile, part: Path, digest: str) -> None:
    size = part.stat().st_size
    if file.size is not None and size != file.size:
        part.unlink()
        raise WeightsError(
            f"{file.name} of {card.title} arrived with {size:,} bytes; {file.size:,} are"
            " published. It was deleted.",
            remedy="Fetch it again; if that does not help, the server is not the real one.",
        )
    if file.sha256 and digest != file.sha256:
        part.unlink()
        raise WeightsError(
            f"{file.name} of {card.title} arrived with the SHA-256 {digest[:12]}...; its publisher"
            f" states {file.sha256[:12]}.... It was deleted.",
            remedy="Fetch it again; if that does not help, the server is not the real one.",
        )


def _check_room(file: CardFile, have: int, folder: Path) -> None:
    files = FileOps()
    needed, free = (file.size or 0) - have, files.free_bytes(folder)
    if needed > free:
        raise disk_full(needed, free, folder)


def _not_fetched(card: ModelCard, file: CardFile, reason: str) -> FetchError:
    size = "" if file.size is None else f" ({size_text(file.size)})"
    return FetchError(
        f"{file.name} of {card.title}{size} could not be fetched: {reason}.",
        remedy=f"Get it on another machine from {url_of(card, file.name)}.",
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".: ")

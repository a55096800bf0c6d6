"""The receipt of a package: what was made of what, by which program, under which licenses."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import msgspec

from latentsync_studio import __version__
from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.json_text import json_text
from latentsync_studio.services.about import model_licenses
from latentsync_studio.services.delivery.requests import PackagedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.engine import EngineSpec
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem, Sequence
    from latentsync_studio.services.delivery.requests import PackageRequest

RECEIPT: Final = "receipt.json"
_FORM: Final = 1
_BLOCK: Final = 1 << 20
_LIBRARIES: Final = ("av", "numpy", "opencv-python", "msgspec", "opentimelineio")
CONSENT: Final = (
    "Mouths in these pictures were redrawn by a program so that they follow other speech. Show"
    " people saying things only with their consent; whoever passes this on answers for it."
)


class _Kept(msgspec.Struct, frozen=True):
    form: int
    files: tuple[PackagedFile, ...]


def files_below(folder: Path, progress: Progress) -> tuple[PackagedFile, ...]:
    """Every file in a folder and the folders in it, by path, with its digest."""
    return tuple(
        PackagedFile(
            path=path.relative_to(folder).as_posix(),
            bytes=path.stat().st_size,
            sha256=_digest(path, progress),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def receipt_text(
    request: PackageRequest,
    sequence: Sequence,
    engines: tuple[EngineSpec, ...],
    files: tuple[PackagedFile, ...],
    told: dict[str, Any],
) -> str:
    """The receipt as JSON.

    Args:
        request: what was asked for.
        sequence: that was packed.
        engines: that drew.
        files: of the package, without the receipt.
        told: more fields: clips, losses, notes.
    """
    settings = request.project.settings
    return json_text(
        {
            "form": _FORM,
            "made_by": {"program": "LatentSync Studio", "version": __version__},
            "libraries": dict(_versions()),
            "sequence": {
                "name": sequence.name,
                "rate": [sequence.rate.num, sequence.rate.den],
                "width": sequence.width,
                "height": sequence.height,
            },
            "engines": [
                {
                    "id": spec.id,
                    "title": spec.title,
                    "version": spec.version,
                    "weights_digest": spec.weights_digest,
                    "device": spec.device,
                }
                for spec in engines
            ],
            "settings": msgspec.to_builtins(settings),
            "media": [_medium(item) for item in request.project.media],
            "models": [*model_licenses(), *_weights(engines)],
            "consent": {"note": CONSENT, "told_by_user": request.consent},
            **told,
            "files": files,
        },
        indent=2,
    )


def _weights(engines: tuple[EngineSpec, ...]) -> Iterator[dict[str, str]]:
    """Licenses of weights that lie on this machine, where an engine with weights drew."""
    if not any(spec.weights_digest for spec in engines):
        return
    from latentsync_studio.services.weights import list_models

    for row in list_models():
        if row.state not in {"missing", "mismatch"}:
            yield {"title": row.title, "license": row.license, "terms": row.terms}


def files_of_older(folder: Path) -> frozenset[str]:
    """Paths that the receipt of an older package lists, with the receipt itself; else nothing."""
    try:
        data = (folder / RECEIPT).read_bytes()
        kept = msgspec.json.decode(data, type=decodable(_Kept))
    except (OSError, msgspec.MsgspecError):
        return frozenset()
    return frozenset({RECEIPT, *(file.path for file in kept.files)})


def is_of_older(folder: Path, held: Path) -> bool:
    """Whether something in `folder` is a file of an older package, or holds nothing else."""
    known = files_of_older(folder)
    within = [held, *held.rglob("*")] if held.is_dir() else [held]
    return all(
        path.is_dir() or path.relative_to(folder).as_posix() in known for path in within
    ) and (held.is_file() or any(path.is_file() for path in within))


def _medium(item: MediaItem) -> dict[str, object]:
    return {"name": item.name, "path": item.path, "bytes": item.size, "digest": item.digest}


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", platform.python_version()
    for name in _LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _digest(path: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            progress.check()
            digest.update(block)
    return digest.hexdigest()

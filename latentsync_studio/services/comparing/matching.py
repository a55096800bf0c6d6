"""Which files of several systems show the same clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from latentsync_studio.core.errors import InputError, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from latentsync_studio.services.comparing.requests import CompareRequest

MOVIES: Final = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".mxf", ".m4v"})
SOUNDS: Final = frozenset({".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus"})
_MOST_CLIPS: Final = 1000


class ClipFiles(NamedTuple):
    """The same clip of every system.

    Attributes:
        name: of the clip.
        movies: by the name of the system.
        reference: the clip that they were made of, where it is known.
        audio: what is said, where it is another file.
    """

    name: str
    movies: dict[str, Path]
    reference: Path | None
    audio: Path | None


class Matched(NamedTuple):
    """Systems and the clips that all of them made."""

    systems: dict[str, Path]
    clips: tuple[ClipFiles, ...]
    notes: tuple[str, ...]


def matched(request: CompareRequest) -> Matched:
    """Find the clips.

    Raises:
        InputError: fewer than two movies, files beside folders, or no clip that all have.
        MissingFileError: something is not there.
    """
    paths = request.movies
    if len(paths) < 2:
        raise InputError("One movie alone cannot be compared.", remedy="Name two movies or more.")
    for path in (*paths, *filter(None, (request.reference, request.audio))):
        if not path.exists():
            raise MissingFileError(f"{path} is not there.", remedy="Check the name.")
    folders = [path.is_dir() for path in paths]
    if any(folders) and not all(folders):
        raise InputError(
            "Some of what is compared are folders, some are files.",
            remedy="Give one movie a system, or one folder of movies a system.",
        )
    systems = dict(zip(_names(paths), paths, strict=True))
    if not folders[0]:
        return Matched(systems, (_single(systems, request),), ())
    return _of_folders(systems, request)


def _single(systems: dict[str, Path], request: CompareRequest) -> ClipFiles:
    for path in (request.reference, request.audio):
        if path is not None and path.is_dir():
            raise InputError(f"{path} is a folder.", remedy="Name a file in it.")
    name = next(iter(systems.values())) if request.reference is None else request.reference
    return ClipFiles(name.stem, systems, request.reference, request.audio)


def _of_folders(systems: dict[str, Path], request: CompareRequest) -> Matched:
    held = {name: _files(path, MOVIES) for name, path in systems.items()}
    everywhere = set.intersection(*(set(files) for files in held.values()))
    anywhere = set.union(*(set(files) for files in held.values()))
    if not everywhere:
        raise InputError(
            "No movie of one name is in all folders.",
            remedy="Give the movies of a clip the same name in every folder.",
        )
    if len(everywhere) > _MOST_CLIPS:
        raise InputError(f"{len(everywhere)} clips are too many.", remedy="Compare fewer.")
    notes = []
    if anywhere - everywhere:
        left_out = sorted(anywhere - everywhere)
        more = f" and {len(left_out) - 8} more" if len(left_out) > 8 else ""
        notes.append(f"Left out, as not in all folders: {', '.join(left_out[:8])}{more}.")
    references = _beside(request.reference, MOVIES)
    sounds = _beside(request.audio, MOVIES | SOUNDS)
    clips = tuple(
        ClipFiles(
            name,
            {system: files[name] for system, files in held.items()},
            references.get(name, references.get("")),
            sounds.get(name, sounds.get("")),
        )
        for name in sorted(everywhere)
    )
    without = [clip.name for clip in clips if clip.reference is None]
    if request.reference is not None and without:
        notes.append(f"There is no reference of {', '.join(without[:8])}.")
    return Matched(systems, clips, tuple(notes))


def _beside(path: Path | None, suffixes: frozenset[str]) -> dict[str, Path]:
    """Files by name; a single one, by "", goes with all."""
    if path is None:
        return {}
    return _files(path, suffixes) if path.is_dir() else {"": path}


def _files(folder: Path, suffixes: frozenset[str]) -> dict[str, Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be read: {error.strerror}.", remedy="Choose another one."
        ) from error
    return {path.stem: path for path in found if path.suffix.lower() in suffixes and path.is_file()}


def _names(paths: Sequence[Path]) -> list[str]:
    """Short names that tell the paths apart."""
    whole = [path.absolute() for path in paths]
    short = [path.name if path.is_dir() else path.stem for path in whole]
    if len(set(short)) == len(short):
        return short
    longer = [f"{path.parent.name}/{name}" for path, name in zip(whole, short, strict=True)]
    if len(set(longer)) == len(longer):
        return longer
    return [f"{n}: {name}" for n, name in enumerate(short, 1)]

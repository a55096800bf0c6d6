"""What opening a project finds: the saved state, and edits that a crash left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.storage.project_access import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Edits that were made after the last save and not saved: a crash came between.

    Attributes:
        project: the newest state.
        edits: how many since the last save.
        time: of the last one, seconds since 1970.
        saved: when the project was saved last, seconds since 1970; 0: never.
        lost: entries of the journal that could not be read, so that `project` is an older state.
    """

    project: Project
    edits: int
    time: float
    saved: float
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What an `OpenProject` begins with; made by `services.project_files`.

    Attributes:
        home: the data folder; None is the user's.
        project: as last saved, its media found.
        held: the project's own file; None: it has no name yet.
        spare: file in the data folder with its newest edits, if any.
        digest: of the saved document, "" where there is none.
        n_bytes: length of the saved document.
        fits: `project` is exactly what the saved document says.
        recovery: what is in the journal.
        warnings: sentences for the user.
    """

    home: Path | None
    project: Project
    held: Held | None = None
    spare: Held | None = None
    digest: str = ""
    n_bytes: int = 0
    fits: bool = False
    recovery: Recovery | None = None
    warnings: tuple[str, ...] = ()

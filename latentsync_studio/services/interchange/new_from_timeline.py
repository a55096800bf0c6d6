"""A new project file of another program's cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.services.interchange.importing import (
    ImportRequest,
    TimelineReport,
    import_timeline,
)
from latentsync_studio.services.overwriting import refuse_overwriting
from latentsync_studio.services.project_files import new_untitled
from latentsync_studio.storage.project_sqlite import with_suffix

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.wiring import Services


class ImportedProject(msgspec.Struct, frozen=True, kw_only=True):
    """What was made.

    Attributes:
        project: path of the file.
        report: what came of the import.
    """

    project: str
    report: TimelineReport


def project_of_timeline(
    path: Path,
    request: ImportRequest,
    services: Services,
    progress: Progress,
    *,
    replace: bool = False,
) -> ImportedProject:
    """Make a project file of a timeline; nothing is written unless it can be read.

    Args:
        path: the file; it gets the ending .lsp.
        request: which timeline, and where its media may be looked for.
        services: remember digests and facts.
        progress: told how far media are looked for and at; may cancel.
        replace: write over a file that is there.

    Raises:
        InputError: the file exists, or the timeline cannot be read.
        StorageError, DiskFullError: the file cannot be written.
    """
    target = with_suffix(path)
    refuse_overwriting(target, [request.timeline])
    if target.exists() and not replace:
        raise InputError(
            f"{target} exists already.", remedy="Choose another name, or add --replace."
        )
    project, report = import_timeline(request, services, progress)
    opened = new_untitled()
    try:
        opened.save_as(target, project)
    finally:
        opened.close()
    return ImportedProject(project=str(target), report=report)

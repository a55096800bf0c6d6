"""Votes to and from tables (CSV), asked for by file dialogs and done off the GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from latentsync_studio.core.timeline.edits.ballots import add_ballots
from latentsync_studio.ui.widgets.file_dialogs import (
    FileQuestion,
    ask_for_file,
    last_folder,
    remember_folder,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QFileDialog, QWidget

    from latentsync_studio.core.comparing.votes import Ballot
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.ui.workbench import Workbench

_PURPOSE = "votes"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Votes", text)


def ask_export(workbench: Workbench, parent: QWidget, ballots: Sequence[Ballot]) -> QFileDialog:
    """Ask for a file and write votes to it."""
    question = FileQuestion(
        title=_tr("Export votes"),
        filters=_tr("Tables (*.csv)"),
        is_saving=True,
        suffix="csv",
        suggestion=last_folder(workbench.preferences, _PURPOSE) / "votes.csv",
    )
    return ask_for_file(parent, question, lambda path: export_votes(workbench, path, ballots))


def ask_import(workbench: Workbench, parent: QWidget) -> QFileDialog:
    """Ask for a file and keep its votes in the project."""
    question = FileQuestion(
        title=_tr("Import votes"),
        filters=_tr("Tables of votes, projects (*.csv *.lsp)"),
        suggestion=last_folder(workbench.preferences, _PURPOSE),
    )
    return ask_for_file(parent, question, lambda path: import_votes(workbench, path))


def export_votes(workbench: Workbench, path: Path, ballots: Sequence[Ballot]) -> None:
    """Write votes to a table and say so."""
    kept = tuple(ballots)
    remember_folder(workbench.preferences, _PURPOSE, path.parent)

    def work(_progress: Progress) -> Path:
        from latentsync_studio.services.comparing.ballots import write_ballots

        write_ballots(path, kept)
        return path

    def done(written: Path) -> None:
        workbench.tell(_tr("Votes written to {0}").format(written))

    workbench.background.submit(work, done)


def import_votes(workbench: Workbench, path: Path) -> None:
    """Read votes from a table and keep them in the project, as one undo step."""
    remember_folder(workbench.preferences, _PURPOSE, path.parent)

    def work(_progress: Progress) -> tuple[Ballot, ...]:
        from latentsync_studio.services.comparing.ballots import read_ballots

        return read_ballots(path)

    def done(ballots: tuple[Ballot, ...]) -> None:
        workbench.store.edit(_tr("Import votes"), lambda p: add_ballots(p, ballots))
        count = sum(len(ballot.votes) for ballot in ballots)
        workbench.tell(_tr("{0} votes came from {1}").format(count, path.name))

    workbench.background.submit(work, done)

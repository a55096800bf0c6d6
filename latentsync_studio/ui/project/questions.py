"""What is asked about projects: texts and answers of the dialogs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication

from latentsync_studio.ui.widgets.choice_dialog import Choice, ChoiceDialog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.services.open_project import Recovery

SAVE: Final = "save"
DISCARD: Final = "discard"
CANCEL: Final = "cancel"
READ_ONLY: Final = "read_only"
RECOVER: Final = "recover"
LAST_SAVED: Final = "last_saved"
KEEP_COPY: Final = "keep_copy"
DELETE: Final = "delete"
LATER: Final = "later"
KEEP: Final = "keep"
STOP: Final = "stop"
OPEN: Final = "open"
LEAVE: Final = "leave"
_NAMED: Final = 8  # so many paths stand in a question


def _tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("ProjectQuestions", text, "", n)


def unsaved(name: str, parent: QWidget | None) -> ChoiceDialog:
    """Save, discard or cancel, before the project is left."""
    return ChoiceDialog(
        _tr("Unsaved changes"),
        _tr("Save the changes to {0}?").format(name),
        (
            Choice(DISCARD, _tr("&Discard"), _tr("The changes since the last save are lost.")),
            Choice(CANCEL, _tr("Cancel"), _tr("Go on with this project."), is_cancel=True),
            Choice(SAVE, _tr("&Save"), _tr("Save, then go on."), is_default=True),
        ),
        detail=_tr("Without saving, everything since the last save is lost."),
        parent=parent,
    )


def locked(name: str, holder: str, parent: QWidget | None) -> ChoiceDialog:
    """Open read-only or not at all, while another window has the project."""
    return ChoiceDialog(
        _tr("The project is open elsewhere"),
        _tr("{0} is open in another window: {1}.").format(name, holder),
        (
            Choice(CANCEL, _tr("Cancel"), _tr("Leave it to the other window."), is_cancel=True),
            Choice(
                READ_ONLY,
                _tr("Open &read-only"),
                _tr("Changes can be saved under another name."),
                is_default=True,
            ),
        ),
        detail=_tr(
            "Two windows that save the same project would overwrite each other. It can be opened"
            " here all the same, and saved under another name."
        ),
        parent=parent,
    )


def recovery(name: str, found: Recovery, parent: QWidget | None) -> ChoiceDialog:
    """What to do with edits that a crash left unsaved."""
    when, saved = moment(found.time), moment(found.saved) if found.saved else _tr("never")
    if when == saved:  # within a minute of each other
        when, saved = (moment(each, seconds=True) for each in (found.time, found.saved))
    detail = _tr("It has %n unsaved edit(s), the last one of {0}; it was saved {1}.", found.edits)
    detail = detail.format(when, saved)
    if found.lost:
        detail += " " + _tr(
            "Of the journal %n step(s) cannot be read, so what is recovered is older.", found.lost
        )
    return ChoiceDialog(
        _tr("Recover unsaved work"),
        _tr("The program ended before {0} was saved.").format(name),
        (
            Choice(
                LAST_SAVED,
                _tr("Open &last saved"),
                _tr("The unsaved edits are deleted."),
            ),
            Choice(
                KEEP_COPY,
                _tr("&Keep a copy"),
                _tr("The unsaved edits go to a file beside the project; open it as last saved."),
            ),
            Choice(CANCEL, _tr("Cancel"), _tr("Decide another time."), is_cancel=True),
            Choice(
                RECOVER,
                _tr("&Recover"),
                _tr("Go on with the unsaved edits."),
                is_default=True,
            ),
        ),
        detail=detail,
        parent=parent,
    )


def untitled_recovery(edits: int, when: float, more: int, parent: QWidget | None) -> ChoiceDialog:
    """What to do with a project without a name that a crash left behind."""
    detail = _tr("It has %n edit(s), the last one of {0}.", edits).format(moment(when))
    if more:
        detail += " " + _tr("After it, %n more such project(s) can be recovered.", more)
    return ChoiceDialog(
        _tr("Recover unsaved work"),
        _tr("The program ended with a project that had no name yet."),
        (
            Choice(DELETE, _tr("&Delete"), _tr("The project is deleted.")),
            Choice(LATER, _tr("&Later"), _tr("Ask again at the next start."), is_cancel=True),
            Choice(RECOVER, _tr("&Recover"), _tr("Go on with that project."), is_default=True),
        ),
        detail=detail,
        parent=parent,
    )


def jobs_running(titles: tuple[str, ...], parent: QWidget | None) -> ChoiceDialog:
    """What becomes of the jobs when the window is closed."""
    text = _tr("The queue has %n unfinished job(s).", len(titles))
    return ChoiceDialog(
        _tr("Jobs are running"),
        text,
        (
            Choice(
                STOP,
                _tr("&Stop"),
                _tr("Close; the jobs wait until they are resumed by hand."),
            ),
            Choice(CANCEL, _tr("Cancel"), _tr("Keep the window open."), is_cancel=True),
            Choice(
                KEEP,
                _tr("&Keep in queue"),
                _tr("Close; the next start offers to go on with them."),
                is_default=True,
            ),
        ),
        detail="\n".join(
            (
                *titles[:5],
                *((_tr("... and %n more", len(titles) - 5),) if len(titles) > 5 else ()),
                "",
                _tr(
                    "Nothing that is finished is lost: both ways, only the frames in flight are"
                    " made again."
                ),
            )
        ),
        parent=parent,
    )


def media_elsewhere(paths: Sequence[Path], parent: QWidget | None) -> ChoiceDialog:
    """Whether media may be opened that a timeline names outside of the chosen folders."""
    named = [str(path) for path in paths[:_NAMED]]
    if len(paths) > _NAMED:
        named.append(_tr("... and %n more", len(paths) - _NAMED))
    return ChoiceDialog(
        _tr("Media elsewhere"),
        _tr("The timeline names %n file(s) outside of the chosen folders.", len(paths)),
        (
            Choice(CANCEL, _tr("Cancel"), _tr("Import nothing."), is_cancel=True),
            Choice(OPEN, _tr("&Open them"), _tr("Open these files, where they are there.")),
            Choice(
                LEAVE,
                _tr("&Leave them missing"),
                _tr("Import without them; they can be found later."),
                is_default=True,
            ),
        ),
        detail="\n".join(named),
        parent=parent,
    )


def moment(since_1970: float, *, seconds: bool = False) -> str:
    """A point in time, local: "2026-03-01 14:05", or "2026-03-01 14:05:59" with `seconds`."""
    text = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    return time.strftime(text, time.localtime(since_1970))

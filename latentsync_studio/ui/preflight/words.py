"""Kinds of findings and labels of their buttons; no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from latentsync_studio.core.preflight import Action, Finding, Severity

SIGNS: Final = {
    "blocking": "\N{MULTIPLICATION X}",
    "warning": "\N{WARNING SIGN}",
    "info": "\N{INFORMATION SOURCE}",
}


def severity_words(severity: Severity) -> str:
    """A word for a kind of finding."""
    words = {"blocking": tr("Must be done"), "warning": tr("Warning"), "info": tr("Note")}
    return words[severity]


def action_label(action: Action | str, finding: Finding, number: int = 0) -> str:
    """Label of a button; number: how often "jump" was pressed, which goes to the next place."""
    count = len(finding.spans)
    if action == "jump":
        if count < 2:
            return tr("Go there")
        return tr("Go there ({0} of {1})").format(number % count + 1, count)
    labels = {
        "length-policy": tr("Change the length..."),
        "choose-face": tr("Choose the face..."),
        "find-faces": tr("Find faces"),
        "other-engine": tr("Use another engine"),
        "faster": tr("One step faster"),
        "relink": tr("Find the file..."),
        "clear-cache": tr("Clear the cache..."),
        "choose-output": tr("Choose another output..."),
        "open-weights": tr("Preferences..."),
    }
    return labels[action]


def tr(text: str) -> str:
    """A text of the preflight in the user's language."""
    return QCoreApplication.translate("Preflight", text)

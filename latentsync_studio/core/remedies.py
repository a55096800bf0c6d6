"""What a button beside a failure can do about it: stable code of the error -> action."""

from __future__ import annotations

from typing import Final, Literal

Action = Literal[
    "clear-cache",
    "relink",
    "choose-output",
    "open-weights",
    "show-jobs",
    "reset-settings",
    "report-problem",
    "retry",
]

# An error is here only where the action can end it; its own `remedy` says the rest in words.
REMEDIES: Final[dict[str, tuple[Action, ...]]] = {
    "disk-full": ("clear-cache", "choose-output"),
    "missing-file": ("relink",),
    "media-offline": ("relink",),
    "media-changed": ("relink",),
    "bad-output": ("choose-output",),
    "output-is-input": ("choose-output",),
    "output": ("choose-output",),
    "weights-missing": ("open-weights",),
    "weights-mismatch": ("open-weights",),
    "weights-damaged": ("open-weights",),
    "job-busy": ("show-jobs",),
    "invalid-setting": ("reset-settings",),
    "storage": ("retry",),
    "damaged-entry": ("retry",),
    "cancelled": ("retry",),
    "internal": ("report-problem",),
}


def actions_for(code: str) -> tuple[Action, ...]:
    """Actions for an error's code, the most likely first; none where only the user can help."""
    return REMEDIES.get(code, ())


def code_of(error: BaseException) -> str:
    """The code that says most of an error: its first problem's where it holds several."""
    problems = getattr(error, "problems", ())
    first = problems[0] if problems else error
    return str(getattr(first, "code", "internal"))

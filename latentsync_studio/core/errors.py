"""Errors that the user can see: what happened with numbers, and what to do about it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class StudioError(Exception):
    """Base of every expected failure; `str(error)` is fit to show, `code` is stable."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Cancelled(StudioError):  # noqa: N818 - the user's wish, not a failure
    """The user stopped the job; what is done is kept and the job can be resumed."""

    code = "cancelled"


class InternalError(StudioError):
    """A bug: an exception that nobody expected crossed a thread or process boundary."""

    code = "internal"


class InputError(StudioError):
    """Something that the user gave cannot be used: missing, unreadable or impossible."""

    code = "bad-input"


class NothingToDoError(InputError):
    """A job was asked for that would do nothing."""

    code = "nothing-to-do"


class MissingFileError(InputError):
    """A file that is needed is not where it was, or never was."""

    code = "missing-file"


class InvalidEditError(StudioError):
    """An edit would leave the document in a state that cannot exist."""

    code = "invalid-edit"


class InvalidSettingError(StudioError):
    """A setting is unknown or its value lies outside what it allows."""

    code = "invalid-setting"


class DiskFullError(StudioError):
    """A disk has too little room for what is to be written."""

    code = "disk-full"


class StorageError(StudioError):
    """A file of ours could not be read or written (permissions, I/O errors)."""

    code = "storage"


class DamagedEntryError(StorageError):
    """A stored entry does not verify against its digest; it counts as absent."""

    code = "damaged-entry"


class UnknownNameError(StudioError):
    """A name was looked up that nobody registered."""

    code = "unknown-name"

    def __init__(self, kind: str, name: str, choices: Sequence[str]) -> None:
        near = get_close_matches(name, choices, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(choices)}."
        super().__init__(f"There is no {kind} named {name!r}.", remedy=hint)


def to_studio_error(error: BaseException) -> StudioError:
    """Pass expected errors through; wrap a bug so that it can be reported."""
    if isinstance(error, StudioError):
        return error
    wrapped = InternalError(
        f"{type(error).__name__}: {error}", remedy="Please report this with the log file."
    )
    wrapped.__cause__ = error
    return wrapped

"""Edits that wait to be written; handing one over never waits for the disk."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Project


class Pending(NamedTuple):
    """The newest state, and how many edits led to it since the last one that was taken."""

    project: Project
    edits: int


class PendingEdits:
    """A place for one state; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest: Pending | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no state waits."""
        return self._newest is None

    def note(self, project: Project, edits: int = 1) -> None:
        """Let `project` wait in place of what waits."""
        with self._lock:
            before = self._newest.edits if self._newest is not None else 0
            self._newest = Pending(project, before + edits)

    def take(self) -> Pending | None:
        """What waits; nothing does then."""
        with self._lock:
            taken, self._newest = self._newest, None
            return taken

    def put_back(self, taken: Pending) -> None:
        """Let what was taken wait again; a newer state stays, and counts its edits too."""
        with self._lock:
            newer = self._newest if self._newest is not None else Pending(taken.project, 0)
            self._newest = Pending(newer.project, newer.edits + taken.edits)

    def forget(self) -> None:
        """Let no state wait."""
        with self._lock:
            self._newest = None

    def saved(self, project: Project, written: Project | None) -> None:
        """`project`, which was noted once, was saved, and the journal emptied.

        Newer states go on waiting. So does `written`, the newest one of that journal, where it is
        newer: when neither `project` nor anything else waits, all that was noted after it is there.
        """
        with self._lock:
            if self._newest is None and written is not None and written is not project:
                self._newest = Pending(written, 1)
            elif self._newest is not None and self._newest.project is project:
                self._newest = None

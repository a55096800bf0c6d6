"""How long work reports back and how it is stopped, without naming a toolkit."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Protocol

from latentsync_studio.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressReport:
    """A moment of a job.

    Attributes:
        stage: what is being done ("analyse", "render", ...).
        done: units (mostly frames) of this stage that are finished.
        total: units of this stage; 0 when unknown.
        note: a sentence for the user, mostly empty.
    """

    stage: str
    done: int
    total: int
    note: str = ""


class Progress(Protocol):
    """Handed to every long function; `report` and `check` are also the cancellation points."""

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Tell how far a stage is. Raise Cancelled when the user asked to stop."""

    def check(self) -> None:
        """Raise Cancelled when the user asked to stop."""


class CallbackProgress:
    """The one implementation: a callable plus a stop flag; safe to use from several threads."""

    def __init__(
        self, notify: Callable[[ProgressReport], None] | None = None, stop: Event | None = None
    ) -> None:
        self._notify = notify
        self.stop = stop if stop is not None else Event()

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Forward the report unless the user asked to stop."""
        self.check()
        if self._notify is not None:
            self._notify(ProgressReport(stage=stage, done=done, total=total, note=note))

    def check(self) -> None:
        """Raise Cancelled when the stop flag is set."""
        if self.stop.is_set():
            raise Cancelled("Stopped.", remedy="Run the same command again to go on.")

"""What the engines of a job ran on, for its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.engine import Running


class RanOnFields(TypedDict):
    """The fields of a report; of several engines or devices all are named."""

    engine: str
    device: str
    precision: str
    weights: str
    rung: str


class RanOn:
    """Collects what sessions tell of themselves when they are done."""

    def __init__(self) -> None:
        self._told: list[tuple[str, Running]] = []

    def add(self, engine: str, running: Running) -> None:
        """Take note of a session of an engine."""
        if (engine, running) not in self._told:
            self._told.append((engine, running))

    def fields(self) -> RanOnFields:
        """For a report."""
        return RanOnFields(
            engine=_all(engine for engine, _ in self._told),
            device=_all(running.device for _, running in self._told),
            precision=_all(running.precision for _, running in self._told),
            weights=_all(running.weights for _, running in self._told),
            rung=_all(running.rung for _, running in self._told),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that the user should read."""
        return tuple(dict.fromkeys(note for _, running in self._told for note in running.notes))


def _all(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(value for value in values if value))

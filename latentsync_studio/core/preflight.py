"""What speaks against a job before it is begun: findings with numbers, and what can be done.

Whoever looks (services.preflight) makes findings; the terminal prints them, the window lists them
with a button for each action. A finding never changes anything by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["info", "warning", "blocking"]
Action = Literal[
    "jump",  # to the first of the spans
    "length-policy",
    "choose-face",
    "find-faces",
    "other-engine",
    "faster",
    "relink",
    "clear-cache",
    "choose-output",
    "open-weights",
]
Span: TypeAlias = tuple[int, int]  # frames, half-open

MOST_SPANS: Final = 8  # of one finding; the longest ones
_ORDER: Final = {"blocking": 0, "warning": 1, "info": 2}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is worth knowing before the work begins.

    Attributes:
        id: stable name of what was looked at ("face-small"), or the code of an error.
        severity: "blocking": the job cannot begin; "warning": the result is likely to suffer, or
            frames stay as they are; "info": nothing is wrong.
        sentence: for people, with the numbers.
        numbers: what was measured and the limits, by name with the unit at its end.
        actions: what a button can do about it, the most likely first.
        remedy: what else can be done, in words; "" where the actions say it.
        subject: name of the file or clip; "" where it is about the whole job.
        subject_id: id of the medium or clip in the project; "" outside of one.
        spans: where, longest first at most `MOST_SPANS`, then by time; frames of the clip, in a
            project of the sequence.
        estimated: it rests on samples, not on every frame or second.
    """

    id: str
    severity: Severity
    sentence: str
    numbers: dict[str, float] = {}
    actions: tuple[Action, ...] = ()
    remedy: str = ""
    subject: str = ""
    subject_id: str = ""
    spans: tuple[Span, ...] = ()
    estimated: bool = False


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """How long a job takes, seconds; None where that was never measured on this machine.

    Attributes:
        analyse: to find faces.
        draw: to draw mouths, the start of the engine included.
        write: to compose and encode.
        total: of those that are needed; None where one of them is not known.
    """

    analyse: float | None = 0.0
    draw: float | None = 0.0
    write: float | None = 0.0

    @property
    def total(self) -> float | None:
        """All of it."""
        parts = self.analyse, self.draw, self.write
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None


class Preflight(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found.

    Attributes:
        findings: the worst first.
        forecast: how long it takes.
        frames: that the job is about.
        looked_s: seconds that looking took.
    """

    findings: tuple[Finding, ...]
    forecast: Forecast = Forecast()
    frames: int = 0
    looked_s: float = 0.0

    @property
    def is_blocked(self) -> bool:
        """Whether the job cannot begin."""
        return any(each.severity == "blocking" for each in self.findings)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is worse than a note."""
        return tuple(each for each in self.findings if each.severity != "info")


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, otherwise in their order; the same thing is told once."""
    unique = {(each.id, each.subject_id, each.sentence): each for each in findings}
    return tuple(sorted(unique.values(), key=lambda each: _ORDER[each.severity]))


def longest_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """At most `MOST_SPANS`, the longest ones, in order of time."""
    kept = sorted(spans, key=lambda span: span[0] - span[1])[:MOST_SPANS]
    return tuple(sorted(kept))

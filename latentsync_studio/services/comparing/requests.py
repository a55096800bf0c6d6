"""What a comparison of movies is asked for and what it answers."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads the annotations at run time

import msgspec

from latentsync_studio.core.comparing.differences import PRIMARY, Difference
from latentsync_studio.core.comparing.measured import MeasureTable  # noqa: TC001 - as above
from latentsync_studio.core.comparing.outcome import Outcome  # noqa: TC001 - as above
from latentsync_studio.core.comparing.votes import Ballot  # noqa: TC001 - as above
from latentsync_studio.core.quality.limits import Limits

SPAN_S = 4.0


class CompareRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Movies of the same, made by several systems.

    Attributes:
        movies: one a system: a movie each, or a folder each with movies of the same names.
        reference: the clip that they were made of, or a folder of clips by the same names.
        audio: what is said, or a folder by the same names; None: each movie's own sound.
        ballots: votes about them.
        primary: id of the measure that was chosen before anybody looked.
        span_s: seconds of the spans that a single clip is cut into.
        limits: of the measures.
        seed: of the bootstrap.
        pictures: whether mouths are cropped for a report.
    """

    movies: tuple[Path, ...] = ()
    reference: Path | None = None
    audio: Path | None = None
    ballots: tuple[Ballot, ...] = ()
    primary: str = PRIMARY
    span_s: float = SPAN_S
    limits: Limits = Limits()
    seed: int = 0
    pictures: bool = False


class SystemReport(msgspec.Struct, frozen=True, kw_only=True):
    """One system.

    Attributes:
        name: of its movie or folder.
        path: of it.
        passed: whether no clip has a span that needs somebody.
        attentions: those spans, one sentence each, with the clip where there are several.
        unknown: titles of judged measures of which nothing is known.
    """

    name: str
    path: str
    passed: bool
    attentions: tuple[str, ...]
    unknown: tuple[str, ...]


class MouthRow(msgspec.Struct, frozen=True, kw_only=True):
    """Mouths of one movie for a report.

    Attributes:
        name: of the system, or of the source.
        clip: of which.
        frames: that are shown.
        png: a picture of them all in a row.
    """

    name: str
    clip: str
    frames: tuple[int, ...]
    png: bytes


class CompareReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        systems: in the order in which they were given.
        clips: names of the clips that all systems made.
        units: "clips", or "spans of one clip", which `differences` are over.
        measures: table and order; None without movies.
        differences: of all pairs, with their intervals.
        votes: what they say; None without.
        notes: what to know.
        seconds: it took.
    """

    systems: tuple[SystemReport, ...] = ()
    clips: tuple[str, ...] = ()
    units: str = "clips"
    measures: MeasureTable | None = None
    differences: tuple[Difference, ...] = ()
    votes: Outcome | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

"""What can be compared blindly: the takes of every span that are drawn, by their names; no Qt."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.takes.listing import TakeList
    from latentsync_studio.services.takes.naming import TakeRef
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services


class Contestant(NamedTuple):
    """A take that could be shown.

    Attributes:
        name: under which votes count for it.
        ref: which it is.
        is_ready: whether all of it is drawn.
    """

    name: str
    ref: TakeRef
    is_ready: bool


class Contest(NamedTuple):
    """One span.

    Attributes:
        is_here: it is the one under the playhead.
        takes: of it, the source among them.
    """

    is_here: bool
    takes: tuple[Contestant, ...]


class System(NamedTuple):
    """All takes of one name.

    Attributes:
        name: of them.
        ready: spans in which it is drawn.
        spans: spans that have it.
    """

    name: str
    ready: int
    spans: int


def contests(
    project: Project,
    here: tuple[SequenceId, ClipId, int],
    tools: tuple[Services, TakeCache],
    progress: Progress,
) -> tuple[Contest, ...]:
    """The span at a frame of a clip's medium first, then all others of the sequence with takes.

    On a worker's thread; nothing is drawn for it.
    """
    from latentsync_studio.core.timeline.check import find_sequence
    from latentsync_studio.services.takes.listing import list_takes
    from latentsync_studio.services.takes.making import clip_of
    from latentsync_studio.services.takes.naming import span_at, spans_of

    (sequence, clip_id, frame), (services, takes) = here, tools
    clip = clip_of(project, sequence, clip_id)
    first = clip.id, span_at(clip, frame) or clip.source
    others = [
        (each.id, span)
        for track in find_sequence(project, sequence).tracks
        for each in track.clips
        for span in spans_of(each)
        if (each.id, span) != first
    ]
    found = []
    for place, span in (first, *others):
        progress.check()
        rows = list_takes(project, (sequence, place, span), services, takes, progress)
        found.append(_contest(rows, is_here=(place, span) == first))
    return tuple(found)


def _contest(found: TakeList, *, is_here: bool) -> Contest:
    from latentsync_studio.services.takes.naming import SOURCE_NAME, source_of

    source = Contestant(SOURCE_NAME, source_of(found.rows[0].ref), is_ready=True)
    drawn = (Contestant(row.name, row.ref, row.state == "ready") for row in found.rows)
    return Contest(is_here, (*drawn, source))


def systems_in(found: Sequence[Contest]) -> tuple[System, ...]:
    """The names, in the order in which they come first."""
    names = dict.fromkeys(take.name for contest in found for take in contest.takes)
    return tuple(
        System(
            name,
            sum(_has(contest, name, ready=True) for contest in found),
            sum(_has(contest, name, ready=False) for contest in found),
        )
        for name in names
    )


def chosen_refs(found: Sequence[Contest], names: Collection[str]) -> tuple[TakeRef, ...]:
    """The takes of some names that are drawn, of spans that have at least two of them."""
    parts = [
        [take.ref for take in contest.takes if take.is_ready and take.name in names]
        for contest in found
    ]
    return tuple(ref for part in parts if len(part) > 1 for ref in part)


def trials_of(found: Sequence[Contest], names: Collection[str], repeats: int) -> int:
    """How many decisions that makes."""
    counts = [
        sum(take.is_ready and take.name in names for take in contest.takes) for contest in found
    ]
    return repeats * sum(len(list(combinations(range(count), 2))) for count in counts)


def _has(contest: Contest, name: str, *, ready: bool) -> bool:
    return any(take.name == name and (take.is_ready or not ready) for take in contest.takes)

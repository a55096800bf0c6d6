"""Ballots: what people preferred in blind trials, kept in the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.comparing.votes import Ballot, BallotId
from latentsync_studio.core.errors import InvalidEditError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import Project


def add_ballots(project: Project, ballots: Iterable[Ballot]) -> Project:
    """Keep ballots; each gets a new id, and a name where it has none.

    Raises:
        InvalidEditError: one is empty, or holds a vote about a system and itself.
    """
    kept = list(project.ballots)
    next_id = project.next_id
    for ballot in ballots:
        _require_votes(ballot)
        name = ballot.name.strip() or f"Blind comparison {len(kept) + 1}"
        kept.append(replace(ballot, id=BallotId(f"b{next_id}"), name=name))
        next_id += 1
    if len(kept) == len(project.ballots):
        return project
    return replace(project, ballots=tuple(kept), next_id=next_id)


def rename_ballot(project: Project, ballot: BallotId, name: str) -> Project:
    """Give a ballot a name; an empty one is refused."""
    found = ballot_of(project, ballot)
    name = name.strip()
    if not name:
        raise InvalidEditError("A ballot must have a name.", remedy="Write one.")
    if name == found.name:
        return project
    new = replace(found, name=name)
    return replace(
        project, ballots=tuple(new if each.id == ballot else each for each in project.ballots)
    )


def remove_ballot(project: Project, ballot: BallotId) -> Project:
    """Forget the votes of a ballot."""
    ballot_of(project, ballot)
    return replace(project, ballots=tuple(each for each in project.ballots if each.id != ballot))


def ballot_of(project: Project, ballot: BallotId) -> Ballot:
    """The ballot with this id; raise InvalidEditError where there is none."""
    for found in project.ballots:
        if found.id == ballot:
            return found
    raise InvalidEditError(f"There is no ballot {ballot}.")


def _require_votes(ballot: Ballot) -> None:
    if not ballot.votes:
        raise InvalidEditError(
            "A ballot without a vote says nothing.", remedy="Decide at least one trial."
        )
    for vote in ballot.votes:
        if vote.left == vote.right or not (vote.left and vote.right):
            raise InvalidEditError(f"A vote compares {vote.left!r} with {vote.right!r}.")

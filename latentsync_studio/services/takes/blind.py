"""Blind comparisons of takes: every span with every pair of its takes, and the votes as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.comparing.session import BlindSession
from latentsync_studio.core.comparing.trials import Contender, blind_plan
from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.check import called
from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.services.takes.naming import TakeRef, name_of, shown_take
from latentsync_studio.services.timeline.takes import placed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.takes.naming import ShownTake

QUESTION = "Which mouth follows the speech better?"


def contender_of(project: Project, ref: TakeRef) -> Contender:
    """A take as a trial shows it; takes of the same name are one system over all spans.

    Raises:
        InvalidEditError: there is no such clip or take, or the clip shows nothing of the span.
    """
    sequence, _, clip = placed(project, ref.sequence, ref.clip)
    shown = shown_take(project, ref)
    label = to_timecode(
        sequence.first_label + shown.frames.start, sequence.rate, drop=sequence.is_drop
    )
    return Contender(
        item=f"{called(clip)} {label}", system=name_of(clip, ref.take), source=ref.text()
    )


def blind_session(
    project: Project,
    refs: Iterable[TakeRef],
    *,
    seed: int,
    repeats: int = 1,
    voter: str = "",
    question: str = QUESTION,
) -> BlindSession:
    """Begin a blind comparison of takes; `shown_source` tells what to play.

    Raises:
        InputError: no span has two takes, or two takes of a span have the same name.
        InvalidEditError: there is no such clip or take.
    """
    contenders = [contender_of(project, ref) for ref in refs]
    named = {(each.item, each.system) for each in contenders}
    if len(named) < len(contenders):
        raise InputError(
            "Two takes of the same span have the same name.", remedy="Rename one of them."
        )
    trials = blind_plan(contenders, seed=seed, repeats=repeats)
    return BlindSession(trials, question=question, voter=voter, seed=seed)


def shown_source(project: Project, source: str) -> ShownTake:
    """What one side of a trial plays: a document for the viewer, and frames of its sequence.

    Raises:
        InputError: the source names no take.
        InvalidEditError: the take is gone.
    """
    return shown_take(project, TakeRef.of(source))

"""Compare finished movies: score each beside the source, count votes, crop mouths for a report."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.comparing.differences import Unit, differences, spans_of
from latentsync_studio.core.comparing.measured import mean_table
from latentsync_studio.core.comparing.outcome import outcome_of
from latentsync_studio.core.comparing.votes import systems_of
from latentsync_studio.core.comparing.votes_csv import merged_votes
from latentsync_studio.core.errors import InputError
from latentsync_studio.core.quality.gate import judge
from latentsync_studio.core.quality.measures import measure
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.comparing.matching import matched
from latentsync_studio.services.comparing.mouths import mouth_rows
from latentsync_studio.services.comparing.requests import CompareReport, SystemReport
from latentsync_studio.services.quality.same_scene import check_movies
from latentsync_studio.services.quality.score import score_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.comparing.differences import Difference
    from latentsync_studio.core.comparing.outcome import Outcome
    from latentsync_studio.core.comparing.votes import Vote
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.services.comparing.matching import ClipFiles, Matched
    from latentsync_studio.services.comparing.requests import CompareRequest, MouthRow
    from latentsync_studio.services.wiring import Services

COMPARE = "compare"  # stage of the progress: movies that are scored
_MOST_PICTURED = 12  # clips


class Compared(NamedTuple):
    """What was found, and the pictures that a report shows."""

    report: CompareReport
    mouths: tuple[MouthRow, ...]


class _Scored(NamedTuple):
    """A clip with what was measured on it, by system."""

    files: ClipFiles
    qualities: dict[str, ClipQuality]


def compare(request: CompareRequest, services: Services, progress: Progress) -> Compared:
    """Score movies and count votes; either may be missing.

    Raises:
        InputError: there is nothing to compare, a file cannot be decoded, movies are of different
            scenes, or there is no measure `request.primary`.
        Cancelled: the user stopped it; what was analysed is kept.
    """
    started = time.monotonic()
    measure(request.primary)
    votes = merged_votes(request.ballots)
    if not request.movies and not votes:
        raise InputError(
            "There is nothing to compare.", remedy="Name two movies, or a table of votes."
        )
    told = outcome_of(votes, seed=request.seed) if votes else None
    if not request.movies:
        seconds = round(time.monotonic() - started, 3)
        return Compared(CompareReport(votes=told, seconds=seconds), ())
    found = matched(request)
    scored = list(_scored(found.clips, services, progress))
    units, what, notes = _units(scored, request.span_s)
    sure = _differences(units, request)
    report = CompareReport(
        systems=tuple(_system(name, found, scored, request) for name in found.systems),
        clips=tuple(clip.name for clip in found.clips),
        units=what,
        measures=mean_table(
            list(found.systems),
            [[one.qualities[name] for one in scored] for name in found.systems],
            request.limits,
        ),
        differences=sure,
        votes=told,
        notes=(
            *found.notes,
            *_told_notes(scored),
            *notes,
            *_without_primary(sure, request.primary, len(scored)),
            *_too_few(sure, what),
            *_strangers(found, told, votes),
        ),
        seconds=round(time.monotonic() - started, 3),
    )
    return Compared(report, tuple(_mouths(scored, services, progress, request)))


def _scored(
    clips: Sequence[ClipFiles], services: Services, progress: Progress
) -> Iterator[_Scored]:
    total, done = sum(len(clip.movies) for clip in clips), 0
    for clip in clips:
        qualities = {}
        if clip.reference is None:
            first, *others = clip.movies.values()
            for other in others:
                check_movies(first, other, progress)
        for name, path in clip.movies.items():
            progress.report(COMPARE, done, total, f"{name}: {clip.name}")
            qualities[name] = score_files(path, clip.reference, clip.audio, services, progress)
            done += 1
        yield _Scored(clip, qualities)
    progress.report(COMPARE, done, total)


def _system(
    name: str, found: Matched, scored: Sequence[_Scored], request: CompareRequest
) -> SystemReport:
    verdicts = [judge(one.qualities[name], request.limits) for one in scored]
    several = len(scored) > 1
    attentions = [
        f"{one.files.name}: {each.reason}" if several else each.reason
        for one, verdict in zip(scored, verdicts, strict=True)
        for each in verdict.attentions
    ]
    unknown = set.intersection(*(set(verdict.unknown) for verdict in verdicts))
    return SystemReport(
        name=name,
        path=str(found.systems[name]),
        passed=all(verdict.passed for verdict in verdicts),
        attentions=tuple(attentions),
        unknown=tuple(measure(each).title for each in sorted(unknown)),
    )


def _units(scored: Sequence[_Scored], span_s: float) -> tuple[list[Unit], str, tuple[str, ...]]:
    """What differences are taken over: clips, or the spans of the only one."""
    if len(scored) > 1:
        units = [
            Unit(name=one.files.name, cluster=one.files.name, qualities=one.qualities)
            for one in scored
        ]
        return units, "clips", ()
    [one] = scored
    shortest = min(len(quality.frames) for quality in one.qualities.values())
    parts = {
        name: spans_of(quality, span_s, FrameRange(0, shortest))
        for name, quality in one.qualities.items()
    }
    count = len(next(iter(parts.values())))
    units = [
        Unit(
            name=f"{one.files.name} {n}",
            cluster=str(n),
            qualities={name: spans[n] for name, spans in parts.items()},
        )
        for n in range(count)
    ]
    if count == 1:
        short = (
            f"One clip, too short for two spans of about {span_s:g} s: nothing tells how sure a"
            " difference is. Choose shorter spans, or compare folders of clips."
        )
        return units, "spans of one clip", (short,)
    note = (
        f"One clip in {count} spans of about {span_s:g} s: the intervals tell how sure it is for"
        " this clip, and nothing of other clips and speakers. Compare folders of clips for that."
    )
    return units, "spans of one clip", (note,)


def _without_primary(found: Sequence[Difference], primary: str, clips: int) -> tuple[str, ...]:
    """Why nothing is told of the measure that was chosen before looking."""
    if any(each.is_primary for each in found):
        return ()
    title, is_whole = measure(primary).title, measure(primary).per == "clip"
    if clips == 1 and is_whole:
        why = "is one value a clip, and there is one clip"
    else:
        why = "is not known of two clips or spans"
    return (f"{title}, the primary measure, {why}: nothing tells how sure a difference in it is.",)


def _too_few(found: Sequence[Difference], what: str) -> tuple[str, ...]:
    """What the number of clips cannot give."""
    count = max((each.found.clusters for each in found if each.found.is_rough), default=0)
    if not count:
        return ()
    least = f"With {count} {what} no p value can be below {2 / 2**count:.3g}"
    return (f"{least}, and the intervals are narrower than they should be.",)


def _differences(units: Sequence[Unit], request: CompareRequest) -> tuple[Difference, ...]:
    if len(units) < 2:
        return ()
    return differences(units, request.limits, primary=request.primary, seed=request.seed)


def _told_notes(scored: Sequence[_Scored]) -> tuple[str, ...]:
    """What scoring said, each sentence once with those it is about."""
    about: dict[str, list[str]] = {}
    for one in scored:
        for name, quality in one.qualities.items():
            for note in quality.notes:
                about.setdefault(note, []).append(name)
    count = sum(len(one.qualities) for one in scored)
    return tuple(
        note if len(names) == count else f"{', '.join(dict.fromkeys(names))}: {note}"
        for note, names in about.items()
    )


def _strangers(found: Matched, told: Outcome | None, votes: Sequence[Vote]) -> tuple[str, ...]:
    if told is None:
        return ()
    strange = [name for name in systems_of(votes) if name not in found.systems]
    if not strange:
        return ()
    known = ", ".join(found.systems)
    return (f"The votes are about {', '.join(strange)}; the movies are called {known}.",)


def _mouths(
    scored: Sequence[_Scored], services: Services, progress: Progress, request: CompareRequest
) -> Iterator[MouthRow]:
    if not request.pictures:
        return
    for one in scored[:_MOST_PICTURED]:
        yield from mouth_rows(one.files, one.qualities, services, progress)

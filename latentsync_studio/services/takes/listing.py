"""The takes of a span side by side: settings, what is drawn of them, what was measured on them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from latentsync_studio.core.comparing.measured import measure_table
from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.core.settings.fields import describe, value_of
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.edits.takes import settings_with
from latentsync_studio.core.timeline.takes import pieces_of
from latentsync_studio.services.takes.naming import (
    TakeRef,
    name_of,
    placed_span,
    refs_of,
    shown_take,
)
from latentsync_studio.services.timeline.spans import clip_spans
from latentsync_studio.services.timeline.takes import NOT_DRIVEN, placed, told_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.comparing.measured import MeasureTable
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import (
        Clip,
        ClipId,
        Project,
        SequenceId,
        SettingValue,
        SpanTake,
    )
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services

TakeState = Literal["ready", "partly", "stale", "missing", "failed", "passed"]


class Measured(Protocol):
    """Where measures of takes come from; None where a take was not measured yet."""

    def __call__(self, project: Project, ref: TakeRef) -> ClipQuality | None: ...


class TakeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A take as a list shows it.

    Attributes:
        ref: which it is; its `take` is "" for the clip's own settings.
        name: shown to people.
        engine: id.
        seed: of the engine.
        preset: that its settings came from, or "".
        is_chosen: whether the clip shows it on all of the span.
        state: "ready": all of it is drawn; "partly": some of it is; "missing": nothing of it is;
            "stale": nor is anything of the clip's own settings, but others of its own were drawn
            here; "failed": it was tried and failed; "passed": there is nothing to draw.
        drawn: frames of the span that are drawn.
        wanted: frames of the span that can be redrawn.
        note: why it failed or passes through, else "".
        differs: in which settings it differs from the clip's own: (title, own value, its value).
    """

    ref: TakeRef
    name: str
    engine: str
    seed: int
    preset: str
    is_chosen: bool
    state: TakeState
    drawn: int
    wanted: int
    note: str
    differs: tuple[tuple[str, str, str], ...]


class TakeList(msgspec.Struct, frozen=True, kw_only=True):
    """All takes of a span.

    Attributes:
        frames: the span, in frames of the medium's grid.
        placed: in frames of the sequence.
        rows: the clip's own settings first, then the takes as they were made.
        measures: their table, with the order that it gives; takes that nobody measured have no
            rank.
    """

    frames: FrameRange
    placed: FrameRange
    rows: tuple[TakeRow, ...]
    measures: MeasureTable

    def ranked(self) -> tuple[TakeRow, ...]:
        """The rows from the best to the worst; what was not measured comes last."""
        ranks = [standing.rank or len(self.rows) + 1 for standing in self.measures.standings]
        order = sorted(range(len(self.rows)), key=lambda n: (ranks[n], n))
        return tuple(self.rows[n] for n in order)


def list_takes(
    project: Project,
    where: tuple[SequenceId, ClipId, FrameRange],
    services: Services,
    takes: TakeCache | None,
    progress: Progress,
    measured: Measured | None = None,
) -> TakeList:
    """List the takes that hold or could hold on all of a span.

    Nothing is drawn, analysed or measured. It may open an engine to learn which patches a take
    needs, as the strip of a clip does.

    Args:
        project: the document.
        where: sequence, clip, and frames of the medium's grid.
        services: store.
        takes: share opened engines with others.
        progress: asked whether to go on.
        measured: looks for what was measured on a take.

    Raises:
        InputError: the medium is offline or unreadable.
        InvalidEditError: there is no such clip, or it shows nothing of the span.
    """
    sequence, clip_id, frames = where
    _, _, clip = placed(project, sequence, clip_id)
    refs = refs_of(project, sequence, clip_id, frames)
    span = refs[0].frames
    desk = _Desk(project, clip, services, takes, progress)
    rows = tuple(_row(desk, ref) for ref in refs)
    found = [None if measured is None else measured(project, ref) for ref in refs]
    return TakeList(
        frames=span,
        placed=placed_span(clip, span),
        rows=rows,
        measures=measure_table(_names(rows), found, project.settings.quality),
    )


class _Desk(NamedTuple):
    """What all rows share."""

    project: Project
    clip: Clip
    services: Services
    takes: TakeCache | None
    progress: Progress


def _row(desk: _Desk, ref: TakeRef) -> TakeRow:
    project, clip = desk.project, desk.clip
    take = next((each for each in clip.takes if each.id == ref.take), None)
    own = settings_with(project, clip, None)
    try:
        settings = settings_with(project, clip, take)
        state, drawn, wanted, note = _state(desk, ref)
    except InvalidSettingError as error:  # of a newer program: the other takes can still be used
        settings, take_note = own, told_of(error)
        state, drawn, wanted, note = "failed", 0, len(ref.frames), take_note
    return TakeRow(
        ref=ref,
        name=name_of(clip, ref.take),
        engine=settings.engine,
        seed=settings.seed,
        preset="" if take is None else take.preset,
        is_chosen=_is_chosen(clip, take, ref.frames),
        state=state,
        drawn=drawn,
        wanted=wanted,
        note=note,
        differs=tuple(_differs(own, settings)),
    )


def _state(desk: _Desk, ref: TakeRef) -> tuple[TakeState, int, int, str]:
    """State, frames that are drawn, frames that can be, and a reason."""
    shown = shown_take(desk.project, ref)
    spans = clip_spans(
        shown.project, ref.sequence, ref.clip, desk.services, desk.takes, desk.progress
    )
    counts: Counter[str] = Counter()
    texts: dict[str, str] = {}
    for span in spans:
        part = span.frames.intersection(shown.frames)
        if part is not None:
            counts[span.state] += len(part)
            texts.setdefault(span.state, span.text)
    wanted = len(shown.frames) - counts["passed"] if spans else 0
    drawn = counts["ready"]
    if not wanted:
        return "passed", 0, 0, texts.get("passed", NOT_DRIVEN)
    if counts["failed"]:
        return "failed", drawn, wanted, texts["failed"]
    if drawn == wanted:
        return "ready", drawn, wanted, ""
    if drawn:
        return "partly", drawn, wanted, ""
    # what was drawn of a clip is not told by takes: where there are some, it may have been theirs
    is_own = not ref.take and not desk.clip.takes
    return ("stale" if is_own and counts["stale"] else "missing"), 0, wanted, ""


def _is_chosen(clip: Clip, take: SpanTake | None, frames: FrameRange) -> bool:
    held = pieces_of(clip.takes, frames)
    return len(held) == 1 and held[0][1] is take


def _differs(own: RenderSettings, settings: RenderSettings) -> Iterator[tuple[str, str, str]]:
    """Settings by title with both values; those of other engines than its own do not count."""
    pages = {each for each in describe(RenderSettings) if _is_of(each.key, settings.engine)}
    for field in describe(RenderSettings):
        if field in pages:
            before, now = value_of(own, field.key), value_of(settings, field.key)
            if before != now:
                yield field.title, _word(before), _word(now)


def _is_of(key: str, engine: str) -> bool:
    return "." not in key or key.startswith((f"{engine}.", "compose."))


def _word(value: SettingValue) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _names(rows: tuple[TakeRow, ...]) -> list[str]:
    """Their names, told apart where several have the same."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        seen[row.name] += 1
        found.append(row.name if seen[row.name] == 1 else f"{row.name} ({seen[row.name]})")
    return found

"""What the quality gate found on clips and somebody finds good enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.quality.gate import is_same_span
from latentsync_studio.core.timeline.edits.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import ClipId, Project


def accept(project: Project, clip: ClipId, attentions: Iterable[str]) -> Project:
    """Let attentions of a clip, by their ids, ask for nobody any more."""
    return _changed(project, clip, frozenset(attentions), is_accepted=True)


def reconsider(project: Project, clip: ClipId, attentions: Iterable[str]) -> Project:
    """Let attentions of a clip count again, also those that were accepted as a similar span."""
    return _changed(project, clip, frozenset(attentions), is_accepted=False)


def _changed(
    project: Project, clip: ClipId, names: frozenset[str], *, is_accepted: bool
) -> Project:
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    kept = {
        held for held in picked.clip.accepted if not any(is_same_span(held, name) for name in names)
    }
    accepted = tuple(sorted(kept | names if is_accepted else kept))
    if accepted == picked.clip.accepted:
        return project
    draft.change_each([(picked, replace(picked.clip, accepted=accepted))])
    return draft.done()

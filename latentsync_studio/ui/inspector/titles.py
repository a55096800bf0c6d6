"""The head of the inspector: whose settings are shown."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from latentsync_studio.core.timeline.takes import pieces_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.core.timeline.model import Clip, MediaId, Project
    from latentsync_studio.core.timeline.takes import SpanTake
    from latentsync_studio.ui.inspector.target import Target


def title_of(target: Target, project: Project) -> str:
    """Markup that says whose settings are shown and changed."""
    if target.is_project:
        return _tr("<b>Project settings</b><br>for all clips without their own")
    is_sound = target.is_sound
    clips = [clip for _, clip in target.sounds] if is_sound else target.clips
    names = {item.id: escape(item.name) for item in project.media}
    if len(clips) > 1:
        text = _tr("%n sound clip(s)" if is_sound else "%n clip(s)", len(clips))
        return f"<b>{text}</b>" + _takes_among(target, names)
    name = escape(clips[0].name) or names.get(clips[0].media, "")
    kind = _tr("Sound clip") if is_sound else _tr("Clip")
    return f"<b>{kind}</b> {name}" + ("" if is_sound else _whose(clips[0], target.take))


def _whose(clip: Clip, take: SpanTake | None) -> str:
    """Which take of a clip, or that its own settings do not hold everywhere."""
    if take is not None:
        part = take.frames.intersection(clip.source) or take.frames
        text = _tr(", <b>{0}</b> (frames {1} to {2})")
        return text.format(escape(take.name or take.id), part.start, part.stop - 1)
    taken = sum(len(part) for part, held in pieces_of(clip.takes, clip.source) if held)
    return "<br>" + _tr("Its own settings; takes hold in %n frame(s)", taken) if taken else ""


def _takes_among(target: Target, names: Mapping[MediaId, str]) -> str:
    """The takes that are changed instead of their clips."""
    of = _tr("{0} of {1}")
    told = [
        of.format(escape(target.takes[c.id].name), escape(c.name) or names.get(c.media, ""))
        for c in target.clips
        if c.id in target.takes
    ]
    return "<br>" + _tr("At the playhead: {0}").format(", ".join(told)) if told else ""


def _tr(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("InspectorPanel", text, "", count)

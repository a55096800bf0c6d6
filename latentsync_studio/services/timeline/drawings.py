"""What is drawn of a clip, for forecasts: one part for each of the settings that hold on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.edits.takes import settings_spans
from latentsync_studio.services.speeds import Drawing

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.timeline.model import Clip, Project


def drawings_of(
    project: Project,
    clip: Clip,
    frames: FrameRange,
    to_draw: int,
    size: tuple[int, int],
) -> tuple[Drawing, ...]:
    """The clip's own settings and those of its chosen takes, with their share of what is drawn.

    Args:
        project: the document.
        clip: on a video track.
        frames: of the sequence that it shows, and that are asked for.
        to_draw: how many of them are not drawn yet; which of them is not known here.
        size: px of the picture, (width, height).

    Returns:
        Parts whose `frames` sum to `to_draw`, in the order of their first frames; at least one.

    Raises:
        InvalidSettingError: an override is unknown to this program or out of its limits.
    """
    shown = frames.shifted(clip.source.start - clip.start)
    counts: list[tuple[RenderSettings, int]] = []
    for span in settings_spans(project, clip, shown):
        known = next((n for n, (held, _) in enumerate(counts) if held == span.settings), None)
        if known is None:
            counts.append((span.settings, len(span.frames)))
        else:
            counts[known] = (span.settings, counts[known][1] + len(span.frames))
    parts, passed, given = [], 0, 0
    for settings, count in counts:
        passed += count
        until = round(to_draw * passed / len(shown))
        parts.append(
            Drawing(settings=settings, width=size[0], height=size[1], frames=until - given)
        )
        given = until
    return tuple(parts)

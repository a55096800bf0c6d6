"""What a tool tip says of the thing under the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.check import sync_offset
from latentsync_studio.ui.timeline.tools.base import tr

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip
    from latentsync_studio.services.timeline.spans import Span
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.tools.base import Pointer


def state_words() -> dict[str, str]:
    """States of spans in the user's language."""
    return {
        "ready": tr("Synthesized"),
        "missing": tr("Not synthesized yet"),
        "stale": tr("Out of date"),
        "failed": tr("Failed"),
        "passed": tr("Passes through"),
    }


def tip_at(stage: TimelineCanvas, at: Pointer) -> str:
    """The text; empty where there is nothing to say."""
    hit = at.hit
    if hit.marker is not None:
        lines = [hit.marker.name or tr("Marker"), hit.marker.note]
        return "\n".join(line for line in lines if line)
    if hit.clip is None:
        return ""
    lines = [clip_title(stage, hit.clip), clip_times(stage, hit.clip)]
    offset = sync_trouble(stage, hit.clip)
    if offset:
        lines.append(tr("Out of sync by {0} frames").format(f"{offset:+d}"))
    if not hit.clip.is_enabled:
        lines.append(tr("Disabled"))
    span = span_at(stage, hit.clip, at.frame)
    if span is not None:
        lines.append(span_sentence(span))
    return "\n".join(lines)


def span_sentence(span: Span) -> str:
    """What a span means; most reasons say it all, those of these two states need it before them."""
    words = state_words()[span.state]
    if span.text and span.state in {"failed", "passed"}:
        return f"{words}: {span.text}"
    return span.text or words


def span_at(stage: TimelineCanvas, clip: Clip, frame: int) -> Span | None:
    """The span of a clip at a frame."""
    spans = stage.workbench.spans.spans_of(clip.id)
    return next((span for span in spans if frame in span.frames), None)


def clip_title(stage: TimelineCanvas, clip: Clip) -> str:
    """Name of a clip, with the sentence about its file where that is not there."""
    item = next((each for each in stage.store.project.media if each.id == clip.media), None)
    if item is None:
        return clip.name or clip.id
    state = stage.workbench.media.state_of(item)
    name = clip.name or item.name
    if state is not None and state.state == "offline":
        return f"{name} - {tr('MEDIA OFFLINE')}: {state.text}"
    return name


def clip_times(stage: TimelineCanvas, clip: Clip) -> str:
    """Start, last frame and duration."""
    clock = stage.clock
    return (
        f"{clock.label(clip.start)} - {clock.label(clip.stop - 1)}"
        f"  ({clock.length(clip.stop - clip.start)})"
    )


def sync_trouble(stage: TimelineCanvas, clip: Clip) -> int:
    """Frames by which a linked clip of the same medium plays late; 0: in sync."""
    sequence = stage.sequence
    if clip.link is None or sequence is None:
        return 0
    for track in sequence.tracks:
        for other in track.clips:
            if other.link == clip.link and other.id != clip.id:
                offset = sync_offset(clip, other)
                if offset:
                    return offset
    return 0

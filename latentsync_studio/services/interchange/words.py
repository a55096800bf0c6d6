"""The words of the speech lanes, where they are known: from a text, or a file beside the sound."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.showing import active_tracks
from latentsync_studio.interchange.captions.read import spread_cues, timed_cues
from latentsync_studio.interchange.cut import Caption

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip, MediaItem, Project, Sequence
    from latentsync_studio.interchange.captions.read import Cue
    from latentsync_studio.services.interchange.requests import TimelineRequest

_MOST_BYTES = 4 * 2**20
_ESTIMATED = (
    "When the words are said is estimated from their length; captions beside the sound (.srt) give"
    " the exact times"
)


def captions_of(
    project: Project, request: TimelineRequest
) -> tuple[tuple[Caption, ...], tuple[str, ...]]:
    """Captions of all speech lanes that are heard, and sentences on what is not exact."""
    sequence = find_sequence(project, request.sequence)
    first = request.frames.start if request.frames else 0
    last = request.frames.stop if request.frames else sequence.stop
    found: list[Caption] = []
    told: list[str] = []
    known: dict[str, tuple[Cue, ...]] = {}
    for track in active_tracks(sequence, "audio"):
        for clip in track.clips if track.speech else ():
            if not clip.is_enabled:
                continue
            if clip.media not in known:
                known[clip.media] = _cues(find_media(project, clip.media), request, told)
            found += _placed(known[clip.media], clip, sequence)
    inside = [
        Caption(start=max(c.start, first) - first, stop=min(c.stop, last) - first, text=c.text)
        for c in sorted(found, key=lambda caption: caption.start)
        if c.start < last and c.stop > first
    ]
    return tuple(inside), tuple(dict.fromkeys(told))


def _cues(item: MediaItem, request: TimelineRequest, told: list[str]) -> tuple[Cue, ...]:
    text = request.texts.get(item.id)
    if text is None:
        for suffix in (".srt", ".vtt"):
            cues = timed_cues(_text_beside(item, suffix))
            if cues:
                return cues
        text = _text_beside(item, ".txt")
    cues = timed_cues(text)
    if cues:
        return cues
    if text.strip() and item.audio is not None:
        told.append(_ESTIMATED)
        return spread_cues(text, Fraction(item.audio.n_samples, item.audio.rate_hz))
    return ()


def _text_beside(item: MediaItem, suffix: str) -> str:
    """The text file of the medium's name beside it, "" where there is none of sane size."""
    with suppress(OSError, ValueError):
        path = Path(item.path).with_suffix(suffix)
        if path.is_file() and path.stat().st_size <= _MOST_BYTES:
            return path.read_text(encoding="utf-8-sig", errors="replace")
    return ""


def _placed(cues: tuple[Cue, ...], clip: Clip, sequence: Sequence) -> list[Caption]:
    """The cues that are heard in a clip, in frames of the sequence."""
    rate, late = sequence.rate.fraction, clip.start - clip.source.start
    found = []
    for cue in cues:
        start = max(_nearest(cue.start * rate), clip.source.start)
        stop = min(ceil(cue.stop * rate), clip.source.stop)
        if start < stop:
            found.append(Caption(start=start + late, stop=stop + late, text=cue.text))
    return found


def _nearest(frame: Fraction) -> int:
    return int(frame + Fraction(1, 2))

"""What a render did, counted and measured."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from latentsync_studio.core.engine import Running
from latentsync_studio.core.face.spans import passed_through
from latentsync_studio.core.quality.gate import judge
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.quality.meter import FrameMeter
from latentsync_studio.services.quality.mouth import follow
from latentsync_studio.services.quality.summary import summary_of
from latentsync_studio.services.quality.summing import Shown, quality_of
from latentsync_studio.services.quality.table import joined
from latentsync_studio.services.ran_on import RanOn
from latentsync_studio.services.request import Metrics, PassedThrough, RenderReport

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.media.encode import EncodedSegment
    from latentsync_studio.services.prepare import Prepared
    from latentsync_studio.services.quality.table import FrameTable
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.segments import SegmentResult
    from latentsync_studio.services.windows import WindowCounts


class Tally:
    """Counts segments as they go by, without holding on to their bytes."""

    def __init__(self) -> None:
        self.tables: list[FrameTable] = []
        self.quality: ClipQuality | None = None  # everything that was measured, at the end
        self.segments_reused = 0
        self.windows_reused = 0
        self.elsewhere: tuple[tuple[str, Running], ...] = ()  # what other processes drew on

    def counted(self, results: Iterator[SegmentResult]) -> Iterator[EncodedSegment]:
        """Pass the encoded segments on."""
        for result in results:
            if result.table is not None:
                self.tables.append(result.table)
            if result.reused:
                self.segments_reused += 1
                self.windows_reused += len(result.segment.windows)
            yield result.encoded


def make_report(
    request: RenderRequest,
    ready: Prepared,
    tally: Tally,
    counts: WindowCounts,
    *,
    seconds: float,
    losses: tuple[str, ...],
) -> RenderReport:
    """Sum up a finished render."""
    quality = tally.quality
    frames = ready.frames
    drawn = {frame for window in ready.windows for frame in window if frame in frames}
    video = ready.reader.video
    ran_on = _ran_on(ready, tally.elsewhere)
    return RenderReport(
        output=str(request.output),
        **ran_on.fields(),
        frames=len(frames),
        rate=ready.rate,
        width=video.width,
        height=video.height,
        seconds=round(seconds, 3),
        frames_per_second=round(len(frames) / seconds, 2),
        patched_frames=len(drawn),
        passed_through=_passed(ready),
        engine_calls=counts.engine_calls,
        windows_total=sum(len(segment.windows) for segment in ready.segments),
        windows_reused=counts.reused + tally.windows_reused,
        segments_total=len(ready.segments),
        segments_reused=tally.segments_reused,
        peak_rss_mib=peak_rss_mib(),
        metrics=_metrics(ready, quality),
        **_gate_fields(quality, request),
        notes=(
            *ready.notes,
            *ready.reader.damage_notes(),
            *ready.speech.notes,
            *ran_on.notes,
            *losses,
        ),
    )


def _ran_on(ready: Prepared, elsewhere: Sequence[tuple[str, Running]]) -> RanOn:
    ran_on = RanOn()
    here = Running(device=ready.spec.device)
    if ready.session is not None:
        here = ready.session.running()
    for engine, running in elsewhere or ((ready.spec.id, here),):
        ran_on.add(engine, running)
    return ran_on


def _metrics(ready: Prepared, quality: ClipQuality | None) -> Metrics:
    if quality is None:
        return Metrics()
    every = FrameMeter.for_rate(ready.rate).every
    apertures = quality.curve("aperture").result.astype(np.float64)
    first = -ready.frames.start % every
    return follow(apertures, quality.seconds, ready.speech.shapes, every, first)


def measured_quality(ready: Prepared, tally: Tally) -> ClipQuality | None:
    """Everything that was measured, None where nothing was."""
    if not tally.tables:
        return None
    table = joined(tally.tables)
    frames, length = ready.frames, ready.length
    shown = Shown(
        frames=frames,
        rate=Fraction(ready.rate).limit_denominator(100_000),
        seconds=length.middle_seconds()[frames.start : frames.stop],
        source=length.source[frames.start : frames.stop],
        face=ready.face,
        windows=tuple(w for w in ready.windows if w.intersection(frames)),
        engine=ready.spec.id,
    )
    return quality_of(shown, table, ready.speech.shapes)


def _gate_fields(quality: ClipQuality | None, request: RenderRequest) -> dict[str, Any]:
    if quality is None:
        return {}
    verdict = judge(quality, request.settings.quality)
    return {"quality": summary_of(quality), "attentions": verdict.attentions}


def _passed(ready: Prepared) -> tuple[PassedThrough, ...]:
    """Spans of delivered frames that stay as they were, numbered as in the whole output."""
    frames, spoken = ready.frames, ready.length.n_spoken
    heard = FrameRange(frames.start, min(frames.stop, spoken)) if frames.start < spoken else None
    found: list[PassedThrough] = []
    if heard is not None:
        size = ready.reader.video.width, ready.reader.video.height
        source = ready.length.source[heard.start : heard.stop]
        found += [
            PassedThrough(
                range=(heard.start + span.frames.start, heard.start + span.frames.stop),
                reason=span.reason.name.lower(),
                numbers=span.numbers,
                text=span.text,
            )
            for span in passed_through(ready.face, size, source)
        ]
    if frames.stop > spoken:
        found.append(
            PassedThrough(
                range=(max(frames.start, spoken), frames.stop),
                reason="no_speech",
                numbers={},
                text="the speech has ended",
            )
        )
    return tuple(found)


def peak_rss_mib() -> float:
    """Largest resident memory of this process so far, MiB."""
    if sys.platform == "win32":
        peak = float(psutil.Process().memory_info().peak_wset)
    else:
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
    return round(peak / 1024**2, 1)

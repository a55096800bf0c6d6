"""What a render did, counted and measured."""

from __future__ import annotations

import resource
import sys
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.services.analyse import passed_through
from latentsync_studio.services.request import PassedThrough, RenderReport
from latentsync_studio.services.score import follow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.media.encode import EncodedSegment
    from latentsync_studio.services.prepare import Prepared
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.segments import SegmentResult
    from latentsync_studio.services.windows import WindowCounts


class Tally:
    """Counts segments as they go by, without holding on to their bytes."""

    def __init__(self) -> None:
        self.apertures: list[float] = []
        self.segments_reused = 0
        self.windows_reused = 0

    def counted(self, results: Iterator[SegmentResult]) -> Iterator[EncodedSegment]:
        """Pass the encoded segments on."""
        for result in results:
            self.apertures += result.apertures
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
    frames = ready.frames
    drawn = {frame for window in ready.windows for frame in window if frame in frames}
    video = ready.reader.facts.video
    return RenderReport(
        output=str(request.output),
        engine=ready.engine.spec.id,
        device=ready.engine.spec.device,
        frames=len(frames),
        rate=ready.rate,
        width=video.display_width,
        height=video.display_height,
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
        metrics=follow(np.asarray(tally.apertures), ready),
        notes=(*ready.notes, *losses),
    )


def _passed(ready: Prepared) -> tuple[PassedThrough, ...]:
    return tuple(
        PassedThrough(
            range=(span.start, span.stop),
            reason=reason.name.lower(),
            numbers=numbers,
            text=text,
        )
        for span, reason, numbers, text in passed_through(
            ready.face, ready.length.source, ready.frames
        )
    )


def peak_rss_mib() -> float:
    """Largest resident memory of this process so far, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)

"""What the user reads about a finished render."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.quality.gate import Attention
    from latentsync_studio.services.request import RenderReport

MOST_SPANS = 8


def result_lines(report: RenderReport) -> Iterator[str]:
    """Tell what was written, what was left alone, and how well the mouth follows."""
    rate = f"{report.rate:.3f}".rstrip("0").rstrip(".")
    yield (
        f"{report.output}: {report.frames} frames, {report.width} x {report.height} px,"
        f" {rate} frames/s"
    )
    yield (
        f"{report.seconds:.1f} s ({report.frames_per_second:.1f} frames/s) with {report.engine} on"
        f" {report.device}, at most {report.peak_rss_mib:.0f} MiB"
    )
    if report.weights:
        yield f"weights: {report.weights}, {report.precision}; memory: {report.rung or 'not used'}"
    yield (
        f"redrawn: {report.patched_frames} of {report.frames} frames;"
        f" windows: {report.windows_total}, taken from the store: {report.windows_reused}"
    )
    for span in report.passed_through[:MOST_SPANS]:
        yield f"untouched: frames {span.range[0]}:{span.range[1]}: {span.text}"
    if len(report.passed_through) > MOST_SPANS:
        yield f"untouched: {len(report.passed_through) - MOST_SPANS} more spans, see --json"
    yield from _metric_lines(report)
    yield from attention_lines(report.attentions)
    yield from report.notes


def _metric_lines(report: RenderReport) -> Iterator[str]:
    """How the mouth follows, as `score` tells it; of a render that was not measured its metrics."""
    metrics = report.metrics
    result, source = _figure(report, "agreement")
    if result is not None:
        lag, _ = _figure(report, "lag_frames")
        told = "" if lag is None else f", lag {lag:+.1f} frames"
        beside = "" if source is None else f" (the clip's own mouth {source:.2f})"
        yield f"mouth follows the speech: {result:.2f}{beside}{told}"
    elif metrics.aperture_correlation is not None:
        told = "" if metrics.lag_frames is None else f", lag {metrics.lag_frames:+.1f} frames"
        yield f"mouth follows the loudness: correlation {metrics.aperture_correlation:.2f}{told}"
    if metrics.silence_leak is not None:
        yield f"movement in silence: {100 * metrics.silence_leak:.0f} % of that in speech"


def _figure(report: RenderReport, name: str) -> tuple[float | None, float | None]:
    """Of the result and of the source."""
    found = report.quality.get(name)
    if found is None:
        return None, None
    result, source = (
        float(value) if isinstance(value, int | float) else None
        for value in (found.result, found.source)
    )
    return result, source


def attention_lines(attentions: Sequence[Attention]) -> Iterator[str]:
    """The spans that need somebody, and how many there are."""
    for span in attentions[:MOST_SPANS]:
        yield f"look at frames {span.frames.start}:{span.frames.stop}: {span.reason}"
    if len(attentions) > MOST_SPANS:
        yield f"look at {len(attentions) - MOST_SPANS} more spans, see --json"

"""What the user reads about finished exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.cli.synthesize import untouched_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.services.delivery.requests import ClipMovieReport, PackageReport
    from latentsync_studio.services.interchange.requests import Written
    from latentsync_studio.services.timeline.movie import MovieReport

_MIB = 1024**2


def movie_lines(report: MovieReport) -> Iterator[str]:
    """A movie of a sequence."""
    rate = f"{report.rate:.3f}".rstrip("0").rstrip(".")
    yield (
        f"{report.output}: {report.frames} frames, {report.width} x {report.height} px,"
        f" {rate} frames/s"
    )
    yield (
        f"{report.seconds:.1f} s ({report.frames_per_second:.1f} frames/s), at most"
        f" {report.peak_rss_mib:.0f} MiB"
    )
    yield (
        f"redrawn: {report.patched_frames} of {report.frames} frames; windows:"
        f" {report.windows_total}, drawn now: {report.engine_calls}"
    )
    yield from untouched_lines(report.passed_through)
    yield from report.notes


def clip_lines(report: ClipMovieReport) -> Iterator[str]:
    """A clip or a layer with handles."""
    yield _clip_line(report)
    yield from untouched_lines(report.passed_through)
    yield from report.notes


def package_lines(report: PackageReport) -> Iterator[str]:
    """A package."""
    size = sum(file.bytes for file in report.files)
    yield (
        f"{report.output}: {len(report.files)} files, {size / _MIB:.1f} MiB, {report.frames}"
        f" frames in {report.seconds:.1f} s"
    )
    for clip in report.clips:
        yield _clip_line(clip)
    for each in report.losses:
        for loss in each.losses:
            yield f"lost: {each.file}: {loss}"
    yield from report.notes


def timeline_lines(written: Written, *, has_speech: bool) -> Iterator[str]:
    """Timeline files, what they do not hold, and how redrawn mouths are handed over."""
    yield from written.paths
    for loss in written.losses:
        yield f"lost: {loss}"
    if has_speech:
        yield "The clips show the original media; --package hands over the redrawn mouths too."


def _clip_line(report: ClipMovieReport) -> str:
    return (
        f"{report.output}: {report.codec}, {report.frames} frames with handles of"
        f" {report.before} + {report.after}, from {report.timecode}"
    )

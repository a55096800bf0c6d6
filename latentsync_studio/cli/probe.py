"""`latentsync-studio probe FILE`: what is known of a media file."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.media.facts import AudioFacts, MediaFacts, VideoFacts


def add_probe(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def probe(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="Video or audio file.")],
        as_json: JsonFlag = False,
    ) -> None:
        """Show what is known of a media file."""
        from latentsync_studio.media.probe import probe as read_facts

        facts = read_facts(file)
        if as_json:
            print_json(facts)
        else:
            print_lines(table(list(_rows(facts))))
            print_lines(facts.notes)


def _rows(facts: MediaFacts) -> Iterator[tuple[str, str]]:
    yield "file", facts.path
    yield "size", f"{facts.size_bytes / 2**20:.1f} MiB"
    yield "container", facts.container
    yield "duration", f"{facts.duration_s:.3f} s"
    if facts.video is not None:
        yield from _video_rows(facts.video)
    if facts.audio is not None:
        yield from _audio_rows(facts.audio, facts.audio_streams)


def _video_rows(video: VideoFacts) -> Iterator[tuple[str, str]]:
    rate = f"{float(video.rate):.3f}".rstrip("0").rstrip(".")
    turned = f", turned by {video.rotation} degrees" if video.rotation else ""
    colors = video.format.matrix, "full" if video.format.full_range else "limited"
    yield "video", f"{video.codec} {video.profile}".strip()
    yield "picture", f"{video.width} x {video.height} px{turned}"
    yield "frames", f"{video.frames} at {rate}{' (variable)' if video.variable_rate else ''}"
    yield "pixels", f"{video.pixel_format}, {colors[0]}, {colors[1]} range"
    if video.hdr:
        yield "hdr", video.hdr
    if video.timecode:
        yield "timecode", video.timecode


def _audio_rows(audio: AudioFacts, streams: int) -> Iterator[tuple[str, str]]:
    yield "audio", f"{audio.codec}, {audio.rate_hz} Hz, {audio.layout or audio.channels}"
    if streams > 1:
        yield "audio streams", f"{streams}; stream {audio.stream} is used"
    if audio.offset_s:
        yield "audio starts", f"{audio.offset_s:+.3f} s from the first frame"

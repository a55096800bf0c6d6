"""Encoded segments and sound to one movie file, by copying packets.

The file grows as fragments, each flushed as it ends, so that what a killed process leaves behind
plays; a clean end turns it into an ordinary movie and gives it its name. Packets come lazily: no
more than one segment is held.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import pairwise
from math import lcm
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
from av.error import FFmpegError

from latentsync_studio.core.delivery.codecs import CODECS
from latentsync_studio.core.errors import Cancelled, InputError, InternalError, StorageError
from latentsync_studio.core.read_ahead import ReadAhead
from latentsync_studio.media.mux_stream import WrittenStream, describe
from latentsync_studio.media.part_file import PartFile, check_name, leftovers
from latentsync_studio.media.soundtrack import AudioPlan, MixPlan, Soundtrack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    from latentsync_studio.media.encode import EncodedPacket, EncodedSegment
    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.media.target import VideoTarget

__all__ = ["AudioPlan", "write_movie"]

_FORMATS: Final = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
# delay_moov: without it FFmpeg writes no edit list, and everything starts late by the B-frames.
_MOV_FLAGS: Final = "+frag_keyframe+hybrid_fragmented+delay_moov"
_FRAGMENT_US: Final = 1_000_000  # where every frame is a keyframe, not each is a fragment
_INTERLEAVE_US: Final = 1  # packets come in order already; FFmpeg need not wait for more
_MOST_TIMESCALE: Final = 10_000_000  # 100 ns, the finest that is common


@dataclass(slots=True)
class TimedPacket:
    """A coded picture with its decoding time and how long it is shown."""

    packet: EncodedPacket
    dts: int
    duration: int


def write_movie(
    path: Path,
    target: VideoTarget,
    segments: Iterable[EncodedSegment],
    audio: AudioPlan | MixPlan | None,
    facts: MediaFacts,
    *,
    end_pts: int | None = None,
) -> tuple[str, ...]:
    """Join segments and sound to the movie `path` (.mp4, .mov, .mkv or .webm).

    Args:
        path: final name; an older file is replaced when all is written.
        target: what the segments were encoded with.
        segments: in order, their times increasing from 0; taken one at a time.
        audio: sound from the first picture on, or None.
        facts: of the source; title, languages, timecode, reel and chapters (in units of the
            target's time base) are copied from it.
        end_pts: when the last picture ends; by default it lasts as long as the one before.

    Returns:
        Sentences on what the container cannot hold.

    Raises:
        InputError: `path` is one of the inputs, too long or has another ending.
        InvalidSettingError: the audio codec does not fit.
        DiskFullError, StorageError: it cannot be written; the message names the part file.
        Cancelled and others: raised by `segments`; only then the part file is removed if cancelled.
    """
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise InputError(
            f"{path.name!r} does not end in one of {', '.join(_FORMATS)}.",
            remedy=f"Write to {path.stem or 'result'}.mp4, for instance.",
        )
    check_name(path)
    sound = [audio.source] if isinstance(audio, AudioPlan) else []
    _refuse_inputs(path, [Path(facts.path), *sound])
    soundtrack = None if audio is None else Soundtrack(audio, suffix)
    with PartFile(path) as file:
        try:
            written = _Written(target, soundtrack, facts, end_pts)
            notes = _write(file, segments, written)
            file.commit()
        except Cancelled:
            file.close()
            file.part.unlink(missing_ok=True)
            raise
        except Exception as error:
            file.close()
            error.add_note(f"What was finished lies in {str(file.part)!r}.")
            raise
    return notes if soundtrack is None else (*notes, *soundtrack.notes)


@dataclass(frozen=True, slots=True)
class _Written:
    """What a movie consists of beside its segments."""

    target: VideoTarget
    soundtrack: Soundtrack | None
    facts: MediaFacts
    end_pts: int | None


def _write(file: PartFile, segments: Iterable[EncodedSegment], what: _Written) -> tuple[str, ...]:
    suffix, target = file.path.suffix.lower(), what.target
    container = av.open(
        file, "w", format=_FORMATS[suffix], container_options=_options(suffix, what)
    )
    with ExitStack() as held:
        try:
            video = WrittenStream(container, target, suffix, held)
            notes = describe(container, video.stream, target, what.facts, suffix)
            _set_chapters(container, what)
            track = what.soundtrack
            sound = iter(()) if track is None else track.packets(container)
            container.start_encoding()
            checked = _same_parameters(segments, video.parameters)
            pictures = _video_packets(checked, video.stream, target, what.end_pts)
            ahead = 1 if track is None else track.ahead
            with ReadAhead(sound, ahead) as sounds:  # encoded while the pictures are made
                for packet in _interleaved(pictures, sounds):
                    container.mux_one(packet)
            container.close()
        except BaseException as error:
            # A closed file keeps FFmpeg from writing an end over a movie that is not complete.
            file.close()
            with suppress(FFmpegError, OSError):
                container.close()
            if file.failure is not None:
                raise file.failure from error
            if isinstance(error, FFmpegError):
                raise StorageError(
                    f"{str(file.path)!r} cannot be written: {error}",
                    remedy="Choose another container.",
                ) from error
            raise
    return notes


def _options(suffix: str, what: _Written) -> dict[str, str]:
    options = {"fflags": "+bitexact", "flush_packets": "1"}
    options["max_interleave_delta"] = str(_INTERLEAVE_US)
    if suffix in {".mp4", ".mov"}:
        options["movflags"] = _MOV_FLAGS
        options["movie_timescale"] = str(_movie_timescale(what.target, what.soundtrack))
        if CODECS[what.target.codec].is_intra:
            options["min_frag_duration"] = str(_FRAGMENT_US)
    return options


def _set_chapters(container: OutputContainer, what: _Written) -> None:
    container.set_chapters(
        [
            {
                "id": number,
                "start": chapter.start,
                "end": chapter.stop,
                "time_base": what.target.time_base,
                "metadata": {"title": chapter.title},
            }
            for number, chapter in enumerate(what.facts.chapters, 1)
        ]
    )


def _movie_timescale(target: VideoTarget, soundtrack: Soundtrack | None) -> int:
    """Units a second in which MP4 says where a stream ends; FFmpeg's 1000 would cut off sound."""
    video = target.time_base.denominator
    both = video if soundtrack is None else lcm(video, soundtrack.rate_hz)
    fitting = [scale for scale in (both, video) if scale <= _MOST_TIMESCALE]
    return max(fitting[0] if fitting else 0, 1000)


def _same_parameters(
    segments: Iterable[EncodedSegment], extradata: bytes
) -> Iterator[EncodedSegment]:
    """Pass segments on that may be joined under one header."""
    for segment in segments:
        if segment.extradata != extradata:
            raise InternalError(
                "A stored segment was encoded with other parameters than the movie.",
                remedy="Run the same command again with --fresh.",
            )
        yield segment


def _video_packets(
    segments: Iterable[EncodedSegment],
    stream: Stream,
    target: VideoTarget,
    end_pts: int | None,
) -> Iterator[Packet[Stream]]:
    step = max(round(1 / (target.rate * target.time_base)), 1)
    for timed in timed_packets(segments, step, end_pts, target.reorder):
        packet: Packet[Stream] = av.Packet(timed.packet.data)
        packet.pts, packet.dts = timed.packet.pts, timed.dts
        packet.duration, packet.time_base = timed.duration, target.time_base
        packet.is_keyframe = timed.packet.is_key
        packet.stream = stream
        yield packet


def timed_packets(
    segments: Iterable[EncodedSegment], step: int, end_pts: int | None = None, reorder: int = 2
) -> Iterator[TimedPacket]:
    """Give packets decoding times that increase strictly over all segments, and durations.

    The i-th packet in decoding order is decoded when the (i - reorder)-th picture is shown, so
    no picture is decoded after it is shown, whatever the frame rate does.

    Args:
        segments: in order; their times must increase from one to the next.
        step: usual units between two pictures; used before the first one, and for a single one.
        end_pts: end of the last picture.
        reorder: frames by which the encoder's decoding runs ahead of showing.

    Raises:
        InternalError: the times of a segment do not follow those before, or it reorders more.
    """
    shown: list[int] = []  # times of the last segment that was passed on, and some before it
    before = max(reorder, 1)
    held: list[TimedPacket] = []  # the end of a segment waits to learn how long its last frame is
    for segment in segments:
        times = sorted(packet.pts for packet in segment.packets)
        if not shown:
            shown = [times[0] - step * back for back in range(before, 0, -1)]
        elif times[0] <= shown[-1]:
            raise InternalError(f"A segment begins at {times[0]}, the one before at {shown[-1]}.")
        yield from _lasting(held, times[0])
        line = shown[-before:] + times
        until = dict(pairwise(times))
        held = []
        for packet, dts in zip(segment.packets, line[before - reorder :], strict=False):
            if dts > packet.pts:
                raise InternalError(f"The encoder reorders more than {reorder} frames.")
            duration = until.get(packet.pts, packet.pts) - packet.pts
            timed = TimedPacket(packet, dts, duration)
            if held or packet.pts == times[-1]:
                held.append(timed)
            else:
                yield timed
        shown = line
    if shown:
        usual = shown[-1] - shown[-2]
        end = shown[-1] + usual if end_pts is None else end_pts
        # MP4 stores durations in decoding order, so the last one decides how long the movie is.
        held[-1].duration = max(end - shown[-1], 1)
        yield from _lasting(held, end)


def _lasting(held: list[TimedPacket], end: int) -> Iterator[TimedPacket]:
    """The end of a segment; its last picture, still without a duration, lasts to `end`."""
    for timed in held:
        timed.duration = timed.duration or max(end - timed.packet.pts, 1)
        yield timed


def _interleaved(
    video: Iterator[Packet[Stream]], sound: Iterator[Packet[Stream]]
) -> Iterator[Packet[Stream]]:
    """Both streams by decoding time."""
    waiting = next(sound, None)
    for packet in video:
        while waiting is not None and _seconds(waiting) <= _seconds(packet):
            yield waiting
            waiting = next(sound, None)
        yield packet
    if waiting is not None:
        yield waiting
        yield from sound


def _seconds(packet: Packet[Stream]) -> Fraction:
    return (packet.dts or 0) * packet.time_base


def _refuse_inputs(path: Path, inputs: Iterable[Path]) -> None:
    for given in inputs:
        for name in (path, *leftovers(path)):
            if name.exists() and given.exists() and name.samefile(given):
                raise InputError(
                    f"The output {str(path)!r} would overwrite the input {str(given)!r}.",
                    remedy="Choose another name for the output.",
                )

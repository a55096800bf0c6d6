"""Sound as samples: exact positions, gaps as silence, damaged packets skipped."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Final, Self, cast

import av  # noqa: F401 - whole before its parts, see media/__init__.py
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.errors import InputError
from latentsync_studio.media.channels import known_layout
from latentsync_studio.media.damage_notes import sound_notes
from latentsync_studio.media.opening import open_media
from latentsync_studio.media.probe import probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt
    from av.audio.stream import AudioStream

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.media.facts import AudioFacts

    Block = npt.NDArray[np.generic]  # (channels, samples), as decoded

BLOCK: Final = 4096  # samples; fixed, so that results do not depend on how a file is packetised
_JITTER_S: Final = Fraction(5, 1000)  # packet times are rounded, to 1 ms in some containers
_LONGEST_GAP_S: Final = 600
_PREROLL_S: Final = Fraction(1, 4)  # codecs need some packets before they sound as they should
_MOST_PADDING: Final = 4096  # samples that a lossy codec may add to fill its last packet


def audio_facts(path: Path) -> AudioFacts:
    """What is known of the sound of a file.

    Raises:
        InputError: the file is no readable local media file, or has no sound.
    """
    facts = probe(path).audio
    if facts is None:
        raise InputError(
            f"{str(path)!r} has no sound.", remedy="Choose a file with an audio stream."
        )
    return facts


class AudioReader:
    """All samples of the default audio stream of a file, at its own rate and channels.

    Sample 0 is where the file begins to play: the first sample, or the first frame of the picture
    when that comes earlier (then silence comes first). Holes in the stream, also those that
    damaged packets leave, are silence, so that what follows keeps its place.

    Attributes:
        facts: rate, channels, codec and so on.
        damaged_packets: how many were skipped up to now.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            InputError: the file is no readable local media file, or has no sound.
        """
        self.facts: AudioFacts = audio_facts(path)
        self.damaged_packets = 0
        self._missing = 0
        self._path = path
        self._container = open_media(path)
        self._stream = cast("AudioStream", self._container.streams[self.facts.stream])
        self._lead = round(max(self.facts.offset_s, 0.0) * self.facts.rate_hz)
        self._zero: Fraction | None = None  # time of sample 0, once a jump asked for it

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    @property
    def container_name(self) -> str:
        """FFmpeg's names of the container."""
        return self._container.format.name

    def damage_notes(self) -> tuple[str, ...]:
        """Sentences on what could not be decoded up to now; none when nothing is damaged."""
        return sound_notes(self._path.name, self.damaged_packets, self.missing_s)

    @property
    def missing_s(self) -> float:
        """Seconds that the stream left out on the way up to now, and that are silence instead."""
        return self._missing / self.facts.rate_hz

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[Block]:
        """Samples start..stop-1 as (channels, n) blocks; n is `BLOCK` but for the last one.

        Can be walked through once. Ends earlier where the sound ends earlier.

        Raises:
            InputError: nothing can be decoded, or rate or channels change on the way.
        """
        return _regular(_cut(_without_padding(self._placed(), self._announced()), start, stop))

    def blocks_near(self, start: int, stop: int | None = None) -> Iterator[Block]:
        """As `blocks`, but without decoding all that comes before: it jumps there by time.

        As exact as the times of the packets: to the sample in MP4, MOV, WAV and FLAC, within 1 ms
        in Matroska; elsewhere it may be off by a packet. May be called again on the same reader.
        """
        first = max(start - round(_PREROLL_S * self.facts.rate_hz), 0)
        placed = self._placed_from(first)
        head = next(placed, None)
        if head is None or head[0] > start:  # nothing, or the jump went too far
            self._container.seek(0, backward=True, any_frame=False, stream=self._stream)
            self._stream.codec_context.flush_buffers()
            yield from self.blocks(start, stop)
            return
        announced = self._announced()
        rest = (block for _, block in chain((head,), placed))
        yield from _regular(
            _cut(
                _without_padding(rest, None if announced is None else announced - head[0]),
                start - head[0],
                None if stop is None else stop - head[0],
            )
        )

    def _placed_from(self, first: int) -> Iterator[tuple[int, Block]]:
        """Position and samples from a packet at or before sample `first` on."""
        rate = self.facts.rate_hz
        if self._zero is None:
            begun = next(self._decoded(), None)
            if begun is None or (time := _time(begun)) is None:
                return
            self._zero = time - Fraction(self._lead, rate)
        zero = self._zero
        if self._stream.time_base is None:
            return
        wanted = int((zero + Fraction(first, rate)) / self._stream.time_base)
        try:
            self._container.seek(wanted, backward=True, any_frame=False, stream=self._stream)
        except FFmpegError:
            return
        self._stream.codec_context.flush_buffers()
        position: int | None = None
        for frame in self._decoded():
            block, time = _samples(frame), _time(frame)
            due = position if time is None else round((time - zero) * rate)
            if due is None:
                return
            if position is None:
                position = due
            if due - position > _JITTER_S * rate:
                for silent in self._silence(block, position, due):
                    yield position, silent
                    position += silent.shape[1]
            yield position, block
            position += block.shape[1]

    def _placed(self) -> Iterator[Block]:
        """Decoded samples, with silence where the stream has none."""
        rate, position = self.facts.rate_hz, 0
        zero: Fraction | None = None
        for frame in self._decoded():
            block = _samples(frame)
            time = _time(frame)
            if zero is None:
                zero = (time or Fraction(0)) - Fraction(self._lead, rate)
            due = position if time is None else round((time - zero) * rate)
            if due - position > (_JITTER_S * rate if position else 0):
                self._missing += due - position if position else 0
                yield from self._silence(block, position, due)
                position = due
            position += block.shape[1]
            yield block
        if zero is None:
            raise InputError(
                f"No sound could be decoded in {str(self._path)!r} "
                f"({self.damaged_packets} damaged packets).",
                remedy="Choose another file, or convert it to WAV.",
            )

    def _decoded(self) -> Iterator[AudioFrame]:
        """Frames of one rate and layout; what cannot be decoded is counted and skipped."""
        source = self._container.demux(self._stream)
        while True:
            try:
                packet = next(source, None)
            except FFmpegError:  # the file is cut off here
                self.damaged_packets += 1
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except FFmpegError:
                self.damaged_packets += 1
                continue
            for frame in frames:
                self._require_same(frame)
                yield frame

    def _require_same(self, frame: AudioFrame) -> None:
        facts = self.facts
        if (frame.sample_rate, frame.layout.nb_channels) != (facts.rate_hz, facts.channels):
            raise InputError(
                f"The sound of {str(self._path)!r} begins with {facts.rate_hz} Hz, "
                f"{facts.channels} channels and goes on with {frame.sample_rate} Hz, "
                f"{frame.layout.nb_channels} channels.",
                remedy="Convert it to one rate and one number of channels, to WAV for instance.",
            )

    def _silence(self, like: Block, position: int, due: int) -> Iterator[Block]:
        rate = self.facts.rate_hz
        if due - position > _LONGEST_GAP_S * rate:
            raise InputError(
                f"The sound of {str(self._path)!r} has a hole of {(due - position) // rate} s "
                f"at {position / rate:.1f} s.",
                remedy="Its times are probably damaged; convert it to WAV.",
            )
        level = 128 if like.dtype == np.uint8 else 0
        for at in range(position, due, BLOCK):
            yield np.full((like.shape[0], min(BLOCK, due - at)), level, like.dtype)

    def _announced(self) -> int | None:
        """Samples that the file means to have, where the container counts them exactly."""
        stream = self._stream
        if "mov" not in self._container.format.name or not stream.duration or not stream.time_base:
            return None
        return self._lead + round(stream.duration * stream.time_base * self.facts.rate_hz)


def read_mono(path: Path, rate_hz: int = 16_000) -> F32:
    """Read the whole sound of a file as one channel (see `mono_blocks`).

    Returns:
        (S,) f32, read-only.

    Raises:
        InputError: the file is no readable local media file, or has no sound.
    """
    with AudioReader(path) as reader:
        pieces = list(mono_blocks(reader, rate_hz))
    return cast("F32", frozen(np.concatenate([*pieces, np.zeros(0, np.float32)])))


def mono_blocks(reader: AudioReader, rate_hz: int = 16_000) -> Iterator[F32]:
    """The sound of a file as one channel, in blocks of some 0.1 s of the source.

    Channels are mixed so that none can overdrive the sum (stereo: the mean). The resampler is
    libswresample's polyphase filter (32 taps a phase), so a sample depends only on samples within a
    few milliseconds of the source: editing one second leaves the rest bit-identical.

    Yields:
        (n,) f32; S in all, S = source samples * rate_hz / source rate, rounded.

    Raises:
        InputError: nothing can be decoded, or rate or channels change on the way.
    """
    own, layout = reader.facts.rate_hz, known_layout(reader.facts)
    mixer = AudioResampler(
        format="fltp",
        layout="mono",
        rate=rate_hz,
        options={"rematrix_maxval": "1.0", "internal_sample_fmt": "fltp"},
    )
    count = given = 0
    for block in reader.blocks():
        mixed = block if layout else _mean(block)
        frame = audio_frame(mixed, layout or "mono", own, count)
        count += block.shape[1]
        for out in mixer.resample(frame):
            samples = _floats(out)
            given += len(samples)
            yield samples
    wanted = (2 * count * rate_hz + own) // (2 * own)
    rest: list[AudioFrame | None] = [*mixer.resample(None)]  # [None] where it had no work
    for samples in [_floats(out) for out in rest if out is not None]:
        yield samples[: max(wanted - given, 0)]
        given += len(samples)
    if given < wanted:  # of less than a millisecond the resampler makes nothing
        yield np.zeros(wanted - given, np.float32)


def audio_frame(block: Block, layout: str, rate_hz: int, position: int) -> AudioFrame:
    """An FFmpeg frame of (channels, n) samples that begins at sample `position`."""
    name = {"u1": "u8p", "i2": "s16p", "i4": "s32p", "f4": "fltp", "f8": "dblp"}
    frame = AudioFrame.from_ndarray(
        cast("npt.NDArray[np.float32]", np.ascontiguousarray(block)),
        format=name[block.dtype.str[1:]],
        layout=layout,
    )
    frame.sample_rate = rate_hz
    frame.pts, frame.time_base = position, Fraction(1, rate_hz)
    return frame


def _time(frame: AudioFrame) -> Fraction | None:
    """Seconds of the first sample, in the stream's own time."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base


def _samples(frame: AudioFrame) -> Block:
    """(channels, n) samples of a frame, packed or planar."""
    array: Block = frame.to_ndarray()
    if frame.format.is_planar:
        return array
    return array.reshape(-1, frame.layout.nb_channels).T


def _mean(block: Block) -> Block:
    """One channel, as f32 of full scale 1."""
    scale = {"u": 128.0, "i": float(2 ** (8 * block.dtype.itemsize - 1))}.get(block.dtype.kind, 1.0)
    middle = 128.0 if block.dtype.kind == "u" else 0.0
    mean = block.astype(np.float64).mean(axis=0, keepdims=True)
    return np.asarray((mean - middle) / scale, np.float32)


def _floats(frame: AudioFrame) -> F32:
    return frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)


def _without_padding(blocks: Iterable[Block], announced: int | None) -> Iterator[Block]:
    """Drop what a codec added to fill its last packet, never more."""
    position = 0
    held: list[Block] = []
    for block in blocks:
        keep = block.shape[1] if announced is None else max(announced - position, 0)
        position += block.shape[1]
        if keep:
            yield block[:, :keep]
        if keep < block.shape[1]:
            held.append(block[:, keep:])
        if sum(b.shape[1] for b in held) >= _MOST_PADDING:  # the announcement was wrong
            yield from held
            announced, held = None, []


def _cut(blocks: Iterable[Block], start: int, stop: int | None) -> Iterator[Block]:
    """Samples start..stop-1 of consecutive blocks."""
    position = 0
    for block in blocks:
        first = max(start - position, 0)
        last = block.shape[1] if stop is None else min(stop - position, block.shape[1])
        position += block.shape[1]
        if first < last:
            yield block[:, first:last]
        if stop is not None and position >= stop:
            return


def _regular(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same samples in blocks of `BLOCK`."""
    held: list[Block] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += block.shape[1]
        if count < BLOCK:
            continue
        joined = np.concatenate(held, axis=1)
        whole = count - count % BLOCK
        yield from (joined[:, at : at + BLOCK] for at in range(0, whole, BLOCK))
        held, count = [joined[:, whole:]], count - whole
    if count:
        yield np.concatenate(held, axis=1)

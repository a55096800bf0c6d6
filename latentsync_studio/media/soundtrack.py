"""The delivered sound: the user's own audio, copied where that is possible, else encoded once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path  # noqa: TC003 - msgspec reads it at run time
from typing import TYPE_CHECKING, Final, Literal

import av  # noqa: F401 - whole before its parts, see media/__init__.py
import msgspec
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError

from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.media.audio import BLOCK, AudioReader, audio_facts, audio_frame
from latentsync_studio.media.channels import known_layout
from latentsync_studio.media.languages import stored_language
from latentsync_studio.media.opening import open_media

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    from latentsync_studio.media.audio import Block
    from latentsync_studio.media.facts import AudioFacts

AudioCodec = Literal["auto", "copy", "aac", "alac", "flac", "opus", "pcm", "pcm24"]
Method = Literal["copy", "aac", "alac", "flac", "opus", "pcm", "pcm24"]

_PCM: Final = ("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le")
_COPIED: Final = {
    ".mp4": {"aac", "mp3", "alac", "ac3", "eac3", "opus", "flac"},
    ".mov": {"aac", "mp3", "alac", "ac3", "eac3", *_PCM},
    ".mkv": {"aac", "mp3", "alac", "ac3", "eac3", "opus", "flac", "vorbis", *_PCM},
    ".webm": {"opus", "vorbis"},
    ".wav": set(_PCM),
}
_ENCODED: Final = {
    ".mp4": {"aac", "alac", "flac", "opus"},
    ".mov": {"aac", "alac", "pcm", "pcm24"},
    ".mkv": {"aac", "alac", "flac", "opus", "pcm", "pcm24"},
    ".webm": {"opus"},
    ".wav": {"pcm", "pcm24"},
}
_USUAL: Final[dict[str, Method]] = {".webm": "opus", ".wav": "pcm"}  # AAC in all others
_LOSSLESS: Final = frozenset({"pcm", "pcm24"})
_SLOW: Final = frozenset({"aac", "opus"})
_SLOW_AHEAD: Final = 480  # some 10 s, as long as two segments of pictures
_QUICK_AHEAD: Final = 16
_MOST_CHANNELS: Final = 8
_AAC_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200)
_AAC_RATE_MOST: Final = 96000
_OPUS_RATE: Final = 48_000  # the one at which it decodes, whatever was given
_AAC_BITS_A_SAMPLE: Final = 6  # ISO/IEC 14496-3: 6144 bits a channel and 1024 samples


class AudioPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Which sound goes into a movie.

    Attributes:
        source: file whose default audio stream it is.
        start: first sample, at the source's own rate; it is heard with the first picture.
        stop: sample after the last; None for all.
        codec: "auto" copies the packets where the container takes them and nothing is cut off,
            keeps PCM in .mov, .mkv and .wav, and else encodes AAC, in .webm Opus.
        pad: fill up with silence to `stop` where the source ends earlier.
    """

    source: Path
    start: int = 0
    stop: int | None = None
    codec: AudioCodec = "auto"
    pad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPlan:
    """Sound that is made on the way, block by block, and goes into a movie from its first sample.

    Attributes:
        facts: rate, channels, layout, sample format and codec (a PCM) of the blocks.
        blocks: makes the (channels, n) blocks, anew each time.
        codec: as of AudioPlan; there is nothing to copy.
    """

    facts: AudioFacts
    blocks: Callable[[], Iterator[Block]]
    codec: AudioCodec = "auto"


class Soundtrack:
    """One planned audio stream of a movie that is being written.

    Attributes:
        facts: of the source.
        method: how the sound gets into the movie.
        rate_hz: samples per second in the movie.
        notes: sentences on what is stored in another way than in the source.
    """

    def __init__(self, plan: AudioPlan | MixPlan, suffix: str) -> None:
        """Decide how the sound of `plan` gets into a movie whose name ends in `suffix`.

        Raises:
            InputError: the source cannot be read, or has no sound.
            InvalidSettingError: the codec does not fit the container or the source.
        """
        self._plan, self._suffix = plan, suffix
        self.facts: AudioFacts = facts_of(plan)
        self.method: Method = _method(plan, self.facts, suffix)
        self.notes: tuple[str, ...] = ()
        rate = self.facts.rate_hz
        self.rate_hz = _stored_rate(self.method, rate)
        if self.rate_hz != rate:
            what = "Opus" if self.method == "opus" else "AAC"
            note = f"The sound of {rate} Hz is stored at {self.rate_hz} Hz, as {what} has it."
            self.notes = (note,)

    @property
    def ahead(self) -> int:
        """Packets to make before they are wanted: many small ones where making takes long."""
        return _SLOW_AHEAD if self.method in _SLOW else _QUICK_AHEAD

    def packets(self, container: OutputContainer) -> Iterator[Packet[Stream]]:
        """Add the stream at once and return its packets, in order, made as they are asked for."""
        if self.method == "copy" and isinstance(self._plan, AudioPlan):
            return self._copied(container, self._plan)
        return self._encoded(self._encoder(container))

    def _copied(self, container: OutputContainer, plan: AudioPlan) -> Iterator[Packet[Stream]]:
        source = open_media(plan.source)
        origin = source.streams[self.facts.stream]
        stream = container.add_stream_from_template(origin)
        self._tag(stream)

        def packets() -> Iterator[Packet[Stream]]:
            begin = origin.start_time or 0  # of the first sample that is heard
            with source:
                for packet in _to_the_end(source, origin):
                    if packet.pts is None or packet.dts is None or not packet.size:
                        continue
                    packet.pts, packet.dts = packet.pts - begin, packet.dts - begin
                    packet.stream = stream
                    yield packet

        return packets()

    def _encoder(self, container: OutputContainer) -> AudioStream:
        facts = self.facts
        name = _encoder_name(self.method, facts)
        stream: AudioStream = container.add_stream(name, rate=self.rate_hz)  # type: ignore[assignment]
        context = stream.codec_context
        context.layout = known_layout(facts)
        context.flags |= int(Flags.bitexact)
        if self.method == "aac":
            context.bit_rate = _aac_bit_rate(self.rate_hz, facts.channels)
        elif self.method == "opus":
            context.bit_rate = _opus_bit_rate(facts.channels)
        elif self.method in {"flac", "alac"}:
            small = facts.sample_format.removesuffix("p") in {"u8", "s16"}
            planar = "p" if self.method == "alac" else ""
            context.format = f"{'s16' if small else 's32'}{planar}"
        self._tag(stream)
        try:
            context.open()
        except FFmpegError as error:
            raise InvalidSettingError(
                f"{name} cannot store sound of {self.rate_hz} Hz in the layout "
                f"{known_layout(facts)!r}: {error.strerror}.",
                remedy="Choose another audio codec, such as pcm in a .mov.",
            ) from error
        return stream

    def _encoded(self, stream: AudioStream) -> Iterator[Packet[Stream]]:
        layout, position = known_layout(self.facts), 0
        for block in self._blocks():
            frame = audio_frame(block, layout, self.facts.rate_hz, position)
            position += block.shape[1]
            yield from stream.encode(frame)
        yield from stream.encode(None)

    def _blocks(self) -> Iterator[Block]:
        """The planned samples, with the silence that is asked for."""
        if isinstance(self._plan, MixPlan):
            yield from self._plan.blocks()
            return
        plan, count = self._plan, 0
        like: Block = np.zeros((self.facts.channels, 0), np.float32)
        with AudioReader(plan.source) as reader:
            for block in reader.blocks(plan.start, plan.stop):
                like, count = block, count + block.shape[1]
                yield block
        while plan.pad and plan.stop is not None and count < plan.stop - plan.start:
            size = min(BLOCK, plan.stop - plan.start - count)
            level = 128 if like.dtype == np.uint8 else 0
            count += size
            yield np.full((like.shape[0], size), level, like.dtype)

    def _tag(self, stream: Stream) -> None:
        if self.facts.language:
            stream.metadata["language"] = stored_language(self.facts.language, self._suffix)


def facts_of(plan: AudioPlan | MixPlan) -> AudioFacts:
    """What is known of the planned sound; raise InputError where there is none."""
    if isinstance(plan, MixPlan):
        return plan.facts
    return audio_facts(plan.source)


def _method(plan: AudioPlan | MixPlan, facts: AudioFacts, suffix: str) -> Method:
    chosen: Method = _USUAL.get(suffix, "aac")
    if plan.codec == "copy":
        _require_copyable(plan, facts, suffix)
        return "copy"
    if plan.codec != "auto":
        chosen = plan.codec
    elif facts.codec in _COPIED[suffix] and _is_whole(plan, facts):
        return "copy"
    elif facts.codec in _PCM and "pcm" in _ENCODED[suffix]:
        chosen = "pcm"
    if chosen not in _ENCODED[suffix]:
        fitting = ", ".join(sorted(_ENCODED[suffix]))
        raise InvalidSettingError(
            f"{suffix} does not take {chosen} sound.",
            remedy=f"Choose {fitting}, or another ending for the output.",
        )
    if chosen not in _LOSSLESS and (facts.channels > _MOST_CHANNELS or not known_layout(facts)):
        raise InvalidSettingError(
            f"{chosen} stores at most {_MOST_CHANNELS} channels; the sound has {facts.channels}.",
            remedy="Write a .mov with audio codec pcm.",
        )
    return chosen


def _require_copyable(plan: AudioPlan | MixPlan, facts: AudioFacts, suffix: str) -> None:
    why = ""
    if isinstance(plan, MixPlan):
        why = "it is mixed from several clips"
    elif facts.codec not in _COPIED[suffix]:
        why = f"{suffix} does not take {facts.codec}"
    elif not _is_whole(plan, facts):
        why = "only a part of it is wanted, or it does not begin with the picture"
    if why:
        raise InvalidSettingError(
            f"The sound cannot be copied: {why}.", remedy="Set the audio codec to auto."
        )


def _is_whole(plan: AudioPlan | MixPlan, facts: AudioFacts) -> bool:
    """Whether the packets as they are stored are exactly the sound that is wanted."""
    if isinstance(plan, MixPlan) or plan.start or facts.offset_s > 0:
        return False
    stored = _stored_samples(plan.source, facts)
    if stored is None or plan.stop is None:
        return stored is not None
    return plan.stop == stored if plan.pad else plan.stop >= stored


def _stored_samples(source: Path, facts: AudioFacts) -> int | None:
    """Samples by the times of the packets, without decoding them.

    None for AAC without a header (ADTS): nothing tells how many samples the encoder put before it.
    """
    with open_media(source) as container:
        stream = container.streams[facts.stream]
        if facts.codec == "aac" and not stream.codec_context.extradata:
            return None
        begin, end = stream.start_time or 0, 0
        for packet in _to_the_end(container, stream):
            if packet.pts is not None:
                end = max(end, packet.pts + (packet.duration or 0) - begin)
        return round(end * (stream.time_base or Fraction(0)) * facts.rate_hz)


def _to_the_end(container: InputContainer, stream: Stream) -> Iterator[Packet[Stream]]:
    """Packets of a stream up to its end, or to where the file is cut off."""
    source = container.demux(stream)
    with suppress(FFmpegError):
        yield from source


def _pcm_of(facts: AudioFacts) -> str:
    """The PCM that holds the decoded samples without loss."""
    if facts.codec in _PCM:
        return facts.codec
    return {
        "u8": "pcm_s16le",
        "s16": "pcm_s16le",
        "s32": "pcm_s32le",
        "dbl": "pcm_f64le",
    }.get(facts.sample_format.removesuffix("p"), "pcm_f32le")


def _encoder_name(method: Method, facts: AudioFacts) -> str:
    names = {"pcm": _pcm_of(facts), "pcm24": "pcm_s24le", "opus": "libopus"}
    return names.get(method, method)


def _stored_rate(method: Method, rate_hz: int) -> int:
    if method == "opus":
        return _OPUS_RATE
    return _aac_rate(rate_hz) if method == "aac" else rate_hz


def _aac_rate(rate_hz: int) -> int:
    """The lowest rate of AAC that keeps everything that is heard."""
    return next((r for r in _AAC_RATES if r >= rate_hz), _AAC_RATE_MOST)


def _aac_bit_rate(rate_hz: int, channels: int) -> int:
    """128 kbit/s for mono, 192 for stereo, 64 a channel beyond; never more than AAC can hold."""
    wanted = {1: 128_000, 2: 192_000}.get(channels, 64_000 * channels)
    return min(wanted, _AAC_BITS_A_SAMPLE * rate_hz * channels)


def _opus_bit_rate(channels: int) -> int:
    """96 kbit/s for mono, 160 for stereo, 64 a channel beyond: transparent for speech and music."""
    return {1: 96_000, 2: 160_000}.get(channels, 64_000 * channels)

"""How many samples a sound has, without decoding it where the file tells exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from latentsync_studio.media.audio import AudioReader
from latentsync_studio.media.index import only, packets
from latentsync_studio.media.opening import open_media

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.stream import Stream

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.media.facts import AudioFacts

# Containers whose header counts the samples of a stream; others only guess from bit rates.
_COUNTED: Final = frozenset({"mov", "wav", "w64", "aiff", "caf", "flac", "au", "rf64"})
_ASKED_EVERY: Final = 4096  # packets


def sound_length(path: Path, facts: AudioFacts, progress: Progress) -> int:
    """Samples a channel, from the first that is heard.

    Counted by the header, else by the times of all packets, else by decoding.

    Raises:
        InputError: nothing can be decoded.
        Cancelled: the user stopped it.
    """
    with open_media(path) as container:
        stream = container.streams[facts.stream]
        base = stream.time_base or Fraction(0)
        counted = _COUNTED & set(container.format.name.split(","))
        ticks = stream.duration if counted and stream.duration else None
        if ticks is None:
            ticks = _spanned(container, stream, progress)
        if ticks and base:
            return round(ticks * base * facts.rate_hz)
    with AudioReader(path) as reader:
        lead = round(max(facts.offset_s, 0.0) * facts.rate_hz)
        total = 0
        for block in reader.blocks():
            total += block.shape[1]
            progress.check()
    return max(total - lead, 0)


def _spanned(container: InputContainer, stream: Stream, progress: Progress) -> int:
    """Ticks from the first packet's time to the end of the last."""
    only(container, stream)
    begin: int | None = None
    end = 0
    for number, packet in enumerate(packets(container, stream)):
        if number % _ASKED_EVERY == 0:
            progress.check()
        if packet.pts is not None:
            begin = packet.pts if begin is None else min(begin, packet.pts)
            end = max(end, packet.pts + (packet.duration or 0))
    return 0 if begin is None else end - max(begin, 0)

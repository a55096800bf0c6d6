"""The speech of a render: samples and mouth shapes, made once and kept in the store.

Speech of any length takes the same memory: samples and shapes are written to the disk as they come.
(With a transcript some 400 kB a second of speech are needed to search for the words.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ, SpeechShapes
from latentsync_studio.engines.speech_shapes.network import CONTEXT_S, shape_blocks, version
from latentsync_studio.media.audio import AudioReader, mono_blocks
from latentsync_studio.media.damage_notes import sound_notes
from latentsync_studio.storage.scratch import Scratch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.storage.store import Store

    Arrays = dict[str, npt.NDArray[Any]]

RATE_HZ = 16_000
SPEECH = "speech"
SPEECH_VERSION = "2"  # raised when the same file gives other samples, or entries another form


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Samples and mouth targets of one file.

    Attributes:
        pcm: (S,) f32 mono at 16 kHz, a memory map.
        shapes: mouth targets at 100 Hz, memory maps.
        notes: sentences on what is damaged in the file.
    """

    pcm: F32
    shapes: SpeechShapes
    notes: tuple[str, ...] = ()


def load_speech(
    audio: Path,
    audio_digest: str,
    transcript: str | None,
    language: str,
    store: Store,
    progress: Progress,
) -> Speech:
    """Read the samples of `audio` and find the mouth shapes; from the store where it has them.

    Args:
        audio: a sound file or a movie with sound.
        audio_digest: of its content.
        transcript: the words that are said; None or "" to hear the shapes alone.
        language: of the transcript.
        store: where both are kept.
        progress: told of stage "speech", in seconds of speech; stops within a fraction of one.

    Raises:
        InputError: no sound can be decoded, or the transcript does not match.
        SpeechExtraMissingError: a transcript needs espeak-ng, which is not installed.
        DiskFullError, StorageError: the store cannot be written.
        Cancelled: the user asked to stop; nothing is kept.
    """
    key = _key(audio_digest, transcript, language)
    kept = store.get_arrays(key)
    made: Arrays = {}
    if kept is None:
        made = _made(audio, transcript, language, store.root, progress)
        store.put_arrays(key, SPEECH, made)
        kept = store.get_arrays(key)
    # an entry may be evicted at once; what was made is still there then
    arrays: Mapping[str, npt.NDArray[Any]] = kept if kept is not None else made
    shapes = SpeechShapes(
        channels=arrays["channels"],
        loudness=arrays["loudness"],
        source="transcript" if transcript else "network",
        context_s=float(arrays["context_s"][0]),
    )
    packets, missing_s = arrays["damage"].tolist()
    seconds = _seconds(len(shapes.loudness))
    progress.report(SPEECH, seconds, seconds)
    return Speech(
        pcm=arrays["pcm"], shapes=shapes, notes=sound_notes(audio.name, int(packets), missing_s)
    )


def stored_samples(audio_digest: str, store: Store) -> F32 | None:
    """The samples of a file that was listened to before without a transcript, else None.

    (S,) f32 mono at 16 kHz, a memory map.
    """
    kept = store.get_arrays(_key(audio_digest, None, ""))
    return None if kept is None else cast("F32", kept["pcm"])


def _key(audio_digest: str, transcript: str | None, language: str) -> str:
    parts = {"audio": audio_digest, "version": SPEECH_VERSION, "network": version()}
    if transcript:
        from latentsync_studio.engines.speech_shapes.transcript import ALIGN_VERSION

        parts |= {"aligner": ALIGN_VERSION, "transcript": transcript, "language": language}
    return cache_key(SPEECH, **parts)


def _made(
    audio: Path, transcript: str | None, language: str, folder: Path, progress: Progress
) -> Arrays:
    pcm, damage = decoded_mono(audio, folder, progress)
    if transcript:
        from latentsync_studio.engines.speech_shapes.transcript import align

        shapes = align(pcm, transcript, language, progress)
    else:
        shapes = _heard(pcm, folder, progress)
    return {
        "pcm": pcm,
        "channels": shapes.channels,
        "loudness": shapes.loudness,
        "context_s": np.array([shapes.context_s]),
        "damage": damage,
    }


def decoded_mono(
    audio: Path, folder: Path, progress: Progress
) -> tuple[F32, npt.NDArray[np.float64]]:
    """All samples at 16 kHz as a memory map; packets that are damaged, seconds that are missing."""
    progress.report(SPEECH, 0, 0)  # how long it will be is not known yet
    with AudioReader(audio) as reader, Scratch(folder, np.float32) as samples:
        for block in mono_blocks(reader, RATE_HZ):
            samples.append(block)
            progress.check()
        damage = np.array([reader.damaged_packets, reader.missing_s])
        return cast("F32", samples.mapped()), damage


def _heard(pcm: F32, folder: Path, progress: Progress) -> SpeechShapes:
    """Shapes by the network, as memory maps."""
    total = _seconds(len(pcm) * SHAPE_RATE_HZ // RATE_HZ + 1)
    with (
        Scratch(folder, np.float32, (len(CHANNELS),)) as channels,
        Scratch(folder, np.float32) as loudness,
    ):
        for some_channels, some_loudness in shape_blocks(pcm):
            channels.append(some_channels)
            loudness.append(some_loudness)
            progress.report(SPEECH, len(loudness) // SHAPE_RATE_HZ, total)
        return SpeechShapes(
            channels=cast("F32", channels.mapped()),
            loudness=cast("F32", loudness.mapped()),
            source="network",
            context_s=CONTEXT_S,
        )


def _seconds(rows: int) -> int:
    return -(-rows // SHAPE_RATE_HZ)

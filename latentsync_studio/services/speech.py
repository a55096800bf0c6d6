"""The speech of a render: samples and mouth shapes, made once and kept in the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.speech.shapes import SpeechShapes
from latentsync_studio.engines.speech_shapes.network import speech_shapes, version
from latentsync_studio.media.audio import read_mono

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.storage.store import Store

RATE_HZ = 16_000
SPEECH = "speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Samples and mouth targets of one file.

    Attributes:
        pcm: (S,) f32 mono at 16 kHz, a memory map.
        shapes: mouth targets at 100 Hz, memory maps.
    """

    pcm: F32
    shapes: SpeechShapes


def load_speech(
    audio: Path, audio_digest: str, transcript: str | None, language: str, store: Store
) -> Speech:
    """Read the samples of `audio` and find the mouth shapes; from the store where it has them."""
    key = cache_key(
        SPEECH,
        audio=audio_digest,
        network=version(),
        transcript=transcript,
        language=language if transcript else "",
    )
    kept = store.get_arrays(key)
    made: dict[str, npt.NDArray[Any]] = {}
    if kept is None:
        made = _made(audio, transcript, language)
        store.put_arrays(key, SPEECH, made)
        kept = store.get_arrays(key)
    arrays: Mapping[str, npt.NDArray[Any]] = kept if kept is not None else made
    shapes = SpeechShapes(
        channels=arrays["channels"],
        loudness=arrays["loudness"],
        source="transcript" if transcript else "network",
        context_s=float(arrays["context_s"][0]),
    )
    return Speech(pcm=arrays["pcm"], shapes=shapes)


def _made(audio: Path, transcript: str | None, language: str) -> dict[str, npt.NDArray[Any]]:
    pcm = read_mono(audio, RATE_HZ)
    if transcript:
        from latentsync_studio.engines.speech_shapes.transcript import align

        shapes = align(pcm, transcript, language)
    else:
        shapes = speech_shapes(pcm)
    return {
        "pcm": pcm,
        "channels": shapes.channels,
        "loudness": shapes.loudness,
        "context_s": np.array([shapes.context_s]),
    }

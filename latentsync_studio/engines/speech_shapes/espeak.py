"""Text to sound with exact phoneme times: espeak-ng through ctypes (optional extra `speech`).

The library is a process-wide singleton that keeps its voice and callback in globals, so one lock
guards every call. espeak-ng is GPL-3 and comes in a wheel of its own; nothing of it is copied here.
"""

from __future__ import annotations

import _ctypes
import ctypes as c
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.core.speech.phonemes import Consonant, Phoneme, sounds_of
from latentsync_studio.engines.speech_shapes.resample import resampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.arrays import F32, I32

RATE_HZ = 16000
MAX_CHARACTERS = 20_000
_lock = Lock()


class SpeechExtraMissingError(StudioError):
    """The optional package that holds espeak-ng is not installed or does not start."""

    code = "speech-extra-missing"


class _EventId(c.Union):
    _fields_ = (("number", c.c_int), ("name", c.c_char_p), ("string", c.c_char * 8))


class _Event(c.Structure):
    _fields_ = (
        ("type", c.c_int),
        ("unique_identifier", c.c_uint),
        ("text_position", c.c_int),
        ("length", c.c_int),
        ("audio_position", c.c_int),
        ("sample", c.c_int),
        ("user_data", c.c_void_p),
        ("id", _EventId),
    )


class _VoiceInfo(c.Structure):
    _fields_ = (
        ("name", c.c_char_p),
        ("languages", c.c_char_p),
        ("identifier", c.c_char_p),
        ("gender", c.c_ubyte),
        ("age", c.c_ubyte),
        ("variant", c.c_ubyte),
        ("reserved", c.c_ubyte),
        ("score", c.c_int),
        ("spare", c.c_void_p),
    )


_END, _WORD, _PHONEME = 0, 1, 7  # espeak_EVENT_TYPE
_RETRIEVAL = 1  # espeak_AUDIO_OUTPUT: hand the samples to the callback
_OPTIONS = 0x1 | 0x2 | 0x8000  # phoneme events, as IPA, do not exit on errors
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_UTF8 = 1
_LONGEST_CLOSURE_S, _CLOSURE_AFTER_PAUSE_S = 0.13, 0.07
_CLOSURE_LEVEL = 100  # of 32768: louder than this is no closure
_LANGUAGE_SWITCH = re.compile(r"\([^)]*\)?")  # "(en)" where a foreign word begins
_CALLBACK = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How to speak.

    Attributes:
        variant: espeak variant such as "f2", "" for the language's own.
        words_a_minute: 80..450.
        pitch: 0..99.
        pitch_range: 0..99.
    """

    variant: str = ""
    words_a_minute: int = 165
    pitch: int = 50
    pitch_range: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Synthesized speech with the times of what was said.

    Attributes:
        pcm: (S,) f32 mono at 16 kHz.
        phonemes: in order, without gaps; pauses have ipa "".
        word_starts: index into `phonemes` of each word's first phoneme, rising.
    """

    pcm: F32
    phonemes: tuple[Phoneme, ...]
    word_starts: tuple[int, ...]


@dataclass(slots=True)
class _Recorder:
    """Collects what one synthesis call hands to the callback."""

    chunks: list[Any] = field(default_factory=list)
    phonemes: list[tuple[int, str]] = field(default_factory=list)
    words: list[int] = field(default_factory=list)

    def take(self, samples: Any, count: int, events: Any) -> int:  # noqa: ANN401 - ctypes pointers
        if count > 0 and samples:
            self.chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        k = 0
        while events and events[k].type != _END:
            event = events[k]
            if event.type == _PHONEME:
                raw = c.string_at(c.addressof(event.id), 8).split(b"\0")[0]
                self.phonemes.append((event.sample, raw.decode("utf-8", "ignore")))
            elif event.type == _WORD:
                self.words.append(event.sample)
            k += 1
        return 0


@contextmanager
def _opened() -> Iterator[tuple[c.CDLL, int, Path]]:
    """Load and start espeak-ng; yield it, its sample rate and data; unload it. Hold the lock.

    Its wave generator keeps phases from one utterance to the next and offers no reset, so the same
    text would sound different by the history of the process. Loading takes 8 ms.
    """
    remedy = "Install it with: pip install 'latentsync-studio[speech]'"
    try:
        import espeakng_loader
    except ImportError as error:
        raise SpeechExtraMissingError(
            "Working with a transcript needs the optional package espeakng-loader.", remedy=remedy
        ) from error
    try:
        library = c.CDLL(espeakng_loader.get_library_path())
    except OSError as error:
        raise SpeechExtraMissingError(
            f"espeak-ng cannot be loaded: {error}.", remedy=remedy
        ) from error
    library.espeak_ListVoices.restype = c.POINTER(c.POINTER(_VoiceInfo))
    data = Path(espeakng_loader.get_data_path())
    rate = int(library.espeak_Initialize(_RETRIEVAL, 200, str(data).encode(), _OPTIONS))
    if rate <= 0:
        raise SpeechExtraMissingError(
            f"espeak-ng does not start (code {rate}).", remedy="Reinstall espeakng-loader."
        )
    try:
        yield library, rate, data
    finally:
        library.espeak_Terminate()
        # ctypes has no public way to unload
        if sys.platform == "win32":
            _ctypes.FreeLibrary(library._handle)  # noqa: SLF001
        else:
            _ctypes.dlclose(library._handle)  # noqa: SLF001


@cache
def _identifiers() -> dict[str, str]:
    """Language code -> voice identifier, in the library's own order of preference."""
    found: dict[str, str] = {}
    with _opened() as (library, _, _):
        voices = library.espeak_ListVoices(None)
        k = 0
        while voices[k]:
            info = voices[k].contents
            # one priority byte, the code, a zero
            found.setdefault(info.languages[1:].decode(), info.identifier.decode())
            k += 1
    return found


def languages() -> tuple[str, ...]:
    """Return the language codes that can be spoken, sorted.

    Raises:
        SpeechExtraMissingError: espeak-ng is not installed.
    """
    with _lock:
        return tuple(sorted(_identifiers()))


def require_language(language: str) -> None:
    """Find out early whether `speak` can speak a language.

    Raises:
        InputError: it is unknown.
        SpeechExtraMissingError: espeak-ng is not installed.
    """
    with _lock, _opened():
        pass
    with _lock:
        _identifier(language)


def speak(text: str, language: str = "en-us", voice: Voice | None = None) -> Utterance:
    """Synthesize `text`; the same arguments give the same samples.

    Args:
        text: at most MAX_CHARACTERS.
        language: a code of `languages()`; case and region may differ ("en-US", "fr-FR").
        voice: how to speak; the language's default voice when None.

    Raises:
        InputError: unknown language or variant, or text too long.
        SpeechExtraMissingError: espeak-ng is not installed.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The text has {len(text)} characters; at most {MAX_CHARACTERS} can be spoken at once.",
            remedy="Split it into parts.",
        )
    wanted = voice or Voice()
    raw = text.replace("\0", " ").encode() + b"\0"
    parameters = (
        (_RATE, wanted.words_a_minute),
        (_PITCH, wanted.pitch),
        (_RANGE, wanted.pitch_range),
    )
    with _lock:
        name = _identifier(language) + (f"+{wanted.variant}" if wanted.variant else "")
        recorder = _Recorder()
        callback = _CALLBACK(recorder.take)
        with _opened() as (library, rate, data):
            _require_variant(wanted.variant, data)
            library.espeak_SetSynthCallback(callback)
            if library.espeak_SetVoiceByName(name.encode()) != 0:
                raise InputError(f"There is no voice {name!r}.", remedy="Use another language.")
            for parameter, value in parameters:
                library.espeak_SetParameter(parameter, value, 0)
            library.espeak_Synth(raw, len(raw), 0, 1, 0, _UTF8, None, None)
            library.espeak_Synchronize()
    return _utterance(recorder, rate)


def _require_variant(variant: str, data: Path) -> None:
    """The library speaks with its plain voice where it does not know a variant."""
    known = sorted(path.name for path in (data / "voices" / "!v").iterdir())
    if variant and variant not in known:
        near = get_close_matches(variant, known, n=3) or known[:3]
        raise InputError(
            f"There is no voice variant {variant!r}.", remedy=f"Use for example {', '.join(near)}."
        )


def _identifier(language: str) -> str:
    known = _identifiers()
    code = language.lower().replace("_", "-")
    base = code.split("-")[0]
    for candidate in (code, base):
        if candidate in known:
            return known[candidate]
    for candidate, identifier in known.items():
        if candidate.split("-")[0] == base:
            return identifier
    raise InputError(
        f"There is no language {language!r} among the {len(known)} that can be spoken.",
        remedy="Use a code such as en-us, de, fr-fr, es, it, pt-br, pl, ru, ja, cmn, hi or ar.",
    )


def _true_starts(events: list[tuple[int, str]], loudness: I32, rate: int) -> list[int]:
    """Move the start of voiceless stops from their burst back to where the mouth closes.

    The library reports /p t k/ at the burst and counts the silence of the closure to the sound
    before; a mouth that follows such times closes when it should open.
    """
    starts = [sample for sample, _ in events]
    for k in range(1, len(events)):
        sounds = sounds_of(events[k][1])
        first = sounds[0] if sounds else None
        if not (isinstance(first, Consonant) and first.manner == "stop" and not first.voiced):
            continue
        after_pause = not sounds_of(events[k - 1][1])
        reach = _CLOSURE_AFTER_PAUSE_S if after_pause else _LONGEST_CLOSURE_S
        earliest = max(starts[k - 1], starts[k] - round(reach * rate))
        loud = np.flatnonzero(loudness[earliest : starts[k]] > _CLOSURE_LEVEL)
        starts[k] = earliest + (int(loud[-1]) + 1 if len(loud) else 0)
    return starts


def _utterance(recorder: _Recorder, rate: int) -> Utterance:
    pcm = np.concatenate(recorder.chunks) if recorder.chunks else np.zeros(0, np.int16)
    starts = [*_true_starts(recorder.phonemes, np.abs(pcm.astype(np.int32)), rate), len(pcm)]
    phonemes: list[Phoneme] = []
    firsts: set[int] = set()
    words = sorted(recorder.words, reverse=True)
    for k, (reported, mnemonic) in enumerate(recorder.phonemes):
        start = starts[k]
        if starts[k + 1] <= start:
            continue
        ipa = _LANGUAGE_SWITCH.sub("", mnemonic)
        due = False
        while ipa and words and words[-1] <= reported:
            words.pop()
            due = True
        if due:
            firsts.add(len(phonemes))
        phonemes.append(Phoneme(start_s=start / rate, end_s=starts[k + 1] / rate, ipa=ipa))
    return Utterance(
        pcm=resampled(pcm.astype(np.float32) * np.float32(1 / 32768), rate, RATE_HZ),
        phonemes=tuple(phonemes),
        word_starts=tuple(sorted(firsts)),
    )

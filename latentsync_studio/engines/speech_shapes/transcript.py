"""Speech whose words are known: synthesize the text, find its sounds, shape the mouth by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.speech.phonemes import SOUND_CLASSES
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ, SpeechShapes
from latentsync_studio.core.speech.visemes import TRACK_REACH_S, channel_track
from latentsync_studio.engines.speech_shapes import espeak
from latentsync_studio.engines.speech_shapes.alignment import (
    Script,
    backwards,
    best_path,
    mean_fit,
    part_of,
    script_of,
    timed_sounds,
)
from latentsync_studio.engines.speech_shapes.features import frame_count
from latentsync_studio.engines.speech_shapes.model import shipped_model
from latentsync_studio.engines.speech_shapes.network import (
    CONTEXT_S,
    calibrated,
    heard_blocks,
    joined,
    listen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.speech.phonemes import Phoneme
    from latentsync_studio.engines.speech_shapes.network import Heard

ALIGN_VERSION = "1"  # raised when the same words and network give other shapes
PAUSE_S = 0.25  # silences at least this long part phrases
MIN_MARGIN = 0.1
_SHORT_TEXT = 12  # sounds; fewer say too little for a margin
_SPEAKS = 0.35  # activity above which a row belongs to a phrase
_MARGIN_ROWS = 12
_TEMPO = (0.35, 3.0)
_PASSES = 4  # over all rows: the network, the text, the text in reverse, the phrases
_PAUSE = SOUND_CLASSES.index("pause")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Known words found in a recording.

    Attributes:
        phonemes: sounds in order, pauses left out.
        phrases: (start_s, end_s) of the stretches of speech that were searched separately.
        fit: how well the recording fits its sounds: 0 = as the average sound of the text would
            fit there, 1 = none fits better.
        margin: `fit` over that of the same sounds in reverse. About 0.2 .. 0.5 for the right
            words, -0.1 .. 0.1 for others, whatever the voice and the noise.
    """

    phonemes: tuple[Phoneme, ...]
    phrases: tuple[tuple[float, float], ...]
    fit: float
    margin: float


def align(
    pcm: F32, text: str, language: str = "en-us", progress: Progress | None = None
) -> SpeechShapes:
    """Find `text` in `pcm` and return its mouth shapes, source "transcript".

    An edit of the speech changes the shapes within its phrase; `context_s` says how far that
    can be. (Beyond it a change is possible only where the edit moves words between phrases.)

    Args:
        pcm: (S,) f32 mono at 16 kHz; may be a memory map, which is read piece by piece.
        text: what is said, at most espeak.MAX_CHARACTERS.
        language: code as "en-us", "de", "fr-fr".
        progress: told of stage "speech" in seconds of speech, and asked whether to stop.

    Raises:
        InputError: nothing to say or to hear, unknown language, or the text does not match.
        SpeechExtraMissingError: espeak-ng is not installed.
    """
    work = _Work(progress or CallbackProgress(), frame_count(len(pcm)))
    heard = _listen(pcm, work.tick, 1)
    found = _aligned(heard, text, language, work.tick)
    _require_match(found)
    reach = max(end - start for start, end in found.phrases)
    return _shapes(found.phonemes, heard, CONTEXT_S + TRACK_REACH_S + reach)


def align_phonemes(pcm: F32, text: str, language: str = "en-us") -> Alignment:
    """Find `text` in `pcm` and return its sounds and how well they fit (see align).

    Raises:
        InputError: nothing to say or to hear, unknown language, or lengths that cannot match;
            a small margin alone does not raise.
        SpeechExtraMissingError: espeak-ng is not installed.
    """
    return _aligned(listen(pcm), text, language, lambda _: None)


def from_phonemes(phonemes: Sequence[Phoneme], pcm: F32) -> SpeechShapes:
    """Return the mouth shapes of sounds with exactly known times (synthesized speech).

    Args:
        phonemes: timed sounds; pauses may be left out.
        pcm: (S,) f32 mono at 16 kHz: gives the length and the loudness.
    """
    return _shapes(phonemes, listen(pcm), CONTEXT_S)


def _shapes(phonemes: Sequence[Phoneme], heard: Heard, context_s: float) -> SpeechShapes:
    return SpeechShapes(
        channels=channel_track(phonemes, len(heard.loudness)),
        loudness=heard.loudness,
        source="transcript",
        context_s=context_s,
    )


class _Work:
    """How far an alignment is: every row is heard once and searched three times."""

    def __init__(self, progress: Progress, rows: int) -> None:
        self._progress, self._done, self._rows = progress, 0, rows

    def tick(self, rows: int) -> None:
        self._done += rows
        done = min(self._done // _PASSES, self._rows)
        self._progress.report("speech", done // SHAPE_RATE_HZ, -(-self._rows // SHAPE_RATE_HZ))


def _listen(pcm: F32, tick: Callable[[int], None], counted: int) -> Heard:
    """Run the network; every row counts as `counted` rows of work."""
    blocks = []
    for block in heard_blocks(pcm):
        blocks.append(block)
        tick(counted * len(block.gate))
    return joined(blocks)


def _aligned(heard: Heard, text: str, language: str, tick: Callable[[int], None]) -> Alignment:
    script = _script(text, language, tick)
    activity = calibrated(heard, shipped_model())[:, CHANNELS.index("activity")]
    phrases = _phrases(activity)
    if not phrases:
        raise InputError(
            "There is a transcript, but no speech is heard in the recording.",
            remedy="Check that the audio file is the right one, or leave the transcript out.",
        )
    spoken = float(script.rows[script.owner >= 0].sum())
    tempo = sum(b - a for a, b in phrases) / spoken
    _require_plausible(tempo, spoken / SHAPE_RATE_HZ)
    # where it is silent, whatever the network made of it is a pause
    posteriors = heard.posteriors * heard.gate[:, None]
    posteriors[:, _PAUSE] += 1 - heard.gate
    whole = best_path(script, posteriors, tempo, tick)
    decoy = backwards(script)
    margin = mean_fit(script, whole) - mean_fit(decoy, best_path(decoy, posteriors, tempo, tick))
    phonemes: list[Phoneme] = []
    for (a, b), first, last in _shares(script, script.owner[whole.states], phrases):
        part = part_of(script, first, last)
        rows = float(part.rows[part.owner >= 0].sum())
        path = best_path(part, posteriors[a:b], max(_TEMPO[0], (b - a) / rows), tick)
        phonemes += timed_sounds(part, path, a)
    return Alignment(
        phonemes=tuple(phonemes),
        phrases=tuple((a / SHAPE_RATE_HZ, b / SHAPE_RATE_HZ) for a, b in phrases),
        fit=mean_fit(script, whole),
        margin=margin,
    )


def _script(text: str, language: str, tick: Callable[[int], None]) -> Script:
    utterance = espeak.speak(text, language)
    posteriors = _listen(utterance.pcm, tick, 0).posteriors
    script = script_of(utterance.phonemes, utterance.word_starts, posteriors)
    if not script.sounds:
        raise InputError(
            "The transcript holds no word that can be spoken.",
            remedy=f"Write the words that are said, in the language {language!r}.",
        )
    return script


def _phrases(activity: F32) -> list[tuple[int, int]]:
    """Half-open row spans of speech between silences of at least PAUSE_S, a little widened."""
    speaks = np.concatenate(([False], activity > _SPEAKS, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(speaks))
    spans: list[tuple[int, int]] = []
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if spans and a - spans[-1][1] < PAUSE_S * SHAPE_RATE_HZ:
            spans[-1] = (spans[-1][0], b)
        else:
            spans.append((a, b))
    widened = [(max(0, a - _MARGIN_ROWS), min(len(activity), b + _MARGIN_ROWS)) for a, b in spans]
    return [span for span in widened if span[1] - span[0] > 2 * _MARGIN_ROWS + 4]


def _shares(
    script: Script, owner: npt.NDArray[np.int32], phrases: list[tuple[int, int]]
) -> list[tuple[tuple[int, int], int, int]]:
    """Give each phrase the words whose middle lies in or nearest to it: first and last sound."""
    middles = np.array([0.5 * (a + b) for a, b in phrases])
    halves = np.array([0.5 * (b - a) for a, b in phrases])
    shares: dict[int, list[int]] = {}
    phrase = 0
    for word in np.unique(script.words):
        sounds = np.flatnonzero(script.words == word)
        rows = np.flatnonzero((owner >= sounds[0]) & (owner <= sounds[-1]))
        if len(rows):
            away = np.abs(middles - float(np.median(rows))) - halves
            phrase = max(phrase, int(np.argmin(away)))
        shares.setdefault(phrase, []).extend(sounds.tolist())
    return [(phrases[k], sounds[0], sounds[-1]) for k, sounds in sorted(shares.items())]


def _require_plausible(tempo: float, spoken_s: float) -> None:
    if not _TEMPO[0] <= tempo <= _TEMPO[1]:
        raise InputError(
            f"The transcript takes about {spoken_s:.1f} s to say, but the recording holds"
            f" {tempo * spoken_s:.1f} s of speech: it belongs to another recording.",
            remedy="Give the words of this recording, all of them and no others.",
        )


def _require_match(found: Alignment) -> None:
    if len(found.phonemes) >= _SHORT_TEXT and found.margin < MIN_MARGIN:
        raise InputError(
            f"The transcript does not match the recording: it fits only {found.margin:.2f} better"
            f" than the same sounds in reverse, at least {MIN_MARGIN:.2f} is needed.",
            remedy="Check the words and the language, or leave the transcript out.",
        )

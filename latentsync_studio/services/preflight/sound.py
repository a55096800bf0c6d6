"""What a recording of speech is like: all of it where it was heard before, else in samples."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from latentsync_studio.core.preflight import Finding, longest_spans
from latentsync_studio.core.speech.levels import WINDOW_S, figures_of, levels_db, silences
from latentsync_studio.core.speech.levels import clipped_samples as count_clipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.preflight import Severity, Span
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.speech.levels import SoundFigures
    from latentsync_studio.media.audio import AudioReader
    from latentsync_studio.storage.store import Store

    Block = npt.NDArray[Any]

_WHOLE_S: Final = 90.0  # sound up to this long is listened to in full
_PLACES: Final = 20
_PLACE_S: Final = 3.0
_LIMIT_BLOCK: Final = 1 << 20  # samples of kept sound between two looks at the clock

NO_SPEECH_DB: Final = -60.0
QUIET_DB: Final = -42.0
CLIPPED_PPM: Final = 20.0
NOISY_DB, NOISE_DB = 15.0, 25.0  # speech above the floor: heard wrongly, noted
MUCH_SILENCE, MOSTLY_SILENCE = 0.35, 0.8
LONG_SILENCE_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was listened to.

    Attributes:
        figures: summed up.
        starts: (n,) seconds at which its windows of 20 ms begin.
        seconds: of the whole sound.
        is_whole: every window was listened to.
    """

    figures: SoundFigures
    starts: F64
    seconds: float
    is_whole: bool


def listen(
    path: Path, digest: str | None, store: Store, deadline: float, progress: Progress
) -> Heard:
    """Measure the sound of a file.

    Args:
        path: sound file or movie.
        digest: of its content where that is known.
        store: holds speech that was heard before.
        deadline: time.monotonic() after which no further place is begun; one always is.
        progress: may stop it.

    Raises:
        InputError: nothing can be decoded.
    """
    from latentsync_studio.media.audio import AudioReader
    from latentsync_studio.services.speech import RATE_HZ, stored_samples

    pcm = None if digest is None else stored_samples(digest, store)
    with AudioReader(path) as reader:
        seconds = reader.facts.duration_s
        if pcm is not None:
            seconds = len(pcm) / RATE_HZ
        taken = _Taken()
        for start, blocks in _places(reader, seconds):
            progress.check()
            taken.add(start, blocks, reader.facts.rate_hz)
            if time.monotonic() > deadline:
                break
    levels, starts, is_whole = taken.levels, taken.starts, 0 < seconds <= taken.seconds + 0.1
    if pcm is not None and not is_whole:
        levels, starts, is_whole = _kept_levels(pcm, RATE_HZ, deadline, progress)
    figures = figures_of(levels, clipped=taken.clipped, samples=taken.count, peak=taken.peak)
    return Heard(figures=figures, starts=starts, seconds=seconds, is_whole=is_whole)


class _Taken:
    """Collects levels, peaks and clipped samples of places."""

    def __init__(self) -> None:
        self._levels: list[F32] = []
        self._starts: list[F64] = []
        self.clipped = self.count = 0
        self.peak = self.seconds = 0.0

    @property
    def levels(self) -> F32:
        order = np.argsort(np.concatenate([np.zeros(0), *self._starts]), kind="stable")
        return np.concatenate([np.zeros(0, np.float32), *self._levels])[order]

    @property
    def starts(self) -> F64:
        return np.sort(np.concatenate([np.zeros(0), *self._starts]))

    def add(self, start: float, blocks: Iterable[Block], rate_hz: int) -> None:
        """Take a place that begins at second `start`."""
        pieces = [_full_scale(block) for block in blocks]
        if not pieces:
            return
        samples = np.concatenate(pieces, axis=1)
        found = levels_db(samples, rate_hz)
        self._levels.append(found)
        self._starts.append(start + WINDOW_S * np.arange(len(found), dtype=np.float64))
        self.clipped += count_clipped(samples)
        self.count += samples.size
        self.peak = max(self.peak, float(np.abs(samples).max(initial=0.0)))
        self.seconds += samples.shape[1] / rate_hz


def _places(reader: AudioReader, seconds: float) -> Iterator[tuple[float, Iterable[Block]]]:
    """(start in seconds, its samples): all, or places over the whole length in scattered order."""
    rate = reader.facts.rate_hz
    if 0 < seconds <= _WHOLE_S:
        yield 0.0, reader.blocks()
        return
    length = seconds or _WHOLE_S  # of unknown length: the beginning
    for k in np.argsort((np.arange(_PLACES) * 7) % _PLACES):
        start = (length - _PLACE_S) * int(k) / (_PLACES - 1)
        first = round(start * rate)
        yield start, reader.blocks_near(first, first + round(_PLACE_S * rate))


def _kept_levels(
    pcm: F32, rate_hz: int, deadline: float, progress: Progress
) -> tuple[F32, F64, bool]:
    """Levels of samples that were kept, as far as time allows."""
    block = _LIMIT_BLOCK // round(WINDOW_S * rate_hz) * round(WINDOW_S * rate_hz)
    found: list[F32] = []
    stop = 0
    for start in range(0, len(pcm), block):
        progress.check()
        if found and time.monotonic() > deadline:
            break
        stop = start + block
        found.append(levels_db(np.asarray(pcm[start:stop]), rate_hz))
    levels = np.concatenate([np.zeros(0, np.float32), *found])
    return levels, WINDOW_S * np.arange(len(levels), dtype=np.float64), stop >= len(pcm)


def _full_scale(block: Block) -> F32:
    """Samples as f32 of full scale 1."""
    kind, size = block.dtype.kind, block.dtype.itemsize
    if kind == "u":
        return (block.astype(np.float32) - 128.0) / 127.0
    if kind == "i":
        return block.astype(np.float32) / np.float32(2 ** (8 * size - 1) - 1)
    return np.nan_to_num(block).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPlace:
    """Where the findings of a recording belong.

    Attributes:
        subject: its name.
        subject_id: its id in the project.
        span_of: frames of the axis that a stretch of seconds is heard at; None: at none.
    """

    subject: str
    subject_id: str
    span_of: Callable[[float, float], Span | None]


def sound_findings(heard: Heard, place: SoundPlace) -> Iterator[Finding]:
    """All that the sound says."""
    figures, told = heard.figures, _Teller(heard, place)
    if figures.speech_db < NO_SPEECH_DB:
        yield told.say("no-speech", "warning", "There is no sound in it that could be speech.", {})
        return
    yield _levels(figures, told)
    if figures.clipped > CLIPPED_PPM:
        yield told.say(
            "clipping",
            "warning",
            f"The sound is clipped: {figures.clipped:,.0f} of a million samples lie at full scale,"
            " three or more in a row. Speech is heard less well; use a recording at a lower level.",
            {"clipped_ppm": round(figures.clipped, 1), "peak": round(figures.peak, 4)},
        )
    yield from _silence(heard, place, told)


@dataclass(frozen=True, slots=True)
class _Teller:
    heard: Heard
    place: SoundPlace

    def say(
        self,
        name: str,
        severity: Severity,
        sentence: str,
        numbers: dict[str, float],
        spans: tuple[Span, ...] = (),
    ) -> Finding:
        return Finding(
            id=name,
            severity=severity,
            sentence=sentence,
            numbers=numbers,
            actions=("jump",) if spans else (),
            subject=self.place.subject,
            subject_id=self.place.subject_id,
            spans=spans,
            estimated=not self.heard.is_whole,
        )


def _levels(figures: SoundFigures, told: _Teller) -> Finding:
    """Level of the speech and how far it is above the noise."""
    speech, noise, snr = figures.speech_db, figures.noise_db, figures.snr_db
    numbers = {"speech_db": round(speech, 1)}
    if np.isfinite(noise):
        numbers |= {"noise_db": round(noise, 1), "snr_db": round(snr, 1)}
        text = f"Speech at {speech:.0f} dB, {snr:.0f} dB above the noise between the words"
    else:
        text = f"Speech at {speech:.0f} dB, without any noise between the words"
    if speech < QUIET_DB:
        return told.say("sound-level", "warning", f"{text}: it is very quiet.", numbers)
    if snr < NOISY_DB:
        wrong = "noise or music may be taken for speech. Use a cleaner recording."
        return told.say("sound-level", "warning", f"{text}: {wrong}", numbers)
    if snr < NOISE_DB:
        return told.say("sound-level", "info", f"{text}: somewhat noisy.", numbers)
    return told.say("sound-level", "info", f"{text}.", numbers)


def _silence(heard: Heard, place: SoundPlace, told: _Teller) -> Iterator[Finding]:
    """How much silence there is, and where the long ones lie."""
    share = heard.figures.silence_share
    found = silences(heard.figures.silent, heard.starts.tolist())
    longest = max((stop - start for start, stop in found), default=0.0)
    if share < MUCH_SILENCE and longest < LONG_SILENCE_S:
        return
    shown = [place.span_of(start, stop) for start, stop in found if stop - start >= 1.0]
    spans = longest_spans(span for span in shown if span is not None)
    about = "About " if not heard.is_whole else ""
    yield told.say(
        "silence",
        "warning" if share > MOSTLY_SILENCE else "info",
        f"{about}{share:.0%} of the speech is silence, the longest pause {longest:.1f} s: the mouth"
        " rests there.",
        {"silence_share": round(share, 4), "longest_s": round(longest, 2)},
        spans,
    )

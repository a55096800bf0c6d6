"""Where known sounds lie in a recording: a Viterbi search over the network's sound classes.

The text is spoken by a synthesizer whose times are exact. Every 30 ms of each of its sounds
becomes a state that remembers which classes the network heard there, mixed with the class that the
sound should be. The recording must pass through all states in order. Staying in a state stretches
the synthesis, skipping every other one shortens it, so the states carry the synthesizer's durations
as a prior (as in dynamic time warping onto it) while the class templates anchor the sounds (as in
a hidden Markov model with KL emissions: Aradilla, Bourlard & Magimai-Doss 2008). Between words
there may be a pause of any length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.speech.phonemes import SOUND_CLASSES, Phoneme, sound_class, sounds_of
from latentsync_studio.core.speech.shapes import SHAPE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, I32, Bools

_STATE_ROWS = 3  # rows of the synthesis that a state stands for
_MAX_STATES = 10  # of one sound
_KNOWN_SHARE = 0.5  # of a template: the class that the sound should be; the rest is heard
_DOUBT = 0.03  # probability spread over all classes, so that no frame rules a path out
_SKIP_COST, _PAUSE_COST, _LIKELY_PAUSE_COST = 0.9, 2.0, 0.3
_DURATION_WEIGHT = 0.6
_WINDOW = 1000  # states searched around the best one
_PAUSE = SOUND_CLASSES.index("pause")
_NEVER = np.float32(-1e30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What must be found, as a chain of S states.

    Attributes:
        sounds: the phonemes, without pauses.
        words: (K,) i32 word of each sound.
        templates: (S, classes) f32, rows sum to 1.
        owner: (S,) i32 sound that a state belongs to, -1 = pause.
        rows: (S,) f32 rows that a state lasts in the synthesis.
        skippable: (S,) bool.
        entry_cost: (S,) f32 cost of entering a state.
    """

    sounds: tuple[Phoneme, ...]
    words: I32
    templates: F32
    owner: I32
    rows: F32
    skippable: Bools
    entry_cost: F32


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The best way through a recording.

    Attributes:
        states: (T,) i32 state of each row.
        fit: (T,) f32 how well each row fits its state: 0 as the average state of the script
            would, 1 as the best one would.
    """

    states: I32
    fit: F32


def script_of(phonemes: Sequence[Phoneme], word_starts: Sequence[int], posteriors: F32) -> Script:
    """Build the chain of states from a synthesized utterance.

    Args:
        phonemes: of the utterance, pauses with ipa "".
        word_starts: index of each word's first phoneme.
        posteriors: (M, classes) f32 what the network heard in it, at 100 Hz.
    """
    starts, word = set(word_starts), 0
    chain = _Chain()
    sounds: list[Phoneme] = []
    words: list[int] = []
    pause_before = True
    for k, phoneme in enumerate(phonemes):
        word += int(k in starts)
        if not sounds_of(phoneme.ipa):
            pause_before = True
            continue
        if pause_before or k in starts:
            chain.add_pause(_LIKELY_PAUSE_COST if pause_before else _PAUSE_COST)
        pause_before = False
        chain.add_sound(len(sounds), phoneme, posteriors)
        sounds.append(phoneme)
        words.append(word)
    chain.add_pause(_LIKELY_PAUSE_COST)
    return chain.script(sounds, words)


def part_of(script: Script, first: int, last: int) -> Script:
    """Return the script of sounds first .. last alone, with the pauses around it."""
    own = np.flatnonzero((script.owner >= first) & (script.owner <= last))
    a = own[0] - (1 if script.owner[own[0] - 1] < 0 else 0)
    b = own[-1] + (2 if script.owner[own[-1] + 1] < 0 else 1)
    owner = script.owner[a:b].copy()
    owner[owner >= 0] -= first
    return Script(
        sounds=script.sounds[first : last + 1],
        words=script.words[first : last + 1],
        templates=script.templates[a:b],
        owner=owner,
        rows=script.rows[a:b],
        skippable=script.skippable[a:b],
        entry_cost=script.entry_cost[a:b],
    )


def backwards(script: Script) -> Script:
    """Return the script with its sounds in reverse: a decoy with the same sounds and lengths."""
    owner = script.owner[::-1]
    return Script(
        sounds=script.sounds[::-1],
        words=np.asarray(script.words.max() - script.words[::-1], np.int32),
        templates=script.templates[::-1],
        owner=np.where(owner < 0, -1, len(script.sounds) - 1 - owner).astype(np.int32),
        rows=script.rows[::-1],
        skippable=script.skippable[::-1],
        entry_cost=script.entry_cost[::-1],
    )


def mean_fit(script: Script, path: Path) -> float:
    """Mean fit of the rows that the path spends in sounds, at most 1."""
    in_sounds = path.fit[script.owner[path.states] >= 0]
    return float(in_sounds.mean()) if len(in_sounds) else 0.0


def best_path(
    script: Script, posteriors: F32, tempo: float, tick: Callable[[int], None] = lambda _: None
) -> Path:
    """Search the best path from the first to the last states.

    Args:
        script: S states.
        posteriors: (T, classes) f32 of the recording.
        tempo: rows of the recording for one of the synthesis.
        tick: told after every second how many rows were searched since; it may raise.

    Returns:
        The path; its end is the last state reached where T is too short for all.
    """
    spread = (1 - _DOUBT) * posteriors + _DOUBT / posteriors.shape[1]
    log_heard = np.log(spread).astype(np.float32)
    entropy = np.sum(script.templates * np.log(script.templates + 1e-12), axis=1)
    stay, leave = _duration_costs(script, tempo)
    size, width = len(script.owner), min(len(script.owner), _WINDOW)
    back = np.zeros((len(log_heard), -(-width // 4)), np.uint8)
    firsts = np.zeros(len(log_heard), np.int64)
    fit = np.zeros((len(log_heard), 2), np.float32)
    score = np.full(size + 2, _NEVER, np.float32)  # two states before the first one
    score[2] = -script.entry_cost[0]
    if size > 1 and script.skippable[0]:
        score[3] = 0.0
    skip = np.where(np.concatenate(([False], script.skippable[:-1])), _SKIP_COST, -_NEVER)
    skip = np.where(np.roll(script.owner, 1) < 0, np.minimum(skip, 0.0), skip)
    low = 0
    for t, row in enumerate(log_heard):
        high = low + width
        emission = script.templates[low:high] @ row - entropy[low:high]
        ways = np.stack(
            (
                score[low + 2 : high + 2] - stay[low:high],
                score[low + 1 : high + 1] - _shifted(leave, low - 1, width),
                score[low:high] - _shifted(leave, low - 2, width) - skip[low:high],
            )
        )
        ways[1:] -= script.entry_cost[low:high]
        if t == 0:
            ways[0] = score[low + 2 : high + 2]
            ways[1:] = _NEVER
        choice = np.argmax(ways, axis=0)
        score[:] = _NEVER
        score[low + 2 : high + 2] = np.take_along_axis(ways, choice[None], 0)[0] + emission
        back[t], firsts[t] = _packed(choice), low
        fit[t] = emission.mean(), emission.max()
        if width < size:
            best = low + int(np.argmax(score[low + 2 : high + 2]))
            low = int(np.clip(best - width // 2, low, size - width))
        if (t + 1) % SHAPE_RATE_HZ == 0:
            tick(SHAPE_RATE_HZ)
    return _traced(script, log_heard, entropy, score, (back, firsts, fit))


def timed_sounds(script: Script, path: Path, first_row: int) -> list[Phoneme]:
    """Give each sound of the script its time; sounds that the path misses are left out."""
    owner = script.owner[path.states]
    found = []
    for k, sound in enumerate(script.sounds):
        rows = np.flatnonzero(owner == k)
        if len(rows):
            start, end = first_row + rows[0], first_row + rows[-1] + 1
            found.append(
                Phoneme(
                    # a row stands for the 10 ms around it
                    start_s=max(0.0, (start - 0.5) / SHAPE_RATE_HZ),
                    end_s=(end - 0.5) / SHAPE_RATE_HZ,
                    ipa=sound.ipa,
                )
            )
    return found


class _Chain:
    """Collects states while a script is built."""

    def __init__(self) -> None:
        self._templates: list[npt.NDArray[np.floating]] = []
        self._owner: list[int] = []
        self._rows: list[float] = []
        self._skippable: list[bool] = []
        self._cost: list[float] = []

    def add_pause(self, cost: float) -> None:
        self._add(_one_hot(_PAUSE), -1, 30.0, skippable=True, cost=cost)

    def add_sound(self, index: int, phoneme: Phoneme, posteriors: F32) -> None:
        parts = sounds_of(phoneme.ipa)
        start, end = phoneme.start_s * SHAPE_RATE_HZ, phoneme.end_s * SHAPE_RATE_HZ
        count = int(np.clip(round((end - start) / _STATE_ROWS), 2, _MAX_STATES))
        edges = np.linspace(start, end, count + 1)
        for k in range(count):
            a = min(int(np.ceil(edges[k])), len(posteriors) - 1)
            heard = posteriors[a : max(a + 1, int(np.ceil(edges[k + 1])))].mean(axis=0)
            known = _one_hot(sound_class(parts[k * len(parts) // count]))
            mixed = _KNOWN_SHARE * known + (1 - _KNOWN_SHARE) * heard
            rows = (end - start) / count
            self._add(mixed, index, rows, skippable=k % 2 == 1, cost=0.0)

    def _add(
        self,
        template: npt.NDArray[np.floating],
        owner: int,
        rows: float,
        *,
        skippable: bool,
        cost: float,
    ) -> None:
        self._templates.append(template / template.sum())
        self._owner.append(owner)
        self._rows.append(rows)
        self._skippable.append(skippable)
        self._cost.append(cost)

    def script(self, sounds: list[Phoneme], words: list[int]) -> Script:
        return Script(
            sounds=tuple(sounds),
            words=np.array(words, np.int32),
            templates=np.array(self._templates, np.float32),
            owner=np.array(self._owner, np.int32),
            rows=np.array(self._rows, np.float32),
            skippable=np.array(self._skippable, bool),
            entry_cost=np.array(self._cost, np.float32),
        )


def _one_hot(index: int) -> npt.NDArray[np.floating]:
    spread = np.full(len(SOUND_CLASSES), 0.1 / len(SOUND_CLASSES))
    spread[index] += 0.9
    return spread


def _packed(choice: npt.NDArray[np.integer]) -> npt.NDArray[np.uint8]:
    """Four numbers 0..3 in a byte: an hour of speech has hundreds of millions of them."""
    four = np.zeros((-(-len(choice) // 4), 4), np.uint8)
    four.reshape(-1)[: len(choice)] = choice
    return np.asarray(four @ np.array([1, 4, 16, 64], np.uint8), np.uint8)


def _duration_costs(script: Script, tempo: float) -> tuple[F32, F32]:
    """Cost of staying in and of leaving each state: a geometric law around its expected rows."""
    expected = np.maximum(1.25, script.rows * tempo)
    stay = -_DURATION_WEIGHT * np.log(1 - 1 / expected)
    leave = -_DURATION_WEIGHT * np.log(1 / expected)
    pause = script.owner < 0
    return (
        np.where(pause, 0.0, stay).astype(np.float32),
        np.where(pause, 0.0, leave).astype(np.float32),
    )


def _shifted(costs: F32, low: int, width: int) -> F32:
    """costs[low : low + width] where positions before 0 cost nothing (no state lies there)."""
    missing = max(0, -low)
    return np.concatenate((np.zeros(missing, np.float32), costs[low + missing : low + width]))


def _traced(
    script: Script,
    log_heard: F32,
    entropy: F32,
    score: F32,
    steps: tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], F32],
) -> Path:
    back, firsts, fit = steps
    width = min(len(script.owner), _WINDOW)
    last = len(script.owner) - 1
    ends = score[2:]
    state = last if ends[last] >= ends[max(0, last - 1)] else last - 1
    if ends[state] <= _NEVER / 2:
        state = int(np.argmax(ends))
    states = np.zeros(len(back), np.int32)
    for t in range(len(back) - 1, -1, -1):
        states[t] = state
        at = min(max(state - int(firsts[t]), 0), width - 1)
        state = max(0, state - (int(back[t, at // 4]) >> 2 * (at % 4) & 3))
    taken = np.einsum("ij,ij->i", script.templates[states], log_heard) - entropy[states]
    span = np.maximum(fit[:, 1] - fit[:, 0], 1e-3)
    return Path(states=states, fit=((taken - fit[:, 0]) / span).astype(np.float32))

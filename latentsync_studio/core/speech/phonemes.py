# ruff: noqa: RUF001 - IPA looks like other letters
"""Speech sounds: timed phonemes, how their IPA is read, and the class each sound falls into."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phoneme:
    """One timed sound.

    Attributes:
        start_s: second at which it begins.
        end_s: second at which it ends, >= start_s.
        ipa: IPA of the sound, possibly a diphthong or affricate, with or without stress and
            length marks; "" is a pause.
    """

    start_s: float
    end_s: float
    ipa: str


@dataclass(frozen=True, slots=True)
class Vowel:
    """Place of a vowel in the IPA chart.

    Attributes:
        openness: 0 close .. 1 open.
        backness: 0 front .. 1 back.
        rounded: lips rounded.
        rhotic: r-coloured.
    """

    openness: float
    backness: float
    rounded: bool = False
    rhotic: bool = False


@dataclass(frozen=True, slots=True)
class Consonant:
    """Place and manner of a consonant, as far as the lips or the ear care.

    Attributes:
        place: bilabial, labiodental, labiovelar, dental, alveolar, postalveolar, palatal, velar
            or glottal (uvular and pharyngeal count as velar).
        manner: stop, nasal, fricative, lateral, rhotic or glide.
        voiced: with voice.
    """

    place: str
    manner: str
    voiced: bool = True


# IPA chart (revised 2020); openness in sixths of the way from close to open.
_VOWEL_ROWS: tuple[tuple[float, str, str], ...] = (
    (0.0, "i y", "ɯ u"),
    (0.17, "ɪ ʏ", "- ʊ"),
    (0.36, "e ø", "ɤ o"),
    (0.64, "ɛ œ", "ʌ ɔ"),
    (0.85, "æ -", "- -"),
    (1.0, "a ɶ", "ɑ ɒ"),
)
_CENTRAL_VOWELS = {
    "ɨ": Vowel(0.08, 0.5),
    "ᵻ": Vowel(0.2, 0.4),
    "ʉ": Vowel(0.08, 0.5, rounded=True),
    "ᵿ": Vowel(0.2, 0.6, rounded=True),
    "ɘ": Vowel(0.36, 0.5),
    "ɵ": Vowel(0.4, 0.5, rounded=True),
    "ə": Vowel(0.38, 0.5),
    "ɜ": Vowel(0.6, 0.5),
    "ɞ": Vowel(0.6, 0.5, rounded=True),
    "ɐ": Vowel(0.78, 0.5),
    "ä": Vowel(1.0, 0.5),
    "ɚ": Vowel(0.38, 0.5, rhotic=True),
    "ɝ": Vowel(0.5, 0.5, rhotic=True),
}
_CONSONANT_ROWS: tuple[tuple[str, str, str, str], ...] = (
    # place, manner, voiceless, voiced
    ("bilabial", "stop", "p", "b ɓ"),
    ("bilabial", "nasal", "", "m"),
    ("bilabial", "fricative", "ɸ", "β"),
    ("labiodental", "fricative", "f", "v"),
    ("labiodental", "glide", "", "ʋ ⱱ"),
    ("labiodental", "nasal", "", "ɱ"),
    ("labiovelar", "glide", "ʍ", "w ɥ"),
    ("dental", "fricative", "θ", "ð"),
    ("alveolar", "stop", "t ʈ", "d ɖ ɗ"),
    ("alveolar", "nasal", "", "n ɳ"),
    ("alveolar", "fricative", "s", "z"),
    ("alveolar", "lateral", "ɬ", "l ɫ ɭ ɮ ɺ"),
    ("alveolar", "rhotic", "", "r ɾ ɽ ɹ ɻ"),
    ("postalveolar", "fricative", "ʃ ɕ ʂ", "ʒ ʑ ʐ"),
    ("palatal", "stop", "c", "ɟ"),
    ("palatal", "nasal", "", "ɲ"),
    ("palatal", "fricative", "ç", "ʝ"),
    ("palatal", "lateral", "", "ʎ"),
    ("palatal", "glide", "", "j"),
    ("velar", "stop", "k q", "ɡ g ɢ"),
    ("velar", "nasal", "", "ŋ ɴ"),
    ("velar", "fricative", "x χ ħ", "ɣ ʕ"),
    ("velar", "lateral", "", "ʟ"),
    ("velar", "rhotic", "", "ʀ ʁ"),
    ("velar", "glide", "", "ɰ"),
    ("glottal", "fricative", "h", "ɦ"),
    ("glottal", "stop", "ʔ", ""),
)


def _sounds() -> dict[str, Vowel | Consonant]:
    table: dict[str, Vowel | Consonant] = dict(_CENTRAL_VOWELS)
    for openness, *sides in _VOWEL_ROWS:
        for backness, pair in enumerate(sides):
            for rounded, symbol in enumerate(pair.split()):
                if symbol != "-":
                    table[symbol] = Vowel(openness, float(backness), bool(rounded))
    for place, manner, voiceless, voiced in _CONSONANT_ROWS:
        for symbol in voiceless.split():
            table[symbol] = Consonant(place, manner, voiced=False)
        for symbol in voiced.split():
            table[symbol] = Consonant(place, manner)
    return table


SOUNDS = _sounds()

SOUND_CLASSES = (
    "pause", "a", "e", "i", "central", "o", "u", "y", "rhotic-vowel",
    "p", "b", "m", "f-v", "w", "th", "t", "d", "n", "s-z", "l", "r", "sh", "k", "g", "ng",
    "h-x", "j",
)  # fmt: skip
"""What the network tells apart; rows of its posteriors are in this order."""

_BY_PLACE = {
    ("bilabial", "nasal"): "m", ("bilabial", "fricative"): "f-v", ("labiovelar", "glide"): "w",
    ("labiodental", "fricative"): "f-v", ("labiodental", "glide"): "f-v",
    ("labiodental", "nasal"): "m", ("dental", "fricative"): "th", ("alveolar", "nasal"): "n",
    ("alveolar", "fricative"): "s-z", ("postalveolar", "fricative"): "sh",
    ("palatal", "fricative"): "h-x", ("palatal", "glide"): "j", ("palatal", "nasal"): "n",
    ("velar", "nasal"): "ng", ("velar", "fricative"): "h-x", ("velar", "glide"): "w",
    ("glottal", "fricative"): "h-x", ("glottal", "stop"): "pause",
}  # fmt: skip
_STOPS = {"bilabial": "pb", "alveolar": "td", "palatal": "kg", "velar": "kg"}


def sounds_of(ipa: str) -> tuple[Vowel | Consonant, ...]:
    """Read an IPA string as its sounds, in order; marks and unknown signs are skipped.

    A diphthong or affricate gives two sounds; "" and marks alone give none (a pause).
    """
    plain = unicodedata.normalize("NFC", ipa)
    found = []
    for sign in plain:
        base = sign if sign in SOUNDS else unicodedata.normalize("NFD", sign)[0]
        if base in SOUNDS:
            found.append(SOUNDS[base])
    return tuple(found)


def sound_class(sound: Vowel | Consonant) -> int:
    """Index into SOUND_CLASSES."""
    name = _vowel_class(sound) if isinstance(sound, Vowel) else _consonant_class(sound)
    return SOUND_CLASSES.index(name)


def closes_lips(ipa: str) -> bool:
    """Whether the lips must meet somewhere in this sound (p, b, m and their kin)."""
    return any(
        isinstance(s, Consonant) and s.place == "bilabial" and s.manner in {"stop", "nasal"}
        for s in sounds_of(ipa)
    )


def _vowel_class(vowel: Vowel) -> str:
    if vowel.rhotic:
        name = "rhotic-vowel"
    elif vowel.rounded and vowel.backness < 0.5:
        name = "y"
    elif vowel.rounded:
        name = "u" if vowel.openness < 0.3 else "o"
    elif vowel.openness == 1 or (vowel.openness > 0.6 and vowel.backness + vowel.openness > 1.2):
        name = "a"
    elif vowel.backness == 0:
        name = "e" if vowel.openness > 0.3 else "i"
    else:
        name = "central"
    return name


def _consonant_class(consonant: Consonant) -> str:
    if consonant.manner == "lateral":
        return "l"
    if consonant.manner == "rhotic":
        return "r"
    if consonant.manner == "stop" and consonant.place in _STOPS:
        return _STOPS[consonant.place][int(consonant.voiced)]
    return _BY_PLACE[consonant.place, consonant.manner]

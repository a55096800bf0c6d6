# ruff: noqa: RUF001 - IPA looks like other letters
import pytest

from latentsync_studio.core.speech.phonemes import (
    SOUND_CLASSES,
    SOUNDS,
    Consonant,
    closes_lips,
    sound_class,
    sounds_of,
)


@pytest.mark.parametrize(
    ("ipa", "count"),
    [("", 0), ("ˈ", 0), ("p", 1), ("ˈaɪ", 2), ("tʃ", 2), ("ɔː", 1), ("ɑ̃", 1), ("e̞", 1), ("ʔ", 1)],
)
def test_ipa_is_read_without_its_marks(ipa, count):
    assert len(sounds_of(ipa)) == count


def test_unknown_signs_are_skipped():
    assert sounds_of("7p?") == sounds_of("p")


def test_every_sound_has_a_class_and_every_class_a_sound():
    used = {SOUND_CLASSES[sound_class(sound)] for sound in SOUNDS.values()}
    assert used == set(SOUND_CLASSES)


@pytest.mark.parametrize("ipa", ["p", "b", "m", "ˈb", "pʰ", "mʲ", "m̩"])
def test_bilabial_stops_and_nasals_close_the_lips(ipa):
    assert closes_lips(ipa)


@pytest.mark.parametrize("ipa", ["", "f", "w", "t", "a", "β"])
def test_other_sounds_do_not(ipa):
    assert not closes_lips(ipa)


def test_voicing_follows_the_column_of_the_chart():
    assert sounds_of("p") == (Consonant("bilabial", "stop", voiced=False),)
    assert sounds_of("b") == (Consonant("bilabial", "stop", voiced=True),)

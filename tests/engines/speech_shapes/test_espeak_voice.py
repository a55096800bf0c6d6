import sys

import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.speech.phonemes import closes_lips
from latentsync_studio.engines.speech_shapes import espeak


def test_phonemes_lie_in_order_within_the_sound(utterance):
    seconds = len(utterance.pcm) / espeak.RATE_HZ
    ends = [p.end_s for p in utterance.phonemes]
    starts = [p.start_s for p in utterance.phonemes]
    assert starts[1:] == pytest.approx(ends[:-1])
    assert 0 <= starts[0] < ends[-1] <= seconds + 0.01
    assert all(b > a for a, b in zip(starts, ends, strict=True))


def test_every_word_starts_with_a_sound(utterance):
    assert len(utterance.word_starts) == 14
    assert all(utterance.phonemes[k].ipa for k in utterance.word_starts)


def test_voiceless_stops_begin_with_their_closure(voice):
    said = espeak.speak("papa appa", "it", voice)
    stops = [p for p in said.phonemes if p.ipa == "p"]
    assert len(stops) >= 3
    for stop in stops[1:]:
        a = int(stop.start_s * 16000)
        assert np.abs(said.pcm[a + 80 : a + 480]).max() < 0.01
        assert stop.end_s - stop.start_s > 0.05


def test_the_same_words_give_the_same_samples_whatever_was_said_before(voice):
    once = espeak.speak("Papa", "en-us", voice)
    espeak.speak("Something else.", "de", espeak.Voice(variant="klatt4"))
    again = espeak.speak("Papa", "en-us", voice)
    assert np.array_equal(once.pcm, again.pcm)
    assert once.phonemes == again.phonemes


@pytest.mark.parametrize("code", ["en-us", "en-US", "fr-FR", "fr", "de_AT", "cmn", "pt-BR"])
def test_language_codes_are_read_as_people_write_them(voice, code):
    assert len(espeak.speak("mama papa", code).pcm) > 5000


def test_language_switch_marks_are_no_sounds(voice):
    said = espeak.speak("你好 weather", "cmn")
    assert not any("(" in p.ipa for p in said.phonemes)


def test_lip_sounds_are_reported_in_many_languages(voice):
    for language, text in (("de", "Mama"), ("ru", "мама"), ("hi", "माँ"), ("ja", "まみむ")):
        assert any(closes_lips(p.ipa) for p in espeak.speak(text, language).phonemes)


def test_an_unknown_language_is_told(voice):
    with pytest.raises(InputError, match="no language 'xx-yy'") as caught:
        espeak.speak("hello", "xx-yy")
    assert "en-us" in caught.value.remedy


def test_an_unknown_variant_is_told(voice):
    with pytest.raises(InputError, match="no voice variant"):
        espeak.speak("hello", "en-us", espeak.Voice(variant="nobody-9"))


def test_a_text_that_is_too_long_is_told():
    with pytest.raises(InputError, match="at most 20000"):
        espeak.speak("a" * 20001)


@pytest.mark.parametrize("text", ["", "   ", "\0", "..."])
def test_a_text_without_words_has_no_words(voice, text):
    assert espeak.speak(text).word_starts == ()


def test_a_missing_package_is_told_with_its_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    espeak._identifiers.cache_clear()
    with pytest.raises(espeak.SpeechExtraMissingError) as caught:
        espeak.speak("hello")
    assert "latentsync-studio[speech]" in caught.value.remedy

import numpy as np
import pytest

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.speech.phonemes import closes_lips
from latentsync_studio.core.speech.shapes import CHANNELS
from latentsync_studio.core.speech.visemes import channel_track
from latentsync_studio.engines.speech_shapes import espeak
from latentsync_studio.engines.speech_shapes.network import CONTEXT_S
from latentsync_studio.engines.speech_shapes.transcript import (
    align,
    align_phonemes,
    from_phonemes,
)

CLOSED = CHANNELS.index("closed")
OTHER = "Yesterday the grey fox jumped over thirty seven dogs in the river near Chicago."


def closures_met(channels, phonemes):
    met = [
        channels[
            max(0, int((p.start_s - 0.04) * 100)) : int((p.end_s + 0.04) * 100) + 1, CLOSED
        ].max()
        > 0.5
        for p in phonemes
        if closes_lips(p.ipa)
    ]
    return np.mean(met)


def test_known_sounds_give_exact_shapes(utterance):
    shapes = from_phonemes(utterance.phonemes, utterance.pcm)
    wanted = channel_track(utterance.phonemes, len(utterance.pcm) // 160 + 1)
    assert np.array_equal(shapes.channels, wanted)
    assert shapes.source == "transcript"
    assert closures_met(shapes.channels, utterance.phonemes) == 1
    assert shapes.loudness.max() > 0.8


def test_a_transcript_finds_every_closure(utterance, text):
    shapes = align(utterance.pcm, text, "en-us")
    assert shapes.source == "transcript"
    assert shapes.context_s > CONTEXT_S
    assert shapes.channels.shape == (len(utterance.pcm) // 160 + 1, len(CHANNELS))
    assert closures_met(shapes.channels, utterance.phonemes) >= 0.97


def test_sounds_are_found_within_a_frame_or_two(utterance, text):
    found = align_phonemes(utterance.pcm, text)
    wanted = [p for p in utterance.phonemes if p.ipa]
    assert [p.ipa for p in found.phonemes] == [p.ipa for p in wanted]
    errors = [abs(a.start_s - b.start_s) for a, b in zip(found.phonemes, wanted, strict=True)]
    assert np.median(errors) < 0.02
    assert np.percentile(errors, 95) < 0.08
    assert found.margin > 0.15


def test_pauses_within_a_sentence_are_allowed(utterance, text):
    wanted = [p for p in utterance.phonemes if p.ipa]
    cut = int(utterance.phonemes[utterance.word_starts[3]].start_s * 16000)
    quiet = np.zeros(16000, np.float32)
    pcm = np.concatenate((quiet, utterance.pcm[:cut], quiet, utterance.pcm[cut:], quiet))
    found = align_phonemes(pcm, text)
    late = [p.start_s + 1 + (p.start_s * 16000 >= cut - 1) for p in wanted]
    errors = [abs(a.start_s - b) for a, b in zip(found.phonemes, late, strict=True)]
    assert np.percentile(errors, 90) < 0.1
    assert len(found.phrases) >= 2


def test_noise_and_another_tempo_are_followed(voice, text):
    said = espeak.speak(text, "en-us", espeak.Voice(variant="f3", words_a_minute=215))
    random = np.random.default_rng(0)
    pcm = said.pcm + random.normal(0, 0.01, len(said.pcm)).astype(np.float32)
    shapes = align(pcm, text, "en-us")
    assert closures_met(shapes.channels, said.phonemes) >= 0.9


def test_other_words_are_refused(utterance):
    with pytest.raises(InputError, match="does not match") as caught:
        align(utterance.pcm, OTHER, "en-us")
    assert caught.value.remedy


def test_much_too_short_a_text_is_refused(utterance):
    with pytest.raises(InputError, match="belongs to another recording"):
        align(utterance.pcm, "Hi.", "en-us")


def test_a_text_without_words_is_refused(utterance):
    with pytest.raises(InputError, match="no word"):
        align(utterance.pcm, " ... ", "en-us")


def test_silence_with_a_text_is_refused(voice, text):
    with pytest.raises(InputError, match="no speech is heard"):
        align(np.zeros(32000, np.float32), text, "en-us")


def test_an_edit_in_one_phrase_leaves_the_others_alone(voice):
    first = espeak.speak("My mother buys bread.", "en-us", voice).pcm
    second = espeak.speak("People jump.", "en-us", voice).pcm
    louder = second * np.float32(0.7)
    quiet = np.zeros(3 * 16000, np.float32)
    texts = "My mother buys bread. People jump."
    one = align(np.concatenate((first, quiet, second)), texts)
    two = align(np.concatenate((first, quiet, louder)), texts)
    rows = len(first) // 160
    assert np.array_equal(one.channels[:rows], two.channels[:rows])


def test_an_alignment_stops_within_a_second_of_speech(utterance, text):
    progress = CallbackProgress(lambda report: seen.append(report) or progress.stop.set())
    seen = []
    with pytest.raises(Cancelled):
        align(utterance.pcm, text, "en-us", progress)
    assert len(seen) == 1


def test_every_second_of_a_search_is_reported(utterance, text):
    seen = []
    align(utterance.pcm, text, "en-us", CallbackProgress(seen.append))
    assert {report.stage for report in seen} == {"speech"}
    done = [report.done for report in seen]
    seconds = len(utterance.pcm) / 16000
    assert done == sorted(done)
    assert len(done) > 2 * seconds
    assert {report.total for report in seen} == {
        int(np.ceil((len(utterance.pcm) // 160 + 1) / 100))
    }

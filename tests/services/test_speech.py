"""Samples and mouth shapes of a file: the same in pieces as in one, in bounded memory."""

import numpy as np
import pytest
import soundfile

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.engines.speech_shapes import transcript
from latentsync_studio.engines.speech_shapes.network import speech_shapes
from latentsync_studio.media.audio import read_mono
from latentsync_studio.services import speech
from latentsync_studio.services.speech import load_speech
from latentsync_studio.storage.store import Store

DIGEST = "ab" * 16


class Reports(CallbackProgress):
    """Collects reports; asks to stop when the `stop_after`-th came."""

    def __init__(self, stop_after=None):
        super().__init__(self.take)
        self.seen, self._stop_after = [], stop_after

    def take(self, report):
        self.seen.append((report.stage, report.done, report.total))
        if len(self.seen) == self._stop_after:
            self.stop.set()


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store", 10**9) as made:
        yield made


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """23 s in stereo at 44.1 kHz that go up and down in level and in pitch."""
    t = np.arange(23 * 44100) / 44100
    pitch = 2 * np.pi * np.cumsum(300 + 200 * np.sin(2 * np.pi * 2.7 * t)) / 44100
    noise = np.random.default_rng(3).normal(0, 0.01, (len(t), 2))
    tone = 0.2 * np.sin(pitch) * np.clip(np.sin(2 * np.pi * 1.3 * t) + 0.5, 0, 1)
    path = tmp_path_factory.mktemp("sound") / "s.wav"
    soundfile.write(path, tone[:, None] + noise, 44100, subtype="PCM_16")
    return path


def load(path, store, progress=None, digest=DIGEST):
    return load_speech(path, digest, None, "en-us", store, progress or CallbackProgress())


def test_speech_made_in_pieces_is_bit_for_bit_that_of_the_whole(sound, store):
    loaded = load(sound, store)
    pcm = read_mono(sound)
    whole = speech_shapes(pcm)
    np.testing.assert_array_equal(loaded.pcm, pcm)
    np.testing.assert_array_equal(loaded.shapes.channels, whole.channels)
    np.testing.assert_array_equal(loaded.shapes.loudness, whole.loudness)
    assert loaded.shapes.context_s == whole.context_s
    assert not loaded.pcm.flags.writeable
    assert not loaded.shapes.channels.flags.writeable
    assert loaded.notes == ()


def test_progress_counts_seconds_of_speech(sound, store):
    reports = Reports()
    load(sound, store, reports)
    stages, done, totals = zip(*reports.seen, strict=True)
    assert set(stages) == {"speech"}
    assert list(done) == sorted(done)
    assert len(set(done)) >= 5
    assert set(totals) == {0, 24}
    assert reports.seen[-1] == ("speech", 24, 24)


@pytest.mark.parametrize("after", [1, 2, 3, 5])
def test_it_stops_at_the_next_report_and_leaves_nothing(sound, store, after):
    reports = Reports(after)
    with pytest.raises(Cancelled):
        load(sound, store, reports)
    assert len(reports.seen) == after
    assert store.info().entries == 0
    left = [p for p in store.root.rglob("*") if p.is_file() and p.stem != "index"]
    assert left == []


def test_the_second_time_it_comes_from_the_store(sound, store, monkeypatch):
    first = load(sound, store)
    monkeypatch.delattr(speech, "AudioReader")
    again = load(sound, store)
    np.testing.assert_array_equal(again.pcm, first.pcm)
    np.testing.assert_array_equal(again.shapes.channels, first.shapes.channels)


def test_a_raised_version_makes_it_anew(sound, store, monkeypatch):
    load(sound, store)
    monkeypatch.setattr(speech, "SPEECH_VERSION", "next")
    load(sound, store)
    assert store.info().entries == 2


def test_the_key_of_a_transcript_names_the_aligner(monkeypatch):
    before = [speech._key(DIGEST, text, "en-us") for text in ("words", "", None)]
    monkeypatch.setattr(transcript, "ALIGN_VERSION", "next")
    after = [speech._key(DIGEST, text, "en-us") for text in ("words", "", None)]
    assert before[0] != after[0]
    assert before[1:] == after[1:]
    assert before[1] == before[2]


def test_an_entry_that_is_gone_at_once_is_made_good_from_what_was_made(sound, store, monkeypatch):
    monkeypatch.setattr(store, "get_arrays", lambda key: None)
    loaded = load(sound, store)
    np.testing.assert_array_equal(loaded.pcm, read_mono(sound))
    assert len(loaded.shapes.channels) == len(loaded.pcm) // 160 + 1


def test_damage_is_told_also_from_the_store(tmp_path, store):
    path = tmp_path / "s.flac"
    noise = np.random.default_rng(1).normal(0, 0.1, 3 * 16000)
    soundfile.write(path, noise, 16000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    path.write_bytes(data)
    made, kept = load(path, store), load(path, store)
    assert made.notes == kept.notes
    assert "of the sound of 's.flac'" in made.notes[0]


@pytest.mark.parametrize("samples", [1, 2, 159, 160])
def test_the_shortest_sounds_have_shapes(tmp_path, store, samples):
    path = tmp_path / "s.wav"
    soundfile.write(path, np.full(samples, 0.1), 48000)
    loaded = load(path, store)
    assert len(loaded.shapes.loudness) == 1
    np.testing.assert_array_equal(loaded.pcm, read_mono(path))


def test_a_file_without_sound_keeps_nothing(tmp_path, store):
    path = tmp_path / "s.wav"
    soundfile.write(path, np.zeros(0), 48000)
    with pytest.raises(InputError):
        load(path, store)
    assert store.info().entries == 0


def test_a_transcript_can_be_stopped_while_it_is_searched(store, tmp_path):
    espeak = pytest.importorskip("espeakng_loader") and transcript.espeak
    words = "Maybe Papa bought a bigger boat. My mother keeps five apples."
    said = espeak.speak(words, "en-us", espeak.Voice(variant="m7"))
    path = tmp_path / "s.wav"
    soundfile.write(path, said.pcm, 16000, subtype="FLOAT")
    every = Reports()
    loaded = load_speech(path, DIGEST, words, "en-us", store, every)
    whole = transcript.align(read_mono(path), words, "en-us")
    np.testing.assert_array_equal(loaded.shapes.channels, whole.channels)
    assert loaded.shapes.source == "transcript"
    _, done, totals = zip(*every.seen, strict=True)
    assert list(done) == sorted(done)
    assert set(totals) == {0, done[-1]}
    stopping = Reports(len(every.seen) - 3)
    with pytest.raises(Cancelled):
        load_speech(path, "cd" * 16, words, "en-us", store, stopping)

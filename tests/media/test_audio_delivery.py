from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.media.audio import AudioReader, audio_facts
from latentsync_studio.media.mux import AudioPlan, write_movie
from latentsync_studio.media.soundtrack import Soundtrack
from tests.media.movies import TIMES_25, click_second, encoded, facts, target_of, write_sound


def movie(path: Path, plan: AudioPlan, count: int = 75) -> tuple[str, ...]:
    known = facts()
    segments = encoded(known, TIMES_25[:count])
    return write_movie(path, target_of(known), segments, plan, known)


def samples_of(path: Path) -> np.ndarray:
    with AudioReader(path) as reader:
        return np.concatenate(list(reader.blocks()), axis=1)


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("codec", ["aac", "alac", "flac", "pcm"])
def test_every_codec_keeps_rate_channels_and_the_place_of_a_click(tmp_path, kind, codec):
    plan = AudioPlan(source=write_sound(tmp_path / "s.wav", "pcm_s16le", 44100), codec=codec)
    path = tmp_path / f"film.{kind}"
    if (kind, codec) in {("mp4", "pcm"), ("mov", "flac")}:
        with pytest.raises(InvalidSettingError, match=f"does not take {codec}") as caught:
            movie(path, plan)
        assert caught.value.remedy
        return
    movie(path, plan)
    found = audio_facts(path)
    assert (found.rate_hz, found.channels) == (44100, 2)
    assert abs(click_second(path) - 1.0) <= 0.001
    if codec != "aac":
        given, got = samples_of(plan.source), samples_of(path)
        np.testing.assert_array_equal(got[:, : given.shape[1]], given)


@pytest.mark.parametrize(
    ("kind", "source", "codec", "method"),
    [
        ("mp4", "s.m4a", "aac", "copy"),
        ("mp4", "s.aac", "aac", "aac"),
        ("mp4", "s.mp3", "libmp3lame", "copy"),
        ("mp4", "s.opus", "libopus", "copy"),
        ("mov", "s.m4a", "alac", "copy"),
        ("mov", "s.mp3", "libmp3lame", "copy"),
        ("mov", "s.wav", "pcm_s24le", "copy"),
        ("mkv", "s.opus", "libopus", "copy"),
        ("mkv", "s.flac", "flac", "copy"),
        ("mkv", "s.mp3", "libmp3lame", "copy"),
        ("mkv", "s.m4a", "aac", "copy"),
        ("mp4", "s.wav", "pcm_s16le", "aac"),
        ("mov", "s.flac", "flac", "aac"),
        ("mov", "s.opus", "libopus", "aac"),
    ],
)
def test_whole_sound_is_copied_where_the_container_takes_it(tmp_path, kind, source, codec, method):
    sound = write_sound(tmp_path / source, codec)
    path = tmp_path / f"film.{kind}"
    plan = AudioPlan(source=sound)
    assert Soundtrack(plan, f".{kind}").method == method
    movie(path, plan)
    if method == "copy":
        assert audio_facts(path).codec == audio_facts(sound).codec
        assert payload(sound)[-2000:] == payload(path)[-2000:]
    expected = click_second(sound) if source == "s.aac" else 1.0  # ADTS does not tell its priming
    assert abs(click_second(path) - expected) <= 0.001


def payload(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return b"".join(bytes(packet) for packet in container.demux(audio=0) if packet.size)


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv"])
def test_a_range_is_cut_to_the_sample(tmp_path, kind):
    sound = write_sound(tmp_path / "s.m4a", "alac", 48000, "mono")
    path = tmp_path / f"film.{kind}"
    plan = AudioPlan(source=sound, start=24001, stop=72003, codec="alac")
    movie(path, plan)
    np.testing.assert_array_equal(samples_of(path), samples_of(sound)[:, 24001:72003])
    assert abs(click_second(path) - (48000 - 24001) / 48000) <= 0.001


def test_a_cut_sound_is_encoded_and_its_click_stays_in_place(tmp_path):
    sound = write_sound(tmp_path / "s.m4a", "aac")
    plan = AudioPlan(source=sound, stop=80000)
    assert Soundtrack(plan, ".mp4").method == "aac"
    movie(tmp_path / "film.mp4", plan)
    assert abs(click_second(tmp_path / "film.mp4") - 1.0) <= 0.001
    assert samples_of(tmp_path / "film.mp4").shape[1] == 80000
    assert Soundtrack(AudioPlan(source=sound, stop=96000), ".mp4").method == "copy"


def test_cut_pcm_stays_pcm_where_the_container_takes_it(tmp_path):
    sound = write_sound(tmp_path / "s.wav", "pcm_s24le")
    plan = AudioPlan(source=sound, start=100, stop=5000)
    movie(tmp_path / "film.mov", plan)
    assert audio_facts(tmp_path / "film.mov").codec == "pcm_s24le"
    np.testing.assert_array_equal(samples_of(tmp_path / "film.mov"), samples_of(sound)[:, 100:5000])


def test_sound_is_left_short_unless_silence_is_asked_for(tmp_path):
    sound = write_sound(tmp_path / "s.wav", "pcm_s16le", seconds=1.5)
    movie(tmp_path / "short.mov", AudioPlan(source=sound, stop=120000))
    assert samples_of(tmp_path / "short.mov").shape == (2, 72000)
    movie(tmp_path / "long.mov", AudioPlan(source=sound, stop=120000, pad=True))
    padded = samples_of(tmp_path / "long.mov")
    assert padded.shape == (2, 120000)
    assert not padded[:, 72000:].any()


@pytest.mark.parametrize(
    ("rate", "layout", "stored"),
    [(8000, "mono", 8000), (96000, "5.1", 96000), (11000, "mono", 11025), (192000, "mono", 96000)],
)
def test_aac_takes_any_rate_and_says_when_it_has_to_change_it(tmp_path, rate, layout, stored):
    sound = write_sound(tmp_path / "s.wav", "pcm_s16le", rate, layout)
    notes = movie(tmp_path / "film.mp4", AudioPlan(source=sound))
    found = audio_facts(tmp_path / "film.mp4")
    assert (found.rate_hz, found.layout) == (stored, layout)
    assert abs(click_second(tmp_path / "film.mp4") - 1.0) <= 0.001
    assert len(notes) == (rate != stored)


def test_twelve_channels_fit_pcm_only(tmp_path):
    path = tmp_path / "s.wav"
    soundfile.write(path, np.zeros((4800, 12), np.float32), 48000, subtype="PCM_16")
    with pytest.raises(InvalidSettingError, match="12") as caught:
        Soundtrack(AudioPlan(source=path), ".mp4")
    assert "pcm" in caught.value.remedy


@pytest.mark.parametrize("plan", [{"stop": 1000}, {"start": 5}])
def test_a_copy_that_would_not_be_exact_is_refused(tmp_path, plan):
    sound = write_sound(tmp_path / "s.m4a", "aac")
    with pytest.raises(InvalidSettingError, match="only a part"):
        Soundtrack(AudioPlan(source=sound, codec="copy", **plan), ".mp4")


def test_a_copy_that_the_container_does_not_take_is_refused(tmp_path):
    sound = write_sound(tmp_path / "s.wav", "pcm_s16le")
    with pytest.raises(InvalidSettingError, match=r"\.mp4 does not take pcm_s16le"):
        Soundtrack(AudioPlan(source=sound, codec="copy"), ".mp4")


def test_a_range_beyond_the_end_of_the_sound_gives_a_movie_all_the_same(tmp_path):
    sound = write_sound(tmp_path / "s.wav", "pcm_s16le", seconds=1.5)
    movie(tmp_path / "film.mp4", AudioPlan(source=sound, start=90000, stop=99000), 10)
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 10

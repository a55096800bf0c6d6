from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.audio import BLOCK, AudioReader, audio_facts, read_mono
from latentsync_studio.media.mux import AudioPlan, write_movie
from tests.media.movies import TIMES_25, encoded, facts, target_of, write_sound

KINDS = [
    ("wav", "pcm_s16le", 48000, "stereo"),
    ("wav", "pcm_s24le", 44100, "stereo"),
    ("wav", "pcm_f32le", 8000, "mono"),
    ("wav", "pcm_s16le", 96000, "5.1"),
    ("mp3", "libmp3lame", 44100, "stereo"),
    ("m4a", "aac", 44100, "stereo"),
    ("m4a", "alac", 48000, "5.1"),
    ("flac", "flac", 48000, "mono"),
    ("ogg", "libopus", 48000, "stereo"),
    ("mka", "aac", 32000, "mono"),
]


def pcm(path: Path, samples: np.ndarray, rate: int = 48000, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def all_samples(path: Path, start: int = 0, stop: int | None = None) -> np.ndarray:
    with AudioReader(path) as reader:
        blocks = list(reader.blocks(start, stop))
    return np.concatenate(blocks, axis=1)


@pytest.mark.parametrize(("kind", "codec", "rate", "layout"), KINDS)
def test_speech_of_any_kind_becomes_mono_at_16_khz_in_its_place(
    tmp_path, kind, codec, rate, layout
):
    path = write_sound(tmp_path / f"s.{kind}", codec, rate, layout)
    samples = read_mono(path)
    assert samples.dtype == np.float32
    assert not samples.flags.writeable
    assert abs(np.abs(samples).argmax() / 16000 - 1.0) <= 0.001
    exact = kind != "mka"  # Matroska's times are too coarse to tell padding from sound
    assert abs(len(samples) - 32000) <= (0 if exact else 1100)


@pytest.mark.parametrize(
    ("count", "rate", "wanted"),
    [(48000, 48000, 16000), (1, 48000, 0), (2, 48000, 1), (44101, 44100, 16000), (3, 8000, 6)],
)
def test_the_number_of_samples_is_exact(tmp_path, count, rate, wanted):
    path = pcm(tmp_path / "s.wav", np.full(count, 0.5, np.float32), rate)
    assert len(read_mono(path)) == wanted


def test_samples_at_the_wanted_rate_are_left_alone(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, 30000).astype(np.float32)
    np.testing.assert_array_equal(read_mono(pcm(tmp_path / "s.wav", noise, 16000)), noise)


def test_channels_are_mixed_without_overdriving(tmp_path):
    loud = np.ones((8000, 2), np.float32)
    np.testing.assert_allclose(read_mono(pcm(tmp_path / "s.wav", loud, 16000)), 1.0, atol=1e-6)
    left = loud * (1.0, 0.0)
    np.testing.assert_allclose(read_mono(pcm(tmp_path / "l.wav", left, 16000)), 0.5, atol=1e-6)


def test_more_channels_than_any_layout_are_averaged(tmp_path):
    many = np.zeros((16000, 12), np.float32)
    many[:, 3] = 0.6
    samples = read_mono(pcm(tmp_path / "s.wav", many, 16000))
    np.testing.assert_allclose(samples, 0.05, atol=1e-6)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_a_tone_keeps_its_pitch_level_and_phase(tmp_path, rate):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    samples = read_mono(pcm(tmp_path / "s.wav", tone, rate))
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    np.testing.assert_allclose(samples[100:-100], wanted[100:-100], atol=2e-3)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_changing_one_second_leaves_samples_far_from_it_bit_identical(tmp_path, rate):
    rng = np.random.default_rng(1)
    before = rng.normal(0, 0.1, rate * 6).astype(np.float32)
    after = before.copy()
    after[rate * 2 : rate * 3] = rng.normal(0, 0.3, rate)
    old, new = (
        read_mono(pcm(tmp_path / f"{i}.wav", x, rate)) for i, x in ((0, before), (1, after))
    )
    changed = np.flatnonzero(old != new) / 16000
    assert changed.min() >= 2.0 - 0.01
    assert changed.max() <= 3.0 + 0.01


def test_a_range_is_cut_to_the_sample_in_blocks_of_one_size(tmp_path):
    ramp = np.arange(30000, dtype=np.int16)
    path = pcm(tmp_path / "s.wav", ramp, subtype="PCM_16")
    np.testing.assert_array_equal(all_samples(path)[0], ramp)
    np.testing.assert_array_equal(all_samples(path, 5001, 20011)[0], ramp[5001:20011])
    with AudioReader(path) as reader:
        sizes = [block.shape[1] for block in reader.blocks(7)]
    assert set(sizes[:-1]) == {BLOCK}
    with AudioReader(path) as reader:
        assert list(reader.blocks(40000)) == []


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_the_sound_of_a_movie_can_be_the_speech(tmp_path, kind):
    known = facts()
    sound = write_sound(tmp_path / "s.wav", "pcm_s16le")
    path = tmp_path / f"film.{kind}"
    write_movie(
        path,
        target_of(known),
        encoded(known, TIMES_25[:50]),
        AudioPlan(source=sound, codec="aac"),
        known,
    )
    assert abs(np.abs(read_mono(path)).argmax() / 16000 - 1.0) <= 0.001


def test_sound_that_starts_after_the_picture_is_led_by_silence(tmp_path):
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        for number in range(25):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        loud = av.AudioFrame.from_ndarray(np.full((1, 24000), 9000, np.int16), "s16", "mono")
        loud.sample_rate, loud.pts = 48000, 12000
        container.mux(audio.encode(loud))
        container.mux(audio.encode(None))
    samples = all_samples(path)[0]
    assert samples.shape == (36000,)
    assert not samples[:12000].any()
    assert (samples[12000:] == 9000).all()


def test_damaged_packets_are_skipped_and_what_follows_keeps_its_place(tmp_path):
    path = write_sound(tmp_path / "s.flac", "flac", 48000, "mono", seconds=3.0)
    whole = all_samples(path)[0].astype(float)
    data = bytearray(path.read_bytes())
    middle = len(data) // 6
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    with AudioReader(path) as reader:
        broken = np.concatenate(list(reader.blocks()), axis=1)[0].astype(float)
    assert abs(np.abs(broken).argmax() - 48000) <= 3
    assert len(broken) == len(whole)
    np.testing.assert_array_equal(broken[48000:], whole[48000:])


def test_a_file_that_is_cut_off_gives_what_is_left(tmp_path):
    path = write_sound(tmp_path / "s.mp3", "libmp3lame", seconds=3.0)
    path.write_bytes(path.read_bytes()[:20000])
    samples = read_mono(path)
    assert 0 < len(samples) < 3 * 16000
    assert np.isfinite(samples).all()


def test_a_file_without_sound_is_refused(tmp_path):
    known = facts()
    path = tmp_path / "mute.mp4"
    write_movie(path, target_of(known), encoded(known, TIMES_25[:5]), None, known)
    with pytest.raises(InputError, match="no sound") as caught:
        read_mono(path)
    assert caught.value.remedy
    with pytest.raises(InputError):
        audio_facts(tmp_path / "missing.wav")


def test_sound_without_a_sample_is_refused(tmp_path):
    with pytest.raises(InputError):
        read_mono(pcm(tmp_path / "s.wav", np.zeros(0, np.float32)))


def test_a_wave_file_may_tell_much_before_its_sound(tmp_path):
    plain = pcm(tmp_path / "plain.wav", np.linspace(-0.5, 0.5, 9000)[:, None], subtype="PCM_16")
    data = plain.read_bytes()
    note = b"JUNK" + (200_000).to_bytes(4, "little") + bytes(200_000)
    told = tmp_path / "told.wav"
    told.write_bytes(b"RIFF" + (len(data) + len(note) - 8).to_bytes(4, "little") + b"WAVE" + note)
    with told.open("ab") as file:
        file.write(data[12:])
    assert audio_facts(told) == audio_facts(plain)
    assert (all_samples(told) == all_samples(plain)).all()

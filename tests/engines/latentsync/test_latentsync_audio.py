"""States of the speech encoder: the same wherever speech lies, local, and the reference's way."""

from threading import Thread

import numpy as np
import pytest
import torch

from latentsync_studio.core.errors import InputError
from latentsync_studio.engines.latentsync.audio import AudioEncoder, frame_context
from latentsync_studio.engines.latentsync.speech_windows import file_mel
from tests.engines.latentsync.test_speech_windows import babble
from tests.engines.latentsync.tiny_models import WIDTH, tiny_whisper

CPU = torch.device("cpu")
STARTS = np.arange(16) / 25


@pytest.fixture(scope="module")
def encoder():
    return AudioEncoder(tiny_whisper(), CPU, torch.float32)


def test_five_seconds_at_0_s_and_at_29_s_are_heard_alike(encoder):
    """Across the 30 s at which the reference cuts, where its mouths collapse."""
    speech = babble(5)
    pcm = np.concatenate([speech, np.zeros(24 * 16_000, np.float32), speech])
    here = encoder.features(pcm)
    for first in (0, 112):  # the first and the last of its windows
        at = STARTS + first / 25
        assert torch.equal(frame_context(here, at), frame_context(here, at + 29))
    exact = encoder.features(pcm, exact=True)
    apart = frame_context(exact, STARTS + 0.64) - frame_context(exact, STARTS + 29.64)
    assert apart.abs().max() > 0.5


def test_the_context_of_a_frame_is_ten_rows_of_five_states_row_by_row(encoder):
    pcm = babble(3)
    heard = frame_context(encoder.features(pcm), STARTS + 1)
    assert heard.shape == (16, 50, WIDTH)
    assert heard.dtype == torch.float32
    assert torch.equal(heard[0, 10:], heard[1, :40])  # 40 ms later: two rows on
    table = encoder.features(pcm, exact=True).table
    exact = frame_context(encoder.features(pcm, exact=True), STARTS + 1)
    assert torch.equal(exact[5], table[60 - 4 : 60 + 6].reshape(50, WIDTH))


def test_speech_far_away_changes_nothing_and_speech_near_by_does(encoder):
    pcm = babble(12)
    at = STARTS + 5
    before = frame_context(encoder.features(pcm), at)
    far = pcm.copy()
    far[: 2 * 16_000] = babble(2, seed=5)
    far[9 * 16_000 :] = 0
    assert torch.equal(frame_context(encoder.features(far), at), before)
    shorter = pcm[: 9 * 16_000]
    assert torch.equal(frame_context(encoder.features(shorter), at), before)
    near = pcm.copy()
    near[4 * 16_000 : 4 * 16_000 + 800] = 0
    assert not torch.equal(frame_context(encoder.features(near), at), before)


def test_what_else_is_heard_changes_nothing(encoder):
    """Neither other windows nor other threads: pieces are encoded one at a time, always padded."""
    features = encoder.features(babble(6))
    alone = frame_context(features, STARTS + 1)
    found = {}

    def hear(name, begin):
        found[name] = frame_context(features, STARTS + begin)

    threads = [Thread(target=hear, args=(k, begin)) for k, begin in enumerate((1, 3, 1, 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torch.equal(found[0], alone)
    assert torch.equal(found[2], alone)
    assert not encoder._whisper.layer_norm._forward_pre_hooks


def test_frames_far_apart_are_heard_as_each_alone(encoder):
    features = encoder.features(babble(20))
    at = np.array([1.0, 1.04, 14.0])
    together = frame_context(features, at)
    assert torch.equal(together[:2], frame_context(features, at[:2]))
    assert torch.equal(together[2:], frame_context(features, at[2:]))


def test_beyond_the_speech_a_frame_hears_silence(encoder):
    features = encoder.features(babble(1))
    silence = frame_context(encoder.features(np.zeros(16, np.float32)), STARTS)
    assert torch.equal(frame_context(features, STARTS + 9), silence)
    assert torch.equal(frame_context(features, STARTS - 9), silence)


def test_states_are_those_before_the_last_norm(encoder):
    mel = file_mel(babble(1))
    found = encoder.encode(mel)
    assert found.shape == (50, 5, WIDTH)
    whisper = encoder._whisper
    padded = torch.zeros(1, 80, 3000)
    padded[0, :, : mel.shape[1]] = torch.from_numpy(mel)  # 0.0 behind it, not silence
    with torch.no_grad():
        stock = whisper(padded, output_hidden_states=True).hidden_states
        for k in range(4):
            assert torch.equal(found[:, k], stock[k][0, :50])
        assert torch.allclose(whisper.layer_norm(found[:, 4]), stock[4][0, :50], atol=1e-6)
    assert (found[:, 4] - stock[4][0, :50]).abs().max() > 0.1


def test_exact_is_the_reference_s_way(encoder):
    """Blocks of 3000 columns, one depth for the file, rows repeated beyond the ends."""
    pcm = babble(31.5)
    mel = file_mel(pcm)
    features = encoder.features(pcm, exact=True)
    assert features.table.shape == (1575, 5, WIDTH)
    assert torch.equal(features.table[:1500], encoder.encode(mel[:, :3000]))
    assert torch.equal(features.table[1500:], encoder.encode(mel[:, 3000:]))
    first = frame_context(features, np.array([0.0]))[0].reshape(10, 5, WIDTH)
    assert all(torch.equal(first[k], features.table[0]) for k in range(5))
    beyond = frame_context(features, np.array([40.0]))[0].reshape(10, 5, WIDTH)
    assert all(torch.equal(row, features.table[-1]) for row in beyond)


def test_exact_features_of_no_speech_are_refused(encoder):
    with pytest.raises(InputError, match=r"10\.0 ms"):
        encoder.features(np.zeros(160, np.float32), exact=True)


def test_an_encoder_of_another_depth_is_refused():
    whisper = tiny_whisper()
    whisper.config.encoder_layers = 6
    with pytest.raises(ValueError, match="6 layers"):
        AudioEncoder(whisper, CPU, torch.float32)

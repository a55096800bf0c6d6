import numpy as np
import pytest

from latentsync_studio.core.speech.phonemes import SOUND_CLASSES, Phoneme
from latentsync_studio.core.speech.shapes import CHANNELS, SpeechShapes
from latentsync_studio.core.speech.visemes import channel_track
from latentsync_studio.engines.speech_shapes.features import FEATURES
from latentsync_studio.engines.speech_shapes.model import packed, parse_model
from latentsync_studio.engines.speech_shapes.network import NET_REACH, forward
from latentsync_studio.engines.speech_shapes.training import texts
from latentsync_studio.engines.speech_shapes.training.augment import degraded, noise, stretched
from latentsync_studio.engines.speech_shapes.training.calibrate import curves_of
from latentsync_studio.engines.speech_shapes.training.evaluate import Tally
from latentsync_studio.engines.speech_shapes.training.make_corpus import (
    degraded_take,
    rows_of,
    spoken,
)


def test_no_voice_or_language_is_both_trained_and_held_out():
    assert not set(texts.TRAINED) & set(texts.HELD_OUT)
    assert not set(texts.TRAINED_VARIANTS) & set(texts.HELD_OUT_VARIANTS)
    assert len(texts.TRAINED) >= 20
    assert len(texts.TRAINED_VARIANTS) >= 30


def test_sentences_are_made_in_the_script_of_the_language():
    random = np.random.default_rng(0)
    for _ in range(30):
        assert not any("a" <= sign <= "z" for sign in texts.sentence("ru", random))
        assert texts.sentence("id", random).isascii()


def test_the_same_seed_makes_the_same_take(voice):
    takes = []
    for _ in range(2):
        random = np.random.default_rng(7)
        takes.append(rows_of(*degraded_take(spoken(random), random)))
    inputs, channels, classes = takes[0]
    assert all(np.array_equal(a, b) for a, b in zip(*takes, strict=True))
    assert inputs.shape == (len(classes), FEATURES)
    assert channels.shape == (len(classes), len(CHANNELS))
    assert classes.max() < len(SOUND_CLASSES)


def test_stretching_moves_the_length_by_its_factor(babble):
    out, factor = stretched(babble, np.random.default_rng(1))
    assert len(out) == pytest.approx(len(babble) * factor, abs=1)
    assert 0.8 < factor < 1.2


def test_degrading_keeps_time(babble):
    out = degraded(babble, np.random.default_rng(2))
    assert len(out) == len(babble)
    assert np.abs(out).max() <= 1
    loud = [np.abs(pcm).reshape(-1, 1600).mean(axis=1) for pcm in (babble, out)]
    assert np.corrcoef(*loud)[0, 1] > 0.5


def test_noise_has_the_level_that_it_promises():
    for seed in range(8):
        assert noise(16000, np.random.default_rng(seed)).std() == pytest.approx(1)


def test_curves_rise_and_stretch_timid_estimates():
    random = np.random.default_rng(0)
    wanted = random.uniform(0, 1, (4000, len(CHANNELS))).astype(np.float32)
    wanted[:, CHANNELS.index("activity")] = 1
    raw = 0.5 + 0.3 * (wanted - 0.5)
    curves = curves_of(raw, wanted, raw[:, CHANNELS.index("closed")])
    assert (np.diff(curves[:, 0], axis=1) > 0).all()
    assert (np.diff(curves[:, 1], axis=1) >= 0).all()
    opened = CHANNELS.index("open")
    assert np.interp(0.63, *curves[opened]) == pytest.approx(0.93, abs=0.05)


def test_a_perfect_estimate_scores_full():
    phonemes = [
        Phoneme(start_s=0.1, end_s=0.3, ipa="a"),
        Phoneme(start_s=0.3, end_s=0.38, ipa="p"),
        Phoneme(start_s=0.38, end_s=0.6, ipa="i"),
        Phoneme(start_s=0.6, end_s=0.7, ipa="f"),
        Phoneme(start_s=0.7, end_s=0.8, ipa="u"),
        Phoneme(start_s=0.8, end_s=0.9, ipa="s"),
    ]
    channels = channel_track(phonemes, 120)
    tally = Tally()
    tally.add(
        SpeechShapes(channels=channels, loudness=channels[:, 0], source="network", context_s=0),
        phonemes,
    )
    figures = tally.figures()
    assert figures["closure_recall"] == figures["closure_precision"] == 1
    assert figures["open_r"] == pytest.approx(1)
    assert figures["activity_accuracy"] == 1


@pytest.mark.slow
def test_the_numpy_network_computes_what_was_trained(tmp_path):
    import torch

    from latentsync_studio.engines.speech_shapes.training import train

    torch.manual_seed(0)
    network = train.Network()
    arrays = train.arrays_of(network)
    (tmp_path / "weights.npz").write_bytes(packed(arrays))
    train.restore(network, tmp_path / "weights.npz")
    model = parse_model(packed({**arrays, "curves": np.zeros((len(CHANNELS), 2, 2), np.float32)}))
    inputs = np.random.default_rng(0).normal(0, 1, (300, FEATURES)).astype(np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(inputs.T.copy())[None])[0].numpy().T
    found = forward(inputs, model)
    assert found == pytest.approx(wanted[NET_REACH:-NET_REACH], abs=2e-4)


@pytest.mark.slow
def test_training_lowers_the_loss_and_repeats_itself(tmp_path):
    import torch

    from latentsync_studio.engines.speech_shapes.training import train

    random = np.random.default_rng(0)
    rows = 40 * 400
    classes = np.repeat(random.integers(0, len(SOUND_CLASSES), rows // 20), 20).astype(np.uint8)
    inputs = np.eye(FEATURES, dtype=np.float16)[classes]
    channels = np.repeat(classes[:, None] % 2, len(CHANNELS), axis=1).astype(np.float16)
    np.savez(tmp_path / "c.npz", inputs=inputs, channels=channels, classes=classes)

    def trained():
        torch.manual_seed(3)
        network = train.Network()
        before = loss(network)
        train.train(network, [tmp_path / "c.npz"], epochs=2, seed=3)
        return before, loss(network), train.arrays_of(network)

    def loss(network):
        x, y, sounds = train.load([tmp_path / "c.npz"])
        with torch.no_grad():
            return float(train.loss_of(network(x[None]), y[None], sounds[None]))

    before, after, weights = trained()
    assert after < before
    again = trained()[2]
    assert all(np.array_equal(weights[name], again[name]) for name in weights)

"""Speech whose sounds are known, by a voice that the network was not trained on."""

from importlib.util import find_spec

import numpy as np
import pytest

from latentsync_studio.engines.speech_shapes import espeak

TEXT = "Maybe Papa bought a bigger boat. My mother keeps five apples, people remember them."


@pytest.fixture(scope="session")
def voice():
    if find_spec("espeakng_loader") is None:
        pytest.skip("espeakng-loader is not installed")
    return espeak.Voice(variant="m7", words_a_minute=160)


@pytest.fixture(scope="session")
def text():
    return TEXT


@pytest.fixture(scope="session")
def utterance(voice, text):
    return espeak.speak(text, "en-us", voice)


@pytest.fixture(scope="session")
def babble():
    """8 s that sound a little like speech: pulses through two moving resonances, and pauses."""
    random = np.random.default_rng(5)
    t = np.arange(8 * 16000) / 16000
    voice = np.sign(np.sin(2 * np.pi * np.cumsum(110 + 20 * np.sin(t)) / 16000) - 0.95) + 1
    first = np.sin(2 * np.pi * np.cumsum(500 + 250 * np.sin(2 * np.pi * 3.1 * t)) / 16000)
    second = np.sin(2 * np.pi * np.cumsum(1500 + 600 * np.sin(2 * np.pi * 2.3 * t)) / 16000)
    envelope = np.clip(np.sin(2 * np.pi * 1.9 * t) + 0.6, 0, 1) * (np.sin(0.9 * t) > -0.5)
    sound = (voice * 0.3 + first + 0.6 * second) * envelope + random.normal(0, 0.01, len(t))
    return (0.1 * sound).astype(np.float32)

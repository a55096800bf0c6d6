"""Speech shapes to mouth targets."""

import numpy as np
import pytest

from latentsync_studio.core.settings.pages import MouthBankSettings, SilenceSettings
from latentsync_studio.core.speech.shapes import SpeechShapes
from latentsync_studio.engines.mouthbank.drive import OPENING_SPEED, Drive, MouthRange, range_of
from tests.engines.mouthbank.conftest import shapes_of

PERSON = MouthRange(
    most=0.14, closed_width=0.6, widening=0.3, swing=0.03, narrowest=-0.05, widest=0.05
)
RATE = 25.0


def apertures(shapes, settings=None, frames=100):
    drive = Drive(shapes, PERSON, settings or MouthBankSettings(), RATE)
    k = np.arange(-drive.slew_frames, frames + drive.slew_frames)
    return drive.targets((k + 0.5) / RATE, np.zeros(len(k), np.int32))[:, 0]


@pytest.fixture
def speech():
    clock = np.arange(401) / 100
    speaking = (clock > 1) & (clock < 3)
    return shapes_of(np.where(speaking, 0.7, 0.0), speaking.astype(float))


def test_the_mouth_is_shut_in_silence_and_open_in_speech(speech):
    found = apertures(speech)
    assert found[:18].max() == 0
    assert found[85:].max() == 0
    assert found[35:65].min() > 0.06


def test_without_the_governor_the_channels_alone_decide(speech):
    channels = speech.channels.copy()
    channels[:, 0] = 0.7
    loose = SpeechShapes(
        channels=channels, loudness=speech.loudness, source="network", context_s=0.1
    )
    free = MouthBankSettings(silence=SilenceSettings(governor=False))
    assert apertures(loose)[:15].max() == 0
    assert apertures(loose, free)[5:15].min() > 0.03


def test_expression_scales_the_opening(speech):
    plain, wide = apertures(speech), apertures(speech, MouthBankSettings(expression=1.3))
    assert wide[50] == pytest.approx(1.3 * plain[50], rel=1e-6)


def test_a_short_closure_reaches_a_frame(speech):
    channels, loudness = speech.channels.copy(), speech.loudness.copy()
    channels[197:203, 3] = 1.0
    loudness[195:205] = 0.4
    shapes = SpeechShapes(channels=channels, loudness=loudness, source="network", context_s=0.1)
    assert apertures(shapes)[48:52].min() < 0.02


def test_a_closure_at_the_loudest_moment_is_doubted_unless_the_text_says_so(speech):
    channels = speech.channels.copy()
    channels[180:220, 3] = 1.0
    heard = SpeechShapes(
        channels=channels, loudness=speech.loudness, source="network", context_s=0.1
    )
    read = SpeechShapes(
        channels=channels, loudness=speech.loudness, source="transcript", context_s=0.1
    )
    assert apertures(heard)[50] > 0.04
    assert apertures(read)[50] < 0.005


def test_opening_speed_is_limited_but_a_cut_is_free():
    shapes = shapes_of(np.r_[np.zeros(200), np.ones(201)], np.ones(401))
    drive = Drive(shapes, PERSON, MouthBankSettings(), RATE)
    k = np.arange(-drive.slew_frames, 100 + drive.slew_frames)
    shots = (k >= 51).astype(np.int32)
    limited = drive.targets((k + 0.5) / RATE, np.zeros(len(k), np.int32))[:, 0]
    assert np.diff(limited).max() <= OPENING_SPEED / RATE + 1e-9
    assert (drive.targets((k + 0.5) / RATE, shots)[51:, 0] >= limited[51:]).all()


def test_frames_outside_the_speech_are_silent(speech):
    drive = Drive(speech, PERSON, MouthBankSettings(), RATE)
    assert not drive.targets(np.arange(40) + 50.0, np.zeros(40, np.int32)).any()


def test_a_persons_range_is_bounded_however_little_they_move():
    still = range_of(np.array([[0.0, 0.6]]))
    assert still.most == pytest.approx(0.12)
    assert still.closed_width == pytest.approx(0.6)
    assert still.narrowest <= -0.04
    assert still.widest >= 0.02

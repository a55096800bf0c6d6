from threading import Event

import numpy as np
import pytest

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.media.audio import AudioReader
from latentsync_studio.services.media_bin.waveforms import stored_waveform, waveform
from tests.media.movies import write_sound


def test_a_waveform_shows_the_click_where_it_is_heard(item, services, tmp_path):
    found = item(write_sound(tmp_path / "a.wav", "pcm_s16le"))
    pyramid = waveform(found, services, CallbackProgress())
    assert (pyramid.rate_hz, pyramid.n_samples) == (48_000, 96_000)
    tile = pyramid.tile(0, 480, 200)
    assert tile[:, 1].argmax() == 100
    assert tile[100, 1] == pytest.approx(0.9, abs=0.01)


def test_sound_that_begins_after_the_picture_is_silent_before(item, services, clip):
    found = item(clip("late start"))
    pyramid = waveform(found, services, CallbackProgress())
    rate = found.audio.rate_hz
    assert found.audio.offset < 0  # the picture begins at 1 s, the sound at 0.5 s
    tile = pyramid.tile(0, rate / 100, 100)
    assert tile[:90, 1].min() > 0.05
    with AudioReader(clip("late start")) as reader:
        heard = sum(block.shape[1] for block in reader.blocks())
    assert pyramid.n_samples == heard + found.audio.offset
    later = item(clip("rate 23.976"))
    tile = waveform(later, services, CallbackProgress()).tile(0, 480, 200)
    assert later.audio.offset == 12_000
    assert not tile[:24].any()
    assert tile[30:100, 1].min() > 0.05


def test_a_waveform_is_made_once(item, services, tmp_path, monkeypatch):
    path = write_sound(tmp_path / "a.wav", "pcm_s16le")
    found = item(path)
    assert stored_waveform(found, services) is None
    made = waveform(found, services, CallbackProgress())
    path.unlink()
    again = waveform(found, services, CallbackProgress())
    assert np.array_equal(made.tile(0, 300, 300), again.tile(0, 300, 300))
    assert stored_waveform(found, services).n_samples == made.n_samples


def test_progress_is_told_in_seconds_and_may_stop_it(item, services, tmp_path):
    found = item(write_sound(tmp_path / "a.wav", "pcm_s16le", seconds=5))
    told = []
    waveform(found, services, CallbackProgress(told.append))
    assert told[-1].done == told[-1].total == 5
    progress = CallbackProgress(stop=Event())
    progress.stop.set()
    services.store.clear()
    with pytest.raises(Cancelled):
        waveform(found, services, progress)
    assert stored_waveform(found, services) is None


def test_a_silent_clip_has_no_waveform(item, services, clip):
    with pytest.raises(InputError, match="no sound"):
        waveform(item(clip("rate 25")), services, CallbackProgress())

"""Preflight of a clip and a speech: what was analysed counts in full, the rest in samples."""

import numpy as np
import pytest
import soundfile

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.speeds import Speed
from latentsync_studio.services.inspect import analysed
from latentsync_studio.services.preflight import files
from latentsync_studio.services.preflight.files import preflight_files
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.speech import load_speech
from latentsync_studio.services.speeds import keep_speeds
from tests.fakes.talking_clips import heads, sceneries, write_clip
from tests.services.conftest import SAMPLE


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(files, "PATIENCE_S", 0.2)
    monkeypatch.setattr(files, "_LEAST_S", 0.05)


def look(services, video, audio, output=None, **changes):
    settings = apply(RenderSettings(), changes)
    request = RenderRequest(
        video=video, audio=audio, output=output or video.parent / "x.mp4", settings=settings
    )
    found = preflight_files(request, services, CallbackProgress(), has_output=output is not None)
    return found, {each.id: each for each in found.findings}


def test_a_good_pair_has_nothing_in_the_way_and_nothing_is_stored(tiny, services):
    found, by_id = look(services, *tiny)
    assert found.warnings == ()
    assert found.frames == 64
    assert by_id["face-samples"].estimated
    assert by_id["face-samples"].numbers["samples"] >= 1
    assert 150 < by_id["face-size"].numbers["face_px"] < 220
    assert by_id["sound-level"].numbers["speech_db"] > -30
    assert by_id["length"].severity == "info"
    assert by_id["disk"].numbers["free_gib"] > 0
    assert services.store.info().entries == 0


def test_what_was_analysed_is_used_in_full(tiny, services):
    analysed(tiny[0], services, CallbackProgress())
    digest = services.digests.digest(tiny[1])
    load_speech(tiny[1], digest, None, "", services.store, CallbackProgress())
    found, by_id = look(services, *tiny)
    assert "face-samples" not in by_id
    assert not by_id["face-size"].estimated
    assert found.forecast.analyse == 0


def test_the_time_is_told_once_the_machine_was_measured(tiny, services):
    found, by_id = look(services, *tiny)
    assert found.forecast.total is None
    assert "benchmark" in by_id["time"].remedy
    size = {"width": 320, "height": 320}
    keep_speeds(
        services.engines.notes,
        [
            Speed(work="analyse", warm=32.0, **size),
            Speed(work="draw", engine="mouthbank", device="cpu", warm=16.0, **size),
            Speed(work="write", setting="Standard", warm=64.0, **size),
        ],
    )
    found, by_id = look(services, *tiny)
    assert found.forecast.total == pytest.approx(2 + 4 + 1)
    assert by_id["time"].numbers["draw_s"] == 4.0


def test_different_lengths_are_told_with_what_the_policy_does(tiny, services, tmp_path):
    samples, rate = soundfile.read(SAMPLE / "speech.wav")
    longer = tmp_path / "longer.wav"
    soundfile.write(longer, samples[: 5 * rate], rate)
    _, by_id = look(services, tiny[0], longer, length_policy="loop")
    found = by_id["length"]
    assert (found.severity, found.actions) == ("warning", ("length-policy",))
    assert found.numbers["gap_s"] == pytest.approx(5 - 64 / 25, abs=0.01)
    assert "Length policy loop" in found.sentence
    assert "again from its start" in found.sentence


def test_clipped_noisy_and_silent_speech_is_told(tiny, services, tmp_path):
    samples, rate = soundfile.read(SAMPLE / "speech.wav")
    speech = samples[: int(2.56 * rate)]
    loud, noisy, silent = (tmp_path / f"{name}.wav" for name in ("loud", "noisy", "silent"))
    soundfile.write(loud, np.clip(8 * speech, -1, 1), rate)
    hiss = 0.05 * np.random.default_rng(0).standard_normal(len(speech))
    soundfile.write(noisy, speech + hiss, rate)
    pause = speech.copy()
    pause[int(0.5 * rate) : int(2.0 * rate)] = 0
    soundfile.write(silent, pause, rate)
    clipping = look(services, tiny[0], loud)[1]["clipping"]
    assert clipping.severity == "warning"
    assert clipping.numbers["clipped_ppm"] > 1000
    level = look(services, tiny[0], noisy)[1]["sound-level"]
    assert level.severity == "warning"
    assert level.numbers["noise_db"] == pytest.approx(-26, abs=1.5)
    silence = look(services, tiny[0], silent)[1]["silence"]
    assert silence.numbers["silence_share"] > 0.5
    (span,) = silence.spans
    assert span == (pytest.approx(12, abs=2), pytest.approx(50, abs=2))
    soundfile.write(silent, np.zeros(rate), rate)
    assert look(services, tiny[0], silent)[1]["no-speech"].severity == "warning"


def test_a_clip_of_other_shots_and_times_is_told(tiny, services, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "PATIENCE_S", 60.0)  # all of its few frames are looked at
    pictures = [*heads(4), *sceneries(4)]
    times = [3600 * k + 700 * (k % 2) for k in range(8)]
    clip = write_clip(tmp_path / "vfr.mp4", pictures, times=times)
    _, by_id = look(services, clip, tiny[1])
    assert by_id["vfr"].severity == "info"
    assert by_id["cuts"].numbers["cuts"] == 1
    assert by_id["no-face"].severity == "warning"
    assert by_id["no-face"].spans == ((4, 8),)


def test_what_keeps_a_render_from_beginning_blocks(tiny, services, tmp_path):
    found, by_id = look(services, tmp_path / "gone.mp4", tiny[1])
    assert found.is_blocked
    assert by_id["missing-file"].severity == "blocking"
    assert by_id["missing-file"].actions == ("relink",)
    assert "sound-level" in by_id  # all that can be looked at is
    found, by_id = look(services, *tiny, output=tmp_path / "no folder" / "x.mp4")
    assert by_id["bad-output"].actions == ("choose-output",)
    found, by_id = look(services, *tiny, engine="latentsync")
    assert by_id["weights-missing"].actions == ("open-weights", "other-engine")


def test_it_can_be_stopped(tiny, services):
    progress = CallbackProgress()
    progress.stop.set()
    request = RenderRequest(video=tiny[0], audio=tiny[1], output=tiny[0].parent / "x.mp4")
    with pytest.raises(Cancelled):
        preflight_files(request, services, progress)

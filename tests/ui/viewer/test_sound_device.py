"""Sound through the real library and ALSA, into a file: every sample of the mix, in order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.timeline.mix import SequenceMix
from tests.ui.viewer.aloud import document

ROOT = Path(__file__).parents[3]
HZ, FRAMES = 48_000, 20
# a device that writes what it is given into a file, and swallows it as fast as it comes
ALSA = """
pcm.!default {{
  type plug
  slave.pcm {{ type file slave.pcm {{ type null }} file "{file}" format "raw" }}
}}
"""


def has_alsa() -> bool:
    if sys.platform != "linux":
        return False
    try:
        import sounddevice
    except OSError:
        return False
    return any(api["name"] == "ALSA" for api in sounddevice.query_hostapis())


@pytest.mark.slow
@pytest.mark.skipif(not has_alsa(), reason="needs PortAudio with ALSA")
def test_every_sample_of_the_mix_leaves_the_device_in_order(tmp_path, services):
    draw = np.random.default_rng(3)
    samples = draw.integers(3000, 30_000, HZ * FRAMES // 25).astype(np.int16)  # never silent
    sound, written = tmp_path / "speech.wav", tmp_path / "heard.raw"
    soundfile.write(sound, samples, HZ, subtype="PCM_16")
    config = tmp_path / "asound.conf"
    config.write_text(ALSA.format(file=written), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.viewer.aloud", str(tmp_path / "home"), str(sound)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "ALSA_CONFIG_PATH": str(config)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["has_device"]
    assert told["heard"]
    assert told["seen"] == sorted(told["seen"])
    assert told["seen"][-1] == FRAMES - 1
    assert told["seconds"] > FRAMES / 25  # the device is too fast; the clock is not
    project = document(sound, services)
    mix = SequenceMix(services, HZ, 2)
    wanted = mix.read(project, project.sequences[0].id, FrameRange(0, len(samples)))
    mix.close()
    heard = np.fromfile(written, np.float32).reshape(-1, 2)
    assert np.array_equal(heard[heard[:, 0] != 0], wanted)

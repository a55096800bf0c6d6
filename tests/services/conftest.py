"""A small clip with a face and a short speech, cut from the bundled sample."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from latentsync_studio.services.wiring import open_services

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"


def cut_clip(path: Path, frames: int, *, box=(140, 20, 320, 320), codec="libx264", **options):
    """Write the first frames of the sample, cropped to `box` (x, y, width, height)."""
    x, y, width, height = box
    with av.open(str(SAMPLE / "portrait.mp4")) as source, av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=25)
        stream.width, stream.height = width, height
        stream.pix_fmt = options.pop("pix_fmt", "yuv420p")
        stream.options = {"crf": "12", "preset": "veryfast", **options}
        for number, frame in enumerate(source.decode(video=0)):
            if number == frames:
                break
            pixels = frame.to_ndarray(format="rgb24")[y : y + height, x : x + width]
            cut = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            cut.pts, cut.time_base = number, Fraction(1, 25)
            target.mux(stream.encode(cut))
        target.mux(stream.encode(None))
    return path


def cut_speech(path: Path, seconds: float):
    """Write the beginning of the sample's speech."""
    samples, rate = soundfile.read(SAMPLE / "speech.wav")
    soundfile.write(path, samples[: int(seconds * rate)], rate, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Return (clip, speech): 64 frames of 320x320 with a face, and as much speech."""
    folder = tmp_path_factory.mktemp("tiny clip")
    return cut_clip(folder / "clip.mp4", 64), cut_speech(folder / "speech.wav", 64 / 25)


@pytest.fixture
def services(own_data_home):
    """Open services on a data folder of the test's own."""
    with open_services(own_data_home) as opened:
        yield opened

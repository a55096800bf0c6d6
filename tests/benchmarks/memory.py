"""Anonymous memory of a long render against a short one: it must not grow with the length.

Makes clips of the given lengths from the bundled sample (frames to and fro), renders each in a
process of its own with an empty store and samples RssAnon (memory that no file backs) all along.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
BOX = np.s_[20:340, 140:460]


def make_clip(path: Path, minutes: float) -> None:
    """The sample's head, 320x320, played to and fro for `minutes`."""
    with av.open(str(SAMPLE / "portrait.mp4")) as source:
        pictures = [f.to_ndarray(format="rgb24")[BOX].copy() for f in source.decode(video=0)]
    around = pictures + pictures[-2:0:-1]
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=25)
        stream.width = stream.height = 320
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "ultrafast", "crf": "20"}
        for number in range(round(minutes * 60 * 25)):
            frame = av.VideoFrame.from_ndarray(around[number % len(around)], format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def make_speech(path: Path, minutes: float) -> None:
    """The sample's speech, repeated for `minutes`."""
    samples, rate = soundfile.read(SAMPLE / "speech.wav", dtype="float32")
    wanted = round(minutes * 60 * rate)
    soundfile.write(path, np.resize(samples, wanted), rate, subtype="PCM_16")


def peak_anonymous_mib(command: list[str], home: Path) -> tuple[float, float]:
    """Run `command`; (largest RssAnon in MiB, seconds)."""
    began, peak = time.monotonic(), 0.0
    process = subprocess.Popen(
        command,
        env={**os.environ, "LATENTSYNC_STUDIO_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        lines = [line for line in status.splitlines() if line.startswith("RssAnon")]
        peak = max([peak, *(int(line.split()[1]) / 1024 for line in lines)])
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return peak, time.monotonic() - began


def main() -> None:
    """Render all lengths and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 10.0])
    args = parser.parse_args()
    sys.stdout.write("| minutes | peak RssAnon MiB | seconds |\n|---|---|---|\n")
    for minutes in args.minutes:
        with tempfile.TemporaryDirectory() as folder:
            clip, speech = Path(folder, "clip.mp4"), Path(folder, "speech.wav")
            make_clip(clip, minutes)
            make_speech(speech, minutes)
            command = [sys.executable, "-m", "latentsync_studio", "render", str(clip)]
            command += [str(speech), "-o", str(Path(folder, "out.mp4")), "--json"]
            peak, seconds = peak_anonymous_mib(command, Path(folder, "home"))
        sys.stdout.write(f"| {minutes:g} | {peak:.0f} | {seconds:.0f} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

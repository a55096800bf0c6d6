"""Do the lips meet on p, b and m? Speech with known sounds, drawn on real clips, measured anew.

eSpeak NG speaks sentences and tells when each sound begins; the clip is rendered with that speech
from audio alone and with the transcript, and the mouth is measured on every frame of the result.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import soundfile

from latentsync_studio.core.speech.sync import closure_recall
from latentsync_studio.engines.speech_shapes.espeak import speak
from tests.benchmarks.goals import PAIRS, SHARED, apertures, rendered

TEXT = (
    "Bob put a big map in my blue backpack. Maybe Pam can jump up and bring a lamb home before "
    "midnight. Please remember the perfect number, my poor baby."
)
SHUT = 0.02  # eye distances


def main() -> None:
    """Render, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=SHARED)
    args = parser.parse_args()
    spoken = speak(TEXT, "en-us")
    sys.stdout.write("| clip | from audio alone | with transcript |\n|---|---|---|\n")
    for name, video, _ in PAIRS:
        cells = []
        with tempfile.TemporaryDirectory() as folder:
            home, speech = Path(folder, "home"), Path(folder, "speech.wav")
            soundfile.write(speech, spoken.pcm, 16_000)
            for options in ((), ("--transcript", TEXT)):
                output = Path(folder, "out.mp4")
                policy = ("--length-policy", "bounce", "--no-measure")
                rendered(args.clips / video, speech, output, home, *policy, *options)
                values, seconds = apertures(output, home)
                met, known = closure_recall(values, seconds, spoken.phonemes, shut_below=SHUT)
                cells.append(f"{met}/{known} = {met / known:.0%}")
        sys.stdout.write(f"| {name} | {cells[0]} | {cells[1]} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Measure the render goals on real clips and print a table.

Every clip is rendered by the command line in a process of its own: with an empty store (end to
end), with the analysis kept but no patches (--fresh), and with everything kept. The mouth is then
measured anew on the written file, frame by frame, against the loudness of the speech.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SHARED = Path(__file__).parents[3] / "shared" / "data" / "clips"
PAIRS = (
    ("demo1", "demo1_video.mp4", "demo1_audio.wav"),
    ("demo2", "demo2_video.mp4", "demo2_audio.wav"),
    ("talker3", "talker3.mp4", "speech1.wav"),
)


def rendered(video: Path, audio: Path, output: Path, home: Path, *options: str) -> dict:
    """One run of the command line; its JSON report."""
    command = [sys.executable, "-m", "latentsync_studio", "render", str(video), str(audio)]
    command += ["-o", str(output), "--json", *options]
    done = subprocess.run(
        command,
        env={**os.environ, "LATENTSYNC_STUDIO_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{video.name}: {done.stdout}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def apertures(video: Path, home: Path) -> tuple[np.ndarray, np.ndarray]:
    """Aperture of the largest face in every frame of a file, and the frames' middle times."""
    from latentsync_studio.core.face.landmarks import aperture
    from latentsync_studio.core.progress import CallbackProgress
    from latentsync_studio.media.reader import FrameReader
    from latentsync_studio.services.analyse import analyse_faces
    from latentsync_studio.services.wiring import open_services

    with open_services(home) as services, FrameReader(video) as reader:
        digest = services.digests.digest(video)
        found = analyse_faces(reader, digest, services.store, CallbackProgress(), [])
        track = found.analysis.tracks[0]
        pts = np.array(reader.index.pts)
        ends = np.append(pts[1:], reader.index.end_pts)
        seconds = ((pts + ends) / 2 - pts[0]) * float(reader.index.time_base)
        return np.array([aperture(row) for row in track.landmarks]), seconds


def sync_of(video: Path, audio: Path, home: Path) -> dict:
    """Correlation and lag of a file's mouth with the loudness of a speech, every frame."""
    from latentsync_studio.engines.speech_shapes import network
    from latentsync_studio.media.audio import read_mono
    from latentsync_studio.services.score import follow

    values, seconds = apertures(video, home)
    found = follow(values, seconds, network.speech_shapes(read_mono(audio)), 1)
    return {
        "r": found.aperture_correlation,
        "lag": found.lag_frames,
        "leak": found.silence_leak,
    }


def main() -> None:
    """Render and measure all pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=SHARED)
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, video, audio in PAIRS:
        with tempfile.TemporaryDirectory() as folder:
            home, source, speech = Path(folder), args.clips / video, args.clips / audio
            output = args.out / f"{name}.mp4"
            cold = rendered(source, speech, output, home)
            redraw = rendered(source, speech, output, home, "--fresh")
            kept = rendered(source, speech, output, home)
            mouth = sync_of(output, speech, home)
            before = sync_of(source, speech, home)
        rows.append(
            f"| {name} | {cold['width']}x{cold['height']} | {cold['frames']} "
            f"| {cold['frames_per_second']:.1f} | {redraw['frames_per_second']:.1f} "
            f"| {kept['frames_per_second']:.1f} | {mouth['r']} @ {mouth['lag']} "
            f"| {before['r']} @ {before['lag']} | {mouth['leak']} | {cold['peak_rss_mib']:.0f} |"
        )
        sys.stdout.write(rows[-1] + "\n")
    head = (
        "| clip | size | frames | fps end to end | fps analysis kept | fps all kept "
        "| aperture r @ lag | source r @ lag | silence leak | peak RSS MiB |\n"
        "|---|---|---|---|---|---|---|---|---|---|"
    )
    sys.stdout.write("\n" + head + "\n" + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()

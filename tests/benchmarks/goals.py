"""Measure the render goals on real clips and print a table.

Every clip is rendered by the command line in a process of its own: with an empty store (end to
end), with the analysis kept but no patches (--fresh), and with everything kept. The mouth is then
measured anew on the written file, frame by frame, against the loudness of the speech; so is the
source's own mouth, against its own sound (as good as it gets) and against the foreign speech (as
bad). Speeds are frames a second within the render / of the whole process with its start.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.services.request import Metrics

SHARED = Path(__file__).parents[3] / "shared" / "data" / "clips"
SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
PAIRS = (
    ("demo1", "demo1_video.mp4", "demo1_audio.wav"),
    ("demo2", "demo2_video.mp4", "demo2_audio.wav"),
    ("talker3", "talker3.mp4", "speech1.wav"),
)

HEAD = (
    "| clip | size | frames | fps end to end | fps analysis kept | fps all kept | aperture r @ lag "
    "| source, own sound | source, foreign speech | silence leak | peak RSS MiB |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def rendered(video: Path, audio: Path, output: Path, home: Path, *options: str) -> dict:
    """One run of the command line; its JSON report and `process_seconds`."""
    began = time.monotonic()
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
    return {**json.loads(done.stdout), "process_seconds": time.monotonic() - began}


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


def sync_of(video: Path, sounds: tuple[Path, ...], home: Path) -> list[Metrics]:
    """How a file's mouth follows the loudness of each of `sounds`, on every frame."""
    from latentsync_studio.engines.speech_shapes import network
    from latentsync_studio.media.audio import read_mono
    from latentsync_studio.services.quality.mouth import follow

    values, seconds = apertures(video, home)
    return [follow(values, seconds, network.speech_shapes(read_mono(s)), 1) for s in sounds]


def write_still(folder: Path) -> Path:
    """A clip of one frame: the first of the bundled sample."""
    import av

    from tests.fakes.talking_clips import write_clip

    with av.open(str(SAMPLE / "portrait.mp4")) as movie:
        picture = next(movie.decode(video=0)).to_ndarray(format="rgb24")
    return write_clip(folder / "still.mp4", [picture])


def measured(name: str, video: Path, audio: Path, output: Path, *options: str) -> str:
    """Render one pair in all ways and measure it: a row of the table."""
    is_still = "hold" in options
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        cold = rendered(video, audio, output, home, *options)
        redraw = rendered(video, audio, output, home, *options, "--fresh")
        kept = rendered(video, audio, output, home, *options)
        (mouth,) = sync_of(output, (audio,), home)
        own, foreign = (None, None) if is_still else sync_of(video, (video, audio), home)
    speeds = " | ".join(
        f"{run['frames_per_second']:.1f} / {run['frames'] / run['process_seconds']:.1f}"
        for run in (cold, redraw, kept)
    )
    return (
        f"| {name} | {cold['width']}x{cold['height']} | {cold['frames']} | {speeds} "
        f"| {_follows(mouth)} | {_follows(own)} | {_follows(foreign)} "
        f"| {mouth.silence_leak} | {cold['peak_rss_mib']:.0f} |"
    )


def _follows(found: Metrics | None) -> str:
    return "-" if found is None else f"{found.aperture_correlation} @ {found.lag_frames}"


def main() -> None:
    """Render and measure all pairs and a still."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=SHARED)
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    parser.add_argument("--only", nargs="+", choices=[*(pair[0] for pair in PAIRS), "still"])
    args = parser.parse_args()
    wanted = args.only or [*(pair[0] for pair in PAIRS), "still"]
    args.out.mkdir(parents=True, exist_ok=True)
    began, load = time.monotonic(), os.getloadavg()[0]
    sys.stdout.write(HEAD + "\n")
    for name, video, audio in PAIRS:
        if name in wanted:
            pair = args.clips / video, args.clips / audio
            sys.stdout.write(measured(name, *pair, args.out / f"{name}.mp4") + "\n")
            sys.stdout.flush()
    if "still" in wanted:
        with tempfile.TemporaryDirectory() as folder:
            pair = write_still(Path(folder)), SAMPLE / "speech.wav"
            hold = ("--length-policy", "hold")
            sys.stdout.write(measured("still", *pair, args.out / "still.mp4", *hold) + "\n")
    sys.stdout.write(f"\n{time.monotonic() - began:.0f} s; load at the start {load:.1f}, ")
    sys.stdout.write(f"at the end {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Make the bundled sample: a talking portrait and speech that it never spoke.

    python packaging/make_sample.py [--out resources/sample]

The face is NASA's public-domain portrait of astronaut Eileen Collins as scikit-image ships it,
moved by animate_portrait.py; the speech is synthesized by the espeak-ng program. Needs the extra
`sample` and espeak-ng on the PATH. Two runs with the same versions write the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

sys.path.insert(0, str(Path(__file__).parent))

from animate_portrait import F64, Animator, Head, Pose

from latentsync_studio.engines.face_mesh.stills import landmarks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

RATE, SECONDS = 25, 8
LEFT, TOP, SIDE, SCALE = 73, 0, 300, 2  # head and shoulders of the 512 px portrait, enlarged
HEAD = Head(center=(309, 205), radii=(150, 178))
SENTENCES = (
    "Wow, hello! My mouth can laugh, yawn and shout out loud.",
    "Bob and Pam chopped a bag of hot apples.",
)
PAUSE_MS = 900
VOICE = ("-v", "en-us+f3", "-s", "165", "-p", "45")
BLINKS = (1.0, 3.4, 5.2, 7.3)  # seconds
PAUSES = ((2.7, 3.3), (5.6, 6.2), (7.6, 9.0))  # seconds in which the portrait only smiles


def portrait() -> NDArray[np.uint8]:
    """Return head and shoulders of the portrait, enlarged and slightly sharpened."""
    from skimage.data import astronaut

    crop = astronaut()[TOP : TOP + SIDE, LEFT : LEFT + SIDE]
    size = (SIDE * SCALE, SIDE * SCALE)
    big = cv2.resize(crop, size, interpolation=cv2.INTER_LANCZOS4).astype(np.float32)
    sharp = big + 0.35 * (big - cv2.GaussianBlur(big, (0, 0), 1.6))
    return np.asarray(np.clip(np.rint(sharp), 0, 255), np.uint8)


def syllables(rest: float) -> tuple[F64, F64]:
    """Return aperture and narrowing, px, of every frame: made-up talk with closures and pauses."""
    random = np.random.default_rng(20240)
    keys: list[tuple[float, float, float]] = [(0.0, 0.0, 0.0)]
    time, opened = 0.25, False
    while time < SECONDS + 0.5:
        pause = next((p for p in PAUSES if p[0] <= time < p[1]), None)
        if pause is not None:
            smile = float(random.uniform(0.0, 0.7)) * rest
            keys += [(time, smile, 0.0), (pause[1], smile, 0.0)]
            time, opened = pause[1], False
        else:
            wide = random.uniform(0.75, 1.6) if not opened else random.choice((0.0, 0.15, 0.4))
            keys.append((time, float(wide) * rest, float(random.choice((0.0, 4.0, 9.0)))))
            opened = not opened
        time += float(random.uniform(0.10, 0.17))
    t, aperture, narrow = np.array(keys).T
    frames = np.arange(RATE * SECONDS) / RATE
    return PchipInterpolator(t, aperture)(frames), PchipInterpolator(t, narrow)(frames)


def poses(rest: float) -> Iterator[Pose]:
    """Yield the pose of every frame."""

    def wave(t: float, *parts: tuple[float, float, float]) -> float:
        return float(sum(size * np.sin(2 * np.pi * (hz * t + phase)) for size, hz, phase in parts))

    for frame, (aperture, narrow) in enumerate(zip(*syllables(rest), strict=True)):
        t = frame / RATE
        blink = max(max(0.0, 1 - abs(t - at) / 0.14) for at in BLINKS)
        yaw = wave(t, (3.2, 0.17, 0.0), (1.1, 0.43, 0.3))
        pitch = wave(t, (1.5, 0.23, 0.6), (0.9, 0.71, 0.1))
        roll = wave(t, (1.1, 0.13, 0.2), (0.4, 0.37, 0.5))
        yield Pose(
            aperture=float(aperture),
            narrow=float(narrow),
            blink=min(1.0, 1.25 * blink),
            turn=(yaw, pitch, roll),
            shift=(wave(t, (2.0, 0.19, 0.4)), wave(t, (1.2, 0.31, 0.7))),
            breath=wave(t, (1.1, 0.26, 0.0)),
        )


def write_video(path: Path, frames: Iterator[NDArray[np.uint8]]) -> None:
    """Encode RGB frames as H.264, BT.709, limited range; one thread, so that it is reproducible."""
    with av.open(path, "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as movie:
        stream = movie.add_stream("libx264", rate=RATE)
        stream.width = stream.height = SIDE * SCALE
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        stream.options = {"crf": "18", "preset": "slow", "flags": "+bitexact"}
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        context.color_range = 1  # limited
        context.time_base = Fraction(1, RATE)
        for rgb in frames:
            picture = av.VideoFrame.from_ndarray(rgb, "rgb24")
            movie.mux(stream.encode(picture.reformat(format="yuv420p", dst_colorspace="ITU709")))
        movie.mux(stream.encode(None))


def write_speech(path: Path) -> str:
    """Let espeak-ng speak the sentences with a pause between them; return its version."""
    text = f"<speak>{SENTENCES[0]}<break time='{PAUSE_MS}ms'/>{SENTENCES[1]}</speak>"
    subprocess.run(["espeak-ng", "-m", *VOICE, "-w", str(path), text], check=True)
    told = subprocess.run(["espeak-ng", "--version"], check=True, capture_output=True, text=True)
    return " ".join(told.stdout.split()[:4])


def write_card(folder: Path, espeak: str) -> None:
    """Say what the files are, where they come from and what may be done with them."""
    card = {
        "title": "Talking portrait and synthesized speech",
        "made_by": "packaging/make_sample.py",
        "sentences": list(SENTENCES),
        "files": {
            name: {
                "bytes": (folder / name).stat().st_size,
                "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            }
            for name in ("portrait.mp4", "speech.wav")
        },
        "video": {
            "origin": "NASA portrait of astronaut Eileen M. Collins, from scikit-image's"
            " data.astronaut()",
            "license": "Public domain (a work of the United States government)",
            "changes": "Cropped, enlarged, animated by a script: head, eyes and mouth. The person"
            " never made these movements.",
        },
        "speech": {
            "origin": f"Synthesized by {espeak}, voice {VOICE[1]}; no recording of a person",
            "license": "CC0-1.0",
        },
    }
    (folder / "sample.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Write portrait.mp4, speech.wav and sample.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("resources/sample"))
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    still = portrait()
    points = landmarks_of(still).astype(np.float64) - (0.5, 0.5, 0.0)  # centers at whole numbers
    animator = Animator(still, points, HEAD)
    write_video(folder / "portrait.mp4", map(animator.frame, poses(animator.rest_aperture)))
    write_card(folder, write_speech(folder / "speech.wav"))


if __name__ == "__main__":
    main()

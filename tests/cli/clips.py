"""Small clips and sounds for the tests of the command line, made from the bundled sample."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
import soundfile
from scipy.spatial import Delaunay

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
FACE = (140, 60, 320, 320)  # x, y, width, height around the sample's face


@cache
def sample_frames(count=24):
    """Return the first frames of the sample, (600, 600, 3) u8 RGB."""
    with av.open(str(SAMPLE / "portrait.mp4")) as movie:
        frames = movie.decode(video=0)
        return [next(frames).to_ndarray(format="rgb24") for _ in range(count)]


def face_frames(count=16, box=FACE):
    """Return frames that show the face of the sample."""
    x, y, width, height = box
    return [frame[y : y + height, x : x + width] for frame in sample_frames()[:count]]


def plain_frames(count=16, width=320, height=320):
    """Return frames of moving color in which there is nobody."""
    y, x = np.mgrid[:height, :width]
    blue = (x + y) // 4 % 256
    return [
        np.stack([(x + 5 * k) % 256, (y + 3 * k) % 256, blue], -1).astype(np.uint8)
        for k in range(count)
    ]


def profile_frames(count=16, degrees=75.0):
    """Return the face of the sample turned far away: its mesh, turned and painted back to front."""
    from latentsync_studio.engines.face_mesh.stills import landmarks_of

    still = sample_frames()[0]
    points = landmarks_of(still)[:468].astype(np.float64)
    triangles = Delaunay(points[:, :2]).simplices
    middle = points.mean(0)
    turned = points - middle
    angle = np.deg2rad(degrees)
    x = turned[:, 0] * np.cos(angle) + turned[:, 2] * np.sin(angle)
    depth = turned[:, 2] * np.cos(angle) - turned[:, 0] * np.sin(angle)
    there = np.stack([x * 1.4 + 160, turned[:, 1] * 1.4 + 160], -1).astype(np.float32)
    image = np.full((320, 320, 3), (150, 145, 140), np.uint8)
    for corners in sorted(triangles, key=lambda t: -depth[t].mean()):
        change = cv2.getAffineTransform(points[corners, :2].astype(np.float32), there[corners])
        drawn = cv2.warpAffine(still, change, (320, 320))
        mask = np.zeros((320, 320), np.uint8)
        cv2.fillConvexPoly(mask, np.rint(there[corners]).astype(np.int32), 255)
        image[mask > 0] = drawn[mask > 0]
    return [np.roll(image, k % 3, axis=1) for k in range(count)]


def write_clip(path, frames, *, codec="libx264", pix_fmt="yuv420p", times=None, **options):
    """Encode RGB frames at 25 frames/s, or at `times` (units of 1/1000 s)."""
    base = Fraction(1, 25) if times is None else Fraction(1, 1000)
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream(codec, rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = stream.time_base = base
        stream.options = {"crf": "14", "preset": "ultrafast", **options}
        for number, rgb in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            picture.pts = number if times is None else times[number]
            picture.time_base = base
            movie.mux(stream.encode(picture))
        movie.mux(stream.encode(None))
    return path


def write_speech(path, seconds=0.64, *, rate=22050, channels=1, silent=False):
    """Write the beginning of the sample's speech at another rate, the same on all channels."""
    samples, own_rate = soundfile.read(SAMPLE / "speech.wav")
    times = np.arange(int(seconds * rate)) / rate
    sound = np.interp(times, np.arange(len(samples)) / own_rate, samples) * (not silent)
    soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), rate, subtype="PCM_16")
    return path

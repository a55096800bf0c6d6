"""A drawn face that talks: pictures and track without a decoder or a face network."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from latentsync_studio.core.engine import SeenFace, Take
from latentsync_studio.core.face.track import FaceTrack
from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.pages import MouthBankSettings
from latentsync_studio.core.speech.shapes import SpeechShapes
from latentsync_studio.engines.mouthbank.anatomy import (
    IN_LO,
    IN_UP,
    LOWER_LIP,
    OUT_LO,
    OUT_UP,
    OVAL,
)
from latentsync_studio.engines.mouthbank.engine import MouthBank

RGB = PixelFormat(name="gbrp", bits=8, sub_x=0, sub_y=0, matrix="rgb", full_range=True)
WIDTH, HEIGHT, SCALE = 240, 260, 90.0
RATE = 25.0


def face_mesh(aperture: float, shift: float = 0.0) -> np.ndarray:
    """(478, 3) px of the drawn face with its mouth open by `aperture` eye distances."""
    mesh = np.load(Path(__file__).parent / "face.npy").astype(np.float64)
    middle = (mesh[IN_UP] + mesh[IN_LO]) / 2
    mesh[IN_UP] = mesh[IN_LO] = middle
    x, y = np.abs(mesh[:, 0]), mesh[:, 1]
    drop = np.where(y > 0.03, 0.6 * np.clip(1 - x / 0.9, 0, 1) * np.clip((y - 0.03) / 0.1, 0, 1), 0)
    drop[LOWER_LIP] = np.clip(1.1 - (x[LOWER_LIP] / 0.3) ** 2, 0, 1.0)
    mesh[:, 1] += aperture * drop
    return mesh * SCALE + (WIDTH / 2 + shift, 150.0, 0.0)


def face_rgb(mesh: np.ndarray) -> np.ndarray:
    """A picture of `mesh`: skin with grain, lips, dark inner mouth, a row of teeth."""
    grain = np.random.default_rng(5).integers(-14, 15, (HEIGHT, WIDTH, 1))
    rgb = np.full((HEIGHT, WIDTH, 3), (70, 90, 120), np.uint8)

    def fill(points, color):
        cv2.fillPoly(rgb, [np.round(points[:, :2] * 16).astype(np.int32)], color, cv2.LINE_AA, 4)

    top = mesh[[10, 338, 284, 454]], mesh[[234, 54, 109]]
    fill(np.concatenate([*top[::-1], top[0], mesh[OVAL[::-1]]]), (205, 160, 135))
    fill(np.concatenate([mesh[[61]], mesh[OUT_UP], mesh[[291]], mesh[OUT_LO[::-1]]]), (170, 80, 85))
    fill(np.concatenate([mesh[[78]], mesh[IN_UP], mesh[[308]], mesh[IN_LO[::-1]]]), (45, 20, 20))
    for eye in (33, 133, 362, 263):
        cv2.circle(rgb, tuple(int(v) for v in mesh[eye, :2]), 4, (40, 40, 60), -1)
    return np.clip(rgb.astype(int) + grain, 0, 255).astype(np.uint8)


def picture(rgb: np.ndarray, index: int) -> Picture:
    planes = tuple(np.ascontiguousarray(rgb[..., k]) for k in range(3))
    return Picture(planes=planes, format=RGB, index=index, pts=index)


def shapes_of(opening: np.ndarray, speaking: np.ndarray) -> SpeechShapes:
    """A 100 Hz track with these openings where somebody speaks."""
    channels = np.zeros((len(opening), 7), np.float32)
    channels[:, 0], channels[:, 6] = opening, speaking
    return SpeechShapes(
        channels=channels,
        loudness=(0.8 * speaking).astype(np.float32),
        source="network",
        context_s=0.1,
    )


def track_of(meshes: np.ndarray) -> FaceTrack:
    count = len(meshes)
    return FaceTrack(
        id=0,
        landmarks=meshes.astype(np.float32),
        present=np.ones(count, bool),
        shot=np.zeros(count, np.int32),
        angles=np.zeros((count, 3), np.float32),
        eye_distance=np.full(count, SCALE, np.float32),
        occlusion=np.zeros(count, np.float32),
        usable=np.ones(count, np.float32),
        reason=np.zeros(count, np.uint8),
    )


@dataclass
class Talker:
    """A clip, what the collector kept of it, and a take with a speech."""

    pictures: list[Picture]
    take: Take

    def open(self, **changes):
        return MouthBank().open(replace(self.take, **changes), CallbackProgress())


def talker(apertures: np.ndarray, shapes: SpeechShapes, seen: int | None = None) -> Talker:
    """Film a face with these apertures; the collector sees the first `seen` frames."""
    meshes = np.stack([face_mesh(a, 2 * np.sin(k / 9)) for k, a in enumerate(apertures)])
    pictures = [picture(face_rgb(m), k) for k, m in enumerate(meshes)]
    collector = MouthBank().collector()
    for shown, mesh in list(zip(pictures, meshes, strict=True))[:seen]:
        collector.observe(shown, [SeenFace(raw_id=7, landmarks=mesh.astype(np.float32))])
    count = len(apertures)
    take = Take(
        width=WIDTH,
        height=HEIGHT,
        rate=RATE,
        face=track_of(meshes),
        raw_ids=(7,),
        source=np.arange(count, dtype=np.int32),
        seconds=(np.arange(count) + 0.5) / RATE,
        pcm=np.zeros(int(count / RATE * 16000), np.float32),
        shapes=shapes,
        kept=[collector.flush()],
        settings=MouthBankSettings(),
        seed=0,
    )
    return Talker(pictures, take)


@pytest.fixture(scope="session")
def chatter() -> Talker:
    """Six seconds of a talking mouth with a speech of its own, silent in the last 1.6 s."""
    count = 150
    t = np.arange(count) / RATE
    apertures = 0.07 * (1 + np.sin(2 * np.pi * 1.7 * t))
    clock = np.arange(int(count / RATE * 100) + 1) / 100
    opening = 0.5 + 0.45 * np.sin(2 * np.pi * 2.3 * clock)
    speaking = (clock < 4.4).astype(np.float64)
    return talker(apertures, shapes_of(opening * speaking, speaking))


@pytest.fixture(scope="session")
def photograph() -> Talker:
    """A closed-mouth photograph for two seconds, of which one frame was kept."""
    count = 50
    clock = np.arange(201) / 100
    opening = 0.5 - 0.5 * np.cos(2 * np.pi * 1.5 * clock)
    return talker(np.zeros(count), shapes_of(opening, np.ones(201)), seen=1)


@pytest.fixture(scope="session")
def sudden() -> Talker:
    """A mouth that is nearly shut for 20 frames and opens within one."""
    apertures = np.where(np.arange(40) < 20, 0.01, 0.1)
    return talker(apertures, shapes_of(np.full(161, 0.5), np.ones(161)))

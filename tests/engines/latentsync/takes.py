"""A drawn face that is to speak with the real engine on tiny random weights."""

from dataclasses import replace

import numpy as np

from latentsync_studio.core.engine import EngineOptions, Take
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.latentsync import LatentSyncSettings
from latentsync_studio.engines.latentsync.engine import LatentSync
from latentsync_studio.services.engines import FoundWeights
from tests.engines.mouthbank.conftest import (
    HEIGHT,
    RATE,
    WIDTH,
    face_mesh,
    face_rgb,
    picture,
    shapes_of,
    track_of,
)

FRAMES = 42
SPOKEN_S = 1.2  # of 1.68 s; then silence
QUICK = LatentSyncSettings(steps=2, cache_interval=2)


def speech(seconds=FRAMES / RATE, seed=0):
    """(S,) f32 noise in the rhythm of syllables, silent after SPOKEN_S."""
    t = np.arange(int(seconds * 16_000)) / 16_000
    noise = np.random.default_rng(seed).standard_normal(len(t))
    loud = 0.1 * (1 + np.sin(2 * np.pi * 4 * t)) * (t < SPOKEN_S)
    return (noise * loud).astype(np.float32)


def small_take(**changes):
    """42 frames of one shot; usable from the second frame on."""
    meshes = np.stack([face_mesh(0.05, 2 * np.sin(k / 9)) for k in range(FRAMES)])
    clock = np.arange(int(FRAMES / RATE * 100) + 1) / 100
    speaking = (clock < SPOKEN_S).astype(np.float64)
    take = Take(
        width=WIDTH,
        height=HEIGHT,
        rate=RATE,
        face=track_of(meshes),
        raw_ids=(7,),
        source=np.arange(FRAMES, dtype=np.int32),
        seconds=(np.arange(FRAMES) + 0.5) / RATE,
        pcm=speech(),
        shapes=shapes_of(speaking, speaking),
        kept=[],
        settings=QUICK,
        seed=0,
    )
    return replace(take, **changes)


def small_pictures():
    """The pictures of `small_take` by source frame."""
    frames = range(FRAMES)
    return [picture(face_rgb(face_mesh(0.05, 2 * np.sin(k / 9))), k) for k in frames]


def engine_on(folder, *, device="cpu", notes=None, home=None):
    """The engine with the weights of a folder."""
    shelf = FoundWeights(home if home is not None else folder / "home", folder)
    return LatentSync(EngineOptions(weights=shelf, device=device, notes=notes))


def drawn(session, window, pictures, take, progress=None):
    """The patches of a window."""
    reads = session.reads(window)
    seen = [pictures[int(take.source[frame])] for frame in reads]
    return session.synthesize(window, seen, progress or CallbackProgress())

"""Pictures as a cartoonist would draw them: flat colors, dark outlines; and songs without words."""

import cv2
import numpy as np

FINE = 4  # drawn so many times larger, then averaged
RATE_HZ = 16_000


def drawn_scene(number, seed=7, size=(640, 360)):
    """Return (height, width, 3) u8 RGB of a talking figure in a garden, at a frame's number."""
    rng = np.random.default_rng(seed)
    width, height = size
    sky, ground, skin, hair, shirt = (tuple(map(int, rng.integers(60, 240, 3))) for _ in range(5))
    canvas = np.full((height * FINE, width * FINE, 3), sky, np.uint8)
    cv2.rectangle(canvas, (0, height * FINE * 7 // 10), (width * FINE, height * FINE), ground, -1)
    for _ in range(6):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height * 7 // 10))
        _ellipse(canvas, (x, y), (int(rng.integers(20, 60)),) * 2, tuple(map(int, sky[::-1])))
    x, y = width // 2 + number % 20, height // 2
    _ellipse(canvas, (x, y + 130), (110, 90), shirt)
    _ellipse(canvas, (x, y - 15), (88, 105), hair)
    _ellipse(canvas, (x, y), (75, 95), skin)
    for side in (-30, 30):
        _ellipse(canvas, (x + side, y - 20), (16, 20), (250, 250, 250))
        _ellipse(canvas, (x + side, y - 18), (8, 8), (30, 30, 30))
    _ellipse(canvas, (x, y + 45), (25, 4 + number % 8), (150, 40, 50))
    return cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)


def _ellipse(canvas, center, radii, color):
    center, radii = (tuple(v * FINE for v in pair) for pair in (center, radii))
    cv2.ellipse(canvas, center, radii, 0, 0, 360, color, -1, cv2.LINE_AA)
    cv2.ellipse(canvas, center, radii, 0, 0, 360, (25, 25, 25), 2 * FINE, cv2.LINE_AA)


def note(hertz, seconds, *, vibrato=0.0, harmonics=6):
    """Return (S,) f64 of one note at 16 kHz, with a soft beginning and end."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * hertz * t + vibrato * np.sin(2 * np.pi * 5.5 * t)
    swell = np.minimum(1, t / 0.02) * np.minimum(1, (seconds - t) / 0.05)
    return sum(np.sin(n * phase) / n for n in range(1, harmonics + 1)) * swell


def melody(seconds=12.0, *, seed=0, vibrato=0.0, harmonics=6):
    """Return (S,) f32 of notes of a scale, 0.5 s each."""
    rng = np.random.default_rng(seed)
    scale = [262, 294, 330, 349, 392, 440, 494]
    notes = [
        note(rng.choice(scale), 0.5, vibrato=vibrato, harmonics=harmonics)
        for _ in range(int(seconds * 2))
    ]
    return (np.concatenate(notes) * 0.2).astype(np.float32)


def chords(seconds=12.0, *, seed=0):
    """Return (S,) f32 of major chords, 2 s each."""
    rng = np.random.default_rng(seed)
    roots = rng.choice([196, 220, 262, 294], int(seconds / 2))
    return np.concatenate(
        [sum(note(root * step, 2.0) for step in (1, 1.26, 1.5)) for root in roots]
    ).astype(np.float32) * np.float32(0.1)

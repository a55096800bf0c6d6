"""What a few frames, spread over a clip, tell of its picture: faces, motion, cuts, drawing."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import cv2
import msgspec
import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.engines.face_mesh.crop import shrunk_part
from latentsync_studio.engines.face_mesh.detector import FaceDetector, tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32, Rgb8
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.engines.face_mesh.detector import Detection
    from latentsync_studio.media.index import FrameIndex
    from latentsync_studio.media.opening_reader import Reader

STAGE: Final = "detect"
PAIRS: Final = 20  # a frame and the next one: 40 frames at most
_NEAR_KEY: Final = 30  # frames after a keyframe that are decoded for a sample
_MOST_DECODED: Final = 300  # frames on the way to samples that no keyframe is near to
_SMALL: Final = 96  # px of the long side of what is compared
_FACE: Final = 96  # px of a face that is looked at for flat color
_LEAST_FACE: Final = 40
_PATIENCE: Final = 5  # frames that are searched for small faces
_OTHER_SHOT: Final = 0.45  # of the colors are others
_FLAT: Final = 1.5  # deviation among 3 x 3 px, of 255, below which color is flat
_TILE: Final = 12
_LEAST_S: Final = 4.0  # cuts of shorter clips are not estimated


class PictureMeasures(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen. Medians over the sampled frames.

    Attributes:
        frames: looked at.
        face_share: share of them with a face, 0..1.
        faces: most faces at once.
        eye_px: px between the eyes of the largest face; 0 without one.
        eye_share: the same over the picture's shorter side.
        motion: change of brightness from a frame to the next, % of its range, at 25 frames/s.
        cuts_per_minute: estimated from changes of color between samples, at least so many where
            every sample lies in another shot; None for clips of a few seconds.
        flat: share of flat color within faces, or where none is seen within the busier half of the
            picture, 0..1. Drawn faces have above 0.6, filmed ones below 0.3.
        drawn: how surely it is drawn with flat colors, 0..1; shaded animation counts as filmed.
    """

    frames: int = 0
    face_share: float = 0.0
    faces: int = 0
    eye_px: float = 0.0
    eye_share: float = 0.0
    motion: float = 0.0
    cuts_per_minute: float | None = None
    flat: float = 0.0
    drawn: float = 0.0


def samples_of(index: FrameIndex) -> list[int]:
    """First frames of the pairs, in order: evenly spread, at keyframes where others cost much."""
    last = max(index.n_frames - 2, 0)
    count = max(1, min(PAIRS, index.n_frames // 2))
    chosen: list[int] = []
    spent = 0
    for target in (int(at) for at in np.linspace(0, last, count)):
        key_pts = index.key_for(target)
        key = 0 if key_pts is None else min(index.first_from(key_pts), target)
        at = target if target - key <= _NEAR_KEY else key
        if chosen and at <= chosen[-1] + 1:
            cost = target - max(chosen[-1], key)
            if spent + cost > _MOST_DECODED:
                continue
            at, spent = target, spent + cost
        chosen.append(at)
    return chosen


def look(reader: Reader, progress: Progress) -> PictureMeasures:
    """Measure a clip by at most 40 of its frames.

    Raises:
        InputError: nothing can be decoded.
        Cancelled: the user asked to stop.
    """
    firsts = samples_of(reader.index)
    n_frames = reader.index.n_frames
    order = [n for first in firsts for n in (first, first + 1) if n < n_frames]
    seen = _Seen(float(reader.video.rate or 25))
    for done, picture in enumerate(reader.walk(order)):
        progress.report(STAGE, done, len(order))
        seen.add(picture, is_first=picture.index in firsts)
    progress.report(STAGE, len(order), len(order))
    return seen.measures(firsts, min(reader.video.width, reader.video.height))


class _Seen:
    """Adds up frame by frame; holds no picture."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._detector = FaceDetector()
        self._searches = 0
        self._last: F32 | None = None
        self._frames = 0
        self._faces: list[tuple[Detection, ...]] = []
        self._flat_faces: list[float] = []
        self._flat: list[float] = []
        self._motion: list[float] = []
        self._colors: list[F32] = []

    def add(self, picture: Picture, *, is_first: bool) -> None:
        self._frames += 1
        small = _shrunk(picture, Box(x0=0, y0=0, x1=picture.width, y1=picture.height), _SMALL)
        gray = cv2.blur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32), (3, 3))
        if not is_first:
            if self._last is not None:
                self._motion.append(float(np.abs(gray - self._last).mean()) / 2.55)
            return
        self._last = np.asarray(gray, np.float32)
        self._colors.append(_colors(small))
        found = self._found(picture)
        self._faces.append(found)
        face = _box_of(found[0], picture) if found else None
        if face is not None:
            self._flat_faces.append(float(_flatness(_shrunk(picture, face, _FACE)).mean()))
        else:
            whole = Box(x0=0, y0=0, x1=picture.width, y1=picture.height)
            self._flat.append(_busy_flatness(_shrunk(picture, whole, 320)))

    def _found(self, picture: Picture) -> tuple[Detection, ...]:
        """Faces, the largest first; small ones are searched for in the first frames without."""
        found = self._detector.detect(picture)
        if not found and self._searches < _PATIENCE:
            self._searches += 1
            found = self._detector.detect(picture, tiles(picture.width, picture.height))
            found = tuple(face for face in found if face.score > 0.6)
        return tuple(sorted(found, key=lambda face: -face.side))

    def measures(self, firsts: Sequence[int], side: int) -> PictureMeasures:
        with_face = [faces for faces in self._faces if faces]
        eyes = [float(np.hypot(*(faces[0].eyes[1] - faces[0].eyes[0]))) for faces in with_face]
        eye_px = float(np.median(eyes)) if eyes else 0.0
        in_faces = len(self._flat_faces) >= max(1, len(self._flat) / 2)
        flat = float(np.median(self._flat_faces if in_faces else self._flat or [0.0]))
        motion = float(np.median(self._motion)) if self._motion else 0.0
        return PictureMeasures(
            frames=self._frames,
            face_share=round(len(with_face) / max(len(self._faces), 1), 3),
            faces=max(map(len, with_face), default=0),
            eye_px=round(eye_px, 1),
            eye_share=round(eye_px / side, 4),
            motion=round(motion * self._rate / 25, 3),
            cuts_per_minute=self._cuts(firsts),
            flat=round(flat, 3),
            drawn=round(float(np.clip((flat - 0.35) / 0.25, 0, 1)), 3),
        )

    def _cuts(self, firsts: Sequence[int]) -> float | None:
        """Cuts at random moments change the share of stretches that they would have to change."""
        stretches = len(firsts) - 1
        seconds = (firsts[-1] - firsts[0]) / self._rate
        if stretches < 4 or seconds < _LEAST_S:
            return None
        changes = [float(np.abs(a - b).sum()) / 2 for a, b in pairwise(self._colors)]
        changed = min(sum(change > _OTHER_SHOT for change in changes), stretches - 0.5)
        return abs(round(math.log(1 - changed / stretches) * 60 * stretches / seconds, 1))


def _shrunk(picture: Picture, box: Box, side: int) -> Rgb8:
    """The part under a box, its long side at most `side` px."""
    scale = min(1.0, side / max(box.width, box.height))
    size = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    return np.ascontiguousarray(shrunk_part(picture, box, size))


def _box_of(face: Detection, picture: Picture) -> Box | None:
    """A face large enough to see its skin, within the picture."""
    x0, y0, x1, y1 = (int(v) for v in face.box)
    box = Box(x0=x0, y0=y0, x1=x1, y1=y1).clipped(picture.width, picture.height)
    return box if box is not None and min(box.width, box.height) >= _LEAST_FACE else None


def _colors(small: Rgb8) -> F32:
    """(512,) share of each of 8 x 8 x 8 colors."""
    bins = (small >> 5).astype(np.int32)
    code = (bins[..., 0] << 6) | (bins[..., 1] << 3) | bins[..., 2]
    counts = np.bincount(code.ravel(), minlength=512).astype(np.float32)
    return np.asarray(counts / code.size, np.float32)


def _flatness(rgb: Rgb8) -> F32:
    """1 where color is flat, 0 elsewhere."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(gray, (3, 3))
    variance = cv2.blur(gray * gray, (3, 3)) - mean * mean
    return np.asarray(variance < _FLAT * _FLAT, np.float32)


def _busy_flatness(rgb: Rgb8) -> float:
    """Share of flat color in the half of the tiles that has least of it.

    A plain backdrop alone makes no drawing.
    """
    flat = _flatness(rgb)
    height, width = (side // _TILE * _TILE for side in flat.shape)
    if not height or not width:
        return 0.0
    shape = (height // _TILE, _TILE, width // _TILE, _TILE)
    tiled = np.sort(flat[:height, :width].reshape(shape).mean(axis=(1, 3)).ravel())
    return float(tiled[: max(1, len(tiled) // 2)].mean())

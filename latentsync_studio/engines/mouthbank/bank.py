"""The bank: lower-face crops of the speaker, kept while the clip is analysed."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.picture import Box
from latentsync_studio.engines.mouthbank.anatomy import (
    EYE_CORNERS,
    IN_LO,
    IN_UP,
    MOUTH_CENTER,
    OUTER_RING,
)
from latentsync_studio.imaging.pixels import window_rgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32, F64, Rgb8
    from latentsync_studio.core.engine import SeenFace
    from latentsync_studio.core.picture import Picture

JPEG_QUALITY = 96
SIDE, ABOVE, BELOW = 0.90, 0.66, 1.0  # reach of a crop from the mouth's middle, eye distances
MIN_EYE_DISTANCE = 24.0
CODE_SHAPE = (24, 20)  # px of the mouth thumbnail behind an appearance code
CODE_SIZE = 48
_FINE_STEP = 2.5  # px of a crop a px of the thumbnail: more are averaged by halving first
FULL_CROPS, FULL_BYTES = 640, 64 << 20  # a face is kept frame by frame up to here ...
MOST_CROPS, MOST_BYTES = 900, 96 << 20  # ... and then only in states not seen yet, up to here
ALL_CROPS, ALL_BYTES = 3600, 256 << 20  # of all faces together
NOVEL_PER_FLUSH = 48


class Crop(msgspec.Struct, frozen=True, array_like=True):
    """One lower face.

    Attributes:
        raw_id: raw track of the analysis pass.
        frame: source frame.
        x: display column of the crop's first pixel.
        y: display row of the crop's first pixel.
        sharp: standard deviation of the Laplacian of its luma round the mouth, 8-bit units.
        code: CODE_SIZE f32 little endian: low-frequency cosine terms of the mouth thumbnail.
        jpeg: the pixels.
    """

    raw_id: int
    frame: int
    x: int
    y: int
    sharp: float
    code: bytes
    jpeg: bytes


class _Seen(msgspec.Struct):
    """What the collector remembers of one raw face."""

    crops: int = 0
    size: int = 0
    states: set[tuple[int, int, int, int]] = msgspec.field(default_factory=set)


class _State(msgspec.Struct):
    """All that a collector remembers."""

    seen: dict[str, _Seen] = msgspec.field(default_factory=dict)
    pending: list[Crop] = msgspec.field(default_factory=list)
    novel: int = 0


class BankCollector:
    """Keeps crops of every face: all at first, later only mouth states not seen yet.

    Bounded whatever the length: at most MOST_CROPS a face and ALL_CROPS in all, where later faces
    may use up to a third of what is left.
    """

    version = "3"

    def __init__(self) -> None:
        self._state = _State()

    def observe(self, picture: Picture, faces: Sequence[SeenFace]) -> None:
        """Look at the faces of one frame."""
        for face in faces:
            crop = self._crop(picture, face)
            if crop is not None:
                self._state.pending.append(crop)

    def flush(self) -> bytes:
        """Return the crops since the last flush as one blob, see `crops_of`."""
        blob = msgspec.msgpack.encode(self._state.pending)
        self._state.pending, self._state.novel = [], 0
        return blob

    def state(self) -> bytes:
        """Counts, states seen and crops not flushed yet."""
        return msgspec.msgpack.encode(self._state, order="deterministic")

    def restore(self, state: bytes) -> None:
        """Go on exactly where `state` was taken."""
        self._state = msgspec.msgpack.decode(state, type=decodable(_State))

    def _crop(self, picture: Picture, face: SeenFace) -> Crop | None:
        points = face.landmarks.astype(np.float64)
        if not np.isfinite(points).all():
            return None
        eye_distance = float(np.linalg.norm(points[EYE_CORNERS[0]] - points[EYE_CORNERS[1]]))
        box = _crop_box(points, eye_distance, picture)
        if eye_distance < MIN_EYE_DISTANCE or box is None:
            return None
        seen = self._state.seen.setdefault(str(face.raw_id), _Seen())
        mouth = _mouth_state(points, eye_distance)
        if not self._wanted(seen, mouth):
            return None
        rgb = window_rgb(picture, box)
        jpeg = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        data = jpeg.tobytes()
        seen.states.add(mouth)
        seen.crops += 1
        seen.size += len(data)
        return Crop(
            raw_id=face.raw_id,
            frame=picture.index,
            x=box.x0,
            y=box.y0,
            sharp=_sharpness(rgb, points[:, :2] - (box.x0, box.y0), eye_distance),
            code=appearance_code(rgb, points[:, :2] - (box.x0, box.y0)).astype("<f4").tobytes(),
            jpeg=data,
        )

    def _wanted(self, seen: _Seen, mouth: tuple[int, int, int, int]) -> bool:
        everyone = self._state.seen.values()
        others = [s for s in everyone if s is not seen]
        crops = (ALL_CROPS - sum(s.crops for s in others)) // 3
        size = (ALL_BYTES - sum(s.size for s in others)) // 3
        if seen.crops < min(FULL_CROPS, crops) and seen.size < min(FULL_BYTES, size):
            return True
        room = seen.crops < min(MOST_CROPS, crops) and seen.size < min(MOST_BYTES, size)
        if not room or mouth in seen.states or self._state.novel >= NOVEL_PER_FLUSH:
            return False
        self._state.novel += 1
        return True


def crops_of(blob: bytes) -> list[Crop]:
    """Read back what `BankCollector.flush` wrote. Raises msgspec.DecodeError on other bytes."""
    return msgspec.msgpack.decode(blob, type=decodable(list[Crop]))


def crop_digest(crop: Crop) -> bytes:
    """Digest of a crop's pixels and place."""
    place = f"{crop.frame},{crop.x},{crop.y},{crop.sharp!r}".encode()
    return blake2b(crop.jpeg + place, digest_size=16).digest()


def _crop_box(points: F64, eye_distance: float, picture: Picture) -> Box | None:
    x, y = points[MOUTH_CENTER, :2].mean(axis=0)
    box = Box(
        x0=int(x - SIDE * eye_distance),
        y0=int(y - ABOVE * eye_distance),
        x1=int(x + SIDE * eye_distance) + 1,
        y1=int(y + BELOW * eye_distance) + 1,
    ).clipped(picture.width, picture.height)
    return box if box is not None and min(box.width, box.height) >= 16 else None


def _mouth_state(points: F64, eye_distance: float) -> tuple[int, int, int, int]:
    """Bins of aperture, width, yaw and pitch, from raw landmarks without a pose fit."""
    gap = np.linalg.norm(points[IN_LO[2:7]] - points[IN_UP[2:7]], axis=1).mean() / eye_distance
    width = np.linalg.norm(points[61] - points[291]) / eye_distance
    eyes = (points[EYE_CORNERS[0]] + points[EYE_CORNERS[1]]) / 2
    turn = (points[1] - eyes) / eye_distance
    along = points[EYE_CORNERS[1]] - points[EYE_CORNERS[0]]
    along = along[:2] / max(float(np.linalg.norm(along[:2])), 1e-6)
    yaw = float(turn[:2] @ along)
    pitch = float(turn[1] * along[0] - turn[0] * along[1])
    return (round(gap / 0.012), round(width / 0.03), round(yaw / 0.1), round(pitch / 0.08))


def _sharpness(rgb: Rgb8, points: F64, eye_distance: float) -> float:
    ring = points[OUTER_RING]
    x0, y0 = np.maximum((ring.min(axis=0) - 0.04 * eye_distance).astype(int), 0)
    x1, y1 = (ring.max(axis=0) + 0.04 * eye_distance).astype(int) + 1
    mouth = rgb[y0:y1, x0:x1]
    if min(mouth.shape[:2]) < 3:
        return 0.0
    return float(cv2.Laplacian(cv2.cvtColor(mouth, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std())


def appearance_code(rgb: Rgb8, points: F64) -> F32:
    """Small description of how a mouth looks, comparable between frames and head poses.

    The mouth is cut out upright (its outer corners at fixed places) at CODE_SHAPE, and described
    by 8 x 4 cosine terms of luma and 2 x (4 x 2) of two color differences, all in 0..1 units.
    """
    a, b = points[61], points[291]
    along = b - a
    length = float(np.linalg.norm(along)) + 1e-6
    along /= length
    scale = length * 1.3 / CODE_SHAPE[0]
    ux, uy = float(along[0]) * scale, float(along[1]) * scale
    cx, cy = (a + b) / 2
    width, height = CODE_SHAPE
    to_picture = np.array(
        [
            [ux, -uy, cx - width / 2 * ux + 8 * uy],
            [uy, ux, cy - width / 2 * uy - 8 * ux],
        ],
        np.float32,
    )
    soft, halved = rgb, 1.0
    while scale / halved > _FINE_STEP:
        rows, columns = soft.shape[0] // 2, soft.shape[1] // 2
        even = soft[: 2 * rows, : 2 * columns]
        soft = np.asarray(cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
        halved *= 2
    to_picture[:, :2] /= halved
    to_picture[:, 2] = (to_picture[:, 2] + 0.5) / halved - 0.5
    if scale / halved > 1.5:
        soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), scale / halved / 2), np.uint8)
    thumb = cv2.warpAffine(
        soft,
        to_picture,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32) / np.float32(255)
    luma = thumb.mean(axis=2)
    terms = [cv2.dct(luma)[:4, :8].ravel()]
    terms += [cv2.dct(thumb[..., k] - luma)[:2, :4].ravel() for k in (0, 2)]
    code: F32 = np.concatenate(terms).astype(np.float32) / np.float32(np.sqrt(width * height))
    return code

"""The person of a take: the bank's donors and the geometry of any source frame, on demand."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from latentsync_studio.engines.mouthbank.anatomy import CHEEKS, LIPS, STABLE, mouth_measures
from latentsync_studio.engines.mouthbank.bank import Crop, crop_digest
from latentsync_studio.engines.mouthbank.pose import Poses, fit_similarity, mean_face

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64, Bools, Rgb8
    from latentsync_studio.core.face.track import FaceTrack

Rows: TypeAlias = "npt.NDArray[np.integer[Any]]"  # indexes of frames or donors
_BLOCK = 32  # source frames whose geometry is computed together
_BLOCKS_KEPT = 24
_CROPS_KEPT = 64
_CRISP = 0.22  # unsharp mask that makes up for one cubic resampling and the crop's JPEG
_ENOUGH = 96  # donors: twice the numbers of a code
_POSE_KERNELS = (  # Savitzky-Golay, quadratic, 9 and 5 points
    np.array([-21, 14, 39, 54, 59, 54, 39, 14, -21]) / 231,
    np.array([-3, 12, 17, 12, -3]) / 35,
)
_POSE_LIMIT = 0.012  # eye distances by which smoothing may move a point: de-jitter, never drag


@dataclass(frozen=True, slots=True)
class Geometry:
    """n source frames of one person; rows of absent frames repeat the mean face.

    Attributes:
        points: (n, 478, 3) px, pixel centers at whole numbers.
        poses: their skull poses.
        canonical: (n, 478, 3).
        measures: (n, 2) aperture and width.
        angles: (n, 3) degrees.
        present: (n,).
    """

    points: F64
    poses: Poses
    canonical: F64
    measures: F64
    angles: F64
    present: Bools


def expression_of(canonical: F64) -> F64:
    """(n, 4) mood of the face apart from lip opening: cheek height left/right, corner heights."""
    cheeks = canonical[:, CHEEKS, 1]
    left, right = cheeks[:, 0::2].mean(axis=1), cheeks[:, 1::2].mean(axis=1)
    return np.stack([left, right, canonical[:, 61, 1], canonical[:, 291, 1]], axis=1)


class Person:
    """Geometry and crops of one face track."""

    def __init__(self, face: FaceTrack, crops: list[Crop]) -> None:
        """Learn the mean face from the donors.

        Args:
            face: the track; its landmarks may be a memory map and are read in small parts.
            crops: at least one crop of frames where the face is present.
        """
        self._face = face
        self.crops = crops
        self.frames = np.array([c.frame for c in crops])
        raw = np.asarray(face.landmarks[self.frames], np.float64) - (0.5, 0.5, 0.0)
        self.mean = mean_face(raw)
        self._lock = Lock()
        self._blocks: OrderedDict[int, Geometry] = OrderedDict()
        self._pixels: OrderedDict[int, Rgb8] = OrderedDict()
        self._digests: dict[int, bytes] = {}
        self.donors = self._measure(self.frames)
        self.digest = blake2b(self.mean.tobytes(), digest_size=16).digest()

    @cached_property
    def codes(self) -> F64:
        """(n, c) appearance codes of the donors, scaled to unit mean square distance."""
        codes = np.stack([np.frombuffer(c.code, "<f4") for c in self.crops]).astype(np.float64)
        spread = np.sqrt(codes.var(axis=0).sum())
        out: F64 = codes / (spread + 1e-6)
        return out

    @cached_property
    def looks(self) -> F64:
        """(n, c) codes without what aperture and width explain: light, color, teeth, blur."""
        aperture, width = self.donors.measures.T
        x = np.c_[aperture / 0.1, (aperture / 0.1) ** 2, width / 0.1]
        x -= x.mean(axis=0)
        codes = self.codes - self.codes.mean(axis=0)
        ridge = 0.02 * len(x) * np.eye(3)
        out: F64 = codes - x @ np.linalg.solve(x.T @ x + ridge, x.T @ codes)
        return out

    @cached_property
    def doubts(self) -> F64:
        """(n,) by how much a donor looks wider open than its mesh says, eye distances, >= 0.

        The look says so by ridge regression of the aperture on the appearance codes, each donor
        predicted from the others (leave-one-out by the hat matrix). 0 where they are too few.
        """
        if len(self.crops) < _ENOUGH:
            return np.zeros(len(self.crops))
        x = np.c_[self.codes, np.ones(len(self.crops))]
        ridge = np.diag([*[0.5] * self.codes.shape[1], 1e-6])
        aperture = self.donors.measures[:, 0]
        solved = np.linalg.solve(x.T @ x + ridge, x.T)
        leverage = np.einsum("ij,ji->i", x, solved)
        off = (x @ (solved @ aperture) - aperture) / np.maximum(1 - leverage, 0.05)
        out: F64 = np.maximum(off, 0.0)
        return out

    @cached_property
    def speeds(self) -> F64:
        """(n,) how fast the donors' lips moved in the picture, eye distances a frame."""
        last = len(self._face.present) - 1
        before = np.maximum(self.frames - 1, 0)
        after = np.minimum(self.frames + 1, last)
        shot = self._face.shot
        before = np.where(shot[before] == shot[self.frames], before, self.frames)
        after = np.where(shot[after] == shot[self.frames], after, self.frames)
        rows = [
            np.asarray(self._face.landmarks[k], np.float64)[:, LIPS, :2] for k in (before, after)
        ]
        moved = np.linalg.norm(rows[1] - rows[0], axis=2).mean(axis=1)
        speed = moved / np.maximum(after - before, 1) / self.donors.poses.scale
        return np.where(np.isfinite(speed), speed, 0.0)

    @cached_property
    def haste(self) -> F64:
        """(n,) how much wider open the mouth is in a neighbouring frame, eye distances, >= 0.

        Cameras that expose long, converted frame rates and sparing codecs show a mouth that opens
        or shuts at once as two mouths laid over each other, however sharp: the open one's teeth
        and dark show through the lips of the other.
        """
        return np.maximum(np.maximum(self._before, self._wider(1)), 0.0)

    @cached_property
    def onset(self) -> F64:
        """(n,) how much narrower the mouth was one frame before, eye distances, >= 0.

        Of a mouth that has just opened, sparing codecs show the inside as they guess it from the
        closed one: blocks and smears of teeth, without the dark behind them.
        """
        return np.maximum(-self._before, 0.0)

    @cached_property
    def _before(self) -> F64:
        return self._wider(-1)

    def _wider(self, step: int) -> F64:
        """(n,) how much wider open the mouth is `step` frames later; 0 across a cut."""
        last, shot = len(self._face.present) - 1, self._face.shot
        near = np.clip(self.frames + step, 0, last)
        beside = self.geometry(near)
        change = beside.measures[:, 0] - self.donors.measures[:, 0]
        alike = (shot[near] == shot[self.frames]) & beside.present
        return np.where(alike, change, 0.0)

    def geometry(self, frames: Rows) -> Geometry:
        """Geometry of any source frames (rows in the order of `frames`)."""
        numbers = np.unique(frames // _BLOCK)
        blocks = [self._block(int(b)) for b in numbers]
        first = np.cumsum([0, *(len(block.present) for block in blocks)])
        rows = first[np.searchsorted(numbers, frames // _BLOCK)] + frames % _BLOCK

        def pick(parts: list[F64]) -> F64:
            return parts[0][rows] if len(parts) == 1 else np.concatenate(parts)[rows]

        poses = Poses(
            pick([g.poses.scale for g in blocks]),
            pick([g.poses.rotation for g in blocks]),
            pick([g.poses.shift for g in blocks]),
        )
        return Geometry(
            points=pick([g.points for g in blocks]),
            poses=poses,
            canonical=pick([g.canonical for g in blocks]),
            measures=pick([g.measures for g in blocks]),
            angles=pick([g.angles for g in blocks]),
            present=np.concatenate([g.present for g in blocks])[rows],
        )

    def pixels(self, donor: int) -> Rgb8:
        """RGB crop of a donor; the last ones used stay in memory."""
        with self._lock:
            found = self._pixels.get(donor)
            if found is not None:
                self._pixels.move_to_end(donor)
                return found
        data = np.frombuffer(self.crops[donor].jpeg, np.uint8)
        rgb = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
        soft = cv2.GaussianBlur(rgb, (0, 0), 0.8)
        rgb = np.asarray(cv2.addWeighted(rgb, 1 + _CRISP, soft, -_CRISP, 0), np.uint8)
        with self._lock:
            self._pixels[donor] = rgb
            while len(self._pixels) > _CROPS_KEPT:
                self._pixels.popitem(last=False)
        return rgb

    def donor_digest(self, donor: int) -> bytes:
        """Digest of a donor's crop."""
        found = self._digests.get(donor)
        if found is None:
            found = self._digests[donor] = crop_digest(self.crops[donor])
        return found

    def _block(self, number: int) -> Geometry:
        with self._lock:
            found = self._blocks.get(number)
            if found is not None:
                self._blocks.move_to_end(number)
                return found
        start = number * _BLOCK
        made = self._measure(np.arange(start, min(start + _BLOCK, len(self._face.present))))
        with self._lock:
            self._blocks[number] = made
            while len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return made

    def _measure(self, frames: Rows) -> Geometry:
        points = np.asarray(self._face.landmarks[frames], np.float64) - (0.5, 0.5, 0.0)
        present = self._face.present[frames] & np.isfinite(points).all(axis=(1, 2))
        points[~present] = self.mean
        stable = self._steadied(frames, points[:, STABLE], present)
        poses = fit_similarity(self.mean[STABLE], stable)
        canonical = poses.to_canonical(points)
        return Geometry(
            points=points,
            poses=poses,
            canonical=canonical,
            measures=mouth_measures(canonical),
            angles=poses.angles(),
            present=present,
        )

    def _steadied(self, frames: Rows, stable: F64, present: Bools) -> F64:
        """Skull points with the jitter taken out, within the shot, without delay."""
        count = len(self._face.present)
        near = frames[:, None] + np.arange(-4, 5)
        inside = (near >= 0) & (near < count)
        near = np.clip(near, 0, count - 1)
        same = self._face.shot[near] == self._face.shot[frames][:, None]
        usable = inside & same & self._face.present[near] & present[:, None]
        around = np.unique(near)
        rows = np.asarray(self._face.landmarks[around], np.float64)[:, STABLE] - (0.5, 0.5, 0.0)
        window = rows[np.searchsorted(around, near)]  # (n, 9, k, 3)
        out = stable.copy()
        reach = _POSE_LIMIT * np.linalg.norm(stable[:, 8] - stable[:, 11], axis=-1)
        limit = np.maximum(reach, 1e-9)[:, None, None]
        for half, kernel in ((2, _POSE_KERNELS[1]), (4, _POSE_KERNELS[0])):
            take = usable[:, 4 - half : 5 + half].all(axis=1)
            soft = np.einsum("j,njkc->nkc", kernel, window[take, 4 - half : 5 + half])
            out[take] = stable[take] + np.clip(soft - stable[take], -limit[take], limit[take])
        return out

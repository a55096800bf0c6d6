"""Faces in a few frames of a clip that nobody analysed: keyframes over all of it, in bounded time.

Which frames comes from the base-2 van der Corput sequence: wherever time ends, those looked at up
to then lie evenly over the clip. Where it has hardly any keyframes, it is looked at from its start.
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.face import occlusion
from latentsync_studio.core.face.landmarks import OUT_RING
from latentsync_studio.core.face.pose import angles, head_pose
from latentsync_studio.core.face.reasons import Evidence, judge
from latentsync_studio.services.preflight.faces import SeenFaces, nobody

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from latentsync_studio.core.arrays import F32, I32
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.engines.face_mesh.detector import Detection
    from latentsync_studio.engines.face_mesh.probe import FaceProbe, Sight
    from latentsync_studio.media.opening_reader import Reader

MOST_SAMPLES: Final = 16
_FEW_KEYS: Final = 8
_USUAL: Final = 4  # samples of a person from which on it is known how the skin usually looks
_LOOK_PX: Final = 24  # long side of the picture that shots are told apart by
_OTHER_SHOT: Final = 0.55  # correlation of two samples below which they are of different shots


@dataclass(frozen=True, slots=True)
class _Sample:
    at: int
    picture: F32  # (n,) its small version, for telling shots apart
    size: tuple[int, int]
    sights: tuple[Sight, ...]  # the largest first


def sample_faces(
    reader: Reader, numbers: I32, at: I32, deadline: float, progress: Progress
) -> SeenFaces | None:
    """Look for faces in at most 16 frames.

    Args:
        reader: the clip, open.
        numbers: (n,) its frames that are shown, in order.
        at: (n,) where each of them lies on the axis.
        deadline: time.monotonic() after which no further frame is begun; one is always looked at.
        progress: may stop it.

    Returns:
        What was seen; None where no frame could be decoded.
    """
    from latentsync_studio.engines.face_mesh.probe import FaceProbe

    probe = FaceProbe()
    found: dict[int, _Sample] = {}
    for wanted in _places(reader, numbers):
        progress.check()
        if found and time.monotonic() > deadline:
            break
        place = next((each for each in wanted if each not in found), None)
        if place is None:
            continue
        try:
            with _hurried(reader, deadline if found else math.inf):
                picture = reader.read(int(numbers[place]))
        except InputError:
            continue
        found[place] = _looked(probe, picture, int(at[place]))
    samples = [found[place] for place in sorted(found)]
    return _summed(samples, len(at)) if samples else None


class _TooLateError(InputError):
    """It takes too long to decode up to a frame."""


@contextmanager
def _hurried(reader: Reader, deadline: float) -> Iterator[None]:
    """Give up decoding after `deadline`: the way from a keyframe may be long."""

    def check() -> None:
        if time.monotonic() > deadline:
            raise _TooLateError("There is no time left.")

    from latentsync_studio.media.reader import FrameReader

    if not isinstance(reader, FrameReader):
        yield
        return
    reader.check = check
    try:
        yield
    finally:
        reader.check = None


def _places(reader: Reader, numbers: I32) -> Iterator[tuple[int, int]]:
    """Rows to look at: of a keyframe before a place, which is quick, else of the place itself.

    With few keyframes every place is far from one: they are then met on one way from the start.
    """
    index = reader.index
    order = [_van_der_corput(k) for k in range(MOST_SAMPLES)]
    shown = np.searchsorted(index.pts, index.key_pts)
    if np.isin(shown, numbers).sum() < _FEW_KEYS:
        order.sort()
    for at in order:
        place = min(int(at * len(numbers)), len(numbers) - 1)
        key = index.key_for(int(numbers[place]))
        first = 0 if key is None else index.first_from(key)
        moved = int(np.searchsorted(numbers[: place + 1], first))
        yield (moved if moved < len(numbers) and numbers[moved] == first else place), place


def _van_der_corput(k: int) -> float:
    """The k-th number, 0..1: 0, 1/2, 1/4, 3/4, 1/8, ..."""
    value, part = 0.0, 0.5
    while k:
        value += part * (k & 1)
        k, part = k >> 1, part / 2
    return value


def _looked(probe: FaceProbe, picture: Picture, at: int) -> _Sample:
    from latentsync_studio.engines.face_mesh.detector import tiles
    from latentsync_studio.imaging.pixels import shrunk_rgb

    size = picture.width, picture.height
    sights = _acquired(probe, picture, probe.everywhere(picture, ()))
    if not sights:
        sights = _acquired(probe, picture, probe.everywhere(picture, tiles(*size)))
    small = shrunk_rgb(picture, _LOOK_PX)[0].astype(np.float32).ravel()
    return _Sample(at, small, size, sights)


def _acquired(probe: FaceProbe, picture: Picture, found: Iterable[Detection]) -> tuple[Sight, ...]:
    from latentsync_studio.engines.face_mesh.probe import same_place

    kept: list[Sight] = []
    for each in found:
        sight = probe.acquire(picture, each)
        if sight is not None and not any(same_place(sight.landmarks, k.landmarks) for k in kept):
            kept.append(sight)
    return tuple(sorted(kept, key=lambda sight: -sight.size))


def _summed(samples: list[_Sample], frames: int) -> SeenFaces:
    at = np.array([each.at for each in samples], np.int32)
    shot = _shots(samples)
    seen = [k for k, each in enumerate(samples) if each.sights]
    if not seen:
        return nobody(at, shot, estimated=True, frames=frames)
    main = [samples[k].sights[0] for k in seen]
    landmarks = np.stack([sight.landmarks for sight in main])
    turned = _spread(angles(head_pose(landmarks).rotation), seen, len(at))
    eyes = _spread(np.array([sight.size for sight in main], np.float32), seen, len(at))
    edge = np.array([_edge(samples[k].sights[0], samples[k].size) for k in seen], np.float32)
    covered = _spread(_covered(main, turned[seen, 0]), seen, len(at))
    present = np.zeros(len(at), np.bool_)
    present[seen] = True
    usable, reason = judge(
        Evidence(
            present=present,
            shot=np.arange(len(at), dtype=np.int32),  # samples do not fade into each other
            yaw=turned[:, 0],
            pitch=turned[:, 1],
            eye_distance=eyes,
            occlusion=covered,
            edge=_spread(edge, seen, len(at)),
            others=np.zeros(len(at), np.bool_),
        )
    )
    return SeenFaces(
        at=at,
        frames=frames,
        present=present,
        yaw=turned[:, 0],
        pitch=turned[:, 1],
        eyes=eyes,
        occlusion=covered,
        usable=usable,
        reason=reason,
        shot=shot,
        people=max(len(each.sights) for each in samples),
        estimated=True,
    )


def _spread(values: F32, rows: list[int], n: int) -> F32:
    """Values of some rows, NaN in the others."""
    result = np.full((n, *values.shape[1:]), np.nan, np.float32)
    result[rows] = values
    return result


def _edge(sight: Sight, size: tuple[int, int]) -> float:
    """Distance of the mouth from the picture's edge, in eye distances."""
    points = sight.landmarks[OUT_RING, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    return float(min(low.min(), size[0] - high[0], size[1] - high[1])) / max(sight.size, 1e-6)


def _covered(main: list[Sight], yaw: F32) -> F32:
    """Share of the lower face that does not look as in the other samples; NaN for too few."""
    from latentsync_studio.engines.face_mesh.looks import skin_colours

    if len(main) < _USUAL:
        return np.full(len(main), np.nan, np.float32)
    colours = np.stack([skin_colours(sight.measured) for sight in main]).astype(np.float32)
    return occlusion.share_unlike(colours, occlusion.reference(colours), yaw)


def _shots(samples: list[_Sample]) -> I32:
    """(n,) numbers that rise where a sample shows something else than the one before."""
    shot = np.zeros(len(samples), np.int32)
    for k in range(1, len(samples)):
        a, b = samples[k - 1].picture, samples[k].picture
        alike = 1.0 if min(a.std(), b.std()) < 1.0 else float(np.corrcoef(a, b)[0, 1])
        shot[k] = shot[k - 1] + (alike < _OTHER_SHOT)
    return shot

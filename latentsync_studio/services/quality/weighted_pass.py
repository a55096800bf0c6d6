"""One walk through both films in which every network sees what it needs; nothing is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from latentsync_studio.core.face.landmarks import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from latentsync_studio.core.quality.curves import Figure
from latentsync_studio.core.weights import WeightsError
from latentsync_studio.services.quality.weighted import IDENTITY, LPIPS, LSE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.quality.weighted import Side, Weighted

NETWORKS: Final = "networks"  # stage of the progress
SAMPLES_HZ: Final = 5.0  # pictures a second that LPIPS and identity look at
MOST_SAMPLES: Final = 600  # of a film; longer ones are looked at more seldom


class Watcher(Protocol):
    """A measure that looks at frames in order."""

    def see(self, frame: int, result: Picture, source: Picture | None) -> None:
        """Look at the next frame of both."""

    def tell(self, found: Weighted) -> None:
        """Say what came of it."""


def run_networks(
    result: Side,
    source: Side | None,
    paths: Mapping[str, tuple[Path, ...]],
    found: Weighted,
    progress: Progress,
) -> None:
    """Measure the groups whose weights are in `paths`; what cannot be loaded is denied."""
    watchers: list[Watcher] = []
    for group, files in paths.items():
        try:
            watchers.append(_watcher(group, files, result, source, progress))
        except WeightsError as error:
            found.deny(group, str(error))
    if not watchers:
        return
    count = len(result.starts) if source is None else min(len(result.starts), len(source.starts))
    results = result.frames.frames(0, count)
    sources = None if source is None else source.frames.frames(0, count)
    for frame in range(count):
        progress.report(NETWORKS, frame, count)
        picture = next(results)
        other = None if sources is None else next(sources)
        for watcher in watchers:
            watcher.see(frame, picture, other)
    for watcher in watchers:
        watcher.tell(found)
    progress.report(NETWORKS, count, count)


def _watcher(
    group: str,
    files: tuple[Path, ...],
    result: Side,
    source: Side | None,
    progress: Progress,
) -> Watcher:
    from latentsync_studio.services.quality.weighted_sync import SyncWatcher

    if group == LSE:
        return SyncWatcher(files[0], result, source, progress)
    if source is None:
        raise ValueError(group)
    samples = Samples(result, source)
    if group == LPIPS:
        return PerceptualWatcher(files, samples)
    return IdentityWatcher(files, samples)


class Samples:
    """Which frames are looked at, and the faces in them.

    The result's face is placed by the source's, scaled where the films differ in size, where what
    is compared has to lie in the same place.
    """

    def __init__(self, result: Side, source: Side) -> None:
        self._result, self._source = result, source
        count = min(len(result.starts), len(source.starts))
        rate = count / max(float(source.starts[count - 1]), 1e-3)
        self._step = max(1, round(rate / SAMPLES_HZ), -(-count // MOST_SAMPLES))
        self._scale = np.append(np.array(result.size) / np.array(source.size), 1.0)

    def is_due(self, frame: int) -> bool:
        """Whether a frame is looked at."""
        return frame % self._step == 0

    def shot(self, frame: int) -> int:
        """Number of the shot of the source."""
        face = self._source.face
        return 0 if face is None else int(face.shot[frame])

    def in_source(self, frame: int) -> F32 | None:
        """(478, 3) of the face in the source."""
        return _landmarks(self._source, frame)

    def of_source_in_result(self, frame: int) -> F32 | None:
        """The same, in the result's px."""
        seen = self.in_source(frame)
        return None if seen is None else np.asarray(seen * self._scale, np.float32)

    def in_result(self, frame: int) -> F32 | None:
        """(478, 3) of the face as it is in the result."""
        return _landmarks(self._result, frame)


class PerceptualWatcher:
    """LPIPS of the lower face: of the result to the source, and of the source to its next sample.

    The latter is what a talking mouth changes by itself in a fifth of a second: a result whose
    mouth says something else differs from the source about as much, a damaged one more.
    """

    SIDE: Final = 192  # px of the view
    _BATCH: Final = 8

    def __init__(self, files: tuple[Path, ...], samples: Samples) -> None:
        from latentsync_studio.engines.perceptual.loading import load_perceptual
        from latentsync_studio.engines.tensors.device import best_device

        heads, backbone = files
        self._network = load_perceptual(backbone, heads, best_device())
        self._samples = samples
        self._pairs: list[F32] = []  # (2, SIDE, SIDE, 3) each: result, source
        self._shots: list[int] = []
        self._last: tuple[list[torch.Tensor], int] | None = None  # of the source
        self._results: list[float] = []
        self._sources: list[float] = []

    def see(self, frame: int, result: Picture, source: Picture | None) -> None:
        """Look at a frame."""
        if source is None or not self._samples.is_due(frame):
            return
        own, there = self._samples.in_source(frame), self._samples.of_source_in_result(frame)
        if own is None or there is None:
            return
        views = [self._view(result, there), self._view(source, own)]
        if views[0] is None or views[1] is None:
            return
        self._pairs.append(np.stack([view for view in views if view is not None]))
        self._shots.append(self._samples.shot(frame))
        if len(self._pairs) == self._BATCH:
            self._run()

    def tell(self, found: Weighted) -> None:
        """Say the means."""
        if self._pairs:
            self._run()
        if not self._results:
            found.deny(LPIPS, "The face was seen in none of the frames that were looked at.")
            return
        found.figures["lpips"] = Figure(float(np.mean(self._results)), _mean(self._sources))

    def _view(self, picture: Picture, landmarks: F32) -> F32 | None:
        from latentsync_studio.engines.face_mesh.crop import affine_crop
        from latentsync_studio.imaging.quality import face_crop

        to_view = face_crop.face_view(landmarks)
        if to_view is None:
            return None
        scaled = to_view * (self.SIDE / face_crop.SIDE)
        return affine_crop(picture, scaled, (self.SIDE, self.SIDE)).astype(np.float32)

    def _run(self) -> None:
        import torch

        device = next(self._network.parameters()).device
        pairs = torch.from_numpy(np.stack(self._pairs)).to(device).permute(1, 0, 4, 2, 3)
        with torch.inference_mode():
            result, source = (self._network.features(side) for side in pairs)
            self._results += self._network.distances(result, source).tolist()
            self._sources += self._changes(source)
        self._pairs, self._shots = [], []

    def _changes(self, source: list[torch.Tensor]) -> list[float]:
        """Distances of consecutive samples of one shot."""
        import torch

        shots = self._shots
        if self._last is not None:
            source = [torch.cat(both) for both in zip(self._last[0], source, strict=True)]
            shots = [self._last[1], *shots]
        self._last = [layer[-1:] for layer in source], shots[-1]
        if len(shots) < 2:
            return []
        before, after = [layer[:-1] for layer in source], [layer[1:] for layer in source]
        changes: list[float] = self._network.distances(before, after).tolist()
        return [each for each, a, b in zip(changes, shots, shots[1:], strict=False) if a == b]


class IdentityWatcher:
    """Cosine of the faces of both in the same frame, and of the source's faces with each other."""

    SIDE: Final = 288  # px of the view
    _EYES: Final = 80.0  # px between the outer corners in it

    def __init__(self, files: tuple[Path, ...], samples: Samples) -> None:
        from latentsync_studio.engines.face_identity.recognizer import FaceRecognizer

        self._network = FaceRecognizer(files[0])
        self._samples = samples
        self._results: list[float] = []
        self._sources: list[F32] = []

    def see(self, frame: int, result: Picture, source: Picture | None) -> None:
        """Look at a frame."""
        from latentsync_studio.engines.face_identity.recognizer import likeness

        if source is None or not self._samples.is_due(frame):
            return
        own, other = self._samples.in_source(frame), self._samples.in_result(frame)
        one = None if own is None else self._direction(source, own)
        two = None if other is None else self._direction(result, other)
        if one is not None:
            self._sources.append(one)
        if one is not None and two is not None:
            self._results.append(float(likeness(one, two)))

    def tell(self, found: Weighted) -> None:
        """Say the means."""
        from latentsync_studio.engines.face_identity.recognizer import own_likeness

        if not self._results:
            found.deny(IDENTITY, "No frame that was looked at shows the face in both films.")
            return
        own = own_likeness(np.stack(self._sources))
        found.figures["face_identity"] = Figure(float(np.mean(self._results)), own)

    def _direction(self, picture: Picture, landmarks: F32) -> F32 | None:
        from latentsync_studio.engines.face_identity.recognizer import five_points
        from latentsync_studio.engines.face_mesh.crop import affine_crop

        points = five_points(landmarks)
        across = landmarks[LEFT_EYE_OUTER, :2] - landmarks[RIGHT_EYE_OUTER, :2]
        eyes = float(np.hypot(*across))
        if not (np.isfinite(points).all() and eyes > 1.0):
            return None
        zoom = self._EYES / eyes
        offset = self.SIDE / 2 - zoom * points.mean(axis=0)
        to_view: F64 = np.column_stack([np.eye(2) * zoom, offset])
        view = affine_crop(picture, to_view, (self.SIDE, self.SIDE))
        found = self._network.direction(view, points * zoom + offset)
        return found if np.isfinite(found).all() else None


def _landmarks(side: Side, frame: int) -> F32 | None:
    face = side.face
    if face is None or not face.present[frame]:
        return None
    return np.asarray(face.landmarks[frame], np.float32)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")

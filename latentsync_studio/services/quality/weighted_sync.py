"""SyncNet along both films: every side with what is said in it, at 25 frames a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.quality.curves import Figure
from latentsync_studio.engines.sync_scores.crops import (
    LEAST_FRAMES,
    LEAST_PX,
    RATE_HZ,
    lip_tracks,
)
from latentsync_studio.engines.sync_scores.distances import mean_score
from latentsync_studio.services.quality.weighted import LSE

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.arrays import F64, I32
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.engines.sync_scores.crops import LipTrack
    from latentsync_studio.engines.sync_scores.distances import SyncScore
    from latentsync_studio.engines.sync_scores.network import SyncNet
    from latentsync_studio.engines.sync_scores.streams import LipStream
    from latentsync_studio.services.quality.weighted import Side, Weighted

_BLOCK: Final = 512  # frames whose landmarks are read at once
_FACE: Final = 468  # landmarks without the irises


class SyncWatcher:
    """Scores both sides, each against its own sound."""

    def __init__(self, file: Path, result: Side, source: Side | None, progress: Progress) -> None:
        from latentsync_studio.engines.sync_scores.loading import load_syncnet
        from latentsync_studio.engines.tensors.device import best_device

        network = load_syncnet(file, best_device())
        limit = None if source is None else min(len(result.starts), len(source.starts))
        self._result = _SideScore(network, result, progress, limit)
        self._source = None if source is None else _SideScore(network, source, progress, limit)

    def see(self, frame: int, result: Picture, source: Picture | None) -> None:
        """Look at a frame of both."""
        self._result.see(frame, result)
        if self._source is not None and source is not None:
            self._source.see(frame, source)

    def tell(self, found: Weighted) -> None:
        """Say the scores."""
        result = self._result.score()
        if result is None:
            found.deny(
                LSE,
                f"SyncNet needs a face of more than {LEAST_PX} px that is seen for more than"
                f" {LEAST_FRAMES / RATE_HZ:g} seconds of one shot, with sound.",
            )
            return
        source = None if self._source is None else self._source.score()
        nothing = float("nan")
        sides = {
            "lse_c": (result.confidence, nothing if source is None else source.confidence),
            "lse_d": (result.distance, nothing if source is None else source.distance),
            "lse_offset_frames": (
                float(result.offset),
                nothing if source is None else float(source.offset),
            ),
        }
        found.figures |= {name: Figure(*both) for name, both in sides.items()}


class _SideScore:
    """One film."""

    def __init__(self, network: SyncNet, side: Side, progress: Progress, limit: int | None) -> None:
        self._network, self._progress, self._pcm = network, progress, side.pcm
        self._ticks = shown_at(side.starts[:limit], _end(side, limit))
        self._tracks: tuple[LipTrack, ...] = ()
        if side.face is not None and side.pcm is not None and len(self._ticks):
            boxes = face_boxes(side.face, int(self._ticks[-1]) + 1)
            self._tracks = lip_tracks(
                boxes[self._ticks], side.face.present[self._ticks], side.face.shot[self._ticks]
            )
        self._streams: dict[int, LipStream] = {}

    def see(self, frame: int, picture: Picture) -> None:
        """Look at the next frame, in as many ticks as show it."""
        from latentsync_studio.engines.sync_scores.streams import LipStream

        first, last = np.searchsorted(self._ticks, [frame, frame + 1])
        for tick in range(int(first), int(last)):
            for number, track in enumerate(self._tracks):
                if tick in track:
                    stream = self._streams.setdefault(number, LipStream(self._network))
                    stream.add(track.crop(picture, tick))

    def score(self) -> SyncScore | None:
        """Of all tracks; None where there is nothing to score."""
        from latentsync_studio.engines.sync_scores.streams import SAMPLES, track_score

        if self._pcm is None:
            return None
        scores = []
        for number, stream in self._streams.items():
            pcm = self._pcm[self._tracks[number].start * SAMPLES :]
            score = track_score(self._network, stream, pcm, self._progress.check)
            scores += [] if score is None else [score]
        return mean_score(scores) if scores else None


def shown_at(starts: F64, end_s: float) -> I32:
    """(ticks,) the frame that is shown in the middle of each 25th of a second."""
    count = max(int(np.ceil(end_s * RATE_HZ - 0.5)), 0)
    middles = (np.arange(count) + 0.5) / RATE_HZ
    return np.asarray(np.searchsorted(starts, middles, side="right") - 1, np.int32)


def face_boxes(face: FaceTrack, count: int) -> F64:
    """(count, 4) x0, y0, x1, y1 around the landmarks; NaN where there is no face."""
    found = np.full((count, 4), np.nan)
    for start in range(0, count, _BLOCK):
        points = np.asarray(face.landmarks[start : min(start + _BLOCK, count), :_FACE, :2])
        found[start : start + len(points), :2] = points.min(axis=1)
        found[start : start + len(points), 2:] = points.max(axis=1)
    return found


def _end(side: Side, limit: int | None) -> float:
    if limit is None or limit >= len(side.starts):
        return side.end_s
    return float(side.starts[limit])

"""Pictures and samples in, features out; pictures come one by one and are not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from latentsync_studio.engines.sync_scores.cepstrum import as_16_bit, cepstra
from latentsync_studio.engines.sync_scores.crops import SIDE
from latentsync_studio.engines.sync_scores.distances import mean_distances, score_of
from latentsync_studio.engines.sync_scores.network import COLUMNS, FEATURES, FRAMES, STRIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.engines.sync_scores.distances import SyncScore
    from latentsync_studio.engines.sync_scores.network import SyncNet

SAMPLES: Final = 640  # a frame, at 16 kHz
_BLOCK: Final = 16  # windows of pictures at once
_SOUNDS: Final = 256  # windows of sound at once


class LipStream:
    """Features of the lips along one track."""

    def __init__(self, network: SyncNet) -> None:
        self._network = network
        self._held: list[npt.NDArray[np.uint8]] = []
        self._done: list[F32] = []
        self.frames = 0

    def add(self, crop: npt.NDArray[np.uint8]) -> None:
        """Take the next picture, (224, 224, 3) u8 BGR."""
        if crop.shape != (SIDE, SIDE, 3):
            raise ValueError(crop.shape)
        self.frames += 1
        self._held.append(crop)
        if len(self._held) == _BLOCK + FRAMES - 1:
            self._run()

    def features(self) -> F32:
        """(n - 4, 1024) of the n pictures that came; fewer than five have none."""
        if len(self._held) >= FRAMES:
            self._run()
        return np.concatenate([np.zeros((0, FEATURES), np.float32), *self._done])

    def _run(self) -> None:
        device = next(self._network.parameters()).device
        pictures = torch.from_numpy(np.stack(self._held)).to(device)
        with torch.inference_mode():
            found = self._network.lips(pictures.permute(0, 3, 1, 2).float())
        self._done.append(found.cpu().numpy())
        self._held = self._held[1 - FRAMES :]


def sound_features(
    network: SyncNet, rows: F64, count: int, check: Callable[[], None] = lambda: None
) -> F32:
    """Features of `count` windows of sound, a frame apart.

    Args:
        network: the network.
        rows: (n, 13) cepstra, n >= 4 (count - 1) + 20.
        count: how many windows.
        check: called now and then; may raise.

    Returns:
        (count, 1024).
    """
    device = next(network.parameters()).device
    wide = np.ascontiguousarray(rows.T, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(wide, COLUMNS, axis=1)[:, ::STRIDE]
    windows = windows.transpose(1, 0, 2)[:count]  # (count, 13, 20)
    found = np.empty((count, FEATURES), np.float32)
    for start in range(0, count, _SOUNDS):
        check()
        some = np.ascontiguousarray(windows[start : start + _SOUNDS])[:, None]
        with torch.inference_mode():
            found[start : start + len(some)] = (
                network.sound(torch.from_numpy(some).to(device)).cpu().numpy()
            )
    return found


def track_score(
    network: SyncNet, lips: LipStream, pcm: F32, check: Callable[[], None] = lambda: None
) -> SyncScore | None:
    """Score one track.

    Args:
        network: the network.
        lips: all pictures of the track.
        pcm: (S,) f32 -1..1 at 16 kHz, from the track's first picture on.
        check: called now and then; may raise.

    Returns:
        None where the sound is too short to hear anything.
    """
    count = min(lips.frames, len(pcm) // SAMPLES) - FRAMES
    if count < 1:
        return None
    pcm = pcm[: lips.frames * SAMPLES]
    rows = cepstra(as_16_bit(pcm))
    sound = sound_features(network, rows, count, check)
    return score_of(mean_distances(lips.features()[:count], sound))

"""From features of lips and sound to the three figures of SyncNet.

Formulas of "Out of time: automated lip sync in the wild" (Chung and Zisserman, 2016) as its
published evaluation computes them; the names LSE-C and LSE-D are those of the Wav2Lip paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32, F64

SHIFT: Final = 15  # frames that are tried each way
_EPSILON: Final = 1e-6  # added to every difference, as the published code's distance does
_BLOCK: Final = 2048  # rows at once: differences of an hour would take gigabytes


@dataclass(frozen=True, slots=True)
class SyncScore:
    """What SyncNet says of a stretch of film.

    Attributes:
        confidence: LSE-C, the median of the distances over all shifts less the least; >= 0.
        distance: LSE-D, the least distance.
        offset: frames (at 25 a second) by which the picture follows late (+) or early (-).
    """

    confidence: float
    distance: float
    offset: int


def mean_distances(lips: F32, sound: F32, shift: int = SHIFT) -> F64:
    """Mean distance of picture and sound for every shift.

    Args:
        lips: (n, 1024) features of the picture, one a frame.
        sound: (n, 1024) of the sound in the same frames.
        shift: frames that the sound is moved by, each way.

    Returns:
        (2 shift + 1,): entry k compares frame i with the sound of frame i + k - shift. Beyond the
        ends the sound's features are zero, which is part of the measure.
    """
    count = len(lips)
    padded = np.pad(np.asarray(sound, np.float32), ((shift, shift), (0, 0)))
    sums = np.zeros(2 * shift + 1)
    for start in range(0, count, _BLOCK):
        own = lips[start : start + _BLOCK] + np.float32(_EPSILON)
        for k in range(2 * shift + 1):
            other = padded[start + k : start + k + len(own)]
            difference = own - other
            squares = np.einsum("ij,ij->i", difference, difference, dtype=np.float64)
            sums[k] += float(np.sqrt(squares).sum())
    return sums / count


def score_of(distances: F64) -> SyncScore:
    """The figures of one stretch, of its mean distances over the shifts."""
    best = int(np.argmin(distances))
    least = float(distances[best])
    return SyncScore(
        confidence=float(np.median(distances)) - least,
        distance=least,
        offset=len(distances) // 2 - best,
    )


def mean_score(scores: Sequence[SyncScore]) -> SyncScore:
    """Several stretches together: the means; that of the offsets without its fraction."""
    return SyncScore(
        confidence=float(np.mean([each.confidence for each in scores])),
        distance=float(np.mean([each.distance for each in scores])),
        offset=int(np.mean([each.offset for each in scores])),
    )

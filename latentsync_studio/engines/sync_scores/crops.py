"""What SyncNet sees of a face: 224 px squares along a track, in memory.

The published evaluation finds faces with a detector of its own and writes the squares as lossy
files. Here the box around the face's landmarks stands for the detector's box and nothing is
written, so numbers come near the published ones and are not the same; against the source's own
value, measured alike, that cancels. The rules of tracks, smoothing and padding are the published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.pixels import window_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64, I32, Bools
    from latentsync_studio.core.picture import Picture

RATE_HZ: Final = 25  # SyncNet's frames a second
SIDE: Final = 224
LEAST_FRAMES: Final = 50  # a track has more
LEAST_PX: Final = 100  # and its faces are larger
_LONGEST_GAP: Final = 25  # frames that are bridged
_SMOOTHED: Final = 13  # frames of the median
_OUTSIDE: Final = 110  # level beyond the picture
_MARGIN: Final = 0.4


@dataclass(frozen=True, slots=True)
class LipTrack:
    """One face without a break.

    Attributes:
        start: its first frame, at 25 a second.
        centers: (n, 2) x, y, px.
        halves: (n,) half of the longer side of the face, px.
    """

    start: int
    centers: F64
    halves: F64

    @property
    def stop(self) -> int:
        """The frame after its last one."""
        return self.start + len(self.halves)

    def __contains__(self, frame: int) -> bool:
        return self.start <= frame < self.stop

    def crop(self, picture: Picture, frame: int) -> npt.NDArray[np.uint8]:
        """What is seen in a frame of the track: u8 (224, 224, 3), BGR."""
        (x, y), half = self.centers[frame - self.start], float(self.halves[frame - self.start])
        around = int(half * (1 + 2 * _MARGIN))  # places are cut to whole px in the padded picture
        top, bottom = (int(y + around + at) - around for at in (-half, half * (1 + 2 * _MARGIN)))
        left, right = (int(x + around + at * half * (1 + _MARGIN)) - around for at in (-1, 1))
        seen = np.full((max(bottom - top, 1), max(right - left, 1), 3), _OUTSIDE, np.uint8)
        whole = Box(x0=left, y0=top, x1=right, y1=bottom)
        box = whole.clipped(picture.width, picture.height)
        if box is not None:
            rows = slice(box.y0 - top, box.y1 - top)
            seen[rows, box.x0 - left : box.x1 - left] = window_rgb(picture, box)[..., ::-1]
        return np.asarray(cv2.resize(seen, (SIDE, SIDE)), np.uint8)


def lip_tracks(boxes: F64, present: Bools, shots: I32) -> tuple[LipTrack, ...]:
    """Faces that can be scored.

    Args:
        boxes: (T, 4) x0, y0, x1, y1 of the face in every frame at 25 a second, px.
        present: (T,) where it was seen.
        shots: (T,) number of the shot; no track goes beyond one.

    Returns:
        Tracks of more than 50 frames that were seen, with gaps of at most 25 bridged, in shots of
        at least 50, of faces whose longer side is over 100 px on average.
    """
    found = []
    for shot in np.unique(shots):
        of_shot = np.flatnonzero(shots == shot)
        seen = of_shot[present[of_shot]]
        if len(of_shot) < LEAST_FRAMES or not len(seen):
            continue
        breaks = np.flatnonzero(np.diff(seen) > _LONGEST_GAP) + 1
        for rows in np.split(seen, breaks):
            found += [] if len(rows) <= LEAST_FRAMES else list(_track(boxes, rows))
    return tuple(found)


def _track(boxes: F64, rows: npt.NDArray[np.intp]) -> Iterator[LipTrack]:
    from scipy.signal import medfilt

    frames = np.arange(rows[0], rows[-1] + 1)
    filled = np.stack([np.interp(frames, rows, boxes[rows, k]) for k in range(4)], axis=1)
    sizes = filled[:, 2:] - filled[:, :2]
    if max(sizes.mean(axis=0)) <= LEAST_PX:
        return
    smooth = [
        medfilt(values, _SMOOTHED)
        for values in (*((filled[:, :2] + filled[:, 2:]) / 2).T, sizes.max(axis=1) / 2)
    ]
    yield LipTrack(int(rows[0]), np.stack(smooth[:2], axis=1), np.asarray(smooth[2]))

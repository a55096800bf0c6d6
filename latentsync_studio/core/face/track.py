"""One person through a clip, as arrays over the frames of the medium."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, I32, Bools


class Reason(IntEnum):
    """Why a frame passes through untouched (0: it does not)."""

    OK = 0
    NO_FACE = 1  # nobody was found
    TOO_SMALL = 2  # the face has too few pixels
    PROFILE = 3  # turned away further than the engine can draw
    OCCLUDED = 4  # hand, microphone or hair before the mouth
    OTHER_PERSON = 5  # a face is there, but not the chosen one
    OUT_OF_PICTURE = 6  # the mouth leaves the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTrack:
    """One person: identity, landmarks and usability at every frame of the medium.

    All arrays lead with N, the frames of the medium; rows without this face hold NaN.

    Attributes:
        id: 0 is the first choice (largest face over the clip), then 1, 2, ...
        landmarks: (N, 478, 3) f32, x and y in display pixels (pixel centers at +0.5), z in the
            same unit, sub-pixel, zero-phase smoothed within shots. May be a memory map.
        present: (N,) whether the face was measured in the frame, or bridged over at most 2 frames
            between two measurements (collectors saw no face in those).
        shot: (N,) number of the shot; smoothing and motion never cross a change of it.
        angles: (N, 3) f32 yaw, pitch, roll in degrees.
        eye_distance: (N,) f32 distance of the outer eye corners in pixels, in space: it does not
            shrink when the head turns.
        occlusion: (N,) f32 0..1, share of the lower face that does not look like this person.
        usable: (N,) f32 0..1, how strongly the frame may be redrawn; fades near limits.
        reason: (N,) u8 `Reason`; anything but OK means usable == 0.
    """

    id: int
    landmarks: F32
    present: Bools
    shot: I32
    angles: F32
    eye_distance: F32
    occlusion: F32
    usable: F32
    reason: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceAnalysis:
    """All faces of a medium; `tracks` is ordered by choice (largest first) and may be empty."""

    n_frames: int
    width: int
    height: int
    tracks: tuple[FaceTrack, ...]

"""Frames that the user wants redrawn although the measurement says that they cannot be.

A protection curve ("usable.N") of a clip only changes how strongly patches show, as long as there
are patches. Where the measurement forbade them and the curve rises above 0, they have to be drawn:
those frames are lifted, if the face was measured there at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.mask.keyframes import values_at

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.timeline.model import Clip
    from latentsync_studio.services.timeline.medium import Axis

_LIFTED = 0.5  # drawn, but no example of how this person looks


def has_protection(clip: Clip, face: int) -> bool:
    """Whether the protection of a face of a clip was edited."""
    return any(curve.key == f"usable.{face}" for curve in clip.curves)


def lifted_frames(clip: Clip, face: FaceTrack, axis: Axis) -> I32:
    """(n,) frames of the medium, in order, that the curves of a clip ask for on their own."""
    keys = next((c.keys for c in clip.curves if c.key == f"usable.{face.id}"), ())
    if not keys:
        return np.zeros(0, np.int32)
    frames = np.arange(
        max(keys[0].frame, clip.source.start), min(keys[-1].frame + 1, clip.source.stop)
    )
    wanted = frames[values_at(keys, frames.tolist()) > 0.0]
    if not len(wanted):
        return np.zeros(0, np.int32)
    shown = np.unique(axis.source[axis.frames_at(wanted.tolist())])
    shown = shown[face.present[shown] & (face.usable[shown] <= 0.0)]
    return np.asarray(shown[np.isfinite(face.landmarks[shown]).all(axis=(1, 2))], np.int32)


def with_lifted(face: FaceTrack, frames: I32) -> FaceTrack:
    """The face as one that may be redrawn in `frames` as well."""
    if not len(frames):
        return face
    usable = face.usable.copy()
    usable[frames] = _LIFTED
    usable.flags.writeable = False
    return replace(face, usable=usable)

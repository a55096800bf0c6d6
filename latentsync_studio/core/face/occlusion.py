"""Whether the lower face looks like this person's, from skin colours at fixed points of the mesh.

A hand, a microphone or another head changes the colours of many points at once; light that changes
as a whole does not matter, because each frame is divided by its own median.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.face.landmarks import LOWER_SKIN_SIDE

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32

MAX_DIFFERENCE = 0.33  # of a gain-normalised colour; the same skin stays within 0.2
MIN_GAIN = 4.0  # 8-bit units: darker frames carry no colour
MIN_USUAL = 0.02  # of a normalised colour
FAR_FULL, FAR_ZERO = 20.0, 40.0  # degrees of yaw between which the far side counts less
FOREIGN_SHARE = 0.3  # a shot whose own colours differ this much is not trusted as a reference


def normalised(colours: F32) -> F32:
    """Divide each frame's (N, P, 3) colours, 0..255, by their median."""
    gain = np.maximum(np.median(colours, axis=(1, 2), keepdims=True), MIN_GAIN)
    return np.asarray(colours / gain, np.float32)


def reference(colours: F32) -> F32:
    """(P, 3) usual colours from a sample of frames (M, P, 3), M >= 1."""
    return np.asarray(np.median(normalised(colours), axis=0), np.float32)


def shot_reference(of_person: F32, of_shot: F32) -> F32:
    """The reference to use in a shot: its own light, unless something covers the face there."""
    share = float((np.abs(of_shot - of_person).max(axis=-1) > MAX_DIFFERENCE).mean())
    return of_shot if share < FOREIGN_SHARE else of_person


def share_unlike(colours: F32, usual: F32, yaw: F32) -> F32:
    """Share of the lower face, 0..1, that does not look as usual, for N frames.

    Points on the far side of a turned head count less and less: they show what is behind it.

    Args:
        colours: (N, P, 3) at `LOWER_SKIN`, 0..255.
        usual: (P, 3) from `reference`.
        yaw: (N,) degrees, positive when the nose points to the picture's left.
    """
    turned_to = np.sign(yaw)[:, None]
    far = np.where(turned_to == -LOWER_SKIN_SIDE, np.abs(yaw)[:, None], 0.0)
    seen = np.clip((FAR_ZERO - far) / (FAR_ZERO - FAR_FULL), 0.0, 1.0)
    ratio = np.where(seen[..., None] > 0.5, colours / np.maximum(usual, MIN_USUAL), np.nan)
    gain = np.maximum(np.nanmedian(ratio, axis=(1, 2)), MIN_GAIN)[:, None, None]
    difference = np.abs(colours / gain - usual).max(axis=-1)
    share = ((difference > MAX_DIFFERENCE) * seen).sum(axis=1) / seen.sum(axis=1)
    return np.asarray(share, np.float32)

"""Whether the lower face looks like this person's, from skin colours at fixed points of the mesh.

A hand, a microphone or another head changes the colours of many points at once; light that changes
as a whole does not matter, because each frame is divided by its own median.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32

MAX_DIFFERENCE = 0.33  # of a gain-normalised colour; the same skin stays within 0.2
MIN_GAIN = 4.0  # 8-bit units: darker frames carry no colour
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


def share_unlike(colours: F32, usual: F32) -> F32:
    """(N,) share of points, 0..1, whose colour departs from `usual` (P, 3)."""
    difference = np.abs(normalised(colours) - usual).max(axis=-1)
    return np.asarray((difference > MAX_DIFFERENCE).mean(axis=1), np.float32)

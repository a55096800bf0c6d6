"""Tells a reference that shows another picture than the result, before anything is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.imaging.quality.likeness import likeness

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress

LEAST_LIKENESS: Final = 0.6  # the same take is above 0.85, also a second late; others are below 0.5
_ENOUGH: Final = 8  # frames after which it is decided
_STEP: Final = 10  # frames from one that is looked at to the next


class SceneCheck:
    """Looks at a few of the frame pairs of a result and its reference."""

    def __init__(self, result: Path, reference: Path, count: int) -> None:
        """Begin.

        Args:
            result: told by its name.
            reference: told by its name.
            count: pairs of frames that there are.
        """
        self._names = result.name, reference.name
        self._every = max(1, min(_STEP, count // (2 * _ENOUGH)))
        self._found: list[float] = []
        self._is_open = True

    def look(self, frame: int, result: Picture, source: Picture, landmarks: F32 | None) -> None:
        """Look at a pair if that is due.

        Raises:
            InputError: it is certain by now that they are of different scenes.
        """
        if not self._is_open or frame % self._every:
            return
        value = likeness(result, source, landmarks)
        if np.isfinite(value):
            self._found.append(value)
        if len(self._found) >= _ENOUGH:
            self.decide()

    def decide(self) -> None:
        """Decide by what was seen; nothing seen is no fault.

        Raises:
            InputError: they are of different scenes.
        """
        self._is_open = False
        if not self._found or float(np.median(self._found)) >= LEAST_LIKENESS:
            return
        result, reference = self._names
        raise InputError(
            f"{reference} does not show the picture of {result}: beside the face"
            f" they are alike by {float(np.median(self._found)):.2f} in {len(self._found)} frames;"
            f" the same scene is above {LEAST_LIKENESS:g}.",
            remedy="Name movies of the same clip, and as reference what they were made of.",
        )


def check_movies(first: Path, other: Path, progress: Progress) -> None:
    """Look whether two movies begin with the same scene; decodes some 80 frames of each.

    Raises:
        InputError: they are of different scenes, or one cannot be decoded.
        Cancelled: the user stopped it.
    """
    from latentsync_studio.media.reader import FrameReader

    with FrameReader(first) as one, FrameReader(other) as two:
        count = min(one.index.n_frames, two.index.n_frames, _ENOUGH * _STEP)
        check = SceneCheck(first, other, count)
        for frame, pictures in enumerate(
            zip(one.frames(0, count), two.frames(0, count), strict=True)
        ):
            progress.check()
            check.look(frame, *pictures, None)
        check.decide()

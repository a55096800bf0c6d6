"""Measure a face in the next picture while the last one is still being looked at.

Where a face is looked for depends on where it was one picture before, and on nothing else that is
decided about that picture. So as soon as its landmarks are known the network may go on with the
next picture, on the guess that the face will be followed. A wrong guess costs one run of the
network and changes nothing.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.engines.face_mesh.mesh import FaceMesh, Measured, Roi

    Found = tuple[Picture, Measured] | None


class Following(Protocol):
    """Where pictures come from."""

    def peek(self) -> Picture | None:
        """The picture after the one that is being looked at; None where there is none."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A region of the next picture, and what the network will have found there."""

    roi: Roi
    found: Future[Found]


class MeshAhead:
    """Runs a mesh network ahead, in a thread that begins with the first guess."""

    def __init__(self, mesh: FaceMesh) -> None:
        self._mesh = mesh
        self._pool: ThreadPoolExecutor | None = None
        self._guesses: list[Guess] = []

    def begin(self, following: Following, roi: Roi) -> None:
        """Begin to measure the face in `roi` of the next picture."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="mesh-ahead")
        self._guesses.append(Guess(roi, self._pool.submit(self._measure, following.peek, roi)))

    def taken(self) -> list[Guess]:
        """Hand out the guesses that were begun up to now: those of the picture that is next."""
        guesses, self._guesses = self._guesses, []
        return guesses

    def close(self) -> None:
        """End the thread."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _measure(self, peek: Callable[[], Picture | None], roi: Roi) -> Found:
        picture = peek()
        return None if picture is None else (picture, self._mesh.measure(picture, roi))


def guessed(guesses: list[Guess], picture: Picture, roi: Roi) -> Measured | None:
    """What a guess found in exactly this region of exactly this picture; None: nobody looked."""
    for guess in guesses:
        if guess.roi == roi:
            found = guess.found.result()
            if found is not None and found[0] is picture:
                return found[1]
    return None

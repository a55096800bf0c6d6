"""One take on the diffusion engine: windows in, patches out. Keys need no network."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future
from functools import partial
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Protocol, cast

import msgspec
import numpy as np

from latentsync_studio.core.job_frames import ENGINE
from latentsync_studio.core.render.plan import drawn_frames
from latentsync_studio.core.settings.fields import shaping
from latentsync_studio.engines.latentsync.blending import blended
from latentsync_studio.engines.latentsync.geometry import crop_transform
from latentsync_studio.engines.latentsync.hearing import Hearing
from latentsync_studio.engines.latentsync.layout import Layout
from latentsync_studio.engines.latentsync.patches import drawn_patch, empty_patch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latentsync_studio.core.arrays import F64, Rgb8
    from latentsync_studio.core.engine import EngineSpec, Patch, Running, Take
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.latentsync import LatentSyncSettings
    from latentsync_studio.engines.latentsync.atelier import Atelier
    from latentsync_studio.engines.latentsync.blending import ModelWindow
    from latentsync_studio.engines.latentsync.drawing import Drawn

_INVISIBLE = 0.5 / 255  # of a patch's alpha
_CHUNKS_KEPT = 6  # with an overlap windows share chunks


class Place(Protocol):
    """Where a session draws, given by the engine; nothing is loaded before `atelier`."""

    def spec_at(self, resolution: int) -> EngineSpec:
        """The engine as it draws with the weights for squares of that side."""

    def resolution(self) -> int:
        """Side of the square that would be drawn now, px."""

    def precision(self) -> str:
        """What is computed in, "fp16"."""

    def running(self) -> Running:
        """What it runs on, up to now."""

    def at_once(self) -> int:
        """Windows that are worth drawing in one batch."""

    def atelier(self, take: Take, hearing: Hearing) -> Atelier:
        """What draws the chunks of a take; loads libraries, not yet the weights."""


class LatentSyncSession:
    """An engine that is ready for one take. Safe to call from several threads."""

    def __init__(self, take: Take, place: Place) -> None:
        """Plan; no network is loaded.

        Args:
            take: whose face, which speech, which settings.
            place: where it draws.
        """
        self._take, self._place = take, place
        self._settings = cast("LatentSyncSettings", take.settings)
        drawn = drawn_frames(take.source, take.face.usable)
        shots = np.asarray(take.face.shot)[take.source]
        self._layout = Layout(drawn, shots, self._settings.overlap)
        self._hearing = Hearing(take, self._settings)
        self._looks = msgspec.msgpack.encode(shaping(self._settings))
        self._transforms: dict[int, F64] = {}
        self._sides: dict[FrameRange, int] = {}
        self._recent = _Recent(_CHUNKS_KEPT)
        self._atelier: Atelier | None = None
        self._told = ""
        self._lock = Lock()

    def spec_for(self, window: FrameRange) -> EngineSpec:
        """The engine as it drew `window`, or would now; see core.engine."""
        return self._place.spec_at(self._side_of(window))

    def running(self) -> Running:
        """What it runs on up to now."""
        return self._place.running()

    def at_once(self) -> int:
        """Windows that are drawn in one batch, as a benchmark or the user says."""
        return self._place.at_once()

    def reads(self, window: FrameRange) -> FrameRange:
        """The frames of all chunks that shape the window."""
        return self._layout.reads(window)

    def digest(self, window: FrameRange) -> bytes:
        """Hash of what shapes the patches of `window`, see core.engine."""
        side = self._side_of(window)
        out = blake2b(self._looks, digest_size=16)
        out.update(f"{side} {self._place.precision()} {self._take.seed}".encode())
        transforms = self._transforms_at(side)
        for chunk in self._layout.chunks(window):
            frames = np.asarray(chunk.frames, np.int64)
            shares = [chunk.weight(frame) for frame in window]
            out.update((frames - window.start).tobytes() + np.asarray(shares).tobytes())
            out.update(transforms[self._take.source[frames]].tobytes())
            out.update(self._hearing.digest(chunk))
        return out.digest()

    def synthesize(
        self, window: FrameRange, pictures: Sequence[Picture], progress: Progress
    ) -> tuple[Patch, ...]:
        """Redraw the lower face in every frame of `window`, see core.engine."""
        progress.check()
        shown = self._hearing.shown[window.start : window.stop]
        if float(shown.max()) < _INVISIBLE:
            return tuple(empty_patch(frame) for frame in window)
        reads = self.reads(window)
        seen = dict(zip(reads, pictures, strict=True))
        side, pixels = self._drawn(window, seen, progress)
        self._sides[window] = side
        transforms = self._transforms_at(side)
        return tuple(
            drawn_patch(frame, square, transforms[self._take.source[frame]], float(share))
            for frame, square, share in zip(window, pixels, shown, strict=True)
        )

    def _drawn(
        self, window: FrameRange, seen: Mapping[int, Picture], progress: Progress
    ) -> tuple[int, Rgb8]:
        """Side of the square and pixels of every frame; again where memory changed the side."""
        atelier = self._opened()
        while True:
            side = atelier.resolution
            finals: dict[ModelWindow, Drawn] = {}
            for chunk in self._layout.chunks(window):
                make = partial(atelier.drawn, chunk, seen, self._transforms_at, progress)
                finals[chunk] = self._recent.get((chunk, side), make)
            if any(final.resolution != side for final in finals.values()):
                self._recent.clear()
                continue
            self._tell(progress)
            latents = {chunk: final.latents for chunk, final in finals.items()}
            pixels = atelier.decoded(blended(window, latents), side, progress)
            if pixels is not None:
                return side, pixels
            self._recent.clear()

    def _tell(self, progress: Progress) -> None:
        """Say on which rung it draws, whenever that is another one than was told last."""
        words = self._place.running().words()
        with self._lock:
            is_news, self._told = words != self._told, words
        if is_news:
            progress.report(ENGINE, 0, 0, words)

    def _opened(self) -> Atelier:
        with self._lock:
            if self._atelier is None:
                self._atelier = self._place.atelier(self._take, self._hearing)
            return self._atelier

    def _side_of(self, window: FrameRange) -> int:
        return self._sides.get(window) or self._place.resolution()

    def _transforms_at(self, side: int) -> F64:
        """(N, 2, 3) of every source frame."""
        found = self._transforms.get(side)
        if found is None:
            found = crop_transform(np.asarray(self._take.face.landmarks), side)
            self._transforms[side] = found
        return found


class _Recent:
    """Results of the last few keys, each made by one thread while others wait for it."""

    def __init__(self, kept: int) -> None:
        self._kept, self._lock = kept, Lock()
        self._made: OrderedDict[object, Future[Drawn]] = OrderedDict()

    def get(self, key: object, make: Callable[[], Drawn]) -> Drawn:
        """The result of a key; an error of another thread is not handed on, it is tried again."""
        while True:
            with self._lock:
                known = self._made.get(key)
                mine: Future[Drawn] = Future()
                if known is None:
                    self._made[key] = mine
                    while len(self._made) > self._kept:
                        self._made.popitem(last=False)
            if known is None:
                return self._filled(key, mine, make)
            if known.exception() is None:
                return known.result()

    def _filled(self, key: object, mine: Future[Drawn], make: Callable[[], Drawn]) -> Drawn:
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                if self._made.get(key) is mine:
                    del self._made[key]
            mine.set_exception(error)
            raise
        mine.set_result(made)
        return made

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._made.clear()

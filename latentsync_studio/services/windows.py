"""Patches of one window: taken from the store, or drawn by the engine and put there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import DamagedEntryError
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.media import patch_codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import EngineSpec, LipSyncSession, Patch
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.services.fleet import Fleet
    from latentsync_studio.storage.store import Store

PATCHES = "patches"
DECODED_VERSION = "1"  # raise whenever the same file gives other source pictures


@dataclass(slots=True)
class WindowCounts:
    """What was really done; thread-safe through the `WindowStore` that owns it.

    Attributes:
        engine_calls: windows that were drawn.
        reused: windows that were taken from the store.
        took: window that was drawn here -> (seconds, when it was done, as `time.time`).
    """

    engine_calls: int = 0
    reused: int = 0
    took: dict[FrameRange, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """An opened engine and the pictures that it is to redraw.

    Attributes:
        spec: the engine as it was planned with.
        media_digest: names the decoded source frames.
        source: (T,) i32 source frame of every output frame.
    """

    session: LipSyncSession
    spec: EngineSpec
    media_digest: str
    source: I32


class WindowStore:
    """Where windows come from. A window is done if and only if its stored entry verifies."""

    def __init__(self, drawing: Drawing, store: Store, fleet: Fleet | None = None) -> None:
        """Draw nothing yet.

        Args:
            drawing: an opened engine, and what it is to redraw.
            store: where patches are kept.
            fleet: others that draw some of the windows; those are waited for.
        """
        self._drawing, self._store, self.fleet = drawing, store, fleet
        self._keys: dict[FrameRange, str] = {}
        self._specs: dict[FrameRange, EngineSpec] = {}  # of keys that were worked out here
        self._lock = Lock()
        self._in_work: dict[str, Lock] = {}
        self._taken_over: set[FrameRange] = set()
        self.counts = WindowCounts()

    def take_over(self, window: FrameRange, key: str) -> None:
        """Others drew a window now and stored it under `key`."""
        with self._lock:
            self.counts.engine_calls += 1
            self._taken_over.add(window)
        self._keys[window] = key

    @property
    def keys(self) -> Mapping[FrameRange, str]:
        """Keys that are known up to now, a copy; none of windows that other weights drew."""
        planned, specs = self._drawing.spec, self._specs
        return {w: k for w, k in self._keys.copy().items() if specs.get(w, planned) == planned}

    def learn(self, keys: Mapping[FrameRange, str]) -> None:
        """Take over keys that were worked out earlier from the very same inputs."""
        self._keys |= keys

    def plan(self, windows: Iterable[FrameRange]) -> None:
        """Work the keys of windows out now, which takes a while for an engine that plans."""
        for window in windows:
            self.key(window)

    def reads(self, window: FrameRange) -> FrameRange:
        """The output frames whose pictures `patches` needs where `window` is not stored."""
        return self._drawing.session.reads(window)

    def is_stored(self, window: FrameRange) -> bool:
        """Whether an entry of it exists (it is verified when it is read)."""
        return self._store.has(self.key(window))

    def stored(self, window: FrameRange) -> tuple[Patch, ...] | None:
        """The stored patches of `window`, None when they are absent or damaged."""
        return self._read(self.key(window))

    def opened(self, window: FrameRange) -> patch_codec.PackedPatches | None:
        """As `stored`, for a few of them: each is decoded when it is asked for."""
        data = self._store.get(self.key(window))
        if data is None:
            return None
        try:
            return patch_codec.PackedPatches(data, is_verified=True)  # by the store, just now
        except DamagedEntryError:
            return None

    def key(self, window: FrameRange) -> str:
        """Digest of everything that shapes the patches of `window`."""
        known = self._keys.get(window)
        if known is None:
            known = self._keys[window] = self._key(window)
        return known

    def _key(self, window: FrameRange) -> str:
        drawing = self._drawing
        reads = drawing.session.reads(window)  # opens the engine, which then knows its weights
        spec = self._specs[window] = drawing.session.spec_for(window)
        return cache_key(
            PATCHES,
            format=patch_codec.VERSION,
            decoded=DECODED_VERSION,
            engine=spec.id,
            version=spec.version,
            weights=spec.weights_digest,
            device=spec.device,
            media=drawing.media_digest,
            source=drawing.source[reads.start : reads.stop],
            start=window.start,
            **({} if reads == window else {"window": window, "reads": reads}),
            drive=drawing.session.digest(window),
        )

    def patches(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[Patch, ...]:
        """The patches of `window`; where it has to be drawn, `see` gives the pictures it `reads`.

        see: output frames -> the source picture of each, in order.
        """
        return self.made(window, see, progress)[0]

    def made(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[tuple[Patch, ...], bool]:
        """As `patches`, and whether they were drawn by this very call."""
        key = self.key(window)
        with self._lock:
            mine = self._in_work.setdefault(key, Lock())
        try:
            with mine:  # two pieces of a movie may need the same window at once
                return self._taken_or_drawn(key, window, see, progress)
        finally:
            with self._lock:
                self._in_work.pop(key, None)

    def _taken_or_drawn(
        self,
        key: str,
        window: FrameRange,
        see: Callable[[FrameRange], Sequence[Picture]],
        progress: Progress,
    ) -> tuple[tuple[Patch, ...], bool]:
        is_new = self.fleet is not None and window in self.fleet.windows - self._taken_over
        if self.fleet is not None and is_new:
            key = self.fleet.wait(window, progress)
            self.take_over(window, key)
        stored = self._read(key)
        if stored is not None:
            if not is_new:
                with self._lock:
                    self.counts.reused += 1
            return stored, is_new
        with self._lock:
            self.counts.engine_calls += 1
        session = self._drawing.session
        pictures = see(session.reads(window))
        begun = time.perf_counter()
        drawn = session.synthesize(window, pictures, progress)
        took = time.perf_counter() - begun, time.time()
        with self._lock:
            self.counts.took[window] = took
        self._store.put(self._settled(window, key), PATCHES, patch_codec.pack(drawn))
        return drawn, True

    def _settled(self, window: FrameRange, key: str) -> str:
        """The key of a window that was drawn just now; another one where other weights drew it."""
        known = self._specs.get(window, self._drawing.spec)
        if self._drawing.session.spec_for(window) != known:
            self._keys[window] = self._key(window)
        return self._keys.get(window, key)

    def _read(self, key: str) -> tuple[Patch, ...] | None:
        data = self._store.get(key)
        if data is None:
            return None
        try:
            return patch_codec.unpack(data)
        except DamagedEntryError:
            return None

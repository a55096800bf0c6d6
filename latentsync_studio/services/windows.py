"""Patches of one window: taken from the store, or drawn by the engine and put there."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import DamagedEntryError
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.media import patch_codec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import EngineSpec, LipSyncSession, Patch
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.storage.store import Store

PATCHES = "patches"
DECODED_VERSION = "1"  # raise whenever the same file gives other source pictures


@dataclass(slots=True)
class WindowCounts:
    """What was really done; thread-safe through the `WindowStore` that owns it."""

    engine_calls: int = 0
    reused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """An opened engine and the pictures that it is to redraw.

    Attributes:
        media_digest: names the decoded source frames.
        source: (T,) i32 source frame of every output frame.
    """

    session: LipSyncSession
    spec: EngineSpec
    media_digest: str
    source: I32


class WindowStore:
    """Where windows come from. A window is done if and only if its stored entry verifies."""

    def __init__(self, drawing: Drawing, store: Store) -> None:
        self._drawing, self._store = drawing, store
        self._keys: dict[FrameRange, str] = {}
        self._lock = Lock()
        self._in_work: dict[str, Lock] = {}
        self.counts = WindowCounts()

    @property
    def keys(self) -> Mapping[FrameRange, str]:
        """Keys that are known up to now, a copy."""
        return dict(self._keys)

    def learn(self, keys: Mapping[FrameRange, str]) -> None:
        """Take over keys that were worked out earlier from the very same inputs."""
        self._keys |= keys

    def is_stored(self, window: FrameRange) -> bool:
        """Whether an entry of it exists (it is verified when it is read)."""
        return self._store.has(self.key(window))

    def stored(self, window: FrameRange) -> tuple[Patch, ...] | None:
        """The stored patches of `window`, None when they are absent or damaged."""
        return self._read(self.key(window))

    def key(self, window: FrameRange) -> str:
        """Digest of everything that shapes the patches of `window`."""
        if window not in self._keys:
            drawing = self._drawing
            self._keys[window] = cache_key(
                PATCHES,
                format=patch_codec.VERSION,
                decoded=DECODED_VERSION,
                engine=drawing.spec.id,
                version=drawing.spec.version,
                weights=drawing.spec.weights_digest,
                device=drawing.spec.device,
                media=drawing.media_digest,
                source=drawing.source[window.start : window.stop],
                start=window.start,
                drive=drawing.session.digest(window),
            )
        return self._keys[window]

    def patches(
        self, window: FrameRange, pictures: Sequence[Picture], progress: Progress
    ) -> tuple[Patch, ...]:
        """The patches of `window`; `pictures` are its source frames, in order."""
        return self.made(window, pictures, progress)[0]

    def made(
        self, window: FrameRange, pictures: Sequence[Picture], progress: Progress
    ) -> tuple[tuple[Patch, ...], bool]:
        """As `patches`, and whether they were drawn by this very call."""
        key = self.key(window)
        with self._lock:
            mine = self._in_work.setdefault(key, Lock())
        try:
            with mine:  # two pieces of a movie may need the same window at once
                return self._taken_or_drawn(key, window, pictures, progress)
        finally:
            with self._lock:
                self._in_work.pop(key, None)

    def _taken_or_drawn(
        self, key: str, window: FrameRange, pictures: Sequence[Picture], progress: Progress
    ) -> tuple[tuple[Patch, ...], bool]:
        stored = self._read(key)
        if stored is not None:
            with self._lock:
                self.counts.reused += 1
            return stored, False
        with self._lock:
            self.counts.engine_calls += 1
        drawn = self._drawing.session.synthesize(window, pictures, progress)
        self._store.put(key, PATCHES, patch_codec.pack(drawn))
        return drawn, True

    def _read(self, key: str) -> tuple[Patch, ...] | None:
        data = self._store.get(key)
        if data is None:
            return None
        try:
            return patch_codec.unpack(data)
        except DamagedEntryError:
            return None

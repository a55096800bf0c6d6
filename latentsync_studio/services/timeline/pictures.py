"""Decoded pictures for the viewer: a few open readers and a cache bounded by bytes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, TypeAlias

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.pixels import sized_picture, window_rgb
from latentsync_studio.services.media_bin.exact_frames import KeptFrames, is_slow
from latentsync_studio.services.timeline.byte_cache import ByteCache

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.media.opening_reader import Reader
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.wiring import Services

READERS = 4
NEAR = 8  # frames that decode about as fast as a jump
_MUCH = 0.9  # of the size: hardly any smaller saves nothing
_Mark: TypeAlias = tuple[str, int, bool] | tuple[str, int, bool, tuple[int, int]]
ABOUT = 12  # frames by which a stand-in may be off while the playhead moves


@dataclass(slots=True)
class Decoded:
    """A picture and, once somebody looked at it, its RGB.

    Attributes:
        picture: of the medium, or of its proxy.
        is_proxy: of the proxy.
    """

    picture: Picture
    is_proxy: bool
    _rgb: Rgb8 | None = None

    @property
    def number(self) -> int:
        """Frame of the medium."""
        return self.picture.index

    def rgb(self) -> Rgb8:
        """The whole picture, u8 (H, W, 3)."""
        if self._rgb is None:
            picture = self.picture
            whole = Box(x0=0, y0=0, x1=picture.width, y1=picture.height)
            self._rgb = window_rgb(picture, whole)
        return self._rgb

    @property
    def bytes(self) -> int:
        """Of the planes and of the RGB, made or not."""
        planes = sum(plane.nbytes for plane in self.picture.planes)
        return planes + 3 * self.picture.width * self.picture.height


@dataclass(slots=True)
class _Open:
    reader: Reader
    last: int = -(10**9)


class Pictures:
    """Frames of media; for one thread at a time.

    Attributes:
        decoded: how many frames were decoded up to now.
        interrupted: set from another thread, a frame that takes long is given up (Cancelled).
    """

    def __init__(self, services: Services, cache_bytes: int) -> None:
        self._services = services
        self._cache: ByteCache[_Mark, Decoded] = ByteCache(cache_bytes)
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()
        self._kept = KeptFrames(services)
        self.decoded = 0
        self.interrupted = Event()

    def exact(self, medium: Medium, number: int) -> Decoded:
        """The frame itself. Raises InputError where it cannot be decoded."""
        found = self._cache.get((medium.digest, number, False))
        if found is None:
            found = self._copied(medium, number)
        return found if found is not None else self._read(medium, number, None)

    def quick(self, medium: Medium, number: int) -> Decoded:
        """The frame if that is quick, else its proxy, else one nearby, else the keyframe before."""
        found = self._cache.get((medium.digest, number, False))
        if found is not None:
            return found
        proxy = self._proxy(medium)
        if proxy is not None:
            found = self._cache.get((medium.digest, number, True))
            return found if found is not None else self._read(medium, number, proxy)
        found = self._copied(medium, number)
        if found is None and not self._is_near(medium, number):
            return self._nearby(medium, number)
        return found if found is not None else self._read(medium, number, None)

    def _nearby(self, medium: Medium, number: int) -> Decoded:
        """One that was decoded a moment ago, else the keyframe before."""
        for off in range(1, ABOUT + 1):
            for other in (number - off, number + off):
                found = self._cache.get((medium.digest, other, False))
                if found is not None:
                    return found
        return self._read(medium, _key_before(medium, number), None)

    def small(self, medium: Medium, decoded: Decoded, size: tuple[int, int]) -> Decoded:
        """A picture at (width, height) px, or itself where that is not much smaller."""
        picture = decoded.picture
        if size[0] > picture.width * _MUCH or size[1] > picture.height * _MUCH:
            return decoded
        key = (medium.digest, decoded.number, decoded.is_proxy, size)
        found = self._cache.get(key)
        if found is None:
            found = Decoded(sized_picture(picture, *size), decoded.is_proxy)
            self._cache.put(key, found, found.bytes)
        return found

    def close(self) -> None:
        """Close the files and let go of all pictures."""
        for held in self._open.values():
            held.reader.close()
        self._open.clear()
        self._kept.close()
        self._cache.clear()

    def _copied(self, medium: Medium, number: int) -> Decoded | None:
        """The frame from its lossless copy, where the medium is slow and one was made."""
        picture = self._kept.picture(medium, number) if is_slow(medium) else None
        if picture is None:
            return None
        self.decoded += 1
        made = Decoded(picture, is_proxy=False)
        self._cache.put((medium.digest, number, False), made, made.bytes)
        return made

    def _check(self) -> None:
        if self.interrupted.is_set():
            raise Cancelled("Another frame is wanted.")

    def _proxy(self, medium: Medium) -> Path | None:
        from latentsync_studio.services.media_bin.proxies import proxy_for

        if medium.is_still or medium.item.digest != medium.digest:
            return None  # another content than was imported: its proxy shows the old one
        return proxy_for(medium.item, self._services)

    def _is_near(self, medium: Medium, number: int) -> bool:
        held = self._open.get((medium.digest, str(medium.path)))
        if held is not None and 0 <= number - held.last <= NEAR:
            return True
        return number - _key_before(medium, number) <= NEAR

    def _read(self, medium: Medium, number: int, proxy: Path | None) -> Decoded:
        held = self._reader(medium, proxy)
        picture = held.reader.read(number)
        held.last = number
        self.decoded += 1
        made = Decoded(picture, proxy is not None)
        self._cache.put((medium.digest, number, made.is_proxy), made, made.bytes)
        return made

    def _reader(self, medium: Medium, proxy: Path | None) -> _Open:
        from latentsync_studio.media.opening_reader import open_reader
        from latentsync_studio.media.reader import FrameReader

        key = medium.digest, str(proxy or medium.path)
        held = self._open.get(key)
        if held is None:
            while len(self._open) >= READERS:
                self._open.popitem(last=False)[1].reader.close()
            held = _Open(medium.open() if proxy is None else open_reader(proxy, threads=1))
            if isinstance(held.reader, FrameReader):
                held.reader.check = self._check
            self._open[key] = held
        self._open.move_to_end(key)
        return held


def _key_before(medium: Medium, number: int) -> int:
    """The keyframe at or before a frame."""
    key = medium.index.key_for(number)
    found = None if key is None else medium.index.rank(key)
    return found if found is not None else 0

"""Decoded pictures for the viewer: a few open readers and a cache bounded by bytes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from threading import Event
from time import perf_counter
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
KEPT = 24  # frames before the last one that a reader kept, mostly, as it went backwards
_SMOOTHING = 0.2  # weight of the newest in the mean time that a frame takes
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


@dataclass(slots=True, eq=False)
class _Open:
    """A reader, the frame it read last, and the mean seconds that decoding a frame takes."""

    mark: tuple[str, str]  # digest and path
    reader: Reader
    last: int = -(10**9)
    pace_s: float = 0.0

    def way(self, number: int, key: int) -> int:
        """How many frames it decodes to get to one that lies behind keyframe `key`."""
        return number - (self.last if key <= self.last <= number else key - 1)

    def note(self, number: int, key: int, seconds: float) -> None:
        """It read a frame that lies behind keyframe `key`.

        After a jump only a long way tells how fast it decodes, and backwards none does.
        """
        way, went_on = self.way(number, key), key <= self.last < number
        if went_on or (number > self.last and way > NEAR):
            each = seconds / way
            self.pace_s += _SMOOTHING * (each - self.pace_s) if self.pace_s else each
        self.last = number


class Pictures:
    """Frames of media; for one thread at a time.

    Attributes:
        decoded: how many frames were decoded up to now.
        interrupted: set from another thread, a frame that takes long is given up (Cancelled).
    """

    def __init__(self, services: Services, cache_bytes: int) -> None:
        self._services = services
        self._cache: ByteCache[_Mark, Decoded] = ByteCache(cache_bytes)
        self._open: list[_Open] = []  # used last comes last
        self._busy: list[_Open] = []  # used for the present frame of the sequence
        self._kept = KeptFrames(services)
        self.decoded = 0
        self.interrupted = Event()

    def begin(self) -> None:
        """What is asked for next belongs to another frame of the sequence.

        A medium that one frame needs twice, as in a dissolve, is read by two readers.
        """
        self.interrupted.clear()
        self._busy.clear()

    def exact(self, medium: Medium, number: int) -> Decoded:
        """The frame itself. Raises InputError where it cannot be decoded."""
        found = self._cache.get((medium.digest, number, False))
        if found is None:
            found = self._copied(medium, number)
        return found if found is not None else self._read(medium, number, None)

    def quick(self, medium: Medium, number: int) -> Decoded:
        """The frame if that is quick, else its proxy, else one nearby, else the keyframe before."""
        return self._at_once(medium, number, is_next=False)

    def next(self, medium: Medium, number: int) -> Decoded:
        """As `quick` for one of many that follow each other: getting to it may take a while.

        It is decoded where those behind it then come in time before the next keyframe does.
        """
        return self._at_once(medium, number, is_next=True)

    def _at_once(self, medium: Medium, number: int, *, is_next: bool) -> Decoded:
        found = self._cache.get((medium.digest, number, False))
        if found is not None:
            return found
        proxy = self._proxy(medium)
        if proxy is not None:
            found = self._cache.get((medium.digest, number, True))
            return found if found is not None else self._read(medium, number, proxy)
        found = self._copied(medium, number)
        if found is None and not self._is_soon(medium, number, is_next=is_next):
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
        for held in self._open:
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

    def _is_soon(self, medium: Medium, number: int, *, is_next: bool) -> bool:
        """Whether a frame is at hand, or worth going to for those that follow it."""
        key = _key_before(medium, number)
        free = self._free(medium, medium.path)
        way = min((held.way(number, key) for held in free), default=number - key + 1)
        if way <= NEAR + 1 or not is_next:
            return way <= NEAR + 1
        if any(0 < held.last - number <= KEPT for held in free):
            return True
        pace_s = max((held.pace_s for held in free), default=0.0)
        share = pace_s * float(medium.video.rate)  # of the time of playing that decoding takes
        return share < 1 and way * pace_s <= _until_key(medium, number) * (1 - share)

    def _read(self, medium: Medium, number: int, proxy: Path | None) -> Decoded:
        held, key = self._reader(medium, number, proxy), _key_before(medium, number)
        began = perf_counter()
        picture = held.reader.read(number)
        held.note(number, key, perf_counter() - began)
        self.decoded += 1
        made = Decoded(picture, proxy is not None)
        self._cache.put((medium.digest, number, made.is_proxy), made, made.bytes)
        return made

    def _free(self, medium: Medium, path: Path) -> list[_Open]:
        """The readers of a medium or of its proxy that the present frame did not use yet."""
        mark = medium.digest, str(path)
        return [held for held in self._open if held.mark == mark and held not in self._busy]

    def _reader(self, medium: Medium, number: int, proxy: Path | None) -> _Open:
        """The reader that gets to a frame soonest."""
        free, key = self._free(medium, proxy or medium.path), _key_before(medium, number)
        held = min(free, key=lambda each: each.way(number, key), default=None)
        if held is None:
            held = self._opened(medium, proxy)
        else:
            self._open.remove(held)
        self._open.append(held)
        self._busy.append(held)
        return held

    def _opened(self, medium: Medium, proxy: Path | None) -> _Open:
        from latentsync_studio.media.opening_reader import open_reader
        from latentsync_studio.media.reader import FrameReader

        while len(self._open) >= READERS + len(self._busy):
            self._open.pop(0).reader.close()
        reader = medium.open() if proxy is None else open_reader(proxy, threads=1)
        if isinstance(reader, FrameReader):
            reader.check = self._check
        return _Open((medium.digest, str(proxy or medium.path)), reader)


def _key_before(medium: Medium, number: int) -> int:
    """The keyframe at or before a frame."""
    key = medium.index.key_for(number)
    found = None if key is None else medium.index.rank(key)
    return found if found is not None else 0


def _until_key(medium: Medium, number: int) -> float:
    """Seconds from a frame to the next keyframe, or to the end."""
    index = medium.index
    at = bisect_right(index.key_pts, index.pts[number])
    end = index.key_pts[at] if at < len(index.key_pts) else index.end_pts
    return float((end - index.pts[number]) * index.time_base)

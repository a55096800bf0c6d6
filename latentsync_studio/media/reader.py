"""Exact frames of a video file: any frame, any order, bounded memory."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final, Self, cast

import av  # noqa: F401 - whole before its parts, see media/__init__.py
from av.video.format import VideoFormat

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.damage_notes import frame_notes
from latentsync_studio.media.decoding import StreamDecoder
from latentsync_studio.media.pictures import picture_of
from latentsync_studio.media.planes import layout_of
from latentsync_studio.media.probe import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from av.video.frame import VideoFrame

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.media.facts import MediaFacts, VideoFacts
    from latentsync_studio.media.index import FrameIndex

KEPT_FRAMES: Final = 48
KEPT_BYTES: Final = 256 * 2**20
DECODE_THREADS: Final = 2
_EARLIER_KEYS: Final = 2  # keyframes tried before the nearest one, then the start of the file
_WORTH_A_SEEK: Final = 8  # frames that decode as fast as a seek
_WORTH_A_SEEK_INTRA: Final = 1  # where every frame is a keyframe, a seek is next to nothing


class FrameReader:
    """Frames of the first video stream as pictures in display orientation.

    Frame numbers are ranks by PTS (`index`). A frame is only delivered when the decoder returned
    it with exactly its PTS. Frames that cannot be decoded repeat the last good picture (at the
    very start: the first good one). They, and frames with traces of damage, are in `damaged`.

    Use it from one thread at a time. It holds at most `kept_frames` frames and `kept_bytes`, and
    `tail_bytes` of the last frames that `frames` delivered.

    Attributes:
        most_in_tail: frames that fit into `tail_bytes`.
        check: called before every frame that is decoded on the way to a wanted one; what it raises
            ends that wish only, and the next one goes on from there.

    Raises:
        InputError: as `media.probe.probe`, or there is no video in the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int = DECODE_THREADS,
        kept_frames: int = KEPT_FRAMES,
        kept_bytes: int = KEPT_BYTES,
        tail_bytes: int = 0,
    ) -> None:
        found = survey(path)
        found.facts.require("video")
        self.facts: MediaFacts = found.facts
        self.video = video = cast("VideoFacts", found.facts.video)
        self.index = cast("FrameIndex", found.index)
        self._layout = layout_of(VideoFormat(video.pixel_format))
        self.check: Callable[[], None] | None = None
        self.damaged: set[int] = set()
        self._repeats: set[int] = set()  # the damaged ones in whose place another one is shown
        only_keys = video.keyframes == video.frames
        self._worth = _WORTH_A_SEEK_INTRA if only_keys else _WORTH_A_SEEK
        self._window = max(1, min(kept_frames, kept_bytes // _frame_bytes(video)))
        self._decoder = StreamDecoder(found.path, video.stream, self.index, threads)
        self._run: Generator[tuple[int, VideoFrame]] | None = None
        self._clean = False  # the run began with the very frame it was meant to begin with
        self._last: tuple[int, VideoFrame] | None = None  # what the run delivered up to now
        self._ahead: tuple[int, VideoFrame] | None = None  # delivered, but after what was wanted
        self._kept: dict[int, VideoFrame] = {}
        self._near = range(0)  # frames that `read` keeps
        self._tail: dict[int, Picture] = {}  # the last ones that `frames` delivered
        self.most_in_tail = tail_bytes // _frame_bytes(video)
        self._shown: Picture | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let go of all frames; pictures handed out stay valid."""
        self._end_run()
        self._kept.clear()
        self._tail.clear()
        self._shown = None
        self._decoder.close()

    def damage_notes(self) -> tuple[str, ...]:
        """Sentences on the frames read up to now that are damaged; none when all are good."""
        return frame_notes(self._repeats, self.damaged)

    def read(self, number: int) -> Picture:
        """One frame; stepping backwards decodes a run of frames once and keeps it.

        Raises:
            InputError: there is no such frame, or nothing in the file can be decoded.
        """
        if number not in self._near:
            back = self._shown is not None and number < self._shown.index
            self._near = range(number - self._window + 1, number + 1) if back else range(0)
        self._decoder.needed_from = max(0, self._near.start) if self._near else max(0, number)
        try:
            return self._picture(number, self._near)
        finally:
            self._decoder.needed_from = 0

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Picture]:
        """Frames start, start + 1, ... stop - 1 (to the end without `stop`).

        The last ones, up to `tail_bytes`, are kept for a `walk` that follows.
        """
        for number in range(start, self.index.n_frames if stop is None else stop):
            picture = self._picture(number, ())
            if self.most_in_tail:
                self._tail[number] = picture
                if len(self._tail) > self.most_in_tail:
                    del self._tail[next(iter(self._tail))]
            yield picture

    def walk(self, order: Iterable[int]) -> Iterator[Picture]:
        """Frames in any order, also backwards or repeated.

        It looks as far ahead as frames may be kept, so that a run of frames is decoded once. A
        frame that `frames` kept is not decoded again; it is let go of when it is passed.
        """
        source = iter(order)
        coming = deque(islice(source, self._window))
        while coming:
            wanted = frozenset(coming)
            number = coming.popleft()
            picture = self._tail.get(number) or self._picture(number, wanted)
            coming.extend(islice(source, 1))
            if number not in coming:
                self._tail.pop(number, None)
            yield picture

    def _picture(self, number: int, keep: Container[int]) -> Picture:
        if not 0 <= number < self.index.n_frames:
            raise InputError(
                f"There is no frame {number}; the clip has frames 0 to {self.index.n_frames - 1}.",
                remedy="Choose a frame of the clip.",
            )
        if self._shown is None or self._shown.index != number:
            self._kept = {k: v for k, v in self._kept.items() if k in keep}
            self._shown = self._converted(number, self._located(number, keep))
            if number in self._decoder.doubtful:
                self.damaged.add(number)
        return self._shown

    def _located(self, wanted: int, keep: Container[int]) -> VideoFrame:
        """The frame itself, or for a damaged one the last good one before it."""
        if wanted in self._kept:
            return self._kept[wanted]
        found = self._reached(wanted, keep)
        if found is None and self._decoder.needed_from:  # which one is the last good one?
            self._decoder.needed_from = 0
            self._end_run()
            found = self._reached(wanted, keep)
        return found or self._repeated(wanted)

    def _reached(self, wanted: int, keep: Container[int]) -> VideoFrame | None:
        """The frame itself; None, with the run just behind it, when it cannot be decoded."""
        if self._goes_on(wanted):
            found = self._advanced(wanted, keep)
            if found is not None or self._last is not None:
                return found
        for back in range(_EARLIER_KEYS + 1):
            key = self.index.key_for(wanted, back)
            if key is None:
                break
            self._begin(key)
            found = self._advanced(wanted, keep)
            if self._clean and (found is not None or self._last is not None):
                return found
        self._begin(None)
        return self._advanced(wanted, keep)

    def _goes_on(self, wanted: int) -> bool:
        """Whether the run gets to the frame sooner than a new one."""
        if self._run is None or self._last is None or wanted < self._last[0]:
            return False
        if self._decoder.left_out(wanted):  # on the way to another one
            return wanted == self._last[0]
        key = self.index.key_for(wanted)
        return key is None or self.index.first_from(key) - self._last[0] <= self._worth

    def _begin(self, key_pts: int | None) -> None:
        self._end_run()
        self._run = self._decoder.run(key_pts)
        self._ahead = next(self._run, None)
        first = 0 if key_pts is None else self.index.first_from(key_pts)
        self._clean = self._ahead is not None and (
            key_pts is None or self._ahead[0] == first or self._decoder.left_out(first)
        )

    def _end_run(self) -> None:
        if self._run is not None:
            self._run.close()
        self._run = self._last = self._ahead = None

    def _advanced(self, wanted: int, keep: Container[int]) -> VideoFrame | None:
        """Decode on to a frame; None when the run ends or passes without delivering it."""
        while self._last is None or self._last[0] != wanted:
            if self.check is not None:
                self.check()
            if self._ahead is None and self._run is not None:
                self._ahead = next(self._run, None)
            if self._ahead is None or self._ahead[0] > wanted:
                return None
            self._last, self._ahead = self._ahead, None
            if self._last[0] in keep:
                self._kept[self._last[0]] = self._last[1]
        return self._last[1]

    def _repeated(self, wanted: int) -> VideoFrame:
        near = self._last or self._ahead
        if near is None:
            raise InputError(
                f"Neither frame {wanted} of {self.facts.path!r} nor one before it can be decoded.",
                remedy="The file is damaged; use another copy.",
            )
        self.damaged.add(wanted)
        self._repeats.add(wanted)
        return near[1]

    def _converted(self, number: int, frame: VideoFrame) -> Picture:
        return picture_of(frame, self.video, self._layout, number, self.index.pts[number])


def _frame_bytes(video: VideoFacts) -> int:
    fmt = video.format
    chroma = 2 / (1 << fmt.sub_x + fmt.sub_y)
    samples = video.width * video.height * (1 + chroma + video.has_alpha)
    return int(samples * (1 if fmt.bits == 8 else 2))

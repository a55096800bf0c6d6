"""One decoder over one stream: from a keyframe, frames with their numbers, damage skipped."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, cast

import av  # noqa: F401 - whole before its parts, see media/__init__.py
from av.error import FFmpegError

from latentsync_studio.media.index import decoded_packet, only, packets
from latentsync_studio.media.losses import Losses
from latentsync_studio.media.opening import open_media
from latentsync_studio.media.unreferenced import Unreferenced

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from latentsync_studio.media.index import FrameIndex


_AIMS: Final = 3  # keyframes that are aimed at before the start of the file
HEALING_FRAMES: Final = 25  # a decoder has mostly patched a loss up after a second


class _DamagedPacketError(Exception):
    """A packet could not be decoded, and several threads are at work."""


class StreamDecoder:
    """Decodes runs of frames; knows nothing of what is wanted or kept.

    Attributes:
        doubtful: numbers of frames that were delivered although they may show traces of damage.
        needed_from: frames before this number need not be delivered; may change during a run.
            Those that no other is built on are then not decoded, where packets tell so (H.264,
            H.265): the way into a long run of frames takes about half the time.
    """

    def __init__(self, path: Path, stream: int, index: FrameIndex, threads: int) -> None:
        self._path, self._stream_index, self._index = path, stream, index
        self._threads = threads
        self.needed_from = 0
        self._is_spare: Unreferenced | None = None
        self._spared: set[int] = set()  # PTS of the run's packets that were not decoded
        self._container: InputContainer | None = None
        self.doubtful: set[int] = set()

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def left_out(self, number: int) -> bool:
        """Whether the last run left this frame out because it was not needed."""
        return self._index.pts[number] in self._spared

    def run(self, key_pts: int | None) -> Generator[tuple[int, VideoFrame]]:
        """Frames in the order of showing, from a keyframe on or from the start of the file.

        Left out are frames shown before the keyframe (they may lack what they refer to), frames
        that cannot be decoded or that the decoder marks as corrupt, and, after a packet that
        could not be decoded, up to `HEALING_FRAMES` frames before the next keyframe: they are
        built upon what is lost. Later ones are delivered as the decoder patches them up and are
        added to `doubtful`. Only one run may be in use at a time.

        Args:
            key_pts: one of the index's `key_pts`, or None for the start of the file.
        """
        done = -1 if key_pts is None else self._index.first_from(key_pts) - 1
        try:
            for number, frame in self._sound(key_pts, done):
                done = number
                yield number, frame
        except _DamagedPacketError:
            # With several threads an error comes late; one thread tells exactly which packet.
            self._threads = 1
            self.close()
            yield from self._sound(key_pts, done)

    def _sound(self, key_pts: int | None, done: int) -> Iterator[tuple[int, VideoFrame]]:
        """Numbered frames after `done` without those that are likely wrong."""
        first = 0 if key_pts is None else self._index.first_from(key_pts)
        good, passed, losses = first - 1, first - 1, Losses()
        self._spared.clear()
        source = self._from_start() if key_pts is None else self._from_key(key_pts)
        for count, frame in enumerate(self._decoded(source, losses)):
            number = count if self._index.counted else self._index.rank(frame.pts)
            if number is None or number < first or frame.is_corrupt:
                continue
            if passed >= first:
                passed_over = self._index.pts[passed + 1 : number]
                losses.missing(pts for pts in passed_over if pts not in self._spared)
            passed = max(passed, number)
            if frame.pts is None or frame.pts not in losses.built_on:
                good = passed
            elif number - good <= HEALING_FRAMES:
                continue
            else:
                self.doubtful.add(number)
            if number > done:
                yield number, frame

    def _decoded(
        self, source: Iterator[Packet[VideoStream]], losses: Losses
    ) -> Iterator[VideoFrame]:
        for packet in source:
            frames: list[VideoFrame] = []
            failed = False
            spare = self._is_spare is not None and self._is_spare(bytes(packet))
            try:
                if not spare or self._needs(packet):
                    frames = self._stream().codec_context.decode(packet)
            except FFmpegError as error:
                if self._threads > 1:
                    raise _DamagedPacketError from error
                failed = True
            losses.sent(packet, failed=failed, spare=spare)
            yield from frames
        yield from decoded_packet(self._stream(), None)

    def _needs(self, packet: Packet[VideoStream]) -> bool:
        """Whether the frame of a packet must be delivered; notes that it is not, otherwise."""
        if not self.needed_from or packet.pts is None:
            return True
        needed = packet.pts >= self._index.pts[self.needed_from]
        if not needed:
            self._spared.add(packet.pts)
        return needed

    def _from_start(self) -> Iterator[Packet[VideoStream]]:
        self.close()
        return packets(self._opened(), self._stream())

    def _from_key(self, key_pts: int) -> Iterator[Packet[VideoStream]]:
        """Packets from exactly that keyframe on.

        Demuxers aim by PTS, DTS or byte position and can land behind the aim, so earlier
        keyframes are aimed at next, and the start of the file last.
        """
        at = self._index.key_pts.index(key_pts)
        for earlier in range(at, max(at - _AIMS, -1), -1):
            aim = self._index.key_pts[earlier]
            try:
                self._opened().seek(aim, stream=self._stream(), backward=True)
            except FFmpegError:
                continue
            source = packets(self._opened(), self._stream())
            if (found := _skip_to(source, key_pts)) is not None:
                return chain((found,), source)
        source = self._from_start()
        found = _skip_to(source, key_pts)
        return iter(()) if found is None else chain((found,), source)

    def _opened(self) -> InputContainer:
        if self._container is None:
            self._container = open_media(self._path)
            only(self._container, self._stream())
            context = self._stream().codec_context
            context.thread_type = "AUTO"
            context.thread_count = self._threads
            self._is_spare = None if self._index.counted else Unreferenced.of(context)
        return self._container

    def _stream(self) -> VideoStream:
        if self._container is None:
            self._opened()
        container = cast("InputContainer", self._container)
        return cast("VideoStream", container.streams[self._stream_index])


def _skip_to(source: Iterator[Packet[VideoStream]], key_pts: int) -> Packet[VideoStream] | None:
    """The keyframe's packet; None when a later keyframe or the end comes first."""
    for packet in source:
        if packet.is_keyframe and packet.pts is not None and packet.pts >= key_pts:
            return packet if packet.pts == key_pts else None
    return None

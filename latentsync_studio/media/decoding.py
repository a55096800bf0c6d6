"""One decoder over one stream: from a keyframe, frames with their numbers, damage skipped."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, cast

from av.error import FFmpegError

from latentsync_studio.media.index import decoded_packet, only, packets
from latentsync_studio.media.opening import open_media

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from latentsync_studio.media.index import FrameIndex


class StreamDecoder:
    """Decodes runs of frames; knows nothing of what is wanted or kept."""

    def __init__(self, path: Path, stream: int, index: FrameIndex, threads: int) -> None:
        self._path, self._stream_index, self._index = path, stream, index
        self._threads = threads
        self._container: InputContainer | None = None

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def run(self, key_pts: int | None) -> Generator[tuple[int, VideoFrame]]:
        """Frames in the order of showing, from a keyframe on or from the start of the file.

        Frames shown before the keyframe are left out: they may lack what they refer to. Frames
        that the decoder marks as corrupt are left out, too. Only one run may be in use at a time.

        Args:
            key_pts: one of the index's `key_pts`, or None for the start of the file.
        """
        first = 0 if key_pts is None else self._index.first_from(key_pts)
        source = self._from_start() if key_pts is None else self._from_key(key_pts)
        for count, frame in enumerate(self._decoded(source)):
            number = count if self._index.counted else self._index.rank(frame.pts)
            if number is not None and number >= first and not frame.is_corrupt:
                yield number, frame

    def _decoded(self, source: Iterator[Packet[VideoStream]]) -> Iterator[VideoFrame]:
        for packet in source:
            yield from decoded_packet(self._stream(), packet)
        yield from decoded_packet(self._stream(), None)

    def _from_start(self) -> Iterator[Packet[VideoStream]]:
        self.close()
        return packets(self._opened(), self._stream())

    def _from_key(self, key_pts: int) -> Iterator[Packet[VideoStream]]:
        """Packets from exactly that keyframe on.

        Demuxers aim by PTS, DTS or byte position and can land behind the aim, so earlier
        keyframes are aimed at next, and the start of the file last.
        """
        at = self._index.key_pts.index(key_pts)
        for aim in self._index.key_pts[at : max(at - 3, -1) : -1] if at else (key_pts,):
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

"""Small stand-ins for clips in which any frame can be reached at once.

A proxy is H.264 of keyframes only, short side 540 px, upright, 8 bits, without sound. Frame n of it
is frame n of the clip, shown as long; that is compared before a proxy is used.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol

import av
from av.error import FFmpegError

from latentsync_studio.core.errors import InternalError, StorageError
from latentsync_studio.imaging.proxy_planes import proxy_format, proxy_planes
from latentsync_studio.media.frame_planes import plane_views
from latentsync_studio.media.probe import survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.media.facts import VideoFacts
    from latentsync_studio.media.index import FrameIndex

SHORT_SIDE: Final = 540
BYTES_A_PIXEL: Final = 0.15  # written for a pixel; half as much for most pictures
_OPTIONS: Final = {
    "preset": "ultrafast",
    "tune": "fastdecode",
    "crf": "23",
    "x264-params": "keyint=1:bframes=0:scenecut=0:log-level=none",
}
_THREADS: Final = 2
_MATRIX: Final = {"bt709": 1, "bt601": 6, "bt2020": 9}  # ITU-T H.273 table 4


class SeekableFile(Protocol):
    """What a proxy is written to.

    Attributes:
        failure: the error of the first write that failed.
    """

    failure: StudioError | None

    def write(self, data: bytes) -> int:
        """Write all of `data`."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move the position."""

    def tell(self) -> int:
        """The position."""


def proxy_size(width: int, height: int) -> tuple[int, int]:
    """Even width and height with a short side of at most 540 px, of the shape of a picture."""
    scale = min(1.0, SHORT_SIDE / min(width, height))
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


def write_proxy(
    pictures: Iterable[Picture], video: VideoFacts, index: FrameIndex, file: SeekableFile
) -> None:
    """Write all frames of a clip small.

    Args:
        pictures: all of them, in order, in display orientation.
        video: facts of the clip.
        index: its times; the proxy begins at 0.
        file: written from its start.

    Raises:
        DiskFullError, StorageError: it cannot be written.
        What `pictures` raise.
    """
    width, height = proxy_size(video.width, video.height)
    zero = index.pts[0]
    lasts = {a - zero: b - a for a, b in pairwise((*index.pts, index.end_pts))}
    container = av.open(file, "w", format="mp4")
    try:
        stream = _stream(container, video, index, (width, height))
        for frame in _frames(pictures, index, (width, height)):
            _mux(container, stream.encode(frame), lasts)
        _mux(container, stream.encode(None), lasts)
        container.close()
    except BaseException as error:
        with suppress(FFmpegError, OSError, StorageError):
            container.close()
        if file.failure is not None:
            raise file.failure from error
        if isinstance(error, FFmpegError):
            raise StorageError(
                f"The proxy cannot be written: {error}.",
                remedy="The clip itself is shown instead, which is slower.",
            ) from error
        raise


def _frames(
    pictures: Iterable[Picture], index: FrameIndex, size: tuple[int, int]
) -> Iterator[av.VideoFrame]:
    for picture in pictures:
        frame = av.VideoFrame(*size, "yuv420p")
        for view, plane in zip(plane_views(frame), proxy_planes(picture, *size), strict=True):
            view[:] = plane
        frame.pts = index.pts[picture.index] - index.pts[0]
        frame.time_base = index.time_base
        yield frame


def _mux(container: OutputContainer, packets: list[Packet[Stream]], lasts: dict[int, int]) -> None:
    """Write packets with how long each is shown: encoders guess that from the mean rate."""
    for packet in packets:
        packet.duration = max(lasts.get(packet.pts or 0, 1), 1)
        container.mux_one(packet)


def check_proxy(path: Path, video: VideoFacts, index: FrameIndex) -> None:
    """Compare a proxy with the clip it stands for.

    Raises:
        InternalError: it has other frames, other times or another size.
    """
    found = survey(path)
    own, times = found.facts.video, found.index
    if own is None or times is None:
        raise InternalError("A proxy was written without a picture.")
    size = proxy_size(video.width, video.height)
    if (own.width, own.height) != size or own.keyframes != own.frames:
        raise InternalError(
            f"A proxy has {own.width}x{own.height} px and {own.keyframes} keyframes in "
            f"{own.frames} frames; {size[0]}x{size[1]} px and only keyframes were wanted."
        )
    if times.n_frames != index.n_frames:
        raise InternalError(f"A proxy has {times.n_frames} frames, the clip {index.n_frames}.")
    for number, (mine, wanted) in enumerate(zip(times.pts, index.pts, strict=True)):
        off = (mine - times.pts[0]) * times.time_base - (wanted - index.pts[0]) * index.time_base
        if off:
            raise InternalError(
                f"Frame {number} of a proxy is shown {float(off) * 1000:.3f} ms off."
            )


def _stream(
    container: OutputContainer, video: VideoFacts, index: FrameIndex, size: tuple[int, int]
) -> VideoStream:
    fmt = proxy_format(video.format)
    stream: VideoStream = container.add_stream("libx264", rate=video.rate, options=dict(_OPTIONS))
    context = stream.codec_context
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    stream.time_base = context.time_base = index.time_base
    context.gop_size, context.max_b_frames, context.thread_count = 1, 0, _THREADS
    context.colorspace = _MATRIX[fmt.matrix]
    context.color_range = 2 if fmt.full_range else 1
    context.color_primaries, context.color_trc = video.tags.primaries, video.tags.transfer
    return stream

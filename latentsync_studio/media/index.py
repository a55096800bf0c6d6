"""Which frames a stream shows and when: the exact map from frame number to PTS."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av  # noqa: F401 - whole before its parts, see media/__init__.py
from av.error import FFmpegError
from av.stream import Discard

from latentsync_studio.media.opening import open_media

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_VERIFIED: Final = 24  # frames compared
_EXAMINED: Final = 500  # packets decoded for them at most, where many are damaged
_DAMAGED_SHARE: Final = 1 / 8  # of packets without a time: fewer are damage in a timed stream
_VP8_SHOWN: Final = 0x10  # RFC 6386 §9.1: bit 4 of the first byte is show_frame

# Containers that store no presentation times; FFmpeg's guesses fail where frames are reordered.
_UNTIMED: Final = frozenset({"avi", "h264", "hevc", "m4v", "mpegvideo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameIndex:
    """Frames in the order in which they are shown; a frame's number is its rank by PTS.

    Attributes:
        pts: presentation times, strictly increasing, in units of `time_base`.
        key_pts: PTS of all packets from which decoding can begin, increasing. It may hold times
            before the first frame: an edit list can hide a keyframe that is still needed.
        time_base: seconds of one unit.
        end_pts: end of the last frame.
        counted: the file has no usable times; `pts` is made by counting decoded frames.
    """

    pts: tuple[int, ...]
    key_pts: tuple[int, ...]
    time_base: Fraction
    end_pts: int
    counted: bool = False

    @property
    def n_frames(self) -> int:
        """How many frames are shown."""
        return len(self.pts)

    def rank(self, pts: int | None) -> int | None:
        """The number of the frame shown at exactly `pts`, or None when there is none."""
        if pts is None:
            return None
        at = bisect_left(self.pts, pts)
        return at if at < len(self.pts) and self.pts[at] == pts else None

    def at(self, pts: float) -> int:
        """The number of the frame on screen at `pts` (clamped to the first and the last)."""
        return min(max(bisect_right(self.pts, pts) - 1, 0), len(self.pts) - 1)

    def first_from(self, pts: int) -> int:
        """The number of the first frame shown at `pts` or later (`n_frames` when none is)."""
        return bisect_left(self.pts, pts)

    def key_for(self, frame: int, back: int = 0) -> int | None:
        """PTS of the last keyframe shown at or before `frame`, or of the `back`-th before it.

        Frames shown before a keyframe but stored after it (open GOP) thereby start from the
        keyframe before, which they need. None means the start of the file.
        """
        at = bisect_right(self.key_pts, self.pts[frame]) - 1 - back
        return self.key_pts[at] if at >= 0 else None

    @property
    def keyframes(self) -> int:
        """How many of the shown frames are keyframes."""
        return sum(self.rank(p) is not None for p in self.key_pts)


def build_index(container: InputContainer, stream: VideoStream) -> FrameIndex:
    """Read all packets of a stream, decoding none unless the file has no usable times.

    The container is left at its end, with all other streams switched off.
    """
    only(container, stream)
    if container.format.name in _UNTIMED and stream.codec_context.has_b_frames:
        return index_by_decoding(container, stream)
    shown: dict[int, int] = {}  # PTS -> duration
    keys: set[int] = set()
    untimed = 0
    has_hidden = stream.codec_context.codec.canonical_name == "vp8"
    for packet in packets(container, stream):
        if packet.pts is None:
            untimed += 1
            continue
        if packet.pts in shown and not packet.is_discard:
            return index_by_decoding(container, stream)
        if packet.is_keyframe:
            keys.add(packet.pts)
        if not packet.is_discard and not (has_hidden and _is_hidden_vp8(packet)):
            shown[packet.pts] = packet.duration or 0
    if untimed > _DAMAGED_SHARE * (untimed + len(shown)):
        return index_by_decoding(container, stream)
    times = tuple(sorted(shown))
    return FrameIndex(
        pts=times,
        key_pts=tuple(sorted(keys)),
        time_base=stream.time_base or Fraction(1, 1),
        end_pts=_end(times, shown[times[-1]] if times else 0),
    )


def only(container: InputContainer, stream: Stream) -> None:
    """Switch all other streams off, which makes reading and seeking cheaper."""
    for other in container.streams:
        other.discard = Discard.default if other.index == stream.index else Discard.all


def packets(container: InputContainer, stream: Stream) -> Iterator[Packet[Any]]:
    """Packets with data, from the current position to the end or the first read error."""
    source = container.demux(stream)
    while True:
        try:
            packet = next(source, None)
        except FFmpegError:
            return
        if packet is None:
            return
        if packet.size:
            yield packet


def decoded_packet(stream: VideoStream, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
    """Frames that a packet completes, or with None those still held; none when it is damaged."""
    try:
        return stream.codec_context.decode(packet)
    except FFmpegError:
        return []


def _is_hidden_vp8(packet: Packet[VideoStream]) -> bool:
    return not memoryview(packet)[0] & _VP8_SHOWN


def _end(times: tuple[int, ...], last_duration: int) -> int:
    """End of the last frame; without a stored duration it lasts as long as the one before."""
    if not times:
        return 0
    if last_duration <= 0:
        last_duration = times[-1] - times[-2] if len(times) > 1 else 1
    return times[-1] + last_duration


def index_by_decoding(container: InputContainer, stream: VideoStream) -> FrameIndex:
    """Decode all frames: for files whose packets do not tell which frames there are, and when.

    Times that the decoder delivers are used when they increase strictly; else (raw H.264, AVI
    with reordered frames) frames are counted.
    """
    times: list[int | None] = []
    keys: set[int] = set()
    with open_media(Path(container.name)) as again:
        same = again.streams.video[container.streams.video.index(stream)]
        same.codec_context.thread_type = "AUTO"
        for packet in packets(again, same):
            if packet.is_keyframe and packet.pts is not None:
                keys.add(packet.pts)
            times += (f.pts for f in decoded_packet(same, packet))
        times += (f.pts for f in decoded_packet(same, None))
    known = tuple(t for t in times if t is not None)
    increasing = len(known) == len(times) and all(a < b for a, b in pairwise(known))
    if increasing and container.format.name not in _UNTIMED:
        return FrameIndex(
            pts=known,
            key_pts=tuple(sorted(keys)),
            time_base=stream.time_base or Fraction(1, 1),
            end_pts=_end(known, 0),
        )
    rate = stream.guessed_rate or stream.average_rate or Fraction(25)
    return FrameIndex(
        pts=tuple(range(len(times))),
        key_pts=(),
        time_base=1 / rate,
        end_pts=len(times),
        counted=True,
    )


def verified(index: FrameIndex, container: InputContainer, stream: VideoStream) -> FrameIndex:
    """Compare an index with the first frames decoded; when they differ, decode all of them.

    Needed for interlaced pictures: some containers store each field as a packet of its own. A
    decoder also passes over damaged frames, which is no reason to believe in fewer: only frames
    of which nothing before is damaged, back to a keyframe, are compared.
    """
    if index.counted:
        return index
    with open_media(Path(container.name)) as again:
        same = again.streams.video[container.streams.video.index(stream)]
        walked = _Steps(index)
        for packet in islice(packets(again, same), _EXAMINED):
            walked.add(packet, same)
            if len(walked.steps) >= _VERIFIED:
                break
    # of a damaged file, where more is passed over in silence, only the usual step is believed
    wrong = sum(step != 1 for step in walked.steps)
    most = len(walked.steps) // 2 if walked.damaged else 0
    return index_by_decoding(container, stream) if wrong > most else index


class _Steps:
    """How far ranks go on from one decoded frame to the next, where nothing is damaged.

    Attributes:
        steps: 1 where no frame of the index lies between; 0 for a time that it does not have.
        damaged: whether a packet could not be decoded, or a frame only in part.
    """

    def __init__(self, index: FrameIndex) -> None:
        self.steps: list[int] = []
        self.damaged = False
        self._index = index
        self._last: int | None = None
        self._from_pts: int | None = None  # frames before it may lack what they refer to
        self._lost = False

    def add(self, packet: Packet[VideoStream], stream: VideoStream) -> None:
        """Decode a packet."""
        try:
            frames = stream.codec_context.decode(packet)
        except FFmpegError:
            self._lose()
            return
        if self._lost and packet.is_keyframe and packet.pts is not None:
            self._lost, self._from_pts = False, packet.pts
        for frame in frames:
            if frame.is_corrupt:
                self._lose()
            elif not self._lost and frame.pts is not None:
                self._note(frame.pts)

    def _lose(self) -> None:
        self.damaged = self._lost = True
        self._last = None

    def _note(self, pts: int) -> None:
        if self._from_pts is not None and pts < self._from_pts:
            return
        rank = self._index.rank(pts)
        if rank is None:
            self.steps.append(0)
        elif self._last is not None:
            self.steps.append(rank - self._last)
        self._last = rank

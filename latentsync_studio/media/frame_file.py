"""Lossless copies of a run of frames, each on its own: any of them is there after one decode.

    magic | packet, packet, ...     one a frame, in order
          | table (JSON)            which codec, format, size; bytes and CRC-32 of every packet
          | length of the table (u32, little-endian) | magic

Every frame is decoded again and compared sample by sample before the next one is written. Samples
of 8 bits are Ut Video (1080 x 1920: 9 ms to decode, a quarter of the planes' size), deeper ones
FFVHUFF (19 ms), rare formats FFV1: of the lossless codecs here these are the quickest to decode.
"""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast

import av
import msgspec
import numpy as np
from av.error import FFmpegError
from av.video.format import VideoFormat

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import DamagedEntryError, InputError, InternalError
from latentsync_studio.media.frame_planes import plane_views
from latentsync_studio.media.planes import layout_of, planes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import TracebackType

    from latentsync_studio.core.arrays import Plane
    from latentsync_studio.core.picture import Picture, PixelFormat

MAGIC: Final = b"LSSFRAMES 1\n"
_LENGTH: Final = struct.Struct("<I")
_MOST_TABLE: Final = 1 << 24
_CODECS: Final = (  # the quickest first
    ("utvideo", {"pred": "median"}),
    ("ffvhuff", {"pred": "median", "context": "0"}),
    ("ffv1", {"level": "3", "coder": "rice", "context": "0"}),
)
_TICK: Final = Fraction(1, 25)  # encoders want one; nothing depends on it
_AS_DEEPEST: Final = {"gray10le": "gray16le", "gray12le": "gray16le"}  # the same low bits


class Sink(Protocol):
    """What is written to."""

    def write(self, data: bytes) -> int:
        """Write all of `data`."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What a file tells of its packets.

    Attributes:
        codec: FFmpeg's name.
        tag: four characters that tell its variant, or "".
        setup: what the decoder has to know first, in hex.
        pixel_format: FFmpeg's planar name.
        width, height: px as coded; the picture's, rounded up to whole chroma samples.
        first: number of the first frame.
        sizes: bytes of every packet.
        checks: CRC-32 of every packet.
    """

    codec: str
    tag: str
    setup: str
    pixel_format: str
    width: int
    height: int
    first: int
    sizes: tuple[int, ...]
    checks: tuple[int, ...]


def write_frames(pictures: Iterable[Picture], sink: Sink) -> None:
    """Write pictures of one size and format, whose numbers follow each other.

    Raises:
        InputError: there is none, or no codec here keeps their format.
        InternalError: a decoded copy differs; the file is not whole then.
        What `pictures` and `sink` raise.
    """
    coder: _Coder | None = None
    first, sizes, checks = 0, [], []
    sink.write(MAGIC)
    for picture in pictures:
        if coder is None:
            coder, first = _Coder(picture), picture.index
        packet = coder.packet(picture)
        sizes.append(len(packet))
        checks.append(zlib.crc32(packet))
        sink.write(packet)
    if coder is None:
        raise InputError("There are no frames to keep.", remedy="Choose a longer clip.")
    table = msgspec.json.encode(coder.table(first, sizes, checks))
    sink.write(table + _LENGTH.pack(len(table)) + MAGIC)


class FrameFile:
    """An open file of frames; for one thread at a time.

    Attributes:
        first: number of its first frame.
        count: how many there are.

    Raises:
        DamagedEntryError: it is no whole file of frames.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb", buffering=0)
        try:
            self._table = self._read_table()
            self._decoder = _decoder(self._table)
        except BaseException:
            self._file.close()
            raise
        self.first, self.count = self._table.first, len(self._table.sizes)
        self._starts = np.cumsum((len(MAGIC), *self._table.sizes))

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
        """Close the file; planes handed out stay valid."""
        self._file.close()

    def planes(self, number: int, width: int, height: int) -> tuple[Plane, ...]:
        """The planes of frame `number` of a clip of (width, height) px, as they were written.

        Raises:
            DamagedEntryError: it cannot be read as it was written.
            ValueError: it does not hold that frame.
        """
        at = number - self.first
        if not 0 <= at < self.count:
            raise ValueError(f"Frame {number} is not among {self.first}+{self.count}.")
        size = self._table.sizes[at]
        self._file.seek(int(self._starts[at]))
        data = self._file.read(size)
        if len(data) != size or zlib.crc32(data) != self._table.checks[at]:
            raise self._damaged(f"frame {number} is not what was written")
        try:
            return _decoded(self._decoder, data, self._table.pixel_format, (width, height))
        except (FFmpegError, InternalError) as error:
            raise self._damaged(f"frame {number} cannot be decoded") from error

    def _read_table(self) -> Table:
        tail = _LENGTH.size + len(MAGIC)
        whole = self._path.stat().st_size
        if whole < tail + len(MAGIC) or self._file.read(len(MAGIC)) != MAGIC:
            raise self._damaged("it begins wrongly")
        self._file.seek(whole - tail)
        end = self._file.read(tail)
        (length,) = _LENGTH.unpack(end[: _LENGTH.size])
        if end[_LENGTH.size :] != MAGIC or not 0 < length <= min(whole - tail, _MOST_TABLE):
            raise self._damaged("it ends wrongly")
        self._file.seek(whole - tail - length)
        try:
            found = msgspec.json.decode(self._file.read(length), type=decodable(Table))
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise self._damaged("its table cannot be read") from error
        fits = len(found.sizes) == len(found.checks) > 0 and min(found.sizes) > 0
        if not fits or sum(found.sizes) + len(MAGIC) != whole - tail - length:
            raise self._damaged("its table does not fit it")
        return found

    def _damaged(self, what: str) -> DamagedEntryError:
        return DamagedEntryError(
            f"{self._path.name} is damaged: {what}.", remedy="It is made again from the clip."
        )


class _Coder:
    """Encodes pictures that look like the first one, and proves every packet."""

    def __init__(self, first: Picture) -> None:
        self._format, self._size = first.format, (first.width, first.height)
        self._pixel_format, self._encoder = _encoder(first.format, self._size)
        self._proof = _decoder(self.table(0, (), ()))

    def table(self, first: int, sizes: Sequence[int], checks: Sequence[int]) -> Table:
        encoder = self._encoder
        return Table(
            codec=encoder.codec.canonical_name,
            tag=encoder.codec_tag.strip("\0") if encoder.codec_tag.isprintable() else "",
            setup=(encoder.extradata or b"").hex(),
            pixel_format=self._pixel_format,
            width=encoder.width,
            height=encoder.height,
            first=first,
            sizes=tuple(sizes),
            checks=tuple(checks),
        )

    def packet(self, picture: Picture) -> bytes:
        frame = av.VideoFrame(self._encoder.width, self._encoder.height, self._pixel_format)
        for view, plane in zip(
            plane_views(frame), _stored(picture.planes, self._format), strict=True
        ):
            rows, columns = plane.shape
            view[:rows, :columns] = plane
            view[rows:], view[:rows, columns:] = 0, 0
        frame.pts = picture.index
        packets = self._encoder.encode(frame)
        if len(packets) != 1:
            raise InternalError(f"{self._encoder.name} gave {len(packets)} packets for a frame.")
        data = bytes(packets[0])
        again = _decoded(self._proof, data, self._pixel_format, self._size)
        for number, (mine, wanted) in enumerate(zip(again, picture.planes, strict=True)):
            if not np.array_equal(mine, wanted):
                raise InternalError(
                    f"Plane {number} of frame {picture.index} was not kept exactly."
                )
        return data


def _stored(planes: Sequence[Plane], fmt: PixelFormat) -> Sequence[Plane]:
    """Planes in the order in which FFmpeg stores them: G, B, R instead of R, G, B."""
    if fmt.matrix != "rgb" or len(planes) < 3:
        return planes
    red, green, blue, *rest = planes
    return (green, blue, red, *rest)


def _encoder(fmt: PixelFormat, size: tuple[int, int]) -> tuple[str, av.VideoCodecContext]:
    """The quickest codec that keeps a format, opened, and FFmpeg's name of what it stores."""
    name = fmt.name
    width, height = (-(-size[0] >> fmt.sub_x) << fmt.sub_x, -(-size[1] >> fmt.sub_y) << fmt.sub_y)
    for codec, options in _CODECS:
        known = {each.name for each in av.Codec(codec, "w").video_formats or ()}
        stored = name if name in known else _AS_DEEPEST.get(name, name)
        if stored not in known:
            continue
        context = cast("av.VideoCodecContext", av.CodecContext.create(codec, "w"))
        context.width, context.height, context.pix_fmt = width, height, stored
        context.time_base, context.options = _TICK, dict(options)
        context.gop_size, context.thread_count = 1, 1  # every frame on its own
        try:
            context.open()
        except FFmpegError:
            continue
        return stored, context
    raise InputError(
        f"There is no lossless codec here for {name} of {size[0]} x {size[1]} px.",
        remedy="The clip itself is decoded instead.",
    )


def _decoder(table: Table) -> av.VideoCodecContext:
    """A decoder for the packets of a table."""
    if table.codec not in {codec for codec, _ in _CODECS}:
        raise DamagedEntryError(
            f"Frames in {table.codec[:20]!r} are not read.", remedy="They are made again."
        )
    context = cast("av.VideoCodecContext", av.CodecContext.create(table.codec, "r"))
    context.extradata = bytes.fromhex(table.setup)
    if table.tag:
        context.codec_tag = table.tag
    context.width, context.height, context.pix_fmt = table.width, table.height, table.pixel_format
    context.thread_count = 1
    return context


def _decoded(
    decoder: av.VideoCodecContext, data: bytes, name: str, size: tuple[int, int]
) -> tuple[Plane, ...]:
    """Planes of (width, height) px as in `Picture`."""
    frames: list[Any] = list(decoder.decode(av.Packet(data)))
    if len(frames) != 1 or frames[0].format.name != name:
        raise InternalError(f"A packet gave {len(frames)} frames.")
    layout = layout_of(VideoFormat(name))
    width, height = size
    sizes = [(height, width)] * 4
    if not layout.rgb:
        small = -(-height >> layout.sub_y), -(-width >> layout.sub_x)
        sizes[1:3] = [small, small]
    planes = planes_of(frames[0], layout)
    return tuple(
        cast("Plane", frozen(plane[:rows, :columns]))
        for plane, (rows, columns) in zip(planes, sizes, strict=False)
    )

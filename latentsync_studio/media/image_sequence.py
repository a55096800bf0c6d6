"""Numbered pictures as the frames of a clip, one file each, read like a video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self, cast

import av  # noqa: F401 - whole before its parts, see media/__init__.py
import msgspec
from av.error import FFmpegError
from av.video.format import VideoFormat

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.damage_notes import frame_notes
from latentsync_studio.media.image_header import header_size
from latentsync_studio.media.index import FrameIndex
from latentsync_studio.media.opening import local_file, open_media
from latentsync_studio.media.pictures import picture_of
from latentsync_studio.media.planes import layout_of
from latentsync_studio.media.probe import survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction
    from pathlib import Path
    from types import TracebackType

    from av.video.frame import VideoFrame

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.timeline.model import ImageRun
    from latentsync_studio.media.facts import MediaFacts, VideoFacts

CONTAINER: Final = "images"  # what the facts say of numbered pictures


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture file, mostly from its header alone.

    Raises:
        InputError: it is no readable picture.
    """
    resolved = local_file(path)
    try:
        size = header_size(resolved)
    except OSError as error:
        raise InputError(
            f"{str(path)!r} cannot be read: {error.strerror}.", remedy="Check its disk."
        ) from error
    if size is not None:
        return size
    with open_media(path) as container:
        stream = next(iter(container.streams.video), None)
        if stream is None or not stream.width:
            raise InputError(f"{str(path)!r} holds no picture.", remedy="Choose another file.")
        return stream.width, stream.height


class ImageReader:
    """Frames of a run of numbered pictures; as `media.reader.FrameReader`.

    Every frame lasts as long: frame n is shown at PTS n in units of 1/rate. Pictures of another
    pixel format than the first one (a grey one among colored ones) are converted to its format. A
    picture that is missing or cannot be decoded repeats the last good one and is in `damaged`.
    """

    def __init__(self, folder: Path, run: ImageRun, rate: Fraction) -> None:
        """Look at the first picture.

        Args:
            folder: that holds all of them.
            run: their names.
            rate: pictures a second.

        Raises:
            InputError: the first picture cannot be read.
        """
        self._folder, self._run = folder, run
        first = survey(folder / run.name(0)).facts
        first.require("video")
        self.video: VideoFacts = msgspec.structs.replace(
            cast("VideoFacts", first.video),
            frames=run.count,
            keyframes=run.count,
            time_base_ratio=(rate.denominator, rate.numerator),
            rate_ratio=(rate.numerator, rate.denominator),
            declared_rate=(rate.numerator, rate.denominator),
            start_pts=0,
            end_pts=run.count,
        )
        self.facts: MediaFacts = msgspec.structs.replace(
            first,
            container=CONTAINER,
            video=self.video,
            duration_s=float(run.count / rate),
        )
        times = tuple(range(run.count))
        self.index = FrameIndex(pts=times, key_pts=times, time_base=1 / rate, end_pts=run.count)
        self.damaged: set[int] = set()
        self._layout = layout_of(VideoFormat(self.video.pixel_format))
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
        """Let go of the last picture; no file is open between two frames."""
        self._shown = None

    def damage_notes(self) -> tuple[str, ...]:
        """Sentences on the frames read up to now that are damaged; none when all are good."""
        return frame_notes(self.damaged, self.damaged)

    def read(self, number: int) -> Picture:
        """One frame.

        Raises:
            InputError: there is no such frame, it has another size than the first one, or
                neither it nor one before it can be decoded.
        """
        if not 0 <= number < self._run.count:
            raise InputError(
                f"There is no frame {number}; the clip has frames 0 to {self._run.count - 1}.",
                remedy="Choose a frame of the clip.",
            )
        if self._shown is None or self._shown.index != number:
            self._shown = self._picture(number)
        return self._shown

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Picture]:
        """Frames start, start + 1, ... stop - 1 (to the end without `stop`)."""
        for number in range(start, self._run.count if stop is None else stop):
            yield self.read(number)

    def walk(self, order: Iterable[int]) -> Iterator[Picture]:
        """Frames in any order."""
        for number in order:
            yield self.read(number)

    def _picture(self, number: int) -> Picture:
        for shown in range(number, -1, -1):
            frame = self._decoded(shown)
            if frame is not None:
                return picture_of(frame, self.video, self._layout, number, number)
            self.damaged.add(number)
        raise InputError(
            f"Neither frame {number} of {str(self._folder / self._run.name(0))!r} nor one before "
            "it can be decoded.",
            remedy="Copy the pictures again.",
        )

    def _decoded(self, number: int) -> VideoFrame | None:
        """The frame in the first one's pixel format; None when there is none in the file."""
        try:
            with open_media(self._folder / self._run.name(number)) as container:
                frame = next(container.decode(video=0), None)
        except (InputError, FFmpegError, IndexError):
            return None
        if frame is not None and frame.format.name != self.video.pixel_format:
            return frame.reformat(format=self.video.pixel_format)
        return frame

"""How large a movie will be and how long it takes, by encoding a few of its frames.

A handful of consecutive frames at three places of the range are decoded, conformed and encoded as
the export would, without mouths. So both answers are of this material, this encoding and this
machine; what has to be drawn comes on top.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.render.plan import SEGMENT_FRAMES
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.showing import layers_at
from latentsync_studio.imaging.fit import black_picture, conformed
from latentsync_studio.services.timeline.medium import MediaBook
from latentsync_studio.services.timeline.movie import delivered_frames
from latentsync_studio.services.timeline.movie_target import cut_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import (
        ClipId,
        MediaId,
        Project,
        Sequence,
        SequenceId,
    )
    from latentsync_studio.media.encode import EncodedSegment
    from latentsync_studio.services.delivery.requests import PackageRequest
    from latentsync_studio.services.timeline.movie_target import CutTarget
    from latentsync_studio.services.timeline.requests import MovieRequest
    from latentsync_studio.services.wiring import Services

_PLACES: Final = (1 / 6, 1 / 2, 5 / 6)
_RUN: Final = 8  # frames at each place
_LARGE_PIXELS: Final = 3840 * 2160
_LARGE_RUN: Final = 3
_SOUND_BITS: Final = {"aac": 192_000, "opus": 160_000, "copy": 192_000}
_FLAC_SHARE: Final = 0.6  # of PCM


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a movie is likely to be.

    Attributes:
        size_bytes: of the file or folder.
        seconds: to decode, conform and encode it, without drawing; None where that is not known.
        tried_frames: that were encoded for this; 0: it is what such material usually takes.
        encoder: that did it, "" for several.
    """

    size_bytes: int
    seconds: float | None
    tried_frames: int
    encoder: str


def movie_notes(request: MovieRequest, services: Services) -> tuple[str, ...]:
    """What a movie will store in another way than the media have it, before it is made.

    Raises:
        StudioError: it cannot be made.
    """
    from latentsync_studio.media.output import suffix_of

    project, encode = request.project, request.project.settings.encode
    sequence = find_sequence(project, request.sequence)
    suffix = suffix_of(request.output, encode)
    book, frames = MediaBook(services), delivered_frames(request)
    return cut_target(project, sequence, frames, book, encode, suffix).notes


def estimate_movie(request: MovieRequest, services: Services, progress: Progress) -> Estimate:
    """Encode a few frames and reckon.

    Raises:
        InputError: a medium is offline or unreadable, or the sequence is empty.
        InvalidSettingError: the encoding does not go together.
        Cancelled: the user went on.
    """
    from latentsync_studio.media.output import suffix_of

    sequence = find_sequence(request.project, request.sequence)
    frames = delivered_frames(request)
    encode, book = request.project.settings.encode, MediaBook(services)
    suffix = suffix_of(request.output, encode)
    target = cut_target(request.project, sequence, frames, book, encode, suffix)
    trial = _Trial(request, sequence, target, book, progress)
    for run in _runs(frames, target):
        trial.encode(run)
    seconds = len(frames) / float(sequence.rate.fraction)
    return Estimate(
        size_bytes=round(trial.bytes_a_frame() * len(frames) + _sound_bytes(request, seconds)),
        seconds=trial.seconds_a_frame() * len(frames),
        tried_frames=trial.tried,
        encoder=target.video.encoder,
    )


def estimate_package(request: PackageRequest, services: Services) -> Estimate:
    """What a package takes, by what such material usually does; nothing is encoded.

    Raises:
        InputError: a medium is offline or unreadable.
        NothingToDoError: no clip is rendered.
        InvalidSettingError: an encoding does not go together.
    """
    from latentsync_studio.services.delivery.package import package_bytes

    size = package_bytes(request, services)
    return Estimate(size_bytes=size, seconds=None, tried_frames=0, encoder="")


def estimate_drawing(
    project: Project, sequence_id: SequenceId, to_draw: Mapping[ClipId, int], services: Services
) -> float | None:
    """Seconds that drawing takes, by what a benchmark of this machine found; None: never measured.

    Args:
        project: the document.
        sequence_id: of the sequence.
        to_draw: clip -> frames of it that are not drawn yet.
        services: hold the benchmark's figures, and know which clips were analysed.
    """
    from latentsync_studio.services.analyse import stored_people
    from latentsync_studio.services.speeds import Drawing, forecast, known_speeds
    from latentsync_studio.services.timeline.drawings import drawings_of
    from latentsync_studio.services.timeline.takes import placed

    book, parts, looked = MediaBook(services), list[Drawing](), set[str]()
    for clip_id, frames in to_draw.items():
        _, _, clip = placed(project, sequence_id, clip_id)
        medium = book.medium(find_media(project, clip.media))
        n_frames = medium.index.n_frames
        is_new = medium.digest not in looked
        looked.add(medium.digest)
        is_known = not is_new or stored_people(medium.digest, n_frames, services.store) is not None
        size = medium.video.width, medium.video.height
        first, *more = drawings_of(project, clip, clip.placed, frames, size)
        parts += (msgspec.structs.replace(first, unseen=0 if is_known else n_frames), *more)
    return forecast(parts, None, known_speeds(services.engines.notes)).total


def _runs(frames: FrameRange, target: CutTarget) -> Iterator[FrameRange]:
    from latentsync_studio.core.ranges import FrameRange as Frames

    pixels = target.video.width * target.video.height
    size = min(_LARGE_RUN if pixels >= _LARGE_PIXELS else _RUN, len(frames))
    starts = {frames.start + round((len(frames) - size) * place) for place in _PLACES}
    for start in sorted(starts):
        yield Frames(start, start + size)


class _Trial:
    """Counts bytes and seconds of frames that are encoded for nothing."""

    def __init__(
        self,
        request: MovieRequest,
        sequence: Sequence,
        target: CutTarget,
        book: MediaBook,
        progress: Progress,
    ) -> None:
        self._request, self._sequence, self._target = request, sequence, target
        self._book, self._progress = book, progress
        self._key_bytes: list[int] = []
        self._other_bytes: list[int] = []
        self._seconds = 0.0
        self.tried = 0

    def encode(self, frames: FrameRange) -> None:
        """Encode a run of consecutive frames."""
        from latentsync_studio.media.encode import SegmentEncoder

        pictures = self._pictures(frames)
        first = next(pictures)  # finding it and opening the encoder is no work of every frame
        encoder = SegmentEncoder(self._target.video)
        started = time.perf_counter()
        encoder.write(first, 0)
        for number, picture in enumerate(pictures, 1):
            self._progress.check()
            encoder.write(picture, number)
        segment: EncodedSegment = encoder.finish()
        self._seconds += time.perf_counter() - started
        self.tried += len(frames)
        for packet in segment.packets:
            held = self._key_bytes if packet.is_key else self._other_bytes
            held.append(len(packet.data))

    def bytes_a_frame(self) -> float:
        """Mean over a group of pictures as long as those of the movie."""
        key = float(np.mean(self._key_bytes))
        if not self._other_bytes:
            return key
        group = min(self._target.video.keyframe_interval, SEGMENT_FRAMES)
        return (key + (group - 1) * float(np.mean(self._other_bytes))) / group

    def seconds_a_frame(self) -> float:
        return self._seconds / max(self.tried, 1)

    def _pictures(self, frames: FrameRange) -> Iterator[Picture]:
        """What the top clips show, without mouths."""
        size = self._sequence.width, self._sequence.height
        for medium_id, shown in self._shown(frames):
            if medium_id is None:
                for _ in shown:
                    yield black_picture(self._target.fmt, size)
                continue
            medium = self._book.medium(find_media(self._request.project, medium_id))
            with medium.open() as reader:
                for picture in reader.walk(shown):
                    yield conformed(picture, self._target.fmt, size, medium.pixel_aspect)

    def _shown(self, frames: FrameRange) -> Iterator[tuple[MediaId | None, list[int]]]:
        """Stretches of one medium, with its frames."""
        last: MediaId | None = None
        held: list[int] = []
        for number, frame in enumerate(frames):
            name, at = self._top(frame)
            if number and name != last:
                yield last, held
                held = []
            last = name
            held.append(at)
        yield last, held

    def _top(self, frame: int) -> tuple[MediaId | None, int]:
        layers = layers_at(self._sequence, frame)
        if not layers:
            return None, 0
        clip = layers[-1].clip
        item = find_media(self._request.project, clip.media)
        medium = self._book.medium(item)
        grid = [clip.source_at(frame)]
        return item.id, int(medium.shown(grid, self._sequence.rate)[0])


def _sound_bytes(request: MovieRequest, seconds: float) -> float:
    """Of stereo sound at the rate of the sequence; roughly."""
    sequence = find_sequence(request.project, request.sequence)
    if not any(track.kind == "audio" and track.clips for track in sequence.tracks):
        return 0.0
    codec, suffix = request.project.settings.encode.audio, request.output.suffix.lower()
    pcm = 2 * sequence.audio_hz * 3.0
    if codec in {"pcm", "pcm24"} or (codec == "auto" and suffix in {".mov", ".mkv", ""}):
        return pcm * seconds
    if codec in {"flac", "alac"}:
        return pcm * _FLAC_SHARE * seconds
    return _SOUND_BITS.get(codec, 192_000) / 8 * seconds

"""Every fact about a media file that matters, found in bounded time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import av
from av.stream import Disposition

from latentsync_studio.core.delivery.chapters import Chapter
from latentsync_studio.core.errors import InputError
from latentsync_studio.media.color_tags import meaning_of
from latentsync_studio.media.facts import MediaFacts, VideoFacts
from latentsync_studio.media.first_frame import FirstFrame, first_frame
from latentsync_studio.media.index import FrameIndex, build_index, verified
from latentsync_studio.media.opening import local_file, open_media
from latentsync_studio.media.orient import display_format
from latentsync_studio.media.sound_facts import language_of, need_decoder, sound_facts

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from latentsync_studio.media.color_tags import ColorMeaning
    from latentsync_studio.media.facts import AudioFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Facts of a file together with the map of its frames (None without video)."""

    path: Path
    facts: MediaFacts
    index: FrameIndex | None


_KNOWN: Final[dict[tuple[str, int, int, int, int], Survey]] = {}  # the oldest first
_MOST_KNOWN: Final = 6
_SETTLED_S: Final = 2.0  # since the last change: within it, another one could go unnoticed


def probe(path: Path) -> MediaFacts:
    """Read everything about a file that matters, and what the user should know about it.

    Raises:
        InputError: not a readable local media file, nothing decodable in it, or colours that
            cannot be edited.
    """
    return survey(path).facts


def survey(path: Path) -> Survey:
    """`probe` together with the frame index that it had to build.

    The last few files are remembered as long as they stay as they are: one render asks four times.
    """
    resolved = local_file(path)
    status = resolved.stat()
    mark = (str(resolved), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    if (known := _KNOWN.get(mark)) is not None:
        return known
    found = _surveyed(path, resolved)
    if time.time() - status.st_mtime > _SETTLED_S:
        _KNOWN[mark] = found
        while len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.pop(next(iter(tuple(_KNOWN))), None)
    return found


def _surveyed(path: Path, resolved: Path) -> Survey:
    notes: list[str] = []
    with open_media(path) as container:
        video, index = _video(container, notes)
        audio_streams = container.streams.audio
        audio = sound_facts(container, video.start_pts * video.time_base if video else None)
        if video is None and audio is None:
            raise InputError(
                f"{str(path)!r} has neither picture nor sound that can be decoded.",
                remedy="Choose another file.",
            )
        if audio is None:
            notes.append("The file has no sound.")
        elif len(audio_streams) > 1:
            notes.append(f"The file has {len(audio_streams)} sound tracks; the first is used.")
        facts = MediaFacts(
            path=str(resolved),
            size_bytes=resolved.stat().st_size,
            container=container.format.name,
            title=container.metadata.get("title", ""),
            duration_s=_longest(container, video, audio),
            video=video,
            audio=audio,
            audio_streams=len(audio_streams),
            notes=tuple(notes),
            chapters=_chapters(container, video),
        )
    return Survey(path=resolved, facts=facts, index=index)


def _video(
    container: InputContainer, notes: list[str]
) -> tuple[VideoFacts, FrameIndex] | tuple[None, None]:
    """Facts and frames of the first real video stream; a stream without a frame is only noted."""
    stream = _main_stream(container)
    if stream is None:
        return None, None
    need_decoder(stream)
    first = first_frame(container, stream)
    with open_media(Path(container.name)) as again:
        same = cast("VideoStream", again.streams[stream.index])
        index = build_index(again, same)
        if first is not None and first.interlaced:
            index = verified(index, again, same)
    if index.n_frames == 0:
        notes.append("The file has a video stream without a single frame; it is ignored.")
        return None, None
    if first is None:
        raise InputError(
            f"None of the {index.n_frames} frames of {container.name!r} could be decoded at its "
            "beginning; the video stream is damaged.",
            remedy="Copy or download the file again.",
        )
    meaning = meaning_of(first.tags, first.layout, first.height)
    facts = _video_facts(container, stream, first, index, meaning)
    notes += [*_video_notes(facts, first, stream), *meaning.notes]
    return facts, index


def _main_stream(container: InputContainer) -> VideoStream | None:
    """The default video stream, else the first; cover pictures of sound files do not count."""
    real = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    preferred = [s for s in real if s.disposition & Disposition.default]
    return next(iter(preferred or real), None)


def _video_facts(
    container: InputContainer,
    stream: VideoStream,
    first: FirstFrame,
    index: FrameIndex,
    meaning: ColorMeaning,
) -> VideoFacts:
    lies = first.rotation in {90, 270}
    rate, variable = _rate(index, stream)
    aspect = stream.sample_aspect_ratio or Fraction(1)
    tags = [stream.metadata, container.metadata, *(s.metadata for s in container.streams)]
    return VideoFacts(
        stream=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        profile=str(stream.codec_context.profile or ""),
        coded_width=first.width,
        coded_height=first.height,
        width=first.height if lies else first.width,
        height=first.width if lies else first.height,
        sample_aspect=_ratio(aspect),
        rotation=first.rotation,
        mirrored=first.mirrored,
        time_base_ratio=_ratio(index.time_base),
        rate_ratio=_ratio(rate),
        declared_rate=_ratio(stream.base_rate or Fraction(0)),
        variable_rate=variable,
        frames=index.n_frames,
        keyframes=index.keyframes,
        start_pts=index.pts[0],
        end_pts=index.end_pts,
        counted=index.counted,
        pixel_format=first.layout.source,
        planar_format=first.layout.planar,
        format=display_format(meaning.format, first.rotation),
        has_alpha=first.layout.alpha,
        tags=first.tags,
        primaries=meaning.primaries,
        transfer=meaning.transfer,
        assumed=meaning.assumed,
        interlaced=first.interlaced,
        hdr=meaning.hdr,
        mastering_display=first.mastering_display,
        content_light=first.content_light,
        timecode=_first_tag(tags, "timecode"),
        reel=_first_tag(tags, "reel_name"),
        language=language_of(stream),
    )


def _video_notes(video: VideoFacts, first: FirstFrame, stream: VideoStream) -> list[str]:
    """Sentences about what is unusual in the picture."""
    notes = []
    if video.counted:
        notes.append(
            "The file stores no usable frame times: frames are counted from the start and assumed "
            f"to follow each other at {float(video.rate):.3f} frames/s; jumping is slow."
        )
    if video.variable_rate:
        notes.append(
            f"The frame rate varies (mean {float(video.rate):.3f} frames/s); every frame keeps "
            "its own time."
        )
    if video.rotation or video.mirrored:
        flip = " and mirrored" if video.mirrored else ""
        notes.append(f"The picture is shown turned by {video.rotation}° clockwise{flip}.")
    if not first.turn_exact:
        notes.append("The file asks for a turn that is no right angle; the nearest one is used.")
    if video.interlaced:
        notes.append("The picture is interlaced; it is not deinterlaced.")
    if not first.layout.lossless:
        notes.append(
            f"The pixel format {video.pixel_format} is converted to {video.planar_format}."
        )
    if video.frames < stream.frames and not video.counted:
        notes.append(
            f"The file announces {stream.frames} frames, of which {video.frames} are shown; it is "
            "trimmed by an edit list or cut off."
        )
    return notes


def _rate(index: FrameIndex, stream: VideoStream) -> tuple[Fraction, bool]:
    """Frames per second, and whether frames deviate from it by more than one unit of PTS."""
    declared = stream.guessed_rate or stream.average_rate or Fraction(25)
    steps = index.n_frames - 1
    if index.counted or steps < 1:
        return declared, False
    mean = Fraction(steps) / ((index.pts[-1] - index.pts[0]) * index.time_base)
    candidates = (stream.average_rate, stream.base_rate, declared, mean)
    for rate in candidates:
        if rate and _follows(index, rate):
            return rate, False
    return mean.limit_denominator(1_000_000), True


def _follows(index: FrameIndex, rate: Fraction) -> bool:
    step = 1 / (rate * index.time_base)
    num, den, start = step.numerator, step.denominator, index.pts[0]
    return all(abs((p - start) * den - i * num) <= den for i, p in enumerate(index.pts))


def _chapters(container: InputContainer, video: VideoFacts | None) -> tuple[Chapter, ...]:
    """Chapters of the file on the picture's time, those that have a length."""
    if video is None:
        return ()
    found = []
    for each in container.chapters():
        base = each["time_base"] or Fraction(1)
        start, stop = (round(each[at] * base / video.time_base) for at in ("start", "end"))
        title = each.get("metadata", {}).get("title", "")
        found.append(Chapter(start - video.start_pts, stop - video.start_pts, title))
    return tuple(chapter for chapter in found if chapter.start < chapter.stop)


def _longest(
    container: InputContainer, video: VideoFacts | None, audio: AudioFacts | None
) -> float:
    known = [float(video.duration) if video else 0.0, audio.duration_s if audio else 0.0]
    return max(known) or (container.duration or 0) / av.time_base


def _first_tag(tables: list[dict[str, str]], key: str) -> str:
    """The first such tag, whatever case it is written in: Matroska has capitals."""
    for table in tables:
        for name, value in table.items():
            if name.lower() == key and value:
                return value
    return ""


def _ratio(value: Fraction) -> tuple[int, int]:
    return value.numerator, value.denominator

"""How a cut is encoded and what it sounds like in the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.delivery.chapters import chapters_of
from latentsync_studio.core.picture import PixelFormat
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.rate import first_sample, samples_of
from latentsync_studio.core.timeline.showing import active_tracks, live_dissolves, reach_of
from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.services.timeline.mix import SequenceMix

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from latentsync_studio.core.settings.pages import EncodeSettings
    from latentsync_studio.core.timeline.model import Clip, MediaId, Project, Sequence, Track
    from latentsync_studio.media.encode import VideoTarget
    from latentsync_studio.media.facts import AudioFacts, MediaFacts, VideoFacts
    from latentsync_studio.media.soundtrack import AudioPlan, MixPlan
    from latentsync_studio.services.timeline.medium import MediaBook
    from latentsync_studio.services.wiring import Services

_BLOCK_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CutTarget:
    """How the pictures of a cut are encoded.

    Attributes:
        video: target of the encoder, in the sequence's size and rate, upright, square pixels.
        fmt: format of the composed pictures.
        facts: what the file tells of itself (title, language, timecode) and of its pictures.
        notes: what is stored in another way than in the media.
    """

    video: VideoTarget
    fmt: PixelFormat
    facts: MediaFacts
    notes: tuple[str, ...]


def used_clips(sequence: Sequence, frames: FrameRange) -> list[tuple[Track, Clip]]:
    """Enabled clips of the tracks that are seen or heard within `frames`."""
    tracks = (*active_tracks(sequence, "video"), *active_tracks(sequence, "audio"))
    return [
        (track, clip)
        for track in tracks
        for clip in track.clips
        if clip.is_enabled and reach_of(track, clip).intersection(frames)
    ]


def cut_target(
    project: Project,
    sequence: Sequence,
    frames: FrameRange,
    book: MediaBook,
    settings: EncodeSettings,
    suffix: str = ".mp4",
) -> CutTarget:
    """Choose format, depth, colors and codec after the medium that is seen longest.

    Media of the sequence's own size come first, because their planes can go through untouched.
    `suffix` is the ending of the output, "" for a folder of pictures.

    Raises:
        InputError: that medium is offline or unreadable.
        InvalidSettingError: codec, container and pictures do not go together.
    """
    from latentsync_studio.media.target import choose_target

    main = _main_medium(project, sequence, frames)
    source = None if main is None else book.medium(find_media(project, main)).facts
    facts = _facts(sequence, frames, source)
    if settings.chapters:
        found = chapters_of(sequence.markers, frames)
        facts = msgspec.structs.replace(facts, chapters=found)
    target, notes = choose_target(facts, settings, suffix)
    video = facts.video
    fmt = video.format if video is not None else _PLAIN
    coded = target.coded_format
    if (fmt.matrix, fmt.full_range) != (coded.matrix, coded.full_range):
        fmt = coded  # pictures are converted by many threads, not by the one that encodes
    return CutTarget(video=target, fmt=fmt, facts=facts, notes=notes)


_PLAIN = PixelFormat(name="yuv420p", bits=8, sub_x=1, sub_y=1, matrix="bt709", full_range=False)


def _main_medium(project: Project, sequence: Sequence, frames: FrameRange) -> MediaId | None:
    seconds: Counter[MediaId] = Counter()
    for track, clip in used_clips(sequence, frames):
        shown = clip.placed.intersection(frames)
        if track.kind == "video" and shown is not None:
            seconds[clip.media] += len(shown)
    best = None
    for name, length in seconds.most_common():
        item = find_media(project, name)
        if item.video is None:
            continue
        fits = (item.video.width, item.video.height) == (sequence.width, sequence.height)
        rank = (not item.is_still, fits, length)
        if best is None or rank > best[0]:
            best = rank, name
    return None if best is None else best[1]


def _facts(sequence: Sequence, frames: FrameRange, source: MediaFacts | None) -> MediaFacts:
    """Facts of the movie to come: colors of the main medium, all else of the sequence."""
    from latentsync_studio.media.facts import MediaFacts

    rate = sequence.rate
    label = ""
    if sequence.first_label:
        at = sequence.first_label + frames.start
        label = to_timecode(at, rate, drop=sequence.is_drop)
    video = source.video if source is not None else None
    changed = {
        "coded_width": sequence.width,
        "coded_height": sequence.height,
        "width": sequence.width,
        "height": sequence.height,
        "sample_aspect": (1, 1),
        "rotation": 0,
        "mirrored": False,
        "time_base_ratio": (rate.den, rate.num),
        "rate_ratio": (rate.num, rate.den),
        "declared_rate": (rate.num, rate.den),
        "variable_rate": False,
        "frames": len(frames),
        "keyframes": 1,
        "start_pts": 0,
        "end_pts": len(frames),
        "counted": False,
        "has_alpha": False,
        "interlaced": False,
        "timecode": label,
        "reel": "",
    }
    made = msgspec.structs.replace(video or _plain_facts(), **changed)
    return MediaFacts(
        path=source.path if source is not None else "",
        size_bytes=0,
        container="",
        title="",
        duration_s=len(frames) * rate.den / rate.num,
        video=made,
        audio=None,
        audio_streams=0,
        notes=(),
    )


def _plain_facts() -> VideoFacts:
    """Of a cut without a single picture: 8 bits, 4:2:0, BT.709, limited range."""
    from latentsync_studio.media.facts import ColorTags, VideoFacts

    return VideoFacts(
        stream=0,
        codec="",
        profile="",
        coded_width=0,
        coded_height=0,
        width=0,
        height=0,
        sample_aspect=(1, 1),
        rotation=0,
        mirrored=False,
        time_base_ratio=(1, 1),
        rate_ratio=(1, 1),
        declared_rate=(1, 1),
        variable_rate=False,
        frames=0,
        keyframes=0,
        start_pts=0,
        end_pts=0,
        counted=False,
        pixel_format=_PLAIN.name,
        planar_format=_PLAIN.name,
        format=_PLAIN,
        has_alpha=False,
        tags=ColorTags(matrix=1, primaries=1, transfer=1, color_range=1),
        primaries="bt709",
        transfer="bt709",
        assumed=(),
        interlaced=False,
        hdr="",
        mastering_display="",
        content_light="",
        timecode="",
        reel="",
        language="",
    )


# ---- sound ------------------------------------------------------------------------------


def cut_sound(
    project: Project,
    sequence: Sequence,
    frames: FrameRange,
    services: Services,
    settings: EncodeSettings,
) -> tuple[AudioPlan | MixPlan | None, SequenceMix | None]:
    """The sound of a cut: a single clip's own, else a mix at the sequence's rate; None: silence.

    Returns:
        The plan, and the mix that it reads from, which has to be closed.

    Raises:
        InputError: a medium is offline or unreadable.
    """
    heard = [(track, clip) for track, clip in used_clips(sequence, frames) if track.kind == "audio"]
    if not heard:
        return None, None
    track, clip = heard[0]
    is_alone = len(heard) == 1 and clip.start <= frames.start
    if is_alone and not any(live_dissolves(track)):
        return _own_sound(project, sequence, clip, frames, settings), None
    return _mixed_sound(project, sequence, heard, frames, services, settings)


def _own_sound(
    project: Project, sequence: Sequence, clip: Clip, frames: FrameRange, settings: EncodeSettings
) -> AudioPlan:
    """A clip's sound at its own rate, from the sample that is heard with the first picture."""
    from latentsync_studio.media.audio import audio_facts
    from latentsync_studio.media.soundtrack import AudioPlan

    path = Path(find_media(project, clip.media).path)
    facts, rate = audio_facts(path), sequence.rate
    shift = first_sample(clip.start - clip.source.start, rate, facts.rate_hz)
    lead = round(max(-facts.offset_s, 0.0) * facts.rate_hz)
    held = samples_of(FrameRange(frames.start, min(clip.stop, frames.stop)), rate, facts.rate_hz)
    return AudioPlan(
        source=path,
        start=held.start - shift + lead,
        stop=held.stop - shift + lead,
        codec=settings.audio,
    )


def _mixed_sound(
    project: Project,
    sequence: Sequence,
    heard: list[tuple[Track, Clip]],
    frames: FrameRange,
    services: Services,
    settings: EncodeSettings,
) -> tuple[MixPlan, SequenceMix]:
    from latentsync_studio.media.soundtrack import MixPlan

    hz, facts = sequence.audio_hz, _mix_facts(project, sequence, heard, frames)
    samples = samples_of(frames, sequence.rate, hz)
    mix = SequenceMix(services, hz, facts.channels, is_exact=True)
    step = round(_BLOCK_S * hz)

    def blocks() -> Iterator[npt.NDArray[np.generic]]:
        for at in range(samples.start, samples.stop, step):
            part = FrameRange(at, min(at + step, samples.stop))
            yield mix.read(project, sequence.id, part).T

    return MixPlan(facts=facts, blocks=blocks, codec=settings.audio), mix


def _mix_facts(
    project: Project, sequence: Sequence, heard: list[tuple[Track, Clip]], frames: FrameRange
) -> AudioFacts:
    from latentsync_studio.media.audio import audio_facts
    from latentsync_studio.media.channels import usual_layout
    from latentsync_studio.media.facts import AudioFacts

    paths = {find_media(project, clip.media).path for _, clip in heard}
    channels = max(audio_facts(Path(path)).channels for path in paths)
    channels = channels if usual_layout(channels) else 2
    return AudioFacts(
        stream=0,
        codec="pcm_f32le",
        rate_hz=sequence.audio_hz,
        channels=channels,
        layout=usual_layout(channels),
        sample_format="fltp",
        bits=32,
        offset_s=0.0,
        duration_s=float(Fraction(len(frames)) / sequence.rate.fraction),
        language="",
    )

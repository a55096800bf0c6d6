"""Projects for the tests of takes, preview and movie: one sequence over real little media."""

from __future__ import annotations

from msgspec.structs import replace

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import (
    AudioFacts,
    Clip,
    ClipId,
    MediaId,
    MediaItem,
    Project,
    Sequence,
    SequenceId,
    SpeechLane,
    Track,
    TrackId,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.media.audio import AudioReader
from latentsync_studio.media.probe import probe

RATE = FrameRate(25)
SEQUENCE = SequenceId("s9")
V1, V2, A1, A2 = (TrackId(f"t{n}") for n in (1, 2, 3, 4))


def item_of(path, number, *, is_still=False):
    """What importing a file would make of it."""
    facts = probe(path)
    video = audio = None
    if facts.video:
        seen = facts.video
        video = VideoFacts(
            n_frames=seen.frames,
            rate=FrameRate.of(seen.rate),
            width=seen.width,
            height=seen.height,
            is_variable=seen.variable_rate,
        )
    if facts.audio:
        with AudioReader(path) as reader:
            count = sum(block.shape[1] for block in reader.blocks())
        lead = round(max(facts.audio.offset_s, 0) * facts.audio.rate_hz)
        audio = AudioFacts(
            rate_hz=facts.audio.rate_hz,
            n_samples=count - lead,
            channels=facts.audio.channels,
            offset=round(facts.audio.offset_s * facts.audio.rate_hz),
        )
    return MediaItem(
        id=MediaId(f"m{number}"),
        name=path.name,
        path=str(path),
        video=video,
        audio=audio,
        is_still=is_still,
    )


def clip(number, media, start, source, **more):
    return Clip(
        id=ClipId(f"c{number}"),
        media=MediaId(f"m{media}"),
        start=start,
        source=FrameRange(*source),
        **more,
    )


def project(media, tracks, *, rate=RATE, size=(320, 320), **more):
    """A project of media items and tracks: {"V1": clips, "A1": clips, ...}; A1 drives the lips."""
    ids = {"V1": V1, "V2": V2, "A1": A1, "A2": A2}
    held = tuple(
        Track(
            id=ids[name],
            kind="video" if name[0] == "V" else "audio",
            name=name,
            clips=tuple(tracks[name]),
            speech=SpeechLane() if name == "A1" else None,
        )
        for name in ids
        if name in tracks
    )
    width, height = size
    cut = Sequence(
        id=SEQUENCE, name="Cut", rate=rate, width=width, height=height, tracks=held, **more
    )
    return Project(next_id=1000, media=tuple(media), sequences=(cut,))


def with_track(project, name, **changes):
    """The same project with a track changed."""
    cut = project.sequences[0]
    tracks = tuple(replace(t, **changes) if t.name == name else t for t in cut.tracks)
    return replace(project, sequences=(replace(cut, tracks=tracks),))

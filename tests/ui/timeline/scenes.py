"""Documents that the timeline's tests and benchmark show; their media lie nowhere."""

from __future__ import annotations

from msgspec.structs import replace

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import (
    AudioFacts,
    Clip,
    ClipId,
    LinkId,
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

RATE = FrameRate(25)
TALK, SPEECH, STILL = MediaId("m1"), MediaId("m2"), MediaId("m3")
LONG = 5_000_000  # frames of TALK and SPEECH
V1, V2, A1, A2 = (TrackId(f"t{n}") for n in (11, 12, 13, 14))
MEDIA = (
    MediaItem(
        id=TALK,
        name="interview take 3.mp4",
        path="/nowhere/interview take 3.mp4",
        digest="talk",
        video=VideoFacts(n_frames=LONG, rate=RATE, width=640, height=360),
        audio=AudioFacts(rate_hz=48_000, n_samples=LONG * 1920, channels=2),
    ),
    MediaItem(
        id=SPEECH,
        name="new speech.wav",
        path="/nowhere/new speech.wav",
        digest="speech",
        audio=AudioFacts(rate_hz=16_000, n_samples=LONG * 640),
    ),
    MediaItem(
        id=STILL,
        name="photo.png",
        path="/nowhere/photo.png",
        digest="photo",
        video=VideoFacts(n_frames=1, rate=RATE, width=640, height=360),
        is_still=True,
    ),
)


def clip(n, start, length, *, source=0, media=TALK, link=None, **more):
    return Clip(
        id=ClipId(f"c{n}"),
        media=media,
        source=FrameRange(source, source + length),
        start=start,
        link=None if link is None else LinkId(f"l{link}"),
        **more,
    )


def project(sequence=None, **tracks):
    """A project with tracks V1, V2, A1, A2; A2 drives the lips."""
    made = []
    for id_, name in ((V1, "V1"), (V2, "V2"), (A1, "A1"), (A2, "A2")):
        kind = "video" if name[0] == "V" else "audio"
        speech = SpeechLane() if name == "A2" else None
        clips = tuple(tracks.get(name, ()))
        made.append(Track(id=id_, kind=kind, name=name, clips=clips, speech=speech))
    shown = Sequence(
        id=SequenceId("s4"), name="Cut", rate=RATE, width=640, height=360, tracks=tuple(made)
    )
    if sequence:
        shown = replace(shown, **sequence)
    return Project(next_id=1_000_000, media=MEDIA, sequences=(shown,))


def talk(**sequence):
    """Picture and own sound, linked; another clip; a speech lane under the first."""
    return project(
        sequence,
        V1=[clip(100, 25, 200, source=50, link=900), clip(101, 225, 150, source=600, link=901)],
        A1=[clip(102, 25, 200, source=50, link=900), clip(103, 225, 150, source=600, link=901)],
        A2=[clip(104, 60, 140, media=SPEECH)],
        V2=[clip(105, 260, 60, media=STILL)],
    )


def many(n, n_tracks=8, length=50):
    """`n` clips of about `length` frames on `n_tracks` tracks, half of them with pictures."""
    tracks = []
    for row in range(n_tracks):
        kind = "video" if row < n_tracks // 2 else "audio"
        number = row + 1 if kind == "video" else row - n_tracks // 2 + 1
        clips, at = [], 0
        for k in range(n // n_tracks):
            own = length - 10 + (k * 7 + row * 3) % 21
            name = f"shot {k:04d}" if k % 3 else ""
            clips.append(clip(1000 + row * n + k, at, own, source=at, name=name))
            at += own + (0 if k % 5 else 8)
        tracks.append(
            Track(
                id=TrackId(f"t{row + 10}"),
                kind=kind,
                name=f"{kind[0].upper()}{number}",
                clips=tuple(clips),
                speech=SpeechLane() if row == n_tracks - 1 else None,
            )
        )
    sequence = Sequence(
        id=SequenceId("s4"), name="Cut", rate=RATE, width=640, height=360, tracks=tuple(tracks)
    )
    return Project(next_id=10_000_000, media=MEDIA, sequences=(sequence,))

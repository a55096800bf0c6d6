"""Small projects with everything that timelines can hold; their media exist only in name."""

from __future__ import annotations

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.model import (
    AudioFacts,
    Clip,
    ClipId,
    Dissolve,
    DissolveId,
    LinkId,
    Marker,
    MarkerId,
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
CUT = SequenceId("s9")


def talk(rate=RATE, path="/media/talk é.mov", timecode="01:00:00:00", reel="A001"):
    return MediaItem(
        id=MediaId("m1"),
        name="talk é.mov",
        path=path,
        video=VideoFacts(
            n_frames=200, rate=rate, width=640, height=360, timecode=timecode, reel=reel
        ),
        audio=AudioFacts(rate_hz=48_000, n_samples=400_000, channels=2),
    )


PHOTO = MediaItem(
    id=MediaId("m2"),
    name="photo.png",
    path="/media/photo.png",
    video=VideoFacts(n_frames=1, rate=RATE, width=640, height=360),
    is_still=True,
)


def speech(path="/media/speech.wav"):
    return MediaItem(
        id=MediaId("m3"),
        name="speech.wav",
        path=path,
        audio=AudioFacts(rate_hz=16_000, n_samples=64_000),
    )


def clip(number, media, start, source, **more):
    return Clip(
        id=ClipId(f"c{number}"),
        media=MediaId(f"m{media}"),
        start=start,
        source=FrameRange(*source),
        **more,
    )


def edited(media=None, *, rate=RATE, sound=True, **more):
    """V1 with a dissolve and a clip that is off, V2 with a still, A1 linked, A2 with speech.

    Without `sound` there is no A1.
    """
    link = LinkId("l1") if sound else None
    tracks = (
        Track(
            id=TrackId("t1"),
            kind="video",
            name="V1",
            clips=(
                clip(11, 1, 5, (10, 40), link=link),
                clip(12, 1, 35, (100, 130), name="answer"),
                clip(13, 1, 70, (50, 60), is_enabled=False),
            ),
            dissolves=(
                Dissolve(
                    id=DissolveId("d1"), left=ClipId("c11"), right=ClipId("c12"), before=4, after=6
                ),
            ),
        ),
        Track(id=TrackId("t2"), kind="video", name="V2", clips=(clip(14, 2, 8, (0, 6)),)),
        Track(
            id=TrackId("t3"), kind="audio", name="A1", clips=(clip(15, 1, 5, (10, 40), link=link),)
        ),
        Track(
            id=TrackId("t4"),
            kind="audio",
            name="A2",
            clips=(clip(16, 3, 0, (3, 90)),),
            speech=SpeechLane(),
        ),
    )
    if not sound:
        tracks = tuple(track for track in tracks if track.name != "A1")
    sequence = Sequence(
        id=CUT,
        name="Cut",
        rate=rate,
        width=640,
        height=360,
        tracks=tracks,
        markers=(
            Marker(id=MarkerId("k1"), frames=FrameRange(7, 8), name="here", note="why"),
            Marker(id=MarkerId("k2"), frames=FrameRange(40, 52), name="part", color="red"),
        ),
        first_label=90_000,
        **more,
    )
    made = Project(next_id=1000, media=media or (talk(), PHOTO, speech()), sequences=(sequence,))
    check(made)
    return made

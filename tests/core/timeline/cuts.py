"""Projects for the tests of edits, and what a viewer of them would see and hear."""

from hypothesis import strategies as st
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.dissolves import set_dissolve
from latentsync_studio.core.timeline.edits.links import link
from latentsync_studio.core.timeline.model import (
    AudioFacts,
    Clip,
    ClipId,
    MediaId,
    MediaItem,
    Project,
    Sequence,
    SequenceId,
    Track,
    TrackId,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate

RATE = FrameRate(25)
TALK, STILL, SPEECH = MediaId("m1"), MediaId("m2"), MediaId("m3")
V1, V2, A1, A2 = (TrackId(f"t{n}") for n in (5, 6, 7, 8))
TRACKS = (V1, V2, A1, A2)
LENGTH = 400  # frames of TALK and SPEECH

MEDIA = (
    MediaItem(
        id=TALK,
        name="talk.mp4",
        path="/talk.mp4",
        video=VideoFacts(n_frames=LENGTH, rate=RATE, width=640, height=360),
        audio=AudioFacts(rate_hz=48_000, n_samples=LENGTH * 1920, channels=2),
    ),
    MediaItem(
        id=STILL,
        name="photo.png",
        path="/photo.png",
        video=VideoFacts(n_frames=1, rate=RATE, width=640, height=360),
        is_still=True,
    ),
    MediaItem(
        id=SPEECH,
        name="speech.wav",
        path="/speech.wav",
        audio=AudioFacts(rate_hz=16_000, n_samples=LENGTH * 640),
    ),
)


def clip(n, start, source, media=TALK, **more):
    return Clip(id=ClipId(f"c{n}"), media=media, source=FrameRange(*source), start=start, **more)


def project(**clips):
    """A project whose tracks V1, V2, A1, A2 hold `clips`: lists of (start, source start, stop)."""
    n, tracks = 100, []
    for id_, name in zip(TRACKS, ("V1", "V2", "A1", "A2"), strict=True):
        held = []
        for start, first, stop in clips.get(name, ()):
            held.append(clip(n, start, (first, stop)))
            n += 1
        kind = "video" if name[0] == "V" else "audio"
        tracks.append(Track(id=id_, kind=kind, name=name, clips=tuple(held)))
    sequence = Sequence(
        id=SequenceId("s4"), name="Cut", rate=RATE, width=640, height=360, tracks=tuple(tracks)
    )
    return Project(next_id=1000, media=MEDIA, sequences=(sequence,))


def tracks_of(project):
    return {track.name: track for track in project.sequences[0].tracks}


def clips_of(project, track="V1"):
    return tracks_of(project)[track].clips


def all_clips(project):
    return [clip for track in project.sequences[0].tracks for clip in track.clips]


def rows(project, track="V1"):
    """(start, source start, source stop) of the clips of a track."""
    return [(c.start, c.source.start, c.source.stop) for c in clips_of(project, track)]


def shown(project):
    """(track, frame) -> (medium, source frame): all that can be seen and heard."""
    return {
        (track.id, frame): (each.media, each.source_at(frame))
        for track in project.sequences[0].tracks
        for each in track.clips
        for frame in each.placed
    }


@st.composite
def _clips(draw, first, media):
    held, at = [], 0
    for n in range(draw(st.integers(0, 4))):
        at += draw(st.sampled_from([0, 0, 1, 7, 30]))
        length = draw(st.integers(1, 60))
        begin = draw(st.integers(0, LENGTH - length))
        held.append(clip(first + n, at, (begin, begin + length), draw(st.sampled_from(media))))
        at += length
    return tuple(held)


@st.composite
def projects(draw):
    """Four tracks of up to four clips, some of them linked, dissolved and locked."""
    made = project()
    tracks = [
        replace(
            track,
            clips=draw(
                _clips(10 * row + 100, [TALK, STILL] if track.kind == "video" else [TALK, SPEECH])
            ),
        )
        for row, track in enumerate(made.sequences[0].tracks)
    ]
    made = replace(made, sequences=(replace(made.sequences[0], tracks=tuple(tracks)),))
    held = all_clips(made)
    if len(held) > 1:
        for _ in range(draw(st.integers(0, 2))):
            pair = draw(st.lists(st.sampled_from(held), min_size=2, max_size=2, unique=True))
            made = attempt(link, made, [each.id for each in pair])
        left = draw(st.sampled_from(held))
        made = attempt(
            set_dissolve, made, left.id, draw(st.integers(0, 9)), draw(st.integers(0, 9))
        )
    return made


def attempt(edit, project, *args, **more):
    """The edit, or the project as it was where the edit is refused."""
    try:
        return edit(project, *args, **more)
    except InvalidEditError:
        return project

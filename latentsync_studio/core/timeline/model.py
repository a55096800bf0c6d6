"""The document: media, sequences, tracks and clips; frozen, in integer frames.

One grid. A sequence has a rate, and everything in it is counted in frames of that grid: where a
clip starts AND which stretch of its medium it uses (`Clip.source`, in grid frames of the
medium's own time). At equal rates these are simply media frames. At other rates, for VFR and for
sound they stay exact: a slice at any frame shows what was shown before, linked picture and sound
carry the same numbers, and one function decides which media frame is seen (`rate.shown_frame`,
`rate.shown_frames` by PTS) or which samples are heard (`rate.samples_of`).

    medium   |0 . . . . . . . . . . . |n       n = MediaItem.available(kind, sequence.rate)
    clip          [source.start .. source.stop)
    track    . . . . [start ........ stop) . . . gap . . . [next clip

Gaps are implied. Ranges are half-open. Views compare parts by identity to see what changed.
"""

from __future__ import annotations

from typing import Literal, NewType

import msgspec

from latentsync_studio.core.comparing.votes import Ballot
from latentsync_studio.core.mask.keyframes import Curve  # noqa: TC001 - as above
from latentsync_studio.core.mask.layer import MaskLayer  # noqa: TC001 - as above
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.node import Node, UnknownField
from latentsync_studio.core.timeline.rate import FrameRate, covering
from latentsync_studio.core.timeline.takes import Override, SettingValue, SpanTake, TakeId

__all__ = [
    "SCHEMA",
    "AudioFacts",
    "Ballot",
    "Clip",
    "ClipId",
    "Dissolve",
    "DissolveId",
    "FaceChoice",
    "ImageRun",
    "LinkId",
    "Marker",
    "MarkerId",
    "MediaId",
    "MediaItem",
    "Node",
    "Override",
    "Project",
    "Sequence",
    "SequenceId",
    "SettingValue",
    "SpanTake",
    "SpeechLane",
    "TakeId",
    "Track",
    "TrackId",
    "TrackKind",
    "UnknownField",
    "VideoFacts",
]

SCHEMA = 4  # raised with every change of the saved form that older programs misread

MediaId = NewType("MediaId", str)
SequenceId = NewType("SequenceId", str)
TrackId = NewType("TrackId", str)
ClipId = NewType("ClipId", str)
LinkId = NewType("LinkId", str)
MarkerId = NewType("MarkerId", str)
DissolveId = NewType("DissolveId", str)

TrackKind = Literal["video", "audio"]


class VideoFacts(Node, frozen=True, kw_only=True):
    """The picture of a medium.

    Attributes:
        n_frames: frames by the PTS index.
        rate: mean rate, n_frames / duration exactly; the rate itself where it is constant.
        width: display px (rotation and pixel shape applied).
        height: display px.
        is_variable: frame durations differ (VFR).
        timecode: label of the first frame as in the file, or "".
        reel: name of the tape or card as in the file, or "".
    """

    n_frames: int
    rate: FrameRate
    width: int
    height: int
    is_variable: bool = False
    timecode: str = ""
    reel: str = ""


class AudioFacts(Node, frozen=True, kw_only=True):
    """The sound of a medium.

    Attributes:
        rate_hz: samples a second.
        n_samples: samples a channel.
        channels: number of channels.
        offset: samples by which the sound starts after the first picture; may be negative.
    """

    rate_hz: int
    n_samples: int
    channels: int = 1
    offset: int = 0


class ImageRun(Node, frozen=True, kw_only=True):
    """Numbered pictures in one folder that are the frames of one medium.

    Attributes:
        prefix: of every name, before the number.
        digits: the least digits of a number, filled up with zeros.
        suffix: of every name, after the number, with the dot.
        first: number of frame 0.
        count: how many there are, without a hole.
    """

    prefix: str
    digits: int
    suffix: str
    first: int
    count: int

    def name(self, frame: int) -> str:
        """File name of a frame, counted from 0."""
        return f"{self.prefix}{self.first + frame:0{self.digits}d}{self.suffix}"


class MediaItem(Node, frozen=True, kw_only=True):
    """A file on disk with what is known of it; found again by path, else by size and digest.

    Attributes:
        id: "m1", "m2", ...
        name: shown to people.
        path: absolute path when last seen.
        relative: path from the project file's folder, "" where there is none.
        size: bytes.
        digest: hex content digest.
        video: picture, or None.
        audio: sound, or None.
        is_still: one picture that can be shown for any time.
        images: set where numbered pictures are the frames: `path` is that of the first one, `size`
            is that of all, and `video.rate` is as the user wants it.
        origin: where an imported cut says that it lies, while no file was found for it: never
            opened, and given back when the cut is written; "" once it was found.
    """

    id: MediaId
    name: str
    path: str
    relative: str = ""
    size: int = 0
    digest: str = ""
    video: VideoFacts | None = None
    audio: AudioFacts | None = None
    is_still: bool = False
    images: ImageRun | None = None
    origin: str = ""

    def available(self, kind: TrackKind, grid: FrameRate) -> int | None:
        """Grid frames that it lasts on a track of `kind`; 0: has no such; None: no limit."""
        if kind == "video":
            if self.video is None:
                return 0
            return None if self.is_still else covering(self.video.n_frames, self.video.rate, grid)
        if self.audio is None:
            return 0
        samples = max(0, self.audio.offset + self.audio.n_samples)
        return covering(samples, FrameRate(self.audio.rate_hz), grid)


class Clip(Node, frozen=True, kw_only=True):
    """A stretch of one media item, placed on a track.

    Attributes:
        id: "c1", ...; unique in the project.
        media: the medium.
        source: grid frames of the medium's time that are used (a still: any range).
        start: first frame on the sequence.
        name: shown to people; "" shows the medium's.
        is_enabled: off: neither seen nor heard nor synthesized.
        link: clips with the same link are edited together (picture and sound).
        overrides: own settings, ordered by key.
        masks: painted layers, from the first to the last.
        curves: animated values, ordered by key; each goes over the setting of its key.
        takes: other ways to redraw spans of it, from the first to the last that was made.
        accepted: ids of what needed attention (`core.quality.gate.Attention`) and is good enough.
    """

    id: ClipId
    media: MediaId
    source: FrameRange
    start: int
    name: str = ""
    is_enabled: bool = True
    link: LinkId | None = None
    overrides: tuple[Override, ...] = ()
    masks: tuple[MaskLayer, ...] = ()
    curves: tuple[Curve, ...] = ()
    takes: tuple[SpanTake, ...] = ()
    accepted: tuple[str, ...] = ()

    @property
    def stop(self) -> int:
        """The frame after the last on the sequence."""
        return self.start + self.source.stop - self.source.start

    @property
    def placed(self) -> FrameRange:
        """Frames of the sequence that the clip covers."""
        return FrameRange(self.start, self.stop)

    def source_at(self, frame: int) -> int:
        """The grid frame of the medium at `frame` of the sequence."""
        return self.source.start + frame - self.start


class Dissolve(Node, frozen=True, kw_only=True):
    """A cross-fade over a cut: `before` frames of it before the cut, `after` behind it.

    Both clips give media beyond their edges (handles) for it.
    """

    id: DissolveId
    left: ClipId
    right: ClipId
    before: int
    after: int


class FaceChoice(Node, frozen=True, kw_only=True):
    """Which face track of a medium a speech lane drives."""

    media: MediaId
    face: int


class SpeechLane(Node, frozen=True, kw_only=True):
    """Makes an audio track drive lips: of the chosen faces, else of each medium's main speaker."""

    faces: tuple[FaceChoice, ...] = ()
    offset_ms: int = 0  # positive: the mouth moves later

    def face_of(self, media: MediaId) -> int:
        """Face track that is driven in `media`; 0 is the main speaker."""
        return next((choice.face for choice in self.faces if choice.media == media), 0)


class Track(Node, frozen=True, kw_only=True):
    """Clips of one kind, ordered by start, never overlapping.

    Attributes:
        id: "t1", ...
        kind: picture or sound.
        name: "V1", "A1", ...
        clips: in order.
        dissolves: in the order of their cuts.
        is_muted: not heard (audio) or not seen (video).
        is_solo: where any track of the kind is solo, only those are heard or seen.
        is_locked: refuses edits.
        is_hidden: folded away in the timeline.
        speech: set where the track drives lips.
    """

    id: TrackId
    kind: TrackKind
    name: str = ""
    clips: tuple[Clip, ...] = ()
    dissolves: tuple[Dissolve, ...] = ()
    is_muted: bool = False
    is_solo: bool = False
    is_locked: bool = False
    is_hidden: bool = False
    speech: SpeechLane | None = None

    @property
    def stop(self) -> int:
        """The frame after the last clip."""
        return self.clips[-1].stop if self.clips else 0


class Marker(Node, frozen=True, kw_only=True):
    """A named frame (a range of one) or a named range of a sequence."""

    id: MarkerId
    frames: FrameRange
    name: str = ""
    color: str = "green"
    note: str = ""


class Sequence(Node, frozen=True, kw_only=True):
    """One cut: tracks on a grid.

    Attributes:
        id: "s1", ...
        name: shown to people.
        rate: the grid.
        width: px of the picture.
        height: px of the picture.
        audio_hz: samples a second of the mix.
        tracks: video from the lowest to the top one, then audio from the first.
        markers: ordered by start.
        work_area: what is rendered or looped; None is everything.
        first_label: frame 0 shows the time code label of this frame.
        is_drop: labels are drop-frame.
    """

    id: SequenceId
    name: str
    rate: FrameRate
    width: int
    height: int
    audio_hz: int = 48_000
    tracks: tuple[Track, ...] = ()
    markers: tuple[Marker, ...] = ()
    work_area: FrameRange | None = None
    first_label: int = 0
    is_drop: bool = False

    @property
    def stop(self) -> int:
        """The frame after the last clip of all tracks."""
        return max((track.stop for track in self.tracks), default=0)


class Project(Node, frozen=True, kw_only=True):
    """Everything that is saved.

    Attributes:
        schema: form of the saved document; above `SCHEMA` where a newer program saved it.
        next_id: number of the next new part; every id is a letter and a smaller number.
        media: the media bin, in its order.
        sequences: the cuts.
        settings: of every clip that has none of its own.
        ballots: what people preferred in blind trials, from the first to the last.
    """

    # a factory's value is always saved: later defaults must not change old projects
    schema: int = msgspec.field(default_factory=lambda: SCHEMA)
    next_id: int = 1
    media: tuple[MediaItem, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    settings: RenderSettings = msgspec.field(default_factory=RenderSettings)
    ballots: tuple[Ballot, ...] = ()

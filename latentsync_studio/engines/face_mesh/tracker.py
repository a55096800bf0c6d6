"""Follows every face through a clip, one frame a step, with a state that can be stored.

A raw track is broken whenever there is doubt (the face was lost, looks different at once, or two
regions ended up on one face): an id never moves from one person to another. Which raw tracks are
the same person is decided after the pass, see `core.face.people`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.face.landmarks import NOSE_BRIDGE
from latentsync_studio.engines.face_mesh.cuts import CutDetector, CutState
from latentsync_studio.engines.face_mesh.looks import distance, skin_colours
from latentsync_studio.engines.face_mesh.mesh import roi_from_landmarks
from latentsync_studio.engines.face_mesh.probe import FaceProbe, covers, same_place
from latentsync_studio.engines.face_mesh.search import Search, SearchState

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.engines.face_mesh.probe import Sight

MAX_FACES = 6
MAX_GROWTH = 1.35  # of a face within a frame
STILL = 0.15  # eye distances a face may move if a doubtful cut is to be none
LOOK_STEP = 0.45  # change of the look within a frame that asks for a second opinion
LOOK_OTHER = 0.95  # distance from the usual look at which it is somebody else
USUAL_RATE = 0.05  # how fast the usual look follows
CHECK_EVERY = 12  # frames between second opinions on a followed face
FIRST_CHECK = 3
MAX_DOUBTS = 2  # second opinions in a row that may fail


@dataclass(frozen=True, slots=True)
class TrackedFace:
    """One face of one frame.

    Attributes:
        raw_id: id of the raw track.
        landmarks: (478, 3) f32 display pixels.
        look: (200,) f32, see `looks`.
        colours: (66, 3) u8 skin of the lower face.
    """

    raw_id: int
    landmarks: F32
    look: F32
    colours: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FrameFaces:
    """What one frame shows: whether it begins a shot, and its faces by raw id."""

    cut: bool
    faces: tuple[TrackedFace, ...]


class _Track(msgspec.Struct):
    """A followed face; arrays as bytes, so that the state can be stored as it is."""

    raw_id: int
    landmarks: bytes
    size: float
    last: bytes
    usual: bytes
    check_at: int
    doubts: int = 0


class _State(msgspec.Struct):
    frame: int
    next_id: int
    tracks: list[_Track]
    cuts: CutState
    search: SearchState


class FaceTracker:
    """Owns both networks, so one thread may use it. Frames are stepped in order."""

    def __init__(self) -> None:
        self._probe = FaceProbe()
        self._cuts = CutDetector()
        self._search = Search(self._probe)
        self._tracks: list[_Track] = []
        self._next_id = 0
        self._frame = 0

    @property
    def mesh_calls(self) -> int:
        """How often the mesh network ran since this tracker was made."""
        return self._probe.mesh_calls

    def state(self) -> bytes:
        """All that the next frame depends on."""
        return msgspec.msgpack.encode(
            _State(self._frame, self._next_id, self._tracks, self._cuts.state, self._search.state)
        )

    def restore(self, state: bytes) -> None:
        """Go on from `state`; the next results are the same, bit for bit."""
        found = msgspec.msgpack.decode(state, type=decodable(_State))
        self._frame, self._next_id, self._tracks = found.frame, found.next_id, found.tracks
        self._cuts.state, self._search.state = found.cuts, found.search

    def step(self, picture: Picture) -> FrameFaces:
        """Measure the next frame."""
        before = self._tracks
        maybe_cut = self._cuts.step(picture)
        seen = [(track, self._followed(picture, track, maybe_cut)) for track in before]
        pairs = [(track, sight) for track, sight in seen if sight is not None]
        cut = maybe_cut and not (pairs and all(_still(*pair) for pair in pairs))
        if cut:
            pairs = []
            self._search.forget()
        pairs = _without_doubles(pairs)
        if not cut:
            kept = {track.raw_id for track, _ in pairs}
            for track in before:
                if track.raw_id not in kept:
                    self._search.lose(roi_from_landmarks(_points(track)), self._frame)
        tracks = [self._updated(track, sight) for track, sight in pairs]
        sights = [sight for _, sight in pairs]
        for sight in self._new_faces(picture, sights, cut):
            tracks.append(self._begun(sight))
            sights.append(sight)
        self._tracks = tracks
        self._frame += 1
        faces = [
            TrackedFace(t.raw_id, s.landmarks, s.look, skin_colours(s.measured))
            for t, s in zip(tracks, sights, strict=True)
        ]
        return FrameFaces(cut, tuple(faces))

    def _followed(self, picture: Picture, track: _Track, maybe_cut: bool) -> Sight | None:
        """The track's face in this frame; None where it is lost or in doubt."""
        sight = self._probe.measure(picture, roi_from_landmarks(_points(track)))
        if sight is not None and _continues(track, sight):
            if self._frame < track.check_at:
                return sight
            if self._probe.confirm(picture, sight):
                track.doubts, track.check_at = 0, self._frame + CHECK_EVERY
                return sight
            track.doubts += 1
            return sight if track.doubts <= MAX_DOUBTS else None
        return None if maybe_cut else self._found_again(picture, track)

    def _found_again(self, picture: Picture, track: _Track) -> Sight | None:
        """Second opinion: the detector finds a face near by that still looks the same."""
        for detection in self._probe.near(picture, roi_from_landmarks(_points(track))):
            sight = self._probe.acquire(picture, detection)
            if sight is not None and _distance(sight, track.usual) < LOOK_OTHER:
                return sight
        return None

    def _new_faces(self, picture: Picture, known: list[Sight], cut: bool) -> list[Sight]:
        """Faces that nobody follows yet, largest first."""
        found = self._search.candidates(picture, self._frame, len(known), cut)
        new: list[Sight] = []
        for detection in sorted(found, key=lambda one: -one.side):
            if len(known) + len(new) >= MAX_FACES:
                break
            if any(covers(detection, one.landmarks) for one in [*known, *new]):
                continue
            sight = self._probe.acquire(picture, detection)
            if sight is not None and not any(
                same_place(sight.landmarks, one.landmarks) for one in [*known, *new]
            ):
                new.append(sight)
        return new

    def _begun(self, sight: Sight) -> _Track:
        raw_id, self._next_id = self._next_id, self._next_id + 1
        look = sight.look.tobytes()
        points = sight.landmarks.tobytes()
        return _Track(raw_id, points, sight.size, look, look, self._frame + FIRST_CHECK)

    def _updated(self, track: _Track, sight: Sight) -> _Track:
        usual = np.frombuffer(track.usual, np.float32)
        if _distance(sight, track.usual) > LOOK_OTHER:
            return self._begun(sight)
        track.usual = (usual + np.float32(USUAL_RATE) * (sight.look - usual)).tobytes()
        track.last = sight.look.tobytes()
        track.landmarks, track.size = sight.landmarks.tobytes(), sight.size
        return track


def _points(track: _Track) -> F32:
    return np.frombuffer(track.landmarks, np.float32).reshape(478, 3)


def _distance(sight: Sight, look: bytes) -> float:
    return distance(sight.look, np.frombuffer(look, np.float32))


def _continues(track: _Track, sight: Sight) -> bool:
    """Whether a measurement follows from the last one without doubt."""
    growth = sight.size / max(track.size, 1e-6)
    return 1 / MAX_GROWTH < growth < MAX_GROWTH and _distance(sight, track.last) < LOOK_STEP


def _still(track: _Track, sight: Sight) -> bool:
    """Whether a face went on as if nothing had happened, whatever the rest of the picture did."""
    moved = sight.landmarks[NOSE_BRIDGE, :2] - _points(track)[NOSE_BRIDGE, :2]
    return float(np.hypot(*moved)) < STILL * sight.size and _continues(track, sight)


def _without_doubles(pairs: list[tuple[_Track, Sight]]) -> list[tuple[_Track, Sight]]:
    """Where two tracks are on one face, keep the one that it looks like."""
    kept: list[tuple[_Track, Sight]] = []
    for pair in sorted(pairs, key=lambda p: (_distance(p[1], p[0].usual), p[0].raw_id)):
        if not any(same_place(pair[1].landmarks, other.landmarks) for _, other in kept):
            kept.append(pair)
    return sorted(kept, key=lambda p: p[0].raw_id)

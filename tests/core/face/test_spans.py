import numpy as np

from latentsync_studio.core.face.landmarks import OUT_RING
from latentsync_studio.core.face.spans import passed_through
from latentsync_studio.core.face.track import FaceTrack, Reason
from latentsync_studio.core.ranges import FrameRange

N = 12


def track(reason, **changes):
    reason = np.array(reason, np.uint8)
    plain = {
        "landmarks": np.full((N, 478, 3), 50, np.float32),
        "present": np.ones(N, bool),
        "shot": np.zeros(N, np.int32),
        "angles": np.zeros((N, 3), np.float32),
        "eye_distance": np.full(N, 100, np.float32),
        "occlusion": np.zeros(N, np.float32),
        "usable": (reason == 0).astype(np.float32),
        "reason": reason,
    }
    return FaceTrack(id=0, **{**plain, **changes})


def spans(face, source=None, size=(100, 100)):
    source = np.arange(N) if source is None else source
    return [(s.frames, s.reason, s.text) for s in passed_through(face, size, source)]


def test_frames_that_are_redrawn_are_not_mentioned():
    assert spans(track([0] * N)) == []


def test_a_span_tells_the_worst_number_of_its_frames():
    angles = np.zeros((N, 3), np.float32)
    angles[3:6, 0] = [-51, -66, -52]
    face = track([0, 0, 0, 3, 3, 3, 0, 0, 0, 1, 1, 1], angles=angles)
    assert spans(face) == [
        (FrameRange(3, 6), Reason.PROFILE, "head turned by 66 degrees, maximum 50"),
        (FrameRange(9, 12), Reason.NO_FACE, "no face was found"),
    ]


def test_spans_are_in_frames_of_the_output_when_the_clip_is_mapped():
    face = track([0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0], occlusion=np.full(N, 0.5, np.float32))
    bounced = np.array([2, 3, 4, 5, 4, 3, 2])
    assert [s[0] for s in spans(face, bounced)] == [FrameRange(1, 3), FrameRange(4, 6)]


def test_a_mouth_outside_is_measured_in_pixels():
    points = np.full((N, 478, 3), 50, np.float32)
    points[4, OUT_RING[0], 1] = 117
    face = track([0] * 4 + [6] * 2 + [0] * 6, landmarks=points)
    assert spans(face)[0][2] == "the mouth leaves the picture by 17 px"


def test_a_medium_without_anybody_is_one_span():
    assert spans(None) == [(FrameRange(0, N), Reason.NO_FACE, "no face was found")]
    assert passed_through(None, (8, 8), np.zeros(0, np.int32)) == ()

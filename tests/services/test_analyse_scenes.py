"""What the analysis says of nobody, two people, cuts, covered and turned faces."""

import cv2
import numpy as np
import pytest

from latentsync_studio.core.face.landmarks import NOSE_BRIDGE
from latentsync_studio.core.face.spans import passed_through
from latentsync_studio.core.face.track import Reason
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.engines.face_mesh.stills import landmarks_of
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.analyse import analyse_faces
from latentsync_studio.storage.store import Store
from tests.fakes.face_scenes import SAMPLE, Film, background, heads, pasted, turned

CANVAS = background()


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store", 10**9) as opened:
        yield opened


def analysed(pictures, store):
    return analyse_faces(Film(pictures), "cd" * 20, store, CallbackProgress())


def reasons(seen, number=0):
    analysis = seen.analysis
    frames = np.arange(analysis.n_frames)
    spans = passed_through(analysis.tracks[number], (analysis.width, analysis.height), frames)
    return [(s.reason, s.frames.start, s.frames.stop) for s in spans]


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.integers(0, 255, (360, 640, 3)),
        lambda rng: np.zeros((8, 8, 3)),
        lambda rng: np.full((1, 1, 3), 255),
    ],
    ids=["noise", "8x8", "1x1"],
)
def test_a_film_without_a_face_is_analysed_without_an_error(draw, store):
    rng = np.random.default_rng(0)
    seen = analysed([draw(rng).astype(np.uint8) for _ in range(5)], store)
    assert seen.analysis.tracks == ()
    assert seen.raw_ids == {}


def test_a_single_frame_is_enough(store):
    seen = analysed([pasted(CANVAS, heads(SAMPLE, 1, 120)[0], 300, 180)], store)
    assert seen.analysis.tracks[0].usable.tolist() == [1.0]


def test_a_small_face_is_measured_and_the_reason_given_with_numbers(store):
    small = heads(SAMPLE, 6, 27)
    seen = analysed([pasted(CANVAS, head, 400, 200) for head in small], store)
    frames = np.arange(6)
    spans = passed_through(seen.analysis.tracks[0], (640, 360), frames)
    assert [s.reason for s in spans] == [Reason.TOO_SMALL]
    assert abs(spans[0].numbers["face_px"] - 27) <= 3
    assert spans[0].text.endswith("minimum 31")


@pytest.mark.slow
def test_a_hand_over_the_mouth_is_named_and_the_person_stays_one(store):
    pictures = [pasted(CANVAS, head, 320, 180) for head in heads(SAMPLE, 50, 160)]
    for picture in pictures[15:30]:
        cv2.ellipse(picture, (320, 225), (60, 40), 0, 0, 360, (60, 90, 200), -1)
    seen = analysed(pictures, store)
    assert len(seen.analysis.tracks) == 1
    (reason, start, stop) = reasons(seen)[0]
    assert reason is Reason.OCCLUDED
    assert abs(start - 15) <= 1
    assert abs(stop - 30) <= 1


@pytest.mark.slow
def test_a_face_that_leaves_is_out_of_the_picture_then_not_found(store):
    head = heads(SAMPLE, 40, 160)
    pictures = [pasted(CANVAS, h, 320, 180 + 8 * max(0, k - 5)) for k, h in enumerate(head)]
    found = [reason for reason, _, _ in reasons(analysed(pictures, store))]
    assert found == [Reason.OUT_OF_PICTURE, Reason.NO_FACE]


@pytest.mark.slow
def test_a_head_that_turns_into_profile_fades_and_comes_back(store):
    still = pasted(CANVAS, heads(SAMPLE, 1, 200)[0], 320, 180)
    points = landmarks_of(still)
    turning = [turned(still, points, yaw) for yaw in np.linspace(0, 80, 20)]
    seen = analysed([*turning, *reversed(turning)], store)
    track = seen.analysis.tracks[0]
    assert track.usable[:5].min() == track.usable[-4:].min() == 1
    assert track.usable[18:22].max() < 0.5
    there = np.flatnonzero(track.present[:20])[:-1]  # the last one before the loss may be off
    assert (np.diff(track.angles[there, 0]) > -3).all()


@pytest.mark.slow
def test_two_people_who_cross_keep_their_identities(shared_clips, store):
    n = 72
    his = heads(shared_clips / "demo2_video.mp4", n, 160)
    hers = heads(shared_clips / "talker3.mp4", n, 160)
    x = np.linspace(120, 520, n)
    pictures = [
        pasted(pasted(CANVAS, hers[k], 640 - x[k], 195), his[k], x[k], 180) for k in range(n)
    ]
    seen = analysed(pictures, store)
    assert len(seen.analysis.tracks) == 2
    paths = np.stack([x, 640 - x], axis=1)
    for number, track in enumerate(seen.analysis.tracks):
        there = np.flatnonzero(track.present)
        away = np.abs(track.landmarks[there, NOSE_BRIDGE, 0][:, None] - paths[there])
        apart = np.abs(paths[there, 0] - paths[there, 1]) > 60
        assert (away[apart].argmin(axis=1) == number).all()
    assert seen.analysis.tracks[0].present.all()
    hidden = ~seen.analysis.tracks[1].present
    assert hidden.any()
    assert (seen.analysis.tracks[1].reason[hidden] == Reason.OTHER_PERSON).all()


@pytest.mark.slow
def test_a_person_is_known_again_after_a_cut_to_somebody_else(shared_clips, store):
    his = heads(shared_clips / "demo2_video.mp4", 60, 160)
    hers = heads(shared_clips / "talker3.mp4", 60, 160)
    other = background(seed=3)
    pictures = [
        pasted(other, hers[k], 400, 180) if 20 <= k < 40 else pasted(CANVAS, his[k], 240, 180)
        for k in range(60)
    ]
    seen = analysed(pictures, store)
    assert seen.cuts == (20, 40)
    assert [int(t.present.sum()) for t in seen.analysis.tracks] == [40, 20]
    assert (Reason.OTHER_PERSON, 20, 40) in reasons(seen)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "cuts"), [("demo1_video", ()), ("demo2_video", (432,)), ("talker3", ())]
)
def test_real_clips_have_one_person_in_every_frame(shared_clips, store, name, cuts):
    with FrameReader(shared_clips / f"{name}.mp4") as reader:
        seen = analyse_faces(reader, "ef" * 20, store, CallbackProgress())
    assert seen.cuts == cuts
    assert len(seen.analysis.tracks) == 1
    track = seen.analysis.tracks[0]
    assert track.present.all()
    assert track.usable.min() > 0.99
    assert track.occlusion.max() < 0.26
    trembling = np.diff(track.landmarks[:, NOSE_BRIDGE, :2], n=2, axis=0) / 4
    assert np.median(np.abs(trembling)) < 0.01 * np.median(track.eye_distance)

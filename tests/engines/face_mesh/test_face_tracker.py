import numpy as np
import pytest

from latentsync_studio.engines.face_mesh.stills import picture_of
from latentsync_studio.engines.face_mesh.tracker import FaceTracker
from tests.fakes.face_scenes import SAMPLE, background, heads, pasted


@pytest.fixture(scope="module")
def moving():
    canvas = background()
    return [
        picture_of(pasted(canvas, head, 200 + 5 * k, 180), k)
        for k, head in enumerate(heads(SAMPLE, 30, 120))
    ]


def followed(tracker, pictures):
    return [tracker.step(picture) for picture in pictures]


def alike(one, other):
    return (one.cut, [f.raw_id for f in one.faces]) == (
        other.cut,
        [f.raw_id for f in other.faces],
    ) and all(
        np.array_equal(a.landmarks, b.landmarks) and np.array_equal(a.look, b.look)
        for a, b in zip(one.faces, other.faces, strict=True)
    )


def test_one_face_is_one_track_and_costs_about_one_mesh_a_frame(moving):
    tracker = FaceTracker()
    seen = followed(tracker, moving)
    assert [[f.raw_id for f in one.faces] for one in seen] == [[0]] * 30
    assert not any(one.cut for one in seen)
    assert tracker.mesh_calls <= 30 + 6


@pytest.mark.parametrize("at", [1, 13, 29])
def test_a_restored_tracker_goes_on_bit_for_bit(moving, at):
    whole = FaceTracker()
    expected = followed(whole, moving)
    first, second = FaceTracker(), FaceTracker()
    followed(first, moving[:at])
    second.restore(first.state())
    rest = followed(second, moving[at:])
    assert all(alike(a, b) for a, b in zip(rest, expected[at:], strict=True))
    assert second.state() == whole.state()


def test_a_jump_further_than_the_face_is_caught_up_within_some_frames(moving):
    head = heads(SAMPLE, 1, 120)[0]
    far = [picture_of(pasted(background(), head, 540, 180), k) for k in range(4)]
    tracker = FaceTracker()
    followed(tracker, moving[:2])
    seen = followed(tracker, far)
    assert abs(seen[-1].faces[0].landmarks[168, 0] - 540) < 20


@pytest.mark.parametrize("kind", ["noise", "blots", "black"])
def test_pictures_without_a_face_have_none(kind):
    rng = np.random.default_rng(1)
    draw = {
        "noise": lambda k: rng.integers(0, 255, (360, 640, 3)).astype(np.uint8),
        "blots": lambda k: np.roll(background(), 5 * k, axis=1),
        "black": lambda k: np.zeros((360, 640, 3), np.uint8),
    }[kind]
    tracker = FaceTracker()
    assert not any(tracker.step(picture_of(draw(k), k)).faces for k in range(8))


def test_a_face_that_ends_is_dropped(moving):
    tracker = FaceTracker()
    followed(tracker, moving[:5])
    gone = [tracker.step(picture_of(background(), k)) for k in range(5, 10)]
    assert gone[-1].faces == ()


def test_folded_hands_are_not_followed(shared_clips):
    from latentsync_studio.media.reader import FrameReader

    with FrameReader(shared_clips / "demo2_video.mp4") as reader:
        tracker = FaceTracker()
        seen = [tracker.step(picture) for picture in reader.frames(0, 15)]
    assert all(len(one.faces) == 1 for one in seen)
    assert all(one.faces[0].landmarks[:, 1].mean() < 800 for one in seen)

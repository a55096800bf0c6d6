import numpy as np

from latentsync_studio.core.face.landmarks import LOWER_SKIN, LOWER_SKIN_SIDE
from latentsync_studio.core.face.occlusion import reference, share_unlike, shot_reference

P = len(LOWER_SKIN)
SKIN = np.array([200, 150, 110], np.float32)


def frames(n, seed=0):
    rng = np.random.default_rng(seed)
    return (SKIN + rng.uniform(-15, 15, (n, P, 3))).astype(np.float32)


def front(n):
    return np.zeros(n, np.float32)


def test_the_same_skin_is_familiar_in_any_light():
    usual = reference(frames(20))
    for light in (0.4, 1.0, 1.25):
        assert share_unlike(frames(3, 5) * light, usual, front(3)).max() == 0


def test_a_covered_half_is_counted_as_half():
    usual = reference(frames(20))
    covered = frames(1, 3)
    covered[:, LOWER_SKIN_SIDE > 0] = (40, 60, 200)
    share = share_unlike(covered, usual, front(1))[0]
    assert abs(share - (LOWER_SKIN_SIDE > 0).mean()) < 0.05


def test_the_far_side_of_a_turned_head_does_not_count():
    usual = reference(frames(20))
    turned = frames(1, 3)
    turned[:, LOWER_SKIN_SIDE < 0] = (90, 90, 90)
    left = np.array([45], np.float32)
    assert share_unlike(turned, usual, left)[0] < 0.1
    assert share_unlike(turned, usual, -left)[0] > 0.8


def test_a_black_frame_is_not_a_face():
    usual = reference(frames(20))
    assert share_unlike(np.zeros((1, P, 3), np.float32), usual, front(1))[0] == 1


def test_a_shot_in_other_light_is_its_own_reference_but_a_covered_one_is_not():
    person = reference(frames(20))
    warm = reference(frames(20, 7) * np.array([1.1, 1.0, 0.9], np.float32))
    masked = frames(20, 8)
    masked[:, : P // 2] = (250, 250, 250)
    assert shot_reference(person, warm) is warm
    assert shot_reference(person, reference(masked)) is person

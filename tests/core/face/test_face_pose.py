import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.face.landmarks import STABLE, aperture, eye_distance, head_size
from latentsync_studio.core.face.pose import REFERENCE, angles, head_pose, similarity


def rotation(yaw, pitch, roll):
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    about_x = [[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]]
    about_z = [[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]]
    return np.array(about_z) @ np.array(about_y) @ np.array(about_x)


@given(
    st.floats(-70, 70), st.floats(-60, 60), st.floats(-80, 80),
    st.floats(20, 400), st.floats(-500, 500),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_turned_head_gives_back_its_angles_size_and_place(yaw, pitch, roll, scale, x):
    turn = rotation(yaw, pitch, roll)
    landmarks = np.zeros((1, 478, 3), np.float32)
    landmarks[0, STABLE] = scale * REFERENCE @ turn.T + [x, 2 * x, 0]
    pose = head_pose(landmarks)
    np.testing.assert_allclose(angles(pose.rotation)[0], [yaw, pitch, roll], atol=0.05)
    np.testing.assert_allclose(pose.scale, scale, rtol=1e-4)
    np.testing.assert_allclose(pose.translation[0], [x, 2 * x, 0], atol=0.05)
    assert pose.residual[0] < 1e-3


def test_a_nose_to_the_left_of_the_picture_is_positive_yaw():
    turned = REFERENCE @ rotation(30, 0, 0).T
    nose_tip = turned[7]
    assert nose_tip[0] < -0.1


def test_frames_without_a_face_stay_without_a_pose():
    points = np.stack([REFERENCE, np.full_like(REFERENCE, np.nan)])
    pose = similarity(REFERENCE, points)
    assert np.isfinite(pose.scale[0])
    assert np.isnan(pose.scale[1])
    assert np.isnan(pose.rotation[1]).all()


def test_a_mirrored_head_is_not_taken_for_a_turned_one():
    pose = similarity(REFERENCE, (REFERENCE * [1, 1, -1])[None])
    assert np.linalg.det(pose.rotation[0]) > 0.99
    assert pose.residual[0] > 0.1


def face():
    landmarks = np.zeros((478, 3), np.float64)
    landmarks[[33, 263], 0] = [-50, 50]
    landmarks[[82, 13, 312, 81, 311], 1] = 60
    landmarks[[87, 14, 317, 178, 402], 1] = 80
    return landmarks


def test_aperture_is_the_gap_over_the_eye_distance_whatever_the_roll():
    landmarks = face()
    assert aperture(landmarks.astype(np.float32)) == 0.2
    rolled = (landmarks @ rotation(0, 0, 40).T).astype(np.float32)
    np.testing.assert_allclose(aperture(rolled), 0.2, rtol=1e-5)


def test_lips_that_overlap_count_as_shut():
    landmarks = face()
    landmarks[[87, 14, 317, 178, 402], 1] = 55
    assert aperture(landmarks.astype(np.float32)) == 0.0


def test_a_turned_head_keeps_its_size_while_its_eyes_come_closer_in_the_picture():
    turned = (face() @ rotation(60, 0, 0).T).astype(np.float32)
    np.testing.assert_allclose(head_size(turned), 100, rtol=1e-5)
    np.testing.assert_allclose(eye_distance(turned), 50, rtol=1e-5)

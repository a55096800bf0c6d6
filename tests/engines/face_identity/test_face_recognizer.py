"""OpenCV's recognizer with a network of random weights: what it sees, and what it refuses."""

import cv2
import numpy as np
import pytest

from latentsync_studio.core.face.landmarks import N_LANDMARKS
from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.face_identity.recognizer import (
    FaceRecognizer,
    five_points,
    likeness,
    own_likeness,
)
from tests.engines.face_identity.onnx_files import write_recognizer

# where the recognizer puts the five points in its 112 px
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
     [70.7299, 92.2041]]
)  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("ein Modell ü") / "face.onnx"
    return path, write_recognizer(path)


@pytest.fixture(scope="module")
def noise():
    picture = np.random.default_rng(1).integers(0, 255, (112, 112, 3), np.uint8)
    return cv2.GaussianBlur(picture, (0, 0), 3)


def test_a_face_that_stands_as_the_template_goes_through_as_it_is(model, noise):
    path, weights = model
    found = FaceRecognizer(path).direction(noise, TEMPLATE + 0.5)
    pooled = noise.astype(np.float32).reshape(7, 16, 7, 16, 3).mean(axis=(1, 3))
    expected = pooled.transpose(2, 0, 1).ravel() @ weights  # the network sees RGB
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=2e-3)


def test_a_face_that_is_turned_moved_and_larger_gives_the_same_direction(model, noise):
    recognizer = FaceRecognizer(model[0])
    turn = cv2.getRotationMatrix2D((56, 56), 25, 2.0)
    turn[:, 2] += (110, 115)
    moved = cv2.warpAffine(noise, turn, (340, 340), flags=cv2.INTER_CUBIC)
    points = TEMPLATE @ turn[:, :2].T + turn[:, 2] + 0.5
    one, two = recognizer.direction(noise, TEMPLATE + 0.5), recognizer.direction(moved, points)
    assert likeness(one, two) > 0.999
    off = recognizer.direction(moved, points + np.array([30, 0]))
    assert likeness(one, off) < likeness(one, two)


def test_points_of_the_mesh_are_the_persons_right_ones_first():
    landmarks = np.arange(N_LANDMARKS * 3, dtype=np.float32).reshape(-1, 3)
    points = five_points(landmarks)
    assert points[0] == pytest.approx(landmarks[[33, 133], :2].mean(axis=0))
    assert points[1] == pytest.approx(landmarks[[362, 263], :2].mean(axis=0))
    assert points[2:] == pytest.approx(landmarks[[4, 61, 291], :2])


def test_a_set_of_directions_is_compared_with_itself():
    eye = np.eye(3, 128, dtype=np.float32)
    assert own_likeness(eye) == pytest.approx(0.0)
    assert own_likeness(np.stack([eye[0]] * 4)) == pytest.approx(1.0)
    assert own_likeness(np.stack([eye[0], eye[0], eye[1]])) == pytest.approx(1 / 3)
    assert np.isnan(own_likeness(eye[:1]))


def test_another_network_and_a_broken_file_are_refused(tmp_path, model):
    write_recognizer(tmp_path / "other.onnx", features=64)
    with pytest.raises(WeightsError, match=r"\(1, 64\) instead of \(1, 128\)"):
        FaceRecognizer(tmp_path / "other.onnx")
    (tmp_path / "cut.onnx").write_bytes(model[0].read_bytes()[:500])
    with pytest.raises(WeightsError, match="cannot be read"):
        FaceRecognizer(tmp_path / "cut.onnx")
    with pytest.raises(WeightsError, match="cannot be read"):
        FaceRecognizer(tmp_path / "none.onnx")

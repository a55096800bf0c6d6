import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.picture import Box
from latentsync_studio.engines.face_mesh.crop import affine_crop, shrunk_part
from latentsync_studio.engines.face_mesh.detector import FaceDetector, tiles
from latentsync_studio.engines.face_mesh.mesh import FaceMesh, Roi, roi_from_landmarks
from latentsync_studio.engines.face_mesh.stills import landmarks_of, picture_of
from tests.fakes.face_scenes import SAMPLE, background, heads, pasted


@pytest.fixture(scope="module")
def detector():
    return FaceDetector()


def scene(width, x=300, y=180, size=(640, 360)):
    return picture_of(pasted(background(size), heads(SAMPLE, 1, width)[0], x, y))


def test_a_large_face_is_found_once_where_it_is(detector):
    found = detector.detect(scene(120))
    assert len(found) == 1
    middle = (found[0].box[:2] + found[0].box[2:]) / 2
    assert np.abs(middle - (300, 180)).max() < 25
    assert found[0].eyes[0, 0] < found[0].eyes[1, 0]


def test_a_face_of_52_px_in_a_large_picture_is_found_by_tiles_only(detector):
    picture = scene(52, 1400, 300, (1920, 1080))
    assert detector.detect(picture) == ()
    found = detector.detect(picture, tiles(1920, 1080))
    best = max(found, key=lambda face: face.score)
    assert np.abs((best.box[:2] + best.box[2:]) / 2 - (1400, 300)).max() < 15


def test_tiles_cover_the_picture_and_stay_inside():
    for width, height in ((1920, 1080), (1080, 1920), (301, 777)):
        seen = np.zeros((height, width), bool)
        for box in tiles(width, height):
            assert box.clipped(width, height) == box
            seen[box.y0 : box.y1, box.x0 : box.x1] = True
        assert seen.all()
    assert tiles(8, 8) == ()


@pytest.mark.parametrize("size", [(8, 8), (1, 1), (3, 200)])
def test_tiny_pictures_are_searched_without_an_error(detector, size):
    picture = picture_of(np.zeros((size[1], size[0], 3), np.uint8))
    assert detector.detect(picture, tiles(*size)) == ()
    assert detector.detect_near(picture, Roi(500.0, 500.0, 40.0, 0.0)) == ()


def test_a_still_without_a_face_is_an_error_with_a_remedy():
    with pytest.raises(InputError, match="No face was found in a picture of 640x360") as caught:
        landmarks_of(background())
    assert caught.value.remedy


def test_landmarks_move_with_the_face_by_the_same_subpixel_amount():
    head = heads(SAMPLE, 1, 150)[0]
    mesh = FaceMesh()
    points = []
    for x in (300.0, 307.25):
        picture = picture_of(pasted(background(), head, x, 180))
        roi = roi_from_landmarks(landmarks_of(pasted(background(), head, 300, 180)))
        shifted = Roi(roi.x + x - 300, roi.y, roi.side, roi.angle)
        points.append(mesh.measure(picture, shifted).landmarks[:468, 0])
    assert abs(float(np.median(points[1] - points[0])) - 7.25) < 0.15


def test_a_mirrored_face_gives_mirrored_landmarks_without_an_offset():
    picture = pasted(background(), heads(SAMPLE, 1, 150)[0], 320, 180)
    plain = landmarks_of(picture)
    mirrored = landmarks_of(np.ascontiguousarray(picture[:, ::-1]))
    ours = (plain[33, 0] + plain[263, 0]) / 2
    theirs = 640 - (mirrored[33, 0] + mirrored[263, 0]) / 2
    assert abs(float(ours - theirs)) < 1.5


@pytest.mark.parametrize("side", [100.0, 400.0])
def test_a_crop_keeps_its_place_at_any_scale(side):
    rows, columns = np.mgrid[:300, :400]
    ramp = np.stack([columns * 0.5, rows * 0.5, columns * 0], axis=-1).astype(np.uint8)
    crop = affine_crop(picture_of(ramp), Roi(200.0, 150.0, side, 0.0).to_crop(), (192, 192))
    middle = crop[95:97, 95:97].reshape(-1, 3).astype(float).mean(axis=0)
    assert abs(middle[0] - 0.5 * 199.5) < 1
    assert abs(middle[1] - 0.5 * 149.5) < 1


def test_a_shrunk_part_is_the_mean_of_its_pixels():
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    part = shrunk_part(picture_of(rgb), Box(x0=16, y0=8, x1=48, y1=40), (4, 4))
    expected = rgb[8:40, 16:48].reshape(4, 8, 4, 8, 3).mean(axis=(1, 3))
    assert np.abs(part - expected).max() <= 1

import numpy as np
import pytest

from latentsync_studio.core.mask.strokes import Ellipse, Polygon
from latentsync_studio.core.mask.tiles import Canvas
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.face_space import (
    FaceMap,
    canvas_to_face,
    canvas_to_frame,
    warp_to_face,
    warp_to_frame,
)
from latentsync_studio.imaging.mask_raster import shape_coverage
from tests.imaging.turned_heads import Head, iou

SIDE = 420
WHOLE = Box(x0=0, y0=0, x1=SIDE, y1=SIDE)
TURNS = [(-30, -15, 4), (-15, 15, -8), (15, -15, -8), (30, 15, 4)]
MARKS = {
    "mouth": Ellipse(x=210, y=251, radius_x=48, radius_y=26),
    "half of the mouth": Polygon(points=((210, 215), (262, 215), (262, 290), (210, 290))),
    "chin": Ellipse(x=210, y=284, radius_x=42, radius_y=17),
    "cheek": Ellipse(x=160, y=225, radius_x=22, radius_y=28),
}


@pytest.fixture(scope="module")
def head():
    return Head()


def painted(shape):
    box, coverage = shape_coverage(shape, (SIDE, SIDE))
    return Canvas(SIDE, SIDE).blend(box, coverage, "union")


@pytest.mark.parametrize("seed", [0, 3])
def test_masks_ride_with_a_turning_head_as_marks_on_its_skin_do(seed):
    head = Head(seed)
    skin = head.skin()
    for name, shape in MARKS.items():
        mark = painted(shape).read() > 127
        raster = canvas_to_face(painted(shape), head.landmarks()).read()
        found = [
            iou(
                warp_to_frame(raster, head.landmarks(*turn), WHOLE) > 0.5,
                head.mark_after(mark, skin, turn),
            )
            for turn in TURNS
        ]
        assert np.mean(found) >= 0.9, (name, found)


@pytest.mark.parametrize("turn", [(0, 0, 0), (20, -10, 15)])
def test_a_mask_that_changes_its_space_looks_as_before(head, turn):
    landmarks = head.landmarks(*turn)
    for shape in MARKS.values():
        before = painted(shape)
        after = canvas_to_frame(canvas_to_face(before, landmarks), landmarks, (SIDE, SIDE))
        assert iou(before.read() > 127, after.read() > 127) > 0.96


def test_a_mask_beside_the_face_keeps_its_look_and_moves_with_the_head(head):
    neck = painted(Ellipse(x=210, y=345, radius_x=40, radius_y=20))
    raster = canvas_to_face(neck, head.landmarks())
    again = canvas_to_frame(raster, head.landmarks(), (SIDE, SIDE))
    assert iou(neck.read() > 127, again.read() > 127) > 0.96
    rolled = canvas_to_frame(raster, head.landmarks(0, 0, 20), (SIDE, SIDE))
    x, y = np.argwhere(rolled.read() > 127).mean(axis=0)[::-1]
    down = 345 - head.middle[1]
    assert (x, y) == pytest.approx(
        (210 - down * np.sin(np.radians(20)), head.middle[1] + down * np.cos(np.radians(20))),
        abs=4,
    )


def test_a_part_of_a_frame_shows_what_the_whole_frame_does_there(head):
    landmarks = head.landmarks(12, 5)
    raster = canvas_to_face(painted(MARKS["mouth"]), landmarks).read()
    whole = warp_to_frame(raster, landmarks, WHOLE)
    box = Box(x0=151, y0=202, x1=268, y1=291)
    part = warp_to_frame(raster, landmarks, box)
    assert np.abs(part - whole[202:291, 151:268]).max() < 0.06
    beyond = Box(x0=-40, y0=-30, x1=60, y1=70)
    assert warp_to_frame(np.full_like(raster, 255), landmarks, beyond).shape == (100, 100)


def test_one_map_serves_all_layers_and_empty_ones_show_nothing(head):
    seen = FaceMap(head.landmarks(), WHOLE)
    assert not seen.to_frame(np.zeros((1024, 1024), np.uint8)).any()
    full = seen.to_frame(np.full((1024, 1024), 255, np.uint8))
    assert full.dtype == np.float32
    assert full.max() == 1.0
    assert full[100:330, 110:310].min() > 0.99, "the face has no holes"
    far = Box(x0=5000, y0=5000, x1=5010, y1=5010)
    assert not FaceMap(head.landmarks(), far).to_frame(np.full((1024, 1024), 255, np.uint8)).any()


def test_what_a_turned_head_hides_takes_no_paint(head):
    everything = np.full((SIDE, SIDE), 255, np.uint8)
    turned = warp_to_face(everything, WHOLE, head.landmarks(35, 0))
    mirrored = warp_to_face(everything, WHOLE, head.landmarks(-35, 0))
    rows = slice(450, 560)
    assert min(turned[690:740, 450:574].min(), mirrored[690:740, 450:574].min()) > 240
    assert turned[rows, 200:240].mean() != pytest.approx(mirrored[rows, 200:240].mean(), abs=60)
    assert turned[rows, 200:240].mean() == pytest.approx(mirrored[rows, 784:824].mean(), abs=5)


def test_small_faces_get_smooth_masks():
    head = Head(scale=24, side=96)
    stripes = np.zeros((1024, 1024), np.uint8)
    stripes[:, ::2] = 255  # finer than the frame can show
    box = Box(x0=30, y0=30, x1=66, y1=66)
    shown = warp_to_frame(stripes, head.landmarks(), box)
    assert np.abs(shown - 0.5).max() < 0.1

"""What tools draw, where it lies on the canvas, and the colors in which it is shown."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from latentsync_studio.core.mask.strokes import PathPoint
from latentsync_studio.core.picture import Box
from latentsync_studio.ui.masks.gestures import gesture_of
from latentsync_studio.ui.masks.mask_state import Options
from latentsync_studio.ui.masks.overlay import Overlay, color_table, outline_path, paint_ring
from latentsync_studio.ui.masks.placed import place
from latentsync_studio.ui.masks.work import Work
from latentsync_studio.ui.viewer.placing import Area

SIZE = (160, 90)
PLAIN = Options(size=20.0, hardness=1.0, edge=0.0)


def drawn(tool, *places, options=PLAIN, work=None, picture=None):
    """A gesture from the first place to the last, and its work."""
    work = Work.empty(SIZE) if work is None else work
    gesture = gesture_of(tool, work, options, picture)
    points = [PathPoint(x, y, 1.0) for x, y in places]
    gesture.press(points[0])
    for point in points[1:]:
        gesture.move(point)
    gesture.release(points[-1])
    return gesture, work


def test_a_stroke_covers_its_way_and_stays_within_the_box_that_it_tells():
    gesture, work = drawn("brush", (30, 40), (90, 40))
    assert gesture.is_done
    assert work.shown[40, 30:90].min() == 255
    assert work.shown[60].max() == 0
    found = work.finish()
    assert found.mode == "paint"
    assert found.coverage.shape == (found.box.height, found.box.width)
    outside = np.ones(SIZE[::-1], bool)
    outside[found.box.y0 : found.box.y1, found.box.x0 : found.box.x1] = False
    assert not work.shown[outside].any()
    assert work.finish() is None


def test_a_stroke_covers_no_more_than_its_flow_however_often_it_passes():
    soft = Options(size=20.0, hardness=1.0, opacity=0.5)
    _, work = drawn("brush", (30, 40), (90, 40), (30, 40), (90, 40), options=soft)
    assert work.shown.max() == pytest.approx(128, abs=1)


def test_a_stroke_that_is_taken_back_leaves_nothing():
    _, work = drawn("brush", (30, 40), (90, 40))
    work.finish()
    before = work.shown.copy()
    work.mode = "erase"
    drawn("eraser", (50, 40), (70, 40), work=work)
    assert work.shown[40, 60] == 0
    assert work.undo_stroke() is not None
    assert np.array_equal(work.shown, before)


def test_painting_on_an_inverted_layer_is_seen_to_take_away():
    work = Work(np.full(SIZE[::-1], 255, np.uint8), is_inverted=True)
    drawn("brush", (30, 40), (90, 40), work=work)
    assert work.shown[40, 60] == 0
    assert work.shown[80, 60] == 255
    assert work.finish().mode == "paint"


def test_a_stroke_is_seen_up_to_the_pen_and_is_round_however_few_events_told_it():
    turns = np.linspace(0, 1.5 * np.pi, 8)
    few = [(80 + 30 * np.cos(turn), 45 + 30 * np.sin(turn)) for turn in turns]
    turns = np.linspace(0, 1.5 * np.pi, 300)
    many = [(80 + 30 * np.cos(turn), 45 + 30 * np.sin(turn)) for turn in turns]
    _, smooth = drawn("brush", *few)
    _, slow = drawn("brush", *many)
    both = np.minimum(smooth.shown, slow.shown).sum() / np.maximum(smooth.shown, slow.shown).sum()
    assert both > 0.97
    work = Work.empty(SIZE)
    gesture = gesture_of("brush", work, PLAIN, None)
    gesture.press(PathPoint(20, 40))
    for x, y in ((60, 40), (60, 80), (100, 80)):
        box = gesture.move(PathPoint(x, y))
        assert work.shown[y, x] == 255, "the end is not waited for"
    assert box.x0 <= 60 <= box.x1, "what was drawn for now is told when it bends"
    assert np.array_equal(
        work.shown, drawn("brush", (20, 40), (60, 40), (60, 80), (100, 80))[1].shown
    )


def test_a_lasso_is_round_however_few_events_told_it():
    turns = np.linspace(0, 2 * np.pi, 12)
    _, work = drawn("lasso", *((80 + 30 * np.cos(turn), 45 + 30 * np.sin(turn)) for turn in turns))
    y, x = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    disc = np.hypot(x - 80, y - 45) < 30
    painted = work.shown > 127
    assert (painted & disc).sum() / (painted | disc).sum() > 0.97


@pytest.mark.parametrize(
    ("tool", "places", "inside", "outside"),
    [
        ("lasso", ((20, 20), (100, 20), (100, 70), (20, 70)), (60, 45), (120, 45)),
        ("ellipse", ((20, 20), (100, 70)), (60, 45), (22, 22)),
        ("gradient", ((20, 45), (140, 45)), (10, 45), (150, 45)),
    ],
)
def test_shapes_cover_what_they_enclose(tool, places, inside, outside):
    _, work = drawn(tool, *places)
    assert work.shown[inside[1], inside[0]] == 255
    assert work.shown[outside[1], outside[0]] == 0


def test_a_polygon_goes_on_over_clicks_until_its_first_corner_is_clicked_again():
    work = Work.empty(SIZE)
    gesture = gesture_of("polygon", work, PLAIN, None)
    for x, y in ((20, 20), (100, 20), (100, 70), (60, 80)):
        gesture.press(PathPoint(x, y))
        gesture.release(PathPoint(x, y))
    gesture.step_back()
    assert not gesture.is_done
    gesture.press(PathPoint(20, 70))
    gesture.press(PathPoint(21, 21))
    assert gesture.is_done
    assert work.shown[60, 40] == 255
    assert work.shown[78, 60] == 0


def test_a_flood_takes_the_color_that_hangs_together():
    picture = np.zeros((*SIZE[::-1], 3), np.uint8)
    picture[20:60, 20:60] = picture[20:60, 100:140] = (200, 40, 40)
    _, work = drawn("flood", (30, 30), picture=picture)
    assert work.shown[40, 40] == 255
    assert work.shown[40, 120] == 0
    assert gesture_of("flood", work, PLAIN, None) is None


def test_each_view_shows_masked_and_unmasked_px_apart():
    tint = color_table("overlay", "#ff0000", 0.5, "#202020")
    assert tint[0] == 0
    assert tint[255] == 0x80800000
    alpha = color_table("alpha", "#ff0000", 0.5, "#202020")
    assert (alpha[0], alpha[255]) == (0xFF000000, 0xFFFFFFFF)
    cut = color_table("cutout", "#ff0000", 0.5, "#202020")
    assert (cut[0], cut[255]) == (0xFF202020, 0)
    assert not color_table("hidden", "#ff0000", 0.5, "#202020").any()


def test_the_overlay_shows_a_part_as_it_would_show_the_whole(qapp):
    random = np.random.default_rng(0)
    mask = random.integers(0, 255, SIZE[::-1], np.uint8)
    table = color_table("overlay", "#ff3b30", 0.7, "#202020")
    part, whole = Overlay(), Overlay()
    for each in (part, whole):
        each.use_table(table)
        each.show(np.zeros_like(mask))
    box = Box(x0=20, y0=10, x1=60, y1=50)
    changed = np.zeros_like(mask)
    changed[10:50, 20:60] = mask[10:50, 20:60]
    part.update(changed, box)
    whole.show(changed)
    assert np.array_equal(part._pixels, whole._pixels)


def test_a_brush_that_erases_has_a_sign(qapp):
    signs = []
    for erases in (False, True):
        image = QImage(40, 40, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        paint_ring(painter, QPointF(20, 20), 15, 1.0, erases=erases)
        painter.end()
        signs.append(image.pixelColor(20, 20).alpha())
    assert signs[0] == 0
    assert signs[1] > 128


def test_an_outline_goes_around_the_shape(qapp):
    mask = np.zeros(SIZE[::-1], np.uint8)
    mask[20:60, 30:90] = 255
    box = outline_path(mask, QRectF(0, 0, *SIZE)).boundingRect()
    assert (box.left(), box.top(), box.right(), box.bottom()) == (30, 20, 90, 60)


def test_places_go_to_the_picture_and_back_at_any_scale():
    for ratio in (1.0, 2.0):
        placed = place(Area(50, 20, 640, 480), (320, 240), (1920, 1080), 1.0, ratio)
        assert placed.target == QRectF(50, 80, 640, 360)
        device = placed.to_device(480.0, 270.0)
        x, y = placed.to_picture(QPointF(device.x() / ratio, device.y() / ratio))
        assert (x, y) == pytest.approx((480.0, 270.0))
        assert placed.dirty(Box(x0=0, y0=0, x1=1920, y1=1080)).contains(
            QRectF(50 / ratio, 80 / ratio, 640 / ratio, 360 / ratio).toRect()
        )

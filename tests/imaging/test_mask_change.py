import numpy as np
import pytest

from latentsync_studio.core.mask.strokes import Ellipse
from latentsync_studio.core.mask.tiles import Canvas
from latentsync_studio.imaging.mask_change import feathered_canvas, grown_canvas
from latentsync_studio.imaging.mask_raster import shape_coverage


@pytest.fixture(scope="module")
def disc():
    box, drawn = shape_coverage(Ellipse(x=200, y=150, radius_x=40, radius_y=40), (400, 300))
    return Canvas(400, 300).blend(box, drawn, "union")


def radius(canvas):
    return np.sqrt(canvas.read().sum() / 255 / np.pi)


@pytest.mark.parametrize("px", [-20, -3, 4, 30])
def test_edges_move_by_what_was_asked_for(disc, px):
    assert radius(grown_canvas(disc, px)) == pytest.approx(40 + px, abs=1.5)


def test_a_feather_fades_around_the_edge_and_keeps_the_area(disc):
    soft = feathered_canvas(disc, 12)
    assert radius(soft) == pytest.approx(40, abs=1)
    assert soft.read()[150, 240] == pytest.approx(120, abs=20)
    assert soft.read()[150, 200] == 255


def test_what_reaches_the_canvas_edge_stays_there():
    half = np.zeros((300, 400), np.uint8)
    half[:, :100] = 255
    canvas = Canvas.of(half)
    for changed in (feathered_canvas(canvas, 20), grown_canvas(canvas, -20)):
        assert (changed.read()[:, :70] == 255).all()
    assert (grown_canvas(canvas, 20).read()[:, :116] == 255).all()


def test_nothing_stays_nothing(disc):
    empty = Canvas(50, 50)
    assert grown_canvas(empty, 5).is_empty
    assert feathered_canvas(empty, 5).is_empty
    assert grown_canvas(disc, 0) is disc
    assert feathered_canvas(disc, 0) is disc
    assert grown_canvas(disc, -60).is_empty

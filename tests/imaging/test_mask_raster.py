from itertools import pairwise

import numpy as np
import pytest

from latentsync_studio.core.mask.strokes import (
    Brush,
    Dab,
    Ellipse,
    Flood,
    Gradient,
    PathPoint,
    Polygon,
)
from latentsync_studio.core.mask.tiles import Canvas
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.brush_raster import LiveStroke, dab_coverage, stroke_coverage
from latentsync_studio.imaging.mask_raster import flood_coverage, shape_coverage

SIZE = (400, 300)


def area(drawn):
    return drawn[1].sum() / 255


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (Polygon(points=((10.5, 10.25), (50.5, 10.25), (50.5, 40.75), (10.5, 40.75))), 1220),
        (Polygon(points=((10, 10), (110, 30), (40, 90.5))), 3725),
        (Polygon(points=((-50, -50), (100, -50), (100, 60), (-50, 60))), 6000),
        (Polygon(points=((300, 200), (450, 200), (450, 350), (300, 350))), 10000),
        (Ellipse(x=200.3, y=150.1, radius_x=80, radius_y=30, rotation=33), np.pi * 2400),
        (Ellipse(x=200, y=150, radius_x=40, radius_y=40, softness=8), np.pi * 1600),
    ],
)
def test_shapes_cover_their_area_with_smooth_edges(shape, expected):
    assert area(shape_coverage(shape, SIZE)) == pytest.approx(expected, rel=0.01)


def test_an_outline_that_crosses_itself_is_filled_even_odd_in_either_direction():
    star = [(200 + 100 * np.sin(k * 0.8 * np.pi), 150 - 100 * np.cos(k * 0.8 * np.pi))
            for k in range(5)]  # fmt: skip
    box, drawn = shape_coverage(Polygon(points=tuple(star)), SIZE)
    _, mirrored = shape_coverage(Polygon(points=tuple(star[::-1])), SIZE)
    assert np.array_equal(drawn, mirrored)
    assert drawn[150 - box.y0, 200 - box.x0] == 0
    assert drawn[80 - box.y0, 200 - box.x0] == 255


def test_what_lies_beyond_the_canvas_or_is_no_shape_covers_nothing():
    assert shape_coverage(Polygon(points=((0, 0), (5, 5))), SIZE) is None
    assert shape_coverage(Polygon(points=((0, 0), (5, float("nan")), (9, 0))), SIZE) is None
    assert shape_coverage(Polygon(points=((900, 0), (950, 0), (950, 50))), SIZE) is None
    assert shape_coverage(Ellipse(x=1, y=1, radius_x=0, radius_y=5), SIZE) is None
    assert shape_coverage(Ellipse(x=-90, y=1, radius_x=5, radius_y=5), SIZE) is None
    assert shape_coverage(Gradient(start=(5, 5), stop=(5, 5)), SIZE) is None


def test_a_soft_polygon_at_the_canvas_edge_is_as_if_the_canvas_were_larger():
    points = ((-40, 20), (60, 20), (60, 120), (-40, 120))
    moved = tuple((x + 100, y) for x, y in points)
    box, at_edge = shape_coverage(Polygon(points=points, softness=30), SIZE)
    wide_box, wide = shape_coverage(Polygon(points=moved, softness=30), SIZE)
    left = 100 - wide_box.x0
    assert box.x0 == 0
    assert np.abs(wide[:, left:].astype(int) - at_edge).max() <= 1


def test_gradients_fall_from_full_to_nothing():
    box, drawn = shape_coverage(Gradient(start=(100, 0), stop=(300, 0), is_smooth=False), SIZE)
    whole = np.zeros(SIZE[::-1], np.uint8)
    whole[box.y0 : box.y1, box.x0 : box.x1] = drawn
    assert (whole[:, :100] == 255).all()
    assert (whole[:, 301:] == 0).all()
    assert whole[10, 200] == pytest.approx(127, abs=1)
    box, drawn = shape_coverage(Gradient(start=(200, 150), stop=(260, 150), kind="radial"), SIZE)
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((140, 90, 260, 210), abs=5)
    assert drawn[150 - box.y0, 200 - box.x0] == 255


def test_a_flood_takes_what_looks_alike_and_hangs_together():
    picture = np.full((100, 160, 3), (30, 60, 90), np.uint8)
    picture[20:60, 20:60] = (200, 40, 30)
    picture[20:60, 80:120] = (202, 42, 30)
    exact = Flood(x=30.5, y=30.5, softness=0)
    box, drawn = flood_coverage(picture, exact)
    assert box == Box(x0=20, y0=20, x1=60, y1=60)
    assert (drawn == 255).all()
    box, _ = flood_coverage(picture, Flood(x=30.5, y=30.5, softness=0, is_joined=False))
    assert box == Box(x0=20, y0=20, x1=120, y1=60)
    box, drawn = flood_coverage(picture, Flood(x=30.5, y=30.5, softness=4))
    assert box.x0 < 20
    assert 0 < drawn[20, 0] < 255
    assert area(flood_coverage(picture, Flood(x=1, y=1, tolerance=100))) > 15_000
    assert flood_coverage(picture, Flood(x=-1, y=5)) is None


def test_dabs_have_the_size_hardness_and_opacity_of_their_brush():
    for hardness, share in ((1.0, 1.0), (0.0, 0.3)):
        box, drawn = dab_coverage(Dab(100.3, 80.7, 60.0, 1.0), hardness)
        assert drawn.sum() / 255 == pytest.approx(np.pi * 900 * share, rel=0.02)
        assert drawn[80 - box.y0, 100 - box.x0] >= 250
        assert box.x0 in {69, 70}
    _, faint = dab_coverage(Dab(100, 80, 60.0, 0.5), 1.0)
    assert faint.max() == 128
    box, dot = dab_coverage(Dab(10.5, 10.5, 0.5, 1.0), 1.0)
    assert 0 < dot.sum() < 255


def test_a_stroke_is_the_same_however_its_path_is_cut():
    brush = Brush(size=60, hardness=0.3, opacity=0.7)
    corners = [PathPoint(40, 60), PathPoint(300, 200), PathPoint(310, 40, 0.4)]
    fine = [
        PathPoint(*(np.array([a.x, a.y, a.pressure]) * (1 - t)
                    + np.array([b.x, b.y, b.pressure]) * t))
        for a, b in pairwise(corners)
        for t in np.linspace(0, 1, 23)
    ]  # fmt: skip
    box, coarse = stroke_coverage(brush, corners, SIZE)
    other, cut = stroke_coverage(brush, fine, SIZE)
    assert box == other
    assert np.abs(coarse.astype(int) - cut).max() <= 3
    assert coarse.max() == pytest.approx(0.7 * 255, abs=1), "it does not add up within a stroke"


def test_a_live_stroke_tells_where_it_changed_and_ends_as_the_whole():
    base = Canvas.of(np.full(SIZE[::-1], 100, np.uint8))
    brush = Brush(size=40)
    path = [PathPoint(20, 20), PathPoint(120, 90), PathPoint(390, 295), PathPoint(600, 500)]
    stroke = LiveStroke(base, brush)
    seen = base.read()
    for point in path:
        box = stroke.to(point)
        if box is not None:
            seen[box.y0 : box.y1, box.x0 : box.x1] = stroke.read(box)
    done = stroke.finish()
    assert np.array_equal(done.read(), seen)
    assert np.array_equal(base.read(), np.full(SIZE[::-1], 100, np.uint8))
    assert done.read().max() == 255
    bounds = stroke.bounds
    assert (bounds.x0, bounds.y0, bounds.x1, bounds.y1) == (0, 0, 400, 300)
    untouched = {(tile.x, tile.y) for tile in done.tiles()} - {
        (tile.x, tile.y) for tile in done.changed_since(base)
    }
    assert untouched == {(0, 1)}


def test_an_eraser_takes_away_and_a_stroke_beyond_the_canvas_does_nothing():
    full = Canvas(*SIZE).invert()
    stroke = LiveStroke(full, Brush(size=50, hardness=1, erases=True))
    stroke.to(PathPoint(100, 100))
    erased = stroke.finish()
    assert erased.read()[100, 100] == 0
    assert erased.read()[200, 200] == 255
    away = LiveStroke(full, Brush(size=50))
    assert away.to(PathPoint(-500, -500)) is None
    assert away.finish() == full
    assert stroke_coverage(Brush(size=50), [PathPoint(-500, 0)], SIZE) is None

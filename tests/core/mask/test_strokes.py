"""Dabs depend on the path, not on the events that it came in."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.mask.strokes import (
    Brush,
    BrushPath,
    Ellipse,
    Flood,
    Gradient,
    PathPoint,
    Polygon,
    Shape,
)

points = st.builds(
    PathPoint,
    st.floats(-50, 150).map(lambda x: round(x, 1)),
    st.floats(-50, 150).map(lambda x: round(x, 1)),
    st.floats(0.3, 1),
)


def dabs_along(brush, path):
    """All dabs of a whole path."""
    walk = BrushPath(brush)
    return [*(dab for point in path for dab in walk.to(point)), *walk.end()]


def halved(path, shares):
    """The same path with a further point on each of its lines."""
    out = [path[0]]
    for a, b, share in zip(path, path[1:], shares, strict=False):
        out.append(
            PathPoint(
                a.x + (b.x - a.x) * share,
                a.y + (b.y - a.y) * share,
                a.pressure + (b.pressure - a.pressure) * share,
            )
        )
        out.append(b)
    return tuple(out)


@settings(max_examples=30, deadline=None)
@given(st.lists(points, min_size=2, max_size=6), st.lists(st.floats(0.05, 0.95), min_size=5))
def test_dabs_do_not_depend_on_how_the_path_is_cut(path, shares):
    brush = Brush(size=50, spacing=0.2, fades=True)
    whole, cut = dabs_along(brush, tuple(path)), dabs_along(brush, halved(tuple(path), shares))
    assert abs(len(whole) - len(cut)) <= 1, "rounding may set or leave out one at the very end"
    for a, b in zip(whole, cut[: len(whole)], strict=False):
        assert (a.x, a.y, a.size, a.opacity) == pytest.approx(
            (b.x, b.y, b.size, b.opacity), abs=1e-3
        )


def test_a_path_of_nothing_has_no_dabs():
    assert dabs_along(Brush(size=50), ()) == []


def test_dabs_are_spaced_by_their_size_and_reach_the_end():
    dabs = dabs_along(Brush(size=100, spacing=0.1), (PathPoint(0, 0), PathPoint(95, 0)))
    assert [dab.x for dab in dabs] == pytest.approx([*range(0, 91, 10), 95])
    walk = BrushPath(Brush(size=100, spacing=0.1))
    assert len(walk.to(PathPoint(0, 0))) == 1
    assert walk.to(PathPoint(9, 0)) == ()
    assert [dab.x for dab in walk.to(PathPoint(11, 0))] == pytest.approx([10])
    assert [dab.x for dab in walk.end()] == [11]
    assert BrushPath(Brush()).end() == ()


def test_pressure_sets_size_and_opacity_as_wished():
    both = Brush(size=100, opacity=0.8, least=0.2, fades=True)
    assert (both.dab(0, 0, 0.5).size, both.dab(0, 0, 0.5).opacity) == pytest.approx((60, 0.4))
    assert both.dab(0, 0, 7).size == 100
    assert both.dab(0, 0, -1).size == pytest.approx(20)
    neither = Brush(size=100, opacity=0.8, sizes=False)
    assert (neither.dab(0, 0, 0.1).size, neither.dab(0, 0, 0.1).opacity) == (100, 0.8)


def test_pressing_harder_without_moving_leaves_more():
    walk = BrushPath(Brush(size=100))
    sizes = [dab.size for p in (0.2, 0.5, 0.5, 0.3, 1.0) for dab in walk.to(PathPoint(5, 5, p))]
    assert sizes == sorted(set(sizes)), "each leaves more, and none comes twice"
    at_once = BrushPath(Brush(size=100))
    assert sizes == pytest.approx(
        [dab.size for p in (0.2, 1.0) for dab in at_once.to(PathPoint(5, 5, p))]
    )


def test_brushes_and_shapes_can_be_kept_as_json():
    brush = Brush(size=33, erases=True)
    assert msgspec.json.decode(msgspec.json.encode(brush), type=Brush) == brush
    for shape in (
        Polygon(points=((0, 0), (1.5, 2), (3, 4))),
        Ellipse(x=1, y=2, radius_x=3, radius_y=4),
        Gradient(start=(0, 0), stop=(1, 1), kind="radial"),
    ):
        assert msgspec.json.decode(msgspec.json.encode(shape), type=Shape) == shape
    assert np.isfinite(Flood(x=1, y=2).tolerance)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"size": 0}', type=Brush)

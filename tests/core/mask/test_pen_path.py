"""A stroke is a smooth curve that depends on where the pen went, not on how often that was told."""

from math import atan2, cos, hypot, pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.mask.pen_path import LEAST_WAY, PenLine, PenStroke
from latentsync_studio.core.mask.strokes import Brush, PathPoint

RADIUS = 100.0
places = st.tuples(st.integers(-60, 160), st.integers(-60, 160))


def arc(count, reach=1.5 * pi):
    """Places on a part of a circle."""
    turns = [reach * n / (count - 1) for n in range(count)]
    return [(RADIUS * cos(turn), RADIUS * sin(turn)) for turn in turns]


def sharpest(line):
    """The greatest turn between two pieces of a line, degrees."""
    turns = []
    for (ax, ay), (bx, by), (cx, cy) in zip(line, line[1:], line[2:], strict=False):
        turn = atan2(cy - by, cx - bx) - atan2(by - ay, bx - ax)
        turns.append(abs((turn + pi) % (2 * pi) - pi))
    return max(turns) * 180 / pi


def smooth_line(way, least=LEAST_WAY):
    """The curve through places at once."""
    line = PenLine(least)
    settled = [point for place in way for point in line.to(PathPoint(*place))]
    return [(point.x, point.y) for point in (*settled, *line.rest())]


def test_a_fast_pen_leaves_no_corners():
    fast = arc(10)  # 30 degrees between two events
    assert sharpest(fast) == pytest.approx(30)
    assert sharpest(smooth_line(fast)) < 6
    assert all(abs(hypot(x, y) - RADIUS) < 1.5 for x, y in smooth_line(fast)[20:-20])


def test_a_slow_pen_and_a_fast_one_leave_the_same():
    brush = Brush(size=30)
    slow, fast = (dabs(brush, arc(count)) for count in (600, 19))
    assert abs(len(slow) - len(fast)) <= 1
    for one, other in zip(slow, fast, strict=False):
        assert hypot(one.x - other.x, one.y - other.y) < 1.0


def test_whole_px_of_a_screen_do_not_become_steps():
    way = [(float(x), float(round(x / 7))) for x in range(140)]
    assert sharpest(way) == pytest.approx(45)
    assert sharpest(smooth_line(way, least=8.0)) < 8


def dabs(brush, way, *, looks=False):
    stroke, found = PenStroke(brush), []
    for place in way:
        found += stroke.to(PathPoint(*place))
        if looks:
            stroke.rest()
    return [*found, *stroke.rest()]


@settings(max_examples=25, deadline=None)
@given(st.lists(places, min_size=1, max_size=8))
def test_it_goes_through_all_places_and_looking_at_it_changes_nothing(way):
    line = PenLine(least=1.0)
    points = [p for place in way for p in line.to(PathPoint(*map(float, place)))]
    points += line.rest()
    found = {(round(p.x, 6), round(p.y, 6)) for p in points}
    assert found >= {(float(x), float(y)) for x, y in way}
    brush = Brush(size=20)
    assert dabs(brush, way) == dabs(brush, way, looks=True)


def test_a_straight_line_stays_straight_and_a_dot_is_a_dot():
    line = smooth_line([(0.0, 0.0), (30.0, 10.0), (33.0, 11.0), (90.0, 30.0)])
    assert all(abs(y - x / 3) < 1e-9 for x, y in line)
    assert line[0] == (0.0, 0.0)
    assert line[-1] == (90.0, 30.0)
    assert smooth_line([]) == []
    stroke = PenStroke(Brush(size=20))
    assert stroke.rest() == ()
    assert stroke.to(PathPoint(5, 5)) == ()
    assert [(dab.x, dab.y) for dab in stroke.rest()] == [(5, 5)]


def test_the_hardest_press_near_a_place_counts():
    brush = Brush(size=100)
    stroke = PenStroke(brush)
    for pressure in (0.2, 0.9, 0.1):
        assert stroke.to(PathPoint(5, 5, pressure)) == ()
    assert max(dab.size for dab in stroke.rest()) == pytest.approx(brush.dab(5, 5, 0.9).size)

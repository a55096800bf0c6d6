"""The picture on the canvas: fitted, zoomed at a point, panned, never lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.ui.viewer.placing import (
    FIT,
    MOST_ZOOM,
    Placing,
    area_of,
    panned,
    zoom_of,
    zoomed,
)

CANVAS, PICTURE = (800, 500), (1920, 1080)
sizes = st.tuples(st.integers(50, 3000), st.integers(50, 2000))


@given(canvas=sizes, picture=sizes)
def test_fit_shows_all_of_it_as_large_as_possible_in_the_middle(canvas, picture):
    area = area_of(FIT, canvas, picture)
    assert area.width <= canvas[0] + 1
    assert area.height <= canvas[1] + 1
    assert min(canvas[0] - area.width, canvas[1] - area.height) <= 1
    assert abs(2 * area.x + area.width - canvas[0]) <= 1
    assert abs(2 * area.y + area.height - canvas[1]) <= 1


@given(
    zoom=st.floats(0.3, 20),
    at=st.tuples(st.floats(200, 600), st.floats(150, 350)),
)
def test_the_point_under_the_cursor_stays(zoom, at):
    before = area_of(FIT, CANVAS, PICTURE)
    after = area_of(zoomed(FIT, zoom, CANVAS, PICTURE, at), CANVAS, PICTURE)
    for axis in (0, 1):
        share = (at[axis] - before[axis]) / before[2 + axis]
        assert after[axis] + share * after[2 + axis] == pytest.approx(at[axis], abs=1.5)


def test_at_100_percent_a_pixel_is_a_pixel_on_whole_positions():
    area = area_of(zoomed(FIT, 1.0, (801, 501), PICTURE), (801, 501), PICTURE)
    assert (area.width, area.height) == PICTURE
    assert area.x == int(area.x)
    assert area.y == int(area.y)


def test_zoom_stays_within_its_limits():
    assert zoom_of(zoomed(FIT, 1e9, CANVAS, PICTURE), CANVAS, PICTURE) == MOST_ZOOM


@given(by=st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), zoom=st.floats(0.1, 30))
def test_panning_never_loses_the_picture(by, zoom):
    area = area_of(panned(Placing(zoom), by, CANVAS, PICTURE), CANVAS, PICTURE)
    assert area.x < CANVAS[0] - 40
    assert area.x + area.width > 40
    assert area.y < CANVAS[1] - 40
    assert area.y + area.height > 40


def test_panning_moves_by_exactly_that():
    before = area_of(Placing(2.0), CANVAS, PICTURE)
    after = area_of(panned(Placing(2.0), (30, -20), CANVAS, PICTURE), CANVAS, PICTURE)
    assert (after.x - before.x, after.y - before.y) == (30, -20)

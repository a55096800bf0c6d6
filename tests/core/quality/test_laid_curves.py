"""Curves of clips on the frames of their sequence, and limits drawn beside them."""

from __future__ import annotations

import numpy as np
import pytest

from latentsync_studio.core.quality.curves import Curve
from latentsync_studio.core.quality.laid import (
    Laid,
    bridged,
    drawn_curve,
    held,
    laid_curve,
    limit_curve,
    measured_names,
)
from latentsync_studio.core.quality.measures import JUDGED, measure
from latentsync_studio.core.ranges import FrameRange
from tests.core.quality.test_gate import COUNT, measured


def ramp(first: float) -> Curve:
    return Curve.of(np.arange(COUNT) + first, np.arange(COUNT) - first)


def test_a_clip_shows_where_it_lies_and_nothing_is_known_beside_it():
    part = Laid(measured({"flicker": ramp(5)}), 50, FrameRange(50, 50 + COUNT))
    laid = laid_curve([part], 200, "flicker")
    assert np.isnan(laid.result[:50]).all()
    assert np.isnan(laid.result[150:]).all()
    assert laid.result[50] == 5
    assert laid.source[149] == COUNT - 1 - 5


def test_what_was_trimmed_since_does_not_show_and_the_upper_clip_holds():
    low = Laid(measured({"flicker": ramp(0)}), 0, FrameRange(10, 60))
    high = Laid(measured({"flicker": ramp(100)}), 40, FrameRange(50, 140))
    laid = laid_curve([low, high], 55, "flicker").result
    assert np.isnan(laid[:10]).all()
    assert laid[49] == 49
    assert laid[50] == 110
    assert len(laid) == 55


def test_only_measures_of_which_something_is_known_are_offered():
    unknown = Curve.of(np.full(COUNT, np.nan))
    part = Laid(measured({"flicker": ramp(0), "yaw": unknown}), 0, FrameRange(0, COUNT))
    assert measured_names([part]) == {"flicker"}


@pytest.mark.parametrize("each", [one for one in JUDGED if one.per == "frame"], ids=lambda m: m.id)
def test_a_result_on_the_limits_line_is_judged_as_the_limit(each):
    source = np.array([0.5, 4.0, 30.0], np.float32)
    line = limit_curve(each.id, source, each.warn)
    assert measure(each.id).judged(line, source) == pytest.approx(each.warn, rel=1e-5)


def test_short_gaps_are_bridged_and_long_ones_and_the_ends_stay_unknown():
    nan, inf = np.nan, np.inf
    values = np.array([nan, 1, nan, nan, 4, nan, nan, nan, nan, 9, inf, nan, inf, nan], np.float32)
    found = bridged(values, 3)
    assert found[1:5] == pytest.approx([1, 2, 3, 4])
    assert np.isnan(found[5:9]).all()
    assert found[10:13].tolist() == [inf, inf, inf]
    assert np.isnan(found[[0, 13]]).all()
    assert np.isnan(bridged(np.full(4, nan, np.float32), 3)).all()


def test_the_ends_have_the_value_beside_them_and_no_more():
    nan = np.nan
    values = np.array([nan, nan, nan, 5, nan, 7, nan, nan, nan], np.float32)
    found = held(values, 2)
    assert found[[1, 2, 3, 5, 6, 7]].tolist() == [5, 5, 5, 7, 7, 7]
    assert np.isnan(found[[0, 8]]).all()
    assert np.isnan(held(np.full(3, nan, np.float32), 2)).all()


def test_a_line_reaches_the_end_of_its_clip_and_leads_into_no_other_nor_into_what_passes():
    some = np.full(COUNT, np.nan)
    some[::4] = 1
    drawn = (FrameRange(1000, 1050), FrameRange(1060, 1000 + COUNT))
    first = measured({"flicker": Curve.of(some)}, windows=drawn)
    second = measured({"flicker": Curve.of(np.where(np.arange(COUNT) < 2, np.nan, 9.0))})
    parts = [
        Laid(first, 0, FrameRange(0, COUNT)),
        Laid(second, COUNT, FrameRange(COUNT, 2 * COUNT)),
    ]
    line = drawn_curve(parts, 2 * COUNT, "flicker", 12).result
    assert (line[:50] == 1).all()
    assert np.isnan(line[[50, 51, 53, 59]]).all()
    assert (line[60:COUNT] == 1).all()
    assert (line[COUNT:] == 9).all()

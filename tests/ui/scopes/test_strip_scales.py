"""Scales of values beside graphs are round, and there are as many as there is room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.ui.scopes.strip import ticks_of


@pytest.mark.parametrize(
    ("span", "most", "values", "digits"),
    [
        ((0.0, 1.0), 5, [0, 0.2, 0.4, 0.6, 0.8, 1.0], 1),
        ((-1.05, 1.05), 3, [-1, 0, 1], 0),
        ((0.012, 0.17), 4, [0.05, 0.1, 0.15], 2),
        ((28.0, 61.0), 3, [40, 60], 0),
        ((3.0, 3.0), 3, [], 0),
    ],
)
def test_round_values_are_marked(span, most, values, digits):
    found, decimals = ticks_of(*span, most)
    assert found == pytest.approx(values)
    assert decimals == digits


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4), st.integers(0, 12))
def test_marks_lie_within_and_are_no_more_than_fit(low, span, most):
    found, _ = ticks_of(low, low + span, most)
    assert len(found) <= max(1, most) + 1
    assert all(low - 1e-6 * span <= value <= low + span * (1 + 1e-6) for value in found)

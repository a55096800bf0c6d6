"""Everything measured on a clip as one value: kept, read back, told, and drawn quickly."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.errors import DamagedEntryError, InputError
from latentsync_studio.core.json_text import json_text
from latentsync_studio.core.quality.curves import ClipQuality, Closure, Curve, Figure
from latentsync_studio.core.quality.reduction import Pyramid
from latentsync_studio.core.ranges import FrameRange


def measured(count: int = 5, **changed) -> ClipQuality:
    ramp = np.arange(count, dtype=np.float32)
    given_ = {
        "frames": FrameRange(10, 10 + count),
        "rate": Fraction(25),
        "seconds": np.arange(count) / 25 + 0.02,
        "curves": {
            "sharpness": Curve.of(ramp, ramp + 1),
            "outside_psnr": Curve.of([np.inf] * (count - 1) + [np.nan]),
        },
        "figures": {"correlation": Figure(0.5, 0.1), "lse_c": Figure()},
        "spoken": ramp > 1,
        "closures": (Closure(0.04, 0.08, "m"),),
        "windows": (FrameRange(10, 12),),
        "engine": "mouthbank",
        "notes": ("A note.",),
    }
    return ClipQuality(**{**given_, **changed})


def test_what_is_kept_is_read_back_to_the_bit():
    before = measured()
    after = ClipQuality.from_bytes(before.to_bytes())
    assert after.to_bytes() == before.to_bytes()
    assert after.curves["outside_psnr"].result.tolist()[:4] == [np.inf] * 4
    assert (after.frames, after.rate, after.windows) == (before.frames, 25, before.windows)
    assert after.closures == before.closures
    assert np.isnan(after.figures["lse_c"].result)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"LSQ0" + data[4:],
        lambda data: data[:-9],
        lambda data: data.replace(b"A note.", b"\xff\xff note"),
        lambda data: data.replace(b"\x0a", b"\x7f", 1),  # another first frame than arrays hold
    ],
)
def test_what_is_damaged_is_said_to_be(damage):
    with pytest.raises(DamagedEntryError):
        ClipQuality.from_bytes(damage(measured().to_bytes()))


def test_measures_of_a_newer_program_are_left_out():
    data = measured().to_bytes().replace(b"sharpness", b"sharpnoss")
    assert set(ClipQuality.from_bytes(data).curves) == {"outside_psnr"}


def test_arrays_are_read_only_and_as_long_as_the_frames():
    assert not measured().curves["sharpness"].result.flags.writeable
    assert not measured().seconds.flags.writeable
    with pytest.raises(InputError, match=r"\(4,\) values for 5 frames"):
        measured(spoken=np.zeros(4, bool))
    with pytest.raises(InputError, match="one value a clip"):
        measured(curves={"correlation": Curve.of(np.zeros(5))})
    with pytest.raises(InputError, match="one value a frame"):
        measured(figures={"flicker": Figure(1.0)})


def test_unknown_is_null_and_exact_is_said_in_json():
    told = measured().to_json_object()
    assert told["curves"]["outside_psnr"]["result"] == ["inf"] * 4 + [None]
    assert told["curves"]["outside_psnr"]["source"] == [None] * 5
    assert told["figures"]["lse_c"] == {"result": None, "source": None}
    assert "NaN" not in json_text(told)


def test_what_was_not_measured_is_unknown_and_what_does_not_exist_is_told():
    quality = measured()
    assert np.isnan(quality.curve("yaw").result).all()
    assert np.isnan(quality.figure("lpips").result)
    assert quality.median("sharpness") == Figure(2.0, 3.0)
    with pytest.raises(InputError):
        quality.curve("beauty")


def test_more_figures_join_those_there_are():
    more = measured().with_figures({"lpips": Figure(0.1)}, "LPIPS: so many pairs.")
    assert more.figures["lpips"].result == 0.1
    assert more.figures["correlation"].result == 0.5
    assert more.notes == ("A note.", "LPIPS: so many pairs.")


@given(
    values=st.lists(st.floats(-5, 5, width=32) | st.just(float("nan")), min_size=1, max_size=400),
    start=st.integers(0, 400),
    length=st.integers(1, 400),
    points=st.integers(1, 40),
)
def test_a_reduced_curve_loses_no_extreme(values, start, length, points):
    curve = np.array(values, np.float32)
    stop = min(len(curve), start + length)
    seen = Pyramid(curve).slice(start, stop, points)
    assert len(seen.at) == len(seen.low) == len(seen.high) <= points
    inside = curve[start:stop]
    if np.isfinite(inside).any():
        assert np.nanmin(seen.low) <= np.nanmin(inside)
        assert np.nanmax(seen.high) >= np.nanmax(inside)
        assert (np.diff(seen.at) > 0).all()
    assert set(seen.low[np.isfinite(seen.low)]) <= set(curve[np.isfinite(curve)])


@given(
    st.lists(st.sampled_from([float("nan"), -2.0, 0.0, 1.0, 7.0]), max_size=90),
    st.floats(-40, 100),
    st.floats(0.5, 90),
    st.integers(1, 12),
)
def test_columns_hold_every_value_where_it_is_and_nothing_where_there_are_none(
    values, start, length, count
):
    curve = np.array(values, np.float32)
    low, high = Pyramid(curve).columns(start, start + length, count)
    assert len(low) == len(high) == count
    edges = start + np.arange(count + 1) * (length / count)
    for column, (left, right) in enumerate(pairwise(edges)):
        inside = curve[max(0, math.floor(left) + 1) : max(0, math.floor(right - 1e-6))]
        if np.isfinite(inside).any():
            near = slice(max(0, column - 1), column + 2)
            assert np.nanmin(low[near]) <= np.nanmin(inside)
            assert np.nanmax(high[near]) >= np.nanmax(inside)
        if right < 0 or left >= len(curve):
            assert np.isnan(low[column])


def test_a_close_look_shows_the_values_themselves():
    seen = measured().reduced("sharpness", 100, FrameRange(11, 14))
    assert seen.at.tolist() == [1, 2, 3]
    assert seen.low.tolist() == seen.high.tolist() == [1, 2, 3]
    assert measured().reduced("sharpness", 100, of_source=True).low.tolist() == [1, 2, 3, 4, 5]

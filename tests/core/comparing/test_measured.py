"""Tables of measures, the order that they give, and differences over several clips."""

import math
from fractions import Fraction

import numpy as np
import pytest

from latentsync_studio.core.comparing.differences import Unit, differences, spans_of
from latentsync_studio.core.comparing.measured import measure_table
from latentsync_studio.core.comparing.words import limit_text
from latentsync_studio.core.errors import InputError
from latentsync_studio.core.quality.curves import ClipQuality, Curve, Figure
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.ranges import FrameRange

LIMITS = Limits()


def quality(count=50, sharpness=1.0, flicker=2.0, **figures):
    """Of 2 s; the source has a sharpness of 0.1 and a flicker of 2 levels."""
    curves = {
        "sharpness": Curve.of(np.full(count, 0.1 * sharpness), np.full(count, 0.1)),
        "flicker": Curve.of(np.full(count, flicker), np.full(count, 2.0)),
    }
    return ClipQuality(
        frames=FrameRange(0, count),
        rate=Fraction(25),
        seconds=np.arange(count) / 25,
        curves=curves,
        figures={name: Figure(*sides) for name, sides in figures.items()},
        spoken=np.ones(count, np.bool_),
    )


def table(**qualities):
    return measure_table(list(qualities), list(qualities.values()), LIMITS)


def ranks(found):
    return [standing.rank for standing in found.standings]


def row(found, name):
    return next(row for row in found.rows if row.measure == name)


def test_a_result_beyond_a_limit_stands_behind_whatever_else_it_does_well():
    good = quality(sharpness=0.7, agreement=(0.4, 0.5))
    bad = quality(sharpness=0.3, agreement=(0.9, 0.5), closure_recall=(1.0, 1.0))
    found = table(good=good, bad=bad)
    assert ranks(found) == [1, 2]
    assert found.standings[1].beyond == ("Sharpness of the mouth",)
    assert row(found, "sharpness").cells[1].is_beyond
    assert "Beyond the limit: Sharpness of the mouth." in found.standings[1].text
    assert "better in mouth follows the speech" in found.standings[1].text


def test_the_one_that_is_better_in_more_measures_stands_first_and_says_in_which():
    one = quality(sharpness=0.9, flicker=2.1, agreement=(0.3, 0.5))
    other = quality(sharpness=0.7, flicker=3.0, agreement=(0.6, 0.5))
    found = table(one=one, other=other)
    assert ranks(found) == [1, 2]
    assert found.standings[0].ahead == {"other": ("Sharpness of the mouth", "Flicker")}
    assert found.standings[0].text == (
        "As a whole within all limits. Beside other: better in sharpness of the mouth, flicker;"
        " worse in mouth follows the speech."
    )


def test_better_than_the_source_is_as_good_as_the_source():
    found = table(sharp=quality(sharpness=1.6, lse_c=(8.9, 7.9)), true=quality(lse_c=(7.9, 7.9)))
    assert ranks(found) == [1, 1]
    assert "No different from true." in found.standings[0].text
    assert row(found, "lse_c").places == (1, 1)


def test_small_differences_count_as_none():
    found = table(one=quality(sharpness=0.9), other=quality(sharpness=0.905))
    assert ranks(found) == [1, 1]
    assert row(found, "sharpness").places == (1, 1)


def test_what_is_unknown_counts_neither_for_nor_against():
    found = table(
        full=quality(agreement=(0.5, 0.5)), part=quality(agreement=(math.nan, 0.5)), none=None
    )
    assert ranks(found) == [1, 1, 0]
    assert row(found, "agreement").places == (1, 0, 0)
    assert found.standings[2].text == "Not measured yet."
    assert all(each.measure != "lse_d" for each in found.rows)


def test_untouched_pixels_must_be_exact_before_encoding():
    curves = {"outside_psnr": Curve.of(np.full(50, 60.0))}
    composed = ClipQuality(
        frames=FrameRange(0, 50),
        rate=Fraction(25),
        seconds=np.arange(50) / 25,
        curves=curves,
        figures={},
        spoken=np.ones(50, np.bool_),
    )
    assert row(table(one=composed), "outside_psnr").cells[0].is_beyond


def units(gaps, cluster=str):
    """One unit for each gap of agreement between x and y."""
    return [
        Unit(
            name=str(n),
            cluster=cluster(n),
            qualities={
                "x": quality(agreement=(0.5 + gap, 0.5), closure_recall=(0.9, 1.0)),
                "y": quality(agreement=(0.5, 0.5), closure_recall=(0.8, 1.0)),
            },
        )
        for n, gap in enumerate(gaps)
    ]


def test_a_difference_over_many_clips_is_told_with_its_interval():
    gaps = np.random.default_rng(1).normal(0.1, 0.02, 10)
    found = {each.measure: each for each in differences(units(gaps), LIMITS)}
    first = found["agreement"]
    assert first.is_primary
    assert first.found.mean == pytest.approx(gaps.mean())
    assert first.adjusted == first.found.p == pytest.approx(2 / 1024)
    assert first.text.startswith("Mouth follows the speech: x is better than y")
    recall = found["closure_recall"]
    others = sum(not each.is_primary for each in found.values())
    assert recall.adjusted == pytest.approx(min(1.0, others * recall.found.p))


def test_spans_of_one_clip_prove_nothing_about_others():
    (found, *_) = differences(units([0.1] * 5, lambda _: "clip"), LIMITS, primary="sharpness")
    assert math.isnan(found.found.low)
    assert "one clip cannot tell" in found.text
    with pytest.raises(InputError):
        differences(units([0.1]), LIMITS, primary="beauty")


def test_a_clip_is_cut_into_spans_without_a_rest():
    one = quality(count=107, sharpness=0.5, agreement=(0.5, 0.5))
    parts = spans_of(one, 1.0)
    assert [len(part.frames) for part in parts] == [25, 25, 25, 32]
    assert parts[3].frames == FrameRange(75, 107)
    assert parts[1].seconds[0] == 1.0
    assert parts[0].figures == {}
    assert len(spans_of(quality(count=3), 4.0)) == 1


def test_a_limit_says_what_it_is_held_against():
    figures = {"agreement": (0.5, 0.5), "lag_frames": (1.0, 0.0), "lag_ms": (40.0, 0.0)}
    found = table(one=quality(**figures, lse_c=(5.0, 6.0)))
    told = {each.measure: limit_text(each) for each in found.rows}
    assert told["sharpness"] == ">= 0.6 x source"
    assert told["flicker"] == "<= 1.8 x source"
    assert told["lse_c"] == ">= -2 beside source"
    assert (told["agreement"], told["lag_frames"], told["lag_ms"]) == (">= 0.2", "within 2", "-")

"""The quality gate: what needs somebody, in which frames, and what was accepted stays accepted."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from latentsync_studio.core.quality.curves import ClipQuality, Closure, Curve, Figure
from latentsync_studio.core.quality.gate import Limits, Remedy, is_same_span, judge
from latentsync_studio.core.ranges import FrameRange

COUNT = 100


def measured(curves=None, figures=None, **changed) -> ClipQuality:
    given = {
        "frames": FrameRange(1000, 1000 + COUNT),
        "rate": Fraction(25),
        "seconds": np.arange(COUNT) / 25,
        "curves": curves or {},
        "figures": figures or {},
        "spoken": np.arange(COUNT) < 60,
    }
    return ClipQuality(**{**given, **changed})


def spike(base: float, height: float, start: int, stop: int) -> np.ndarray:
    values = np.full(COUNT, base)
    values[start:stop] = height
    return values


def test_nothing_known_passes_and_says_so():
    verdict = judge(measured(), Limits())
    assert verdict.passed
    assert not verdict.attentions
    assert "sharpness" in verdict.unknown
    assert "lse_c" in verdict.unknown
    assert "aperture" not in verdict.unknown


def test_a_run_beyond_the_limit_is_one_span_with_numbers_and_remedies():
    blurred = Curve.of(spike(1.0, 0.2, 40, 60), np.ones(COUNT))
    (found,) = judge(measured({"sharpness": blurred}), Limits()).attentions
    assert found.measure == "sharpness"
    assert found.id == f"sharpness:{found.frames.start}-{found.frames.stop}"
    assert abs(found.frames.start - 1040) <= 3
    assert abs(found.frames.stop - 1060) <= 3
    assert found.value == pytest.approx(0.2, abs=0.01)
    assert found.threshold == 0.6
    assert "0.20 of the source's; it should be at least 0.6" in found.reason
    assert Remedy.RESTORE in found.remedies


def test_one_noisy_frame_is_let_pass_and_a_short_strong_jump_is_not():
    small = Curve.of(spike(1.0, 2.5, 50, 51), np.ones(COUNT))
    jump = Curve.of(spike(1.0, 40.0, 50, 52), np.ones(COUNT))
    assert judge(measured({"flicker": small}), Limits()).passed
    (found,) = judge(measured({"flicker": jump}), Limits()).attentions
    assert found.frames.start <= 1050 < found.frames.stop


def test_frames_in_which_nothing_new_shows_are_not_judged():
    curves = {
        "yaw": Curve.of(spike(0.0, -70.0, 20, 60)),
        "strength": Curve.of(spike(1.0, 0.0, 15, 70)),
    }
    assert judge(measured(curves), Limits()).passed
    (found,) = judge(measured({"yaw": curves["yaw"]}), Limits()).attentions
    assert found.value == pytest.approx(70.0)
    assert found.remedies[0] is Remedy.PASS_THROUGH


def test_outside_of_the_mask_is_exact_before_encoding_and_near_after_it():
    curves = {"outside_psnr": Curve.of(spike(np.inf, 60.0, 10, 30))}
    verdict = judge(measured(curves), Limits())
    assert [each.measure for each in verdict.attentions] == ["outside_psnr"]
    assert "has to be exact" in verdict.attentions[0].reason
    exact = {"outside_psnr": Curve.of(np.full(COUNT, np.inf))}
    assert judge(measured(exact), Limits()).passed
    assert judge(measured(curves, is_encoded=True), Limits()).passed


def test_a_single_frame_that_is_not_exact_is_found():
    curves = {"outside_psnr": Curve.of(spike(np.inf, 60.0, 10, 11))}
    (found,) = judge(measured(curves), Limits()).attentions
    assert 1010 in found.frames


def test_values_measured_now_and_then_still_make_spans():
    now_and_then = np.where(np.arange(COUNT) % 4 == 0, spike(1.0, 0.1, 40, 80), np.nan)
    (found,) = judge(
        measured({"sharpness": Curve.of(now_and_then, np.ones(COUNT))}), Limits()
    ).attentions
    assert found.frames.start <= 1040
    assert found.frames.stop >= 1076


@pytest.mark.parametrize("shortest", [0.0, 0.1, 0.2, 0.4])
def test_rare_values_make_one_span_whatever_the_shortest_is(shortest):
    rare = np.where(np.arange(COUNT) % 4 == 0, spike(1.0, 0.1, 40, 80), np.nan)
    quality = measured({"sharpness": Curve.of(rare, np.ones(COUNT))})
    (found,) = judge(quality, Limits(shortest=shortest)).attentions
    assert abs(found.frames.start - 1040) <= 8
    assert abs(found.frames.stop - 1080) <= 8


def test_a_lag_counts_only_where_it_is_certain():
    figures = {"lag_frames": Figure(-4.0), "confidence": Figure(0.05)}
    assert judge(measured(figures=figures), Limits()).passed
    (found,) = judge(measured(figures=figures | {"confidence": Figure(0.4)}), Limits()).attentions
    assert found.remedies == (Remedy.SYNC_OFFSET,)
    assert "-4.00 frames; it should be within 2." in found.reason
    figures |= {"confidence": Figure(0.4), "shifted_agreement": Figure(0.1)}
    assert judge(measured(figures=figures), Limits()).passed


def test_an_opening_that_does_not_follow_is_no_fault_where_the_whole_mouth_does():
    figures = {"agreement": Figure(0.25), "correlation": Figure(0.1)}
    assert judge(measured(figures=figures), Limits()).passed
    verdict = judge(measured(figures=figures | {"agreement": Figure(0.1)}), Limits())
    assert [each.measure for each in verdict.attentions] == ["agreement"]


def test_figures_beside_the_source_are_judged_beside_it():
    figures = {"lse_c": Figure(5.0, 8.5), "lse_d": Figure(9.0, 8.9)}
    (found,) = judge(measured(figures=figures), Limits()).attentions
    assert found.measure == "lse_c"
    assert found.value == pytest.approx(-3.5)
    assert judge(measured(figures=figures), Limits(lse_c=-4.0)).passed


@pytest.mark.parametrize(
    ("result", "source", "value"),
    [(7.0, 7.0, None), (0.0, 7.0, None), (7.0, 0.0, 7.0), (7.0, 2.5, 4.5), (5.0, np.nan, 5.0)],
)
def test_an_offset_that_the_source_has_too_is_no_fault(result, source, value):
    quality = measured(figures={"lse_offset_frames": Figure(result, source)})
    found = judge(quality, Limits()).attentions
    assert [each.value for each in found] == ([] if value is None else [value])


def test_a_figure_points_at_the_part_that_it_is_about():
    figures = {"silence_leak": Figure(1.5), "closure_recall": Figure(0.0)}
    closures = (Closure(0.4, 0.48, "p"), Closure(1.2, 1.28, "m"))
    curves = {"aperture": Curve.of(np.full(COUNT, 0.1))}
    missed, leak = judge(measured(curves, figures, closures=closures), Limits()).attentions
    assert leak.frames == FrameRange(1060, 1100)
    assert missed.measure == "closure_recall"
    assert missed.frames.start >= 1008
    assert missed.frames.stop <= 1035


def test_what_was_accepted_stays_accepted_when_the_span_moves_a_little():
    blurred = Curve.of(spike(1.0, 0.2, 40, 60), np.ones(COUNT))
    quality = measured({"sharpness": blurred})
    verdict = judge(quality, Limits(), frozenset({"sharpness:1043-1062"}))
    assert verdict.passed
    assert len(verdict.ignored) == 1
    assert not judge(quality, Limits(), frozenset({"sharpness:1000-1012", "what"})).passed


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("flicker:0-10", "flicker:0-10", True),
        ("flicker:0-10", "flicker:4-12", True),
        ("flicker:0-10", "flicker:6-12", False),
        ("flicker:0-10", "flicker:0-100", False),
        ("flicker:0-10", "yaw:0-10", False),
        ("flicker:0-10", "nonsense", False),
    ],
)
def test_spans_are_the_same_when_half_of_each_is_in_the_other(one, other, same):
    assert is_same_span(one, other) is same

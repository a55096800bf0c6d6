"""The table of measures: complete, and each judges the way it says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.quality.gate import REMEDIES_OF
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.quality.measures import JUDGED, MEASURES, measure
from latentsync_studio.core.settings.fields import describe

PROMISED = """aperture openness width spread sharpness seam_gradient seam_color flicker
outside_psnr face_px model_px yaw pitch occlusion strength movement
agreement shifted_agreement correlation lag_frames lag_ms confidence
closure_recall silence_leak movement_share lse_c lse_d lse_offset_frames lpips face_identity"""


def test_every_promised_measure_is_there_once():
    assert [each.id for each in MEASURES] == PROMISED.split()
    assert all(each.meaning.endswith(".") for each in MEASURES)


def test_an_unknown_measure_is_told_with_the_nearest():
    with pytest.raises(InputError) as caught:
        measure("sharpnes")
    assert "'sharpness'" in caught.value.remedy
    with pytest.raises(InputError) as caught:
        measure("????")
    assert "lse_d" in caught.value.remedy


def test_every_judged_measure_has_a_limit_and_a_remedy_list():
    limits = {field.key: field for field in describe(Limits)}
    for each in JUDGED:
        assert limits[each.id].default == each.warn, each.id
        assert each.id in REMEDIES_OF
    assert set(limits) == {each.id for each in JUDGED} | {"shortest", "confidence"}
    assert not any(field.shapes for field in limits.values())


@pytest.mark.parametrize("each", JUDGED, ids=lambda each: each.id)
def test_the_ideal_passes_and_the_far_side_of_the_limit_does_not(each):
    ideal = each.warn if math.isnan(each.ideal) else each.ideal
    assert not each.is_worse(ideal, each.warn)
    assert not each.is_worse(each.warn, each.warn)
    assert not each.is_worse(float("nan"), each.warn)
    beyond = each.warn - 0.1 if each.better == "higher" else each.warn + 0.1
    assert each.is_worse(beyond, each.warn)


@pytest.mark.parametrize("each", [m for m in MEASURES if m.relative], ids=lambda each: each.id)
def test_the_source_against_itself_is_ideal(each):
    own = np.array([0.0, 0.5, 30.0]) if each.floor else np.array([0.5, 30.0])
    assert each.judged(own, own) == pytest.approx(each.ideal)


def test_a_ratio_over_nothing_does_not_explode():
    flicker = measure("flicker")
    assert flicker.judged(0.1, 0.0) == pytest.approx(1.1)
    assert np.isnan(flicker.judged(0.1, np.nan))

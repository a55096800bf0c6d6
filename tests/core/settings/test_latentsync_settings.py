"""The diffusion engine's page: its slider, and what belongs in cache keys."""

import pytest
from msgspec.structs import replace

from latentsync_studio.core.settings.fields import apply, describe, shaping
from latentsync_studio.core.settings.latentsync import (
    LEVELS,
    STANDARD,
    LatentSyncSettings,
    passes,
    shown_level,
    values_of,
    with_speed,
)
from latentsync_studio.core.settings.pages import MouthBankSettings, RenderSettings

PAGE = LatentSyncSettings()
LOOKS_THE_SAME = {"compile": True, "memory_limit": 7.0, "window_batch": 4}


def test_the_standard_place_is_the_default():
    assert shown_level(PAGE) == (STANDARD, True)
    assert with_speed(RenderSettings(), STANDARD) == RenderSettings()


@pytest.mark.parametrize("level", range(len(LEVELS)))
def test_every_place_is_shown_where_it_was_set(level):
    settings = with_speed(RenderSettings(seed=3), level)
    assert shown_level(settings.latentsync) == (level, True)
    assert settings.seed == 3


def test_places_cost_more_from_draft_to_best():
    costs = [passes(p.steps, p.cache_interval, p.guidance_to - p.guidance_from) for p in LEVELS]
    assert costs == sorted(costs)
    assert costs[0] < costs[STANDARD] / 2


def test_other_values_are_shown_at_the_place_that_costs_about_as_much():
    assert shown_level(replace(PAGE, steps=22)) == (STANDARD, False)
    assert shown_level(replace(PAGE, steps=60, cache_interval=1)) == (len(LEVELS) - 1, False)


def test_there_is_no_place_beyond_the_ends():
    with pytest.raises(IndexError):
        values_of(len(LEVELS))


def test_what_only_costs_time_or_memory_is_no_part_of_a_key():
    same = apply(RenderSettings(), {f"latentsync.{k}": v for k, v in LOOKS_THE_SAME.items()})
    assert same.latentsync != PAGE
    assert shaping(same.latentsync) == PAGE
    named = {field.key for field in describe(LatentSyncSettings) if not field.shapes}
    assert named == set(LOOKS_THE_SAME)


def test_what_shapes_pixels_stays_in_the_key():
    for field in describe(LatentSyncSettings):
        if field.shapes and field.kind == "int":
            changed = apply(PAGE, {field.key: field.default + 1})
            assert shaping(changed) == changed != PAGE
    page = MouthBankSettings(expression=1.2)
    assert shaping(page) is page


def test_every_setting_of_the_page_has_its_words():
    for field in describe(LatentSyncSettings):
        assert field.title[:1].isupper()
        assert field.help, field.key

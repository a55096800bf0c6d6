from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.settings.fields import apply, find_field
from latentsync_studio.core.settings.pages import EncodeSettings, RenderSettings
from latentsync_studio.core.settings.quality import (
    LEVELS,
    SPEEDS,
    STANDARD,
    shown_level,
    values_of,
    with_quality,
)


def test_the_middle_is_what_nobody_changed():
    assert with_quality(RenderSettings(), STANDARD) == RenderSettings()
    assert shown_level(EncodeSettings()) == (STANDARD, True)


def test_the_speeds_are_those_of_the_setting():
    assert find_field(RenderSettings, "encode.speed").choices == SPEEDS
    assert get_args(get_type_hints(EncodeSettings)["speed"]) == SPEEDS


@pytest.mark.parametrize("level", range(len(LEVELS)))
def test_a_level_that_was_set_is_shown(level):
    mine = apply(RenderSettings(), {"compose.lips": 0.5, "encode.codec": "h265", "seed": 3})
    changed = with_quality(mine, level)
    assert shown_level(changed.encode) == (level, True)
    assert (changed.compose, changed.seed, changed.encode.codec) == (mine.compose, 3, "h265")


def test_quality_never_falls_and_speed_never_rises_along_the_slider():
    assert [level.quality for level in LEVELS] == sorted(
        (level.quality for level in LEVELS), reverse=True
    )
    speeds = [SPEEDS.index(level.speed) for level in LEVELS]
    assert speeds == sorted(speeds)


@given(quality=st.integers(0, 40), speed=st.sampled_from(SPEEDS))
def test_any_settings_have_a_place_on_the_slider(quality, speed):
    shown = shown_level(EncodeSettings(quality=quality, speed=speed))
    values = values_of(shown.level)
    assert shown.is_exact == ((values.quality, values.speed) == (quality, speed))


@pytest.mark.parametrize("level", [-1, 5])
def test_there_is_no_level_beyond_the_slider(level):
    with pytest.raises(IndexError, match="0 to 4"):
        with_quality(RenderSettings(), level)

"""Colors of the themes can be read by everybody."""

from __future__ import annotations

import pytest

from latentsync_studio.ui.theme.colors import THEMES, color_names, contrast

PAIRS = [
    *((text, ground) for text in ("text", "dim_text") for ground in ("window", "base", "raised")),
    ("text", "ruler"),
    ("text", "track"),
    ("dim_text", "track"),
    ("on_accent", "accent"),
    *(("on_clip", f"{kind}_clip") for kind in ("video", "audio", "speech", "offline")),
    *((word, ground) for word in ("warning", "error", "good") for ground in ("window", "base")),
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(theme, text, ground):
    chosen = THEMES[theme]
    assert contrast(getattr(chosen, text), getattr(chosen, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_marks_that_carry_meaning_stand_out_from_the_track(theme):
    chosen = THEMES[theme]
    for name in ("playhead", "snap_line", "ready", "missing", "stale", "failed", "passed"):
        assert contrast(getattr(chosen, name), chosen.track) >= 3.0, name


def test_all_colors_are_given_in_full():
    for theme in THEMES.values():
        for name in color_names():
            value = getattr(theme, name)
            assert len(value) == 7, name
            assert value.startswith("#")


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)

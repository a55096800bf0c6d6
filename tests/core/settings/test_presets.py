import json

import pytest

from latentsync_studio.core.errors import InputError, InvalidSettingError
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.settings.presets import (
    apply_preset,
    make_preset,
    preset_from_json,
    preset_to_json,
    updated,
)

CHANGED = apply(RenderSettings(), {"compose.feather": 3, "mouthbank.silence.fade_ms": 200})
NEWER = {
    "version": 9,
    "engine": "mouthbank",
    "name": "Film",
    "notes": "Slow and soft",
    "tags": ["soft"],
    "settings": {"compose": {"feather": 3.0, "glow": {"size": 2}}, "grain": {"amount": 0.1}},
}


def test_a_preset_sets_only_what_it_holds():
    preset = make_preset("Soft", "mouthbank", CHANGED, notes="For film")
    assert preset.settings == {"compose.feather": 3.0, "mouthbank.silence.fade_ms": 200.0}
    mine = apply(RenderSettings(), {"seed": 7, "compose.lips": 0.5})
    applied = apply_preset(mine, preset)
    assert applied.settings == apply(mine, preset.settings)
    assert applied.settings.compose.lips == 0.5
    assert applied.skipped == ()


def test_chosen_keys_are_kept_also_at_their_defaults():
    preset = make_preset("Plain", "mouthbank", RenderSettings(), keys=["compose.feather"])
    assert preset.settings == {"compose.feather": 0.0}
    assert apply_preset(CHANGED, preset).settings.compose.feather == 0.0


def test_a_preset_comes_back_as_it_was_saved():
    preset = make_preset("Soft", "mouthbank", CHANGED)
    assert preset_from_json(preset_to_json(preset)) == preset
    saved = json.loads(preset_to_json(preset))
    assert saved["settings"] == {
        "compose": {"feather": 3.0},
        "mouthbank": {"silence": {"fade_ms": 200.0}},
    }


def test_what_a_newer_program_wrote_is_skipped_and_kept():
    preset = preset_from_json(json.dumps(NEWER).encode())
    applied = apply_preset(RenderSettings(), preset)
    assert applied.settings.compose.feather == 3.0
    assert applied.skipped == ("compose.glow.size", "grain.amount")
    assert json.loads(preset_to_json(preset)) == NEWER
    again = json.loads(preset_to_json(updated(preset, apply(RenderSettings(), {"seed": 4}))))
    assert again["settings"] == {
        "compose": {"feather": 0.0, "glow": {"size": 2}},
        "grain": {"amount": 0.1},
        "seed": 4,
    }
    assert again["tags"] == ["soft"]
    assert again["version"] == 9


def test_a_setting_that_had_another_name_is_set_by_it():
    old = NEWER | {"version": 2, "settings": {"quality": {"correlation": 0.4}}}
    data = json.dumps(old).encode()
    applied = apply_preset(RenderSettings(), preset_from_json(data))
    assert (applied.settings.quality.agreement, applied.skipped) == (0.4, ())
    again = apply(RenderSettings(), {"quality.correlation": "0.4"})  # as kept jobs have it
    assert again == applied.settings


def test_a_value_outside_its_limits_names_the_preset():
    broken = preset_from_json(b'{"name":"Bad","engine":"x","settings":{"compose":{"feather":99}}}')
    with pytest.raises(InvalidSettingError, match=r"'Bad'.*cannot be 99") as caught:
        apply_preset(RenderSettings(), broken)
    assert "0 to 64" in caught.value.remedy


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"name":"a"}',
        b'{"name":3,"engine":"x"}',
        b"\xff",
        b'{"name":"a","engine":"x","settings":[]}',
        b'{"name":"a","engine":"x","version":"1"}',
    ],
)
def test_what_is_no_preset_is_refused_with_a_remedy(data):
    with pytest.raises(InputError, match="no preset") as caught:
        preset_from_json(data)
    assert caught.value.remedy

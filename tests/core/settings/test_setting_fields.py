from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.core.settings.fields import apply, apply_strengths, describe, value_of
from latentsync_studio.core.settings.pages import RenderSettings

FIELDS = {field.key: field for field in describe(RenderSettings)}
DEFAULT = RenderSettings()


def test_a_field_knows_all_that_a_form_shows():
    feather = FIELDS["compose.feather"]
    assert feather.name == "feather"
    assert (feather.kind, feather.default, feather.low, feather.high) == ("float", 0.0, 0, 64)
    assert (feather.title, feather.unit) == ("Feather", "source px")
    assert feather.help == "Extra softness of the mask edge"
    assert feather.allowed() == "a number from 0 to 64 source px"
    assert FIELDS["seed"].allowed() == "a whole number of 0 or more"
    assert FIELDS["mouthbank.silence.governor"].allowed() == "on or off"


def test_choices_stand_in_the_order_written():
    assert FIELDS["length_policy"].choices == ("cut", "hold", "loop", "bounce", "tail")
    assert FIELDS["length_policy"].allowed() == "one of cut, hold, loop, bounce, tail"


def test_every_setting_has_a_default_within_its_own_limits():
    for field in FIELDS.values():
        assert value_of(DEFAULT, field.key) == field.default
        assert apply(DEFAULT, {field.key: field.default}) is DEFAULT
        assert field.title


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("compose.feather", "4", 4.0),
        ("compose.feather", " 1.5 ", 1.5),
        ("encode.quality", "20", 20),
        ("length_policy", "bounce", "bounce"),
        ("mouthbank.silence.governor", "off", False),
        ("governor", "No", False),
        ("feather", "2", 2.0),
        ("seed", "12345678901234567890", 12345678901234567890),
        ("mouthbank.expression", 1, 1.0),
    ],
)
def test_values_are_read_by_the_settings_own_kind(key, text, value):
    changed = apply(DEFAULT, {key: text})
    assert value_of(changed, key) == value
    assert type(value_of(changed, key)) is type(value)


def test_pages_that_were_not_set_are_shared():
    changed = apply(DEFAULT, {"compose.feather": "4", "seed": "3"})
    assert changed.encode is DEFAULT.encode
    assert changed.mouthbank is DEFAULT.mouthbank
    assert changed.compose.lips == DEFAULT.compose.lips


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("compose.feather", "65", "from 0 to 64"),
        ("compose.feather", "nan", "from 0 to 64"),
        ("compose.feather", "1e999", "from 0 to 64"),
        ("compose.feather", "", "from 0 to 64"),
        ("compose.feather", "1,5", "from 0 to 64"),
        ("compose.feather", True, "from 0 to 64"),
        ("compose.feather", [], "from 0 to 64"),
        ("encode.quality", "3.5", "a whole number from 0 to 40"),
        ("encode.quality", 3.5, "a whole number"),
        ("encode.quality", "1_0", "a whole number"),
        ("seed", "-1", "0 or more"),
        ("length_policy", "stretch", "one of cut, hold"),
        ("length_policy", 3, "one of cut, hold"),
        ("governor", "maybe", "on or off"),
        ("governor", 1, "on or off"),
        ("seed", "9" * 5000, "a whole number"),
    ],
)
def test_other_values_are_refused_with_what_is_allowed(key, value, allowed):
    with pytest.raises(InvalidSettingError) as caught:
        apply(DEFAULT, {key: value})
    assert allowed in caught.value.remedy


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("compose.fether", "compose.feather"),
        ("fethr", "feather"),
        ("compose.colour_match", "compose.color_match"),
        ("encoding.quality", "encode.quality"),
    ],
)
def test_an_unknown_key_names_the_nearest(key, near):
    with pytest.raises(InvalidSettingError, match="no setting named") as caught:
        apply(DEFAULT, {key: "1"})
    assert caught.value.remedy == f"Did you mean {near!r}?"


@pytest.mark.parametrize("key", ["", "compose", "zzzzzz", "compose.", "__class__"])
def test_what_is_no_setting_is_refused(key):
    with pytest.raises(InvalidSettingError):
        apply(DEFAULT, {key: "1"})


def test_a_name_that_two_pages_have_must_be_written_in_full():
    class Inner(msgspec.Struct, frozen=True):
        amount: int = 1

    class Outer(msgspec.Struct, frozen=True):
        left: Inner = Inner()
        right: Inner = Inner()

    Inner.__module__ = Outer.__module__ = __name__
    with pytest.raises(InvalidSettingError, match="may mean 2") as caught:
        apply(Outer(), {"amount": "3"})
    assert caught.value.remedy == "Write left.amount or right.amount."
    assert apply(Outer(), {"right.amount": "3"}).right.amount == 3


def test_a_limit_that_no_form_can_show_is_a_mistake_of_the_page():
    class Page(msgspec.Struct, frozen=True):
        odd: Annotated[int, Meta(gt=3)] = 4

    with pytest.raises(TypeError, match="odd"):
        describe(Page)


def test_strengths_have_short_names():
    changed = apply_strengths(DEFAULT, {"lips": 0.8, "jaw": "0.25"})
    assert (changed.compose.lips, changed.compose.jaw) == (0.8, 0.25)
    with pytest.raises(InvalidSettingError, match="no strength named 'lip'") as caught:
        apply_strengths(DEFAULT, {"lip": 1})
    assert caught.value.remedy == "Did you mean 'lips'?"
    with pytest.raises(InvalidSettingError, match=r"cannot be 1\.5"):
        apply_strengths(DEFAULT, {"lips": 1.5})


@given(value=st.floats(0, 64) | st.integers(0, 64))
def test_what_is_written_out_is_read_back(value):
    changed = apply(DEFAULT, {"compose.feather": str(value)})
    assert changed.compose.feather == value
    assert apply(DEFAULT, {"compose.feather": value}) == changed


@given(key=st.text(max_size=12), text=st.text(max_size=12))
def test_any_text_is_a_setting_or_an_invalid_setting_error(key, text):
    for name in (key, "compose.feather", "seed", "codec"):
        try:
            changed = apply(DEFAULT, {name: text})
        except InvalidSettingError as error:
            assert error.remedy
        else:
            assert msgspec.convert(msgspec.to_builtins(changed), RenderSettings) == changed

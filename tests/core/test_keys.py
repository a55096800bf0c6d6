import math
from dataclasses import dataclass
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.settings.pages import MouthBankSettings


class Mode(Enum):
    FAST = "fast"


class Level(IntEnum):
    ONE = 1


class Point(msgspec.Struct, frozen=True):
    x: int
    y: int


class Size(msgspec.Struct, frozen=True):
    x: int
    y: int


@dataclass(frozen=True)
class Spot:
    x: int
    y: int


def keyed(value):
    return cache_key("test", value=value)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.fractions(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def typed(value):
    """A form in which two values are equal if and only if they are the same in type and bits."""
    if isinstance(value, dict):
        return ("dict", tuple(sorted((name, typed(item)) for name, item in value.items())))
    if isinstance(value, list):
        return ("list", tuple(typed(item) for item in value))
    return (type(value).__name__, value.hex() if isinstance(value, float) else repr(value))


@given(plain, plain)
def test_two_values_share_a_key_only_when_they_are_the_same(a, b):
    assert (keyed(a) == keyed(b)) == (typed(a) == typed(b))


@given(st.dictionaries(st.text(), plain, max_size=5), st.randoms())
def test_the_order_of_a_mapping_does_not_matter(mapping, random):
    names = list(mapping)
    random.shuffle(names)
    assert keyed({name: mapping[name] for name in names}) == keyed(mapping)


@given(st.lists(plain, max_size=4))
def test_a_tuple_is_keyed_like_the_list_that_json_makes_of_it(items):
    assert keyed(tuple(items)) == keyed(items)


def test_the_order_of_parts_does_not_matter_but_their_names_do():
    assert cache_key("test", a=1, b=2) == cache_key("test", b=2, a=1)
    assert cache_key("test", a=1, b=2) != cache_key("test", a=2, b=1)
    assert cache_key("test", a=1) != cache_key("other", a=1)


def test_values_that_look_alike_have_different_keys():
    alike = [1, 1.0, True, "1", b"1", Fraction(1), Level.ONE, [1], {"1": 1}, None, 0, -0.0, 0.0]
    alike += [np.array(1), np.array([1]), np.array([1.0]), np.array([[1]]), np.array([True])]
    alike += [Point(1, 1), Size(1, 1), {"x": 1, "y": 1}, "fast", Mode.FAST, "", b"", [], {}]
    alike += [Path("/a"), Path("/b"), "/a"]
    assert len({keyed(value) for value in alike}) == len(alike)


def test_nan_and_infinities_have_keys():
    assert keyed(math.nan) == keyed(float("nan")) == keyed(np.float32("nan"))
    assert len({keyed(math.nan), keyed(math.inf), keyed(-math.inf)}) == 3


def test_numpy_scalars_are_keyed_as_the_python_value():
    assert keyed(np.int16(7)) == keyed(7)
    assert keyed(np.float64(0.1)) == keyed(0.1)
    assert keyed(np.float32(0.1)) != keyed(0.1)
    assert keyed(np.bool_(1)) == keyed(True)


def test_arrays_are_keyed_by_content_not_by_layout():
    array = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert keyed(np.asfortranarray(array)) == keyed(array)
    assert keyed(np.repeat(array, 2, axis=1)[:, ::2]) == keyed(array)
    assert keyed(array.astype(">f4")) == keyed(array)
    assert keyed(array.astype(np.float64)) != keyed(array)
    assert keyed(array.reshape(6, 4)) != keyed(array)


@given(st.integers(0, 23), st.integers(0, 31))
def test_one_bit_of_an_array_changes_the_key(item, bit):
    array = np.arange(24, dtype=np.float32)
    other = array.copy()
    other.view(np.uint32)[item] ^= np.uint32(1 << bit)
    assert keyed(other) != keyed(array)


def test_structs_and_dataclasses_are_keyed_by_class_and_fields():
    assert keyed(FrameRange(1, 2)) == keyed(FrameRange(1, 2))
    assert keyed(FrameRange(1, 2)) != keyed(FrameRange(1, 3))
    assert keyed(Spot(1, 2)) != keyed(Point(1, 2))
    assert keyed(MouthBankSettings()) != keyed(MouthBankSettings(expression=1.1))


def test_bytes_are_alike_however_they_are_held():
    assert keyed(b"abc") == keyed(bytearray(b"abc")) == keyed(memoryview(b"abc"))


def test_huge_integers_and_broken_file_names_have_keys():
    assert keyed(10**5000) != keyed(10**5000 + 1)
    assert keyed("caf\udce9") != keyed("caf\udce8")


@pytest.mark.parametrize(
    "value", [{1}, frozenset(), object(), {1: 2}, np.array([None]), 1j, Spot, len]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError, match=r"test\.value"):
        cache_key("test", value=value)


def test_the_refusal_says_where_the_value_stands():
    with pytest.raises(TypeError, match=r"test\.deep\.list\[1\] is a set"):
        cache_key("test", deep={"list": [0, {1}]})


@pytest.mark.parametrize("kind", ["", "Patches", "a/b", "a" * 33, "-a"])
def test_a_kind_is_a_short_word(kind):
    with pytest.raises(ValueError, match="kind"):
        cache_key(kind)


def test_keys_never_change_between_versions():
    assert cache_key("patches") == "dfedec7ac2c2fd5081793d599b47afa26603ce10"
    parts = {"a": 1, "b": 0.1, "c": "é", "d": b"x", "e": (None, True), "f": Fraction(24000, 1001)}
    assert cache_key("patches", **parts) == "359ed1ebe62626569a483344b913f42bdb676309"
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert (
        cache_key("patches", array=array, range=FrameRange(0, 16), mode=Mode.FAST)
        == "5b59d9814d0dabf04040fa4171198c8f1819d964"
    )

import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.engine import Patch
from latentsync_studio.core.errors import DamagedEntryError
from latentsync_studio.media.patch_codec import PackedPatches, pack, unpack

HEAD = 25  # magic, version, header length, digest


def patch_of(seed: int, height: int, width: int) -> Patch:
    rng = np.random.default_rng(seed)
    return Patch(
        frame=seed,
        pixels=rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
        alpha=rng.integers(0, 256, (height, width), dtype=np.uint8),
        transform=rng.normal(size=(2, 3)),
    )


def smooth_patch(frame: int, side: int) -> Patch:
    ramp = np.add.outer(np.arange(side), np.arange(side) // 3).astype(np.uint8)
    alpha = np.zeros((side, side), np.uint8)
    alpha[4:-4, 4:-4] = 255
    transform = np.array([[1.0, 0, 300], [0, 1, 700]])
    return Patch(
        frame=frame,
        pixels=np.dstack([ramp, ramp[::-1], ramp.T]),
        alpha=alpha,
        transform=transform,
    )


def assert_same(got: Patch, wanted: Patch) -> None:
    assert got.frame == wanted.frame
    np.testing.assert_array_equal(got.pixels, wanted.pixels)
    np.testing.assert_array_equal(got.alpha, wanted.alpha)
    np.testing.assert_array_equal(got.transform, wanted.transform)


def resealed(data: bytes) -> bytes:
    """Damage that the digest does not show: a new digest over the damaged body."""
    body = data[HEAD:]
    return data[: HEAD - 16] + hashlib.blake2b(body, digest_size=16).digest() + body


@given(
    sizes=st.lists(st.tuples(st.integers(1, 70), st.integers(1, 70)), max_size=4),
    seed=st.integers(0, 2**20),
)
@settings(max_examples=40, deadline=None)
def test_what_was_packed_comes_back_bit_for_bit(sizes, seed):
    patches = [patch_of(seed + i, *size) for i, size in enumerate(sizes)]
    back = unpack(pack(patches))
    assert len(back) == len(patches)
    for got, wanted in zip(back, patches, strict=True):
        assert_same(got, wanted)


@pytest.mark.parametrize("size", [(1, 1), (1, 600), (600, 1), (22, 23), (23, 23), (513, 7)])
def test_odd_sizes_on_both_sides_of_the_raw_limit_come_back(size):
    assert_same(unpack(pack([patch_of(3, *size)]))[0], patch_of(3, *size))


def test_a_window_of_equal_patches_is_packed_the_same_way_twice_and_is_small():
    window = [smooth_patch(i, 96) for i in range(16)]
    data = pack(window)
    assert data == pack(window)
    assert len(data) < 16 * 96 * 96 * 4 / 3
    for got, wanted in zip(unpack(data), window, strict=True):
        assert_same(got, wanted)


def test_unpacked_arrays_are_read_only_and_do_not_hold_on_to_the_bytes():
    data = bytearray(pack([smooth_patch(0, 40), patch_of(1, 3, 4)]))
    patches = unpack(data)
    data[HEAD:] = bytes(len(data) - HEAD)  # BufferError if a view were kept
    for patch in patches:
        assert not patch.pixels.flags.writeable
        assert not patch.alpha.flags.writeable
        assert not patch.transform.flags.writeable
    assert_same(patches[0], smooth_patch(0, 40))


def test_of_a_window_only_what_is_asked_for_is_decoded_and_once():
    window = [smooth_patch(frame, 40) for frame in (7, 8, 9)]
    packed = PackedPatches(pack(window))
    assert (list(packed), packed.count) == ([7, 8, 9], 3)
    assert_same(packed[8], window[1])
    assert packed[8] is packed[8]
    assert list(packed._decoded) == [1]
    assert packed.bytes > 3 * 40 * 40 * 4
    with pytest.raises(KeyError):
        packed[10]


def test_what_a_store_has_verified_is_not_verified_again_but_must_have_the_form():
    data = bytearray(pack([smooth_patch(7, 40)]))
    data[HEAD - 1] ^= 1
    assert_same(PackedPatches(bytes(data), is_verified=True)[7], smooth_patch(7, 40))
    for damaged in (data[:-1], b"XXXX" + data[4:], data[:12]):
        with pytest.raises(DamagedEntryError):
            PackedPatches(bytes(damaged), is_verified=True)


@pytest.mark.parametrize(
    ("pixels", "alpha"),
    [((4, 4, 3), (4, 5)), ((0, 4, 3), (0, 4)), ((4, 4, 4), (4, 4))],
)
def test_shapes_that_do_not_fit_are_refused(pixels, alpha):
    patch = Patch(
        frame=0,
        pixels=np.zeros(pixels, np.uint8),
        alpha=np.zeros(alpha, np.uint8),
        transform=np.zeros((2, 3)),
    )
    with pytest.raises(ValueError, match=r"px|fit"):
        pack([patch])


SAMPLE = pack([smooth_patch(0, 32), patch_of(1, 5, 6), smooth_patch(2, 40)])


@given(at=st.integers(0, len(SAMPLE) * 8 - 1))
@settings(max_examples=200, deadline=None)
def test_any_flipped_bit_is_noticed(at):
    data = bytearray(SAMPLE)
    data[at // 8] ^= 1 << at % 8
    with pytest.raises(DamagedEntryError):
        PackedPatches(bytes(data))


@given(keep=st.integers(0, len(SAMPLE) - 1), more=st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_truncated_or_lengthened_data_is_noticed(keep, more):
    for data in (SAMPLE[:keep], SAMPLE[:keep] + more, SAMPLE + b"x" + more):
        if data != SAMPLE:
            with pytest.raises(DamagedEntryError):
                unpack(data)


@given(
    flips=st.lists(
        st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255)), min_size=1, max_size=8
    )
)
@settings(max_examples=300, deadline=None)
def test_damage_under_a_forged_digest_never_crashes(flips):
    data = bytearray(SAMPLE)
    for at, bits in flips:
        data[at] ^= bits
    try:
        patches = unpack(resealed(bytes(data)))
    except DamagedEntryError:
        return
    assert sum(patch.alpha.size for patch in patches) < 32 * len(SAMPLE)


def test_a_header_that_claims_a_huge_picture_is_refused_before_any_memory_is_taken():
    header = struct.unpack_from("<I", SAMPLE, 5)[0]
    claim = SAMPLE[HEAD : HEAD + header].replace(b"\x20\x20", b"\xcd\x40\x00\xcd\x40\x00", 1)
    body = claim + SAMPLE[HEAD + header :]
    data = SAMPLE[:5] + struct.pack("<I", len(claim)) + bytes(16) + body
    with pytest.raises(DamagedEntryError, match="claims 16384 x 16384"):
        unpack(resealed(data))


def test_random_bytes_are_refused():
    rng = np.random.default_rng(0)
    for size in (0, 1, 8, 25, 26, 400):
        with pytest.raises(DamagedEntryError):
            unpack(rng.bytes(size))
        with pytest.raises(DamagedEntryError):
            unpack(SAMPLE[:9] + rng.bytes(size))

import errno
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from faulty_files import FaultyFiles
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from latentsync_studio.core.errors import DamagedEntryError, DiskFullError, StorageError
from latentsync_studio.storage import entry
from latentsync_studio.storage.store import Store
from tests.storage.conftest import key_of

K = key_of("k")
KIB = b"x" * 1024


def files_of(store):
    return sorted(p for p in store.root.glob("??/*") if p.is_file())


def test_what_was_put_is_got_back(store):
    assert store.get(K) is None
    assert not store.has(K)
    store.put(K, "patches", b"one")
    assert store.has(K)
    assert store.get(K) == b"one"
    store.put(K, "patches", b"two")
    assert store.get(K) == b"two"
    assert files_of(store) == [store.root / K[:2] / K[2:]]


def test_another_store_on_the_same_folder_sees_it(store):
    store.put(K, "patches", b"")
    assert Store(store.root, 10**9).get(K) == b""


@pytest.mark.parametrize("key", ["", "ab", "../../etc/passwd", K.upper(), K + "/", "g" * 40])
def test_only_hex_digests_are_keys(store, key):
    for use in (store.get, store.has, store.get_arrays, lambda k: store.pin("me", [k])):
        with pytest.raises(ValueError, match="hex"):
            use(key)
    with pytest.raises(ValueError, match="hex"):
        store.put(key, "patches", b"")


def test_a_kind_is_a_short_word(store):
    with pytest.raises(ValueError, match="kind"):
        store.put(K, "Patches!", b"")


arrays = hnp.arrays(
    dtype=st.sampled_from(["u1", "<i4", ">i4", "<f4", "f8", "?", "c16", "<u2"]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text(max_size=8), arrays, max_size=4))
def test_arrays_come_back_with_type_shape_and_bits(tmp_path_factory, given_arrays):
    store = Store(tmp_path_factory.mktemp("arrays"), 10**9)
    store.put_arrays(K, "tracks", given_arrays)
    got = store.get_arrays(K)
    store.close()
    assert list(got) == list(given_arrays)
    for name, array in given_arrays.items():
        assert got[name].dtype == array.dtype.newbyteorder("<")
        assert got[name].shape == array.shape
        np.testing.assert_array_equal(got[name], array)


def test_arrays_are_mapped_aligned_and_read_only(store):
    store.put_arrays(K, "tracks", {"odd": np.ones(3, np.uint8), "x": np.arange(5.0)})
    got = store.get_arrays(K)["x"]
    assert isinstance(got, np.memmap)
    assert got.ctypes.data % 64 == 0
    with pytest.raises(ValueError, match="read-only"):
        got[0] = 1


def test_objects_are_no_arrays_to_keep(store):
    with pytest.raises(TypeError, match="'a' holds object"):
        store.put_arrays(K, "tracks", {"a": np.array([None])})
    assert not store.has(K)


def test_asking_for_the_wrong_form_is_a_bug_and_not_damage(store):
    store.put(K, "patches", b"")
    with pytest.raises(ValueError, match="holds bytes"):
        store.get_arrays(K)
    store.put_arrays(K, "tracks", {})
    with pytest.raises(ValueError, match="holds arrays"):
        store.get(K)
    assert store.has(K)


def test_mapped_arrays_outlive_their_entry(store):
    store.put_arrays(K, "tracks", {"x": np.arange(100)})
    got = store.get_arrays(K)["x"]
    store.clear()
    assert store.get_arrays(K) is None
    assert got.sum() == 4950


def whole_entry(kind="patches", payload=bytes(range(200))):
    return entry.header(K, kind, entry.BYTES, [payload]) + payload


@settings(max_examples=300)
@given(st.data())
def test_a_flipped_bit_anywhere_is_found(data):
    blob = bytearray(whole_entry())
    bit = data.draw(st.integers(0, 8 * len(blob) - 1))
    blob[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(DamagedEntryError):
        entry.verify(K, memoryview(blob))


@given(st.integers(0, 327))
def test_a_shortened_file_is_found(length):
    with pytest.raises(DamagedEntryError):
        entry.verify(K, memoryview(whole_entry())[:length])


@given(st.binary(min_size=1, max_size=50))
def test_a_lengthened_file_is_found(more):
    with pytest.raises(DamagedEntryError):
        entry.verify(K, memoryview(whole_entry() + more))


@given(st.binary(max_size=300))
def test_any_other_file_is_found(blob):
    with pytest.raises(DamagedEntryError):
        entry.verify(K, memoryview(blob))


def test_an_entry_under_a_foreign_name_is_found():
    with pytest.raises(DamagedEntryError, match="digest"):
        entry.verify(key_of("other"), memoryview(whole_entry()))


@pytest.mark.parametrize("harm", [b"", b"short", bytes(500), whole_entry()[:-1]])
@pytest.mark.parametrize("form", ["bytes", "arrays"])
def test_a_damaged_entry_is_absent_removed_and_counted(store, form, harm):
    if form == "bytes":
        store.put(K, "patches", KIB)
    else:
        store.put_arrays(K, "tracks", {"x": np.arange(1000)})
    files_of(store)[0].write_bytes(harm)
    read = store.get if form == "bytes" else store.get_arrays
    assert read(K) is None
    assert files_of(store) == []
    assert store.damaged == 1
    assert store.info().damaged == 1
    assert store.info().entries == 0


def test_arrays_replaced_after_the_first_opening_are_verified_again(store):
    store.put_arrays(K, "tracks", {"x": np.zeros(1000)})
    assert store.get_arrays(K) is not None
    path = files_of(store)[0]
    blob = bytearray(path.read_bytes())
    blob[-1] ^= 1
    path.write_bytes(blob)
    assert store.get_arrays(K) is None


def test_the_budget_holds_and_the_least_recently_used_go_first(tmp_path):
    store = Store(tmp_path, 20 * 1200, young_s=0)
    for i in range(40):
        store.put(key_of(i), "patches", KIB)
        store.get(key_of(0))
        assert store.info().bytes <= store.budget_bytes
    assert store.get(key_of(0)) == KIB
    assert store.get(key_of(1)) is None
    assert store.get(key_of(39)) == KIB
    assert len(files_of(store)) == store.info().entries
    store.close()


def test_pinned_entries_stay_whatever_the_budget(tmp_path):
    store = Store(tmp_path, 5_000, young_s=0)
    pinned = [key_of(i) for i in range(10)]
    for key in pinned:
        store.pin("job-1", [key])
        store.put(key, "patches", KIB)
    for i in range(20):
        store.put(key_of(f"other {i}"), "patches", KIB)
    assert all(store.get(key) == KIB for key in pinned)
    assert store.info().pinned == 10
    store.close()
    again = Store(tmp_path, 5_000, young_s=0)  # pins outlive the process
    again.put(K, "patches", KIB)
    assert all(again.has(key) for key in pinned)
    again.unpin("job-1")
    again.put(K, "patches", KIB)
    assert again.info().bytes <= 5_000
    again.close()


def test_one_owner_does_not_release_what_another_pins(tmp_path):
    store = Store(tmp_path, 1, young_s=0)
    store.pin("a", [K])
    store.pin("b", [K])
    store.unpin("a")
    store.put(K, "patches", KIB)
    assert store.has(K)
    store.unpin("b")
    store.put(key_of(2), "patches", KIB)
    assert not store.has(K)
    store.close()


def test_pins_of_jobs_long_abandoned_are_dropped(tmp_path):
    store = Store(tmp_path, 10**6)
    store.put(K, "patches", KIB)
    store.pin("old", [K])
    store.close()
    long_ago = time.time() - 31 * 86_400
    os.utime(tmp_path / "pins" / "old", (long_ago, long_ago))
    assert Store(tmp_path, 10**6).info().pinned == 0


def test_entries_just_used_are_not_evicted_for_the_budget(tmp_path):
    store = Store(tmp_path, 3_000, young_s=60)
    for i in range(10):
        store.put(key_of(i), "patches", KIB)
    assert store.info().entries == 10
    store.close()


def test_clear_takes_a_kind_or_all_and_leaves_the_pinned(store):
    for i, kind in enumerate(["patches", "patches", "tracks"]):
        store.put(key_of(i), kind, KIB)
    store.pin("job", [key_of(0)])
    assert store.info().kinds == {"patches": (2, 2304), "tracks": (1, 1152)}
    assert store.clear("patches") == (1, 1152)
    assert store.clear() == (1, 1152)
    assert store.has(key_of(0))
    assert store.clear(keep_pinned=False) == (1, 1152)
    assert store.info().entries == store.info().bytes == 0


def test_the_index_is_made_again_when_it_is_lost(store):
    for i in range(5):
        store.put(key_of(i), "patches", KIB)
    before = store.info()
    for path in store.root.glob("index.db*"):
        path.unlink()
    assert store.info() == before  # while it is open
    store.close()
    for path in store.root.glob("index.db*"):
        path.unlink()
    assert Store(store.root, 10**9).info() == before


@pytest.mark.parametrize("harm", ["text", "zeros", "middle", "other version"])
def test_the_index_is_made_again_when_it_is_damaged(store, harm):
    for i in range(100):
        store.put(key_of(i), "patches", b"")
    before = store.info()
    store.close()
    index = store.root / "index.db"
    blob = bytearray(index.read_bytes())
    if harm == "middle":
        blob[5000:-100] = os.urandom(len(blob) - 5100)
    if harm == "other version":
        with sqlite3.connect(index) as connection:
            connection.execute("PRAGMA user_version=77")
        connection.close()
    else:
        index.write_bytes({"text": b"hello" * 999, "zeros": bytes(len(blob))}.get(harm, blob))
    again = Store(store.root, 10**9)
    again.put(key_of(0), "patches", b"")
    assert again.info() == before
    again.close()


def test_entries_the_index_does_not_know_count_for_the_budget(tmp_path):
    store = Store(tmp_path, 10**6, young_s=0)
    for i in range(10):
        store.put(key_of(i), "patches", KIB)
    store.close()
    with sqlite3.connect(tmp_path / "index.db") as connection:
        connection.execute("DELETE FROM entries")
    connection.close()
    small = Store(tmp_path, 5_000, young_s=0)
    small.put(K, "patches", KIB)
    assert small.info().bytes <= 5_000
    small.close()


def test_an_index_that_names_foreign_files_harms_nothing(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    store = Store(tmp_path / "store", 10, young_s=0)
    store.put(K, "patches", KIB)
    with sqlite3.connect(store.root / "index.db") as connection:
        connection.execute("INSERT INTO entries VALUES ('../outside', 'patches', 9999, 0)")
    connection.close()
    store.put(key_of(1), "patches", KIB)
    store.clear()
    assert outside.read_text() == "mine"
    store.close()


def test_leftovers_of_dead_writers_are_swept_and_those_of_living_ones_kept(store):
    store.put(K, "patches", KIB)
    folder = store.root / K[:2]
    hour_ago = time.time() - 3600
    dead, living, fresh = (folder / f".tmp-{n}-0123456789ab" for n in (2**22 + 1, os.getpid(), 5))
    for path in (dead, living, fresh):
        path.write_bytes(b"half")
    os.utime(dead, (hour_ago, hour_ago))
    os.utime(living, (hour_ago, hour_ago))
    store.close()
    assert Store(store.root, 10**9).info().entries == 1
    assert [path.exists() for path in (dead, living, fresh)] == [False, True, True]


def test_threads_share_a_store(tmp_path):
    store = Store(tmp_path, 40 * 1200, young_s=0)

    def work(worker):
        for i in range(60):
            key = key_of((i * 7 + worker) % 50)
            store.put(key, "patches", key.encode() * 20)
            assert store.get(key) in {None, key.encode() * 20}
            store.pin(f"w{worker}", [key_of(worker)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert store.damaged == 0
    store.close()


def test_a_full_disk_first_loses_what_nobody_pinned(tmp_path):
    with Store(tmp_path, 10**9) as store:
        store.put(key_of(1), "patches", KIB)
        store.put(key_of(2), "patches", KIB)
        store.pin("job", [key_of(2)])
    files = FaultyFiles(1, errno.ENOSPC, only={"write"})
    with Store(tmp_path, 10**9, files) as store:
        store.put(K, "patches", KIB)
        assert [store.has(key) for key in (K, key_of(1), key_of(2))] == [True, False, True]


def test_a_full_disk_says_what_is_needed_and_where(tmp_path):
    files = FaultyFiles(1, errno.ENOSPC, only={"write"}, stays=True)
    with Store(tmp_path / "s", 10**9, files) as store:
        with pytest.raises(DiskFullError, match=r"1\.2 kB needed, .* free in .*/s\.$") as caught:
            store.put(K, "patches", KIB)
        assert "cache clear" in caught.value.remedy
        assert not store.has(K)


@pytest.mark.parametrize("refusal", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path, refusal):
    files = FaultyFiles(1, refusal, only={"create"}, stays=True)
    with (
        Store(tmp_path, 10**9, files) as store,
        pytest.raises(StorageError, match=r"cannot be used") as caught,
    ):
        store.put(K, "patches", KIB)
    assert "LATENTSYNC_STUDIO_HOME" in caught.value.remedy


def test_too_many_open_files_is_no_reason_to_drop_an_entry(tmp_path):
    with Store(tmp_path, 10**9) as store:
        store.put(K, "patches", KIB)
    with Store(tmp_path, 10**9, FaultyFiles(1, errno.EMFILE)) as store:
        with pytest.raises(StorageError, match="open files"):
            store.get(K)
        assert store.get(K) == KIB


def test_what_a_job_reads_or_writes_is_pinned_for_it(tmp_path):
    with Store(tmp_path, 10**9) as store:
        store.put("a" * 40, "patches", b"before the job")
        store.put("b" * 40, "patches", b"not of the job")
        mine = store.owned_by("job")
        mine.put("c" * 40, "patches", b"of the job")
        assert mine.get("a" * 40) == b"before the job"
        assert store.clear()[0] == 1
        assert store.get("b" * 40) is None
        assert mine.get("c" * 40) == b"of the job"
        store.unpin("job")
        assert store.clear()[0] == 2

"""Every file operation fails once, processes die anywhere, disks are full: nothing is lost."""

import errno
import os
import random
import resource
import signal
import subprocess
import time
from itertools import count

import numpy as np
import pytest
from faulty_files import KILL, FaultyFiles, in_child, start_child, wait_child

from latentsync_studio.core.errors import DiskFullError, StorageError, StudioError
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.store import Store
from tests.storage.conftest import key_of

OLD, NEW = b"old" * 300, b"new" * 400
K = key_of("k")
FAULTS = [errno.EIO, errno.ENOSPC, errno.EACCES]


def put_bytes(store, which):
    store.put(K, "patches", {"old": OLD, "new": NEW}[which])


def put_arrays(store, which):
    store.put_arrays(K, "tracks", {"x": np.full(500, {"old": 1.0, "new": 2.0}[which])})


def read_bytes(store):
    return {None: None, OLD: "old", NEW: "new"}[store.get(K)]


def read_arrays(store):
    got = store.get_arrays(K)
    return None if got is None else {1.0: "old", 2.0: "new"}[float(got["x"].mean())]


FORMS = {"bytes": (put_bytes, read_bytes), "arrays": (put_arrays, read_arrays)}


def fill(root, form, before):
    with Store(root, 10**6) as store:
        store.put(key_of("neighbor"), "patches", OLD)
        if before:
            FORMS[form][0](store, before)


def temporaries(root):
    return list(root.rglob(".tmp-*"))


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("before", [None, "old"])
@pytest.mark.parametrize("form", FORMS)
def test_a_put_whose_nth_operation_fails_leaves_the_old_or_the_new(
    tmp_path, form, before, fault, stays
):
    put, read = FORMS[form]
    for nth in count(1):
        root = tmp_path / str(nth)
        fill(root, form, before)
        files = FaultyFiles(nth, fault, stays=stays)
        returned = False
        try:
            with Store(root, 10**6, files) as store:
                store.pin("job", [K, key_of("neighbor")])
                put(store, "new")
                returned = True
        except StudioError as error:
            assert error.remedy
        with Store(root, 10**6) as after:
            assert read(after) in ({"new"} if returned else {before, "new"})
            assert after.get(key_of("neighbor")) == OLD
            assert after.damaged == 0
        if not stays and files.log[nth - 2 : nth - 1] != ["replace"]:
            assert not temporaries(root) or files.log[nth - 1] == "unlink"
        if not files.struck:
            break
    assert nth > 8


@pytest.mark.parametrize("before", [None, "old"])
@pytest.mark.parametrize("form", FORMS)
def test_a_put_killed_at_its_nth_operation_leaves_the_old_or_the_new(tmp_path, form, before):
    put, read = FORMS[form]
    for nth in count(1):
        root = tmp_path / str(nth)
        fill(root, form, before)

        def work(root=root, nth=nth):
            put(Store(root, 10**6, FaultyFiles(nth, KILL)), "new")

        status = in_child(work)
        assert status in {0, -signal.SIGKILL}
        with Store(root, 10**6) as after:
            assert read(after) in ({"new"} if status == 0 else {before, "new"})
            assert after.damaged == 0
            assert after.info().entries == sum(1 for _ in root.glob("??/[0-9a-f]*"))
            put(after, "new")
            assert read(after) == "new"
        if status == 0:
            break
    assert nth > 8


@pytest.mark.parametrize("fault", FAULTS)
def test_an_eviction_whose_nth_operation_fails_loses_no_pinned_and_no_new_entry(tmp_path, fault):
    for nth in count(1):
        root = tmp_path / str(nth)
        with Store(root, 10**6, young_s=0) as store:
            for i in range(8):
                store.put(key_of(i), "patches", OLD)
            store.pin("job", [key_of(0), key_of(1)])
        files = FaultyFiles(nth, fault)
        returned = False
        try:
            with Store(root, 4000, files, young_s=0) as store:
                store.put(K, "patches", NEW)
                returned = True
        except StudioError:
            pass
        with Store(root, 4000) as after:
            held = [after.get(key_of(i)) for i in range(8)]
            assert held[:2] == [OLD, OLD]
            assert set(held) <= {OLD, None}
            assert after.get(K) in ({NEW} if returned else {NEW, None})
            assert after.damaged == 0
        if not files.struck:
            assert held.count(OLD) == 2
            break
    assert nth > 12


@pytest.mark.parametrize("fault", FAULTS)
def test_an_index_rebuild_whose_nth_operation_fails_is_done_by_the_next(tmp_path, fault):
    root = tmp_path / "store"
    with Store(root, 10**6) as store:
        for i in range(3):
            store.put(key_of(i), "patches", OLD)
        store.pin("job", [key_of(0)])
        before = store.info()
    for nth in count(1):
        for path in root.glob("index.db*"):
            path.unlink()
        files = FaultyFiles(nth, fault)
        try:
            with Store(root, 10**6, files) as store:
                store.info()
        except StudioError as error:
            assert error.code == "storage"
        with Store(root, 10**6) as after:
            after.put(key_of(2), "patches", OLD)
            assert [after.get(key_of(i)) for i in range(3)] == [OLD] * 3
            if not files.struck:
                assert after.info() == before
                break
    assert nth > 8


@pytest.mark.parametrize("form", FORMS)
def test_a_get_whose_nth_operation_fails_answers_right_or_not_at_all(tmp_path, form):
    put, read = FORMS[form]
    for fault in FAULTS:
        for nth in count(1):
            root = tmp_path / f"{fault}-{nth}"
            fill(root, form, "old")
            files = FaultyFiles(nth, fault)
            with Store(root, 10**6, files) as store:
                try:
                    assert read(store) in {"old", None}
                except StorageError:
                    assert fault != errno.EIO
            with Store(root, 10**6) as after:
                assert read(after) == "old" or fault == errno.EIO
                put(after, "new")
                assert read(after) == "new"
            if not files.struck:
                break


@pytest.mark.slow
def test_processes_killed_at_any_moment_leave_only_whole_entries(tmp_path):
    rng = random.Random(7)
    payloads = {key_of(i): bytes([i]) * rng.randrange(1, 300_000) for i in range(40)}

    def work():
        order = random.Random(os.getpid())
        with Store(tmp_path, 2_000_000, young_s=0) as store:
            while True:
                key, data = order.choice(list(payloads.items()))
                store.put(key, "patches", data)
                store.get(order.choice(list(payloads)))

    for _ in range(25):
        pid = start_child(work)
        time.sleep(rng.uniform(0.005, 0.12))
        os.kill(pid, signal.SIGKILL)
        assert wait_child(pid) == -signal.SIGKILL
        with Store(tmp_path, 2_000_000, young_s=0) as store:
            held = {key: store.get(key) for key in payloads}
            assert all(data in {None, payloads[key]} for key, data in held.items())
            assert store.damaged == 0
            assert store.info().entries == sum(data is not None for data in held.values())
    assert any(held.values())


@pytest.mark.slow
def test_two_processes_may_write_and_evict_in_one_store(tmp_path):
    payloads = {key_of(i): key_of(i).encode() * (50 + 10 * i) for i in range(40)}
    budget = sum(map(len, payloads.values())) // 3

    def work(seed):
        rng = random.Random(seed)
        with Store(tmp_path, budget, young_s=0) as store:
            for _ in range(600):
                key = rng.choice(list(payloads))
                if store.get(key) not in {None, payloads[key]}:
                    raise AssertionError(key)
                if rng.random() < 0.6:
                    store.put(key, "patches", payloads[key])
                if rng.random() < 0.02:
                    (tmp_path / "index.db").unlink(missing_ok=True)
            if store.damaged:
                raise AssertionError(store.damaged)

    children = [start_child(lambda seed=seed: work(seed)) for seed in range(2)]
    assert [wait_child(pid) for pid in children] == [0, 0]
    with Store(tmp_path, budget, young_s=0) as store:
        store.put(K, "patches", b"")
        assert store.info().bytes <= budget
        assert all(store.get(key) in {None, data} for key, data in payloads.items())
        assert store.info().entries == sum(1 for _ in tmp_path.glob("??/[0-9a-f]*"))
        assert store.damaged == 0


def test_a_really_full_disk_is_told_and_work_goes_on_after_making_room(tiny_disk):
    data = os.urandom(100_000)
    with Store(tiny_disk / "store", 10**9) as store:
        for n in count():
            store.pin("job", [key_of(n)])
            try:
                store.put(key_of(n), "patches", data)
            except DiskFullError as error:
                message = str(error)
                break
        assert 5 <= n <= 10
        assert "100.1 kB needed, " in message
        assert str(tiny_disk) in message
        assert all(store.get(key_of(i)) == data for i in range(n))
        assert not store.has(key_of(n))
        assert not temporaries(tiny_disk)
        store.unpin("job")
        for i in range(n, n + 20):  # nothing is pinned now: old entries make room for new ones
            store.put(key_of(i), "patches", data)
            assert store.get(key_of(i)) == data


def test_a_disk_too_full_for_an_index_still_makes_room(tiny_disk):
    root = tiny_disk / "store"
    with Store(root, 10**9) as store:
        store.put(key_of(0), "patches", os.urandom(300_000))
    for path in root.glob("index.db*"):
        path.unlink()
    (tiny_disk / "ballast").write_bytes(bytes(FileOps().free_bytes(tiny_disk)))
    with Store(root, 10**9) as store:
        store.put(K, "patches", NEW)
        assert store.get(K) == NEW
        assert not store.has(key_of(0))


def test_a_limit_on_file_sizes_is_told(tmp_path):
    def work():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        with pytest.raises(StorageError, match="too large") as caught:
            Store(tmp_path, 10**9).put(K, "patches", bytes(100_000))
        if "limit on the size" not in caught.value.remedy or temporaries(tmp_path):
            raise AssertionError(caught.value.remedy)

    assert in_child(work) == 0


def test_a_read_only_disk_can_be_read_and_says_why_it_is_not_written(tiny_disk):
    with Store(tiny_disk, 10**9) as store:
        store.put(K, "patches", OLD)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with Store(tiny_disk, 10**9) as store:
        assert store.get(K) == OLD
        assert store.info().entries == 1
        with pytest.raises(StorageError, match="Read-only") as caught:
            store.put(key_of(2), "patches", NEW)
        assert "LATENTSYNC_STUDIO_HOME" in caught.value.remedy

import errno

import numpy as np
import pytest

from latentsync_studio.core.errors import DiskFullError, StorageError
from latentsync_studio.storage.scratch import Scratch
from tests.storage.conftest import key_of
from tests.storage.faulty_files import FaultyFiles


def test_pieces_become_one_read_only_array_that_outlives_the_file(tmp_path):
    rows = np.arange(21, dtype=np.float32).reshape(7, 3)
    with Scratch(tmp_path / "new", np.float32, (3,)) as scratch:
        for piece in (rows[:2], rows[2:2], rows[2:]):
            scratch.append(piece)
        assert len(scratch) == 7
        mapped = scratch.mapped()
    np.testing.assert_array_equal(mapped, rows)
    assert isinstance(mapped, np.memmap)
    assert not mapped.flags.writeable


def test_it_has_no_name_that_could_stay_behind(tmp_path):
    with Scratch(tmp_path, np.int16) as scratch:
        scratch.append(np.ones(5, np.int16))
        assert list(tmp_path.iterdir()) == []


def test_no_rows_are_an_empty_array(tmp_path):
    with Scratch(tmp_path, np.float32, (3,)) as scratch:
        mapped = scratch.mapped()
    assert mapped.shape == (0, 3)
    assert not mapped.flags.writeable


@pytest.mark.parametrize("piece", [np.zeros((2, 3)), np.zeros((2, 4), np.float32)])
def test_a_piece_of_another_kind_is_a_mistake(tmp_path, piece):
    with Scratch(tmp_path, np.float32, (3,)) as scratch, pytest.raises(ValueError, match="piece"):
        scratch.append(piece)


@pytest.mark.parametrize("operation", ["make_folder", "unnamed", "write"])
@pytest.mark.parametrize(
    ("fault", "wanted"), [(errno.ENOSPC, DiskFullError), (errno.EACCES, StorageError)]
)
def test_what_the_disk_refuses_is_told(tmp_path, operation, fault, wanted):
    files = FaultyFiles(1, fault, only={operation})
    with pytest.raises(wanted) as caught, Scratch(tmp_path, np.float32, files=files) as scratch:
        scratch.append(np.zeros(4, np.float32))
    assert caught.value.remedy


def test_the_store_takes_it_without_a_copy_in_memory(store, tmp_path, monkeypatch):
    with Scratch(tmp_path, np.float32) as scratch:
        scratch.append(np.arange(100_000, dtype=np.float32))
        mapped = scratch.mapped()
    written = []
    write = store._files.write
    monkeypatch.setattr(
        store._files, "write", lambda fd, data: (written.append(data), write(fd, data))
    )
    store.put_arrays(key_of("a"), "test", {"numbers": mapped})
    (payload,) = (np.asarray(d) for d in written if memoryview(d).nbytes == mapped.nbytes)
    assert np.shares_memory(payload, mapped)
    np.testing.assert_array_equal(store.get_arrays(key_of("a"))["numbers"], mapped)

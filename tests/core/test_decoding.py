"""Threads that decode a type for the first time at the same moment."""

import sys
from threading import Barrier, Thread

import msgspec
import pytest

from latentsync_studio.core.decoding import decodable


@pytest.fixture
def hasty_threads():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def new_type(n):
    inner = msgspec.defstruct(f"Inner{n}", [("a", int), ("b", dict[str, tuple[int, ...]], {})])
    more = [(f"field{k}", inner | None, None) for k in range(20)]
    return msgspec.defstruct(f"Outer{n}", [("x", inner), ("y", list[inner], []), *more])


def test_a_type_is_first_decoded_by_many_threads_at_once_and_nothing_crashes(hasty_threads):
    """Without `decodable` this ends the process by a segmentation fault within some 100 rounds."""
    for n in range(300):
        kind, barrier, found = new_type(n), Barrier(3), []

        def decode(kind=kind, barrier=barrier, found=found):
            barrier.wait()
            found.append(msgspec.json.decode(b'{"x": {"a": 1}}', type=decodable(kind)).x.a)

        threads = [Thread(target=decode) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [1, 1, 1]


def test_it_is_the_type_itself():
    assert decodable(list[int]) == list[int]
    kind = new_type("same")
    assert decodable(kind) is kind

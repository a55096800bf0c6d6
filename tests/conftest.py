"""Fixtures for all tests: the shared clips, a home for every test, a check for leaks."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Tests share the cores; threads of numeric libraries wait by spinning.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from tests.leaks import held, leaked, left_behind

SHARED = Path(__file__).parent.parent.parent / "shared" / "data" / "clips"
PASSED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def shared_clips() -> Path:
    """Return the folder of real clips; skip where a checkout has none."""
    if not SHARED.is_dir():
        pytest.skip("the real clips of ../shared/data/clips are not on this machine")
    return SHARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture(autouse=True)
def nothing_leaks(request, caplog):
    """Fail a passed test that leaves threads, child processes or open files behind.

    Set up before, and checked after, every other fixture of the test. A failed test is let off:
    its traceback holds on to what it opened. So do errors in log records, which are flattened.
    """
    before = held()
    yield
    if request.node.stash.get(PASSED, False):
        for record in (*caplog.get_records("setup"), *caplog.get_records("call")):
            record.msg, record.args, record.exc_info = record.getMessage(), None, None
        found = leaked(before)
        if found:
            pytest.fail("; ".join(found), pytrace=False)


def no_weights_of_this_machine(monkeypatch, cache):
    """Hide the local Hugging Face cache, which may hold weights, from the test and its children."""
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    if "huggingface_hub.constants" in sys.modules:  # read when it was imported
        monkeypatch.setattr(sys.modules["huggingface_hub.constants"], "HF_HUB_CACHE", str(cache))


@pytest.fixture(autouse=True)
def own_data_home(nothing_leaks, request, tmp_path_factory, monkeypatch):
    """Give every test its own application data folder, where it leaves nothing temporary."""
    home = tmp_path_factory.mktemp("studio-home")
    monkeypatch.setenv("LATENTSYNC_STUDIO_HOME", str(home))
    no_weights_of_this_machine(monkeypatch, Path(f"{home}-hub"))
    yield home
    if request.node.stash.get(PASSED, False):
        found = left_behind(home)
        if found:
            pytest.fail("; ".join(found), pytrace=False)

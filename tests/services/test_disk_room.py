from fractions import Fraction
from types import SimpleNamespace

import pytest

from latentsync_studio.services.disk_room import check_room, estimate_room
from latentsync_studio.storage.files import FileOps


class FullDisk(FileOps):
    """A file system with little room."""

    def __init__(self, free):
        self._free = free

    def free_bytes(self, folder):
        return self._free


def clip(frames=250, width=1080, height=1920):
    """The facts that the estimate reads."""
    return SimpleNamespace(
        video=SimpleNamespace(frames=frames, width=width, height=height, rate=Fraction(25))
    )


def test_the_estimate_grows_with_frames_and_pixels():
    one, two = estimate_room(clip()), estimate_room(clip(frames=500))
    assert two.store == pytest.approx(2 * one.store)
    assert two.output == pytest.approx(2 * one.output)
    assert estimate_room(clip(), frames=500) == two
    assert estimate_room(clip(width=590, height=590)).store < one.store


def test_ten_seconds_of_full_hd_need_some_tens_of_megabytes():
    room = estimate_room(clip())
    assert 20e6 < room.store < 100e6
    assert 5e6 < room.output < 30e6


def test_a_disk_with_room_is_no_problem(tmp_path):
    assert check_room(tmp_path, tmp_path / "store", clip()) == ()


def test_a_full_disk_is_a_problem_with_numbers(tmp_path):
    (problem,) = check_room(
        tmp_path, tmp_path / "not" / "yet", clip(15_000), files=FullDisk(300_000_000)
    )
    assert problem.code == "disk-full"
    assert f"3.7 GB needed, 300.0 MB free in {tmp_path}" in str(problem)
    assert problem.remedy


def test_what_the_store_holds_counts_as_room(tmp_path):
    (tmp_path / "store" / "ab").mkdir(parents=True)
    with (tmp_path / "store" / "ab" / "cd").open("wb") as file:
        file.truncate(10_000_000_000)
    files = FullDisk(estimate_room(clip(15_000)).output)
    assert check_room(tmp_path, tmp_path / "store", clip(15_000), files=files) == ()


def test_sound_alone_needs_nothing(tmp_path):
    assert check_room(tmp_path, tmp_path, SimpleNamespace(video=None), files=FullDisk(0)) == ()

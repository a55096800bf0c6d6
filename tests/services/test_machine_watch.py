"""What the machine does is told as far as anybody knows it, and why a GPU is not."""

from __future__ import annotations

import pytest

from latentsync_studio.services.machine import NO_DRIVER, MachineWatch
from tests.fakes.nvml import Driver


def test_processors_memory_and_disk_are_told_and_shares_count_from_the_second_look(tmp_path):
    watch = MachineWatch(tmp_path, Driver(is_there=False))
    first = watch.look()
    assert first.cpu is None
    assert 0 < first.own_mib < first.ram_total_mib
    assert first.free_mib > 0
    sum(k * k for k in range(3_000_000))
    second = watch.look()
    assert 0 <= second.own_cpu <= 1
    assert 0 <= second.cpu <= 1
    assert second.at_s > first.at_s
    watch.close()


def test_without_a_driver_that_is_said(tmp_path):
    watch = MachineWatch(tmp_path, Driver(is_there=False))
    seen = watch.look()
    assert seen.gpus == ()
    assert seen.no_gpu == NO_DRIVER
    watch.close()


def test_what_a_gpu_does_not_offer_is_none_and_the_driver_is_let_go(tmp_path):
    driver = Driver()
    watch = MachineWatch(tmp_path, driver)
    one, other = watch.look().gpus
    assert (one.name, one.used, one.temperature_c) == ("H200", 0.42, 61.0)
    assert one.power_w == pytest.approx(350.5)
    assert one.power_limit_w == pytest.approx(700)
    assert (other.name, other.memory_mib, other.memory_total_mib) == ("vGPU", 2048, 16384)
    assert other.used is other.temperature_c is other.power_w is None
    watch.close()
    assert not driver.is_open


def test_room_is_told_of_the_disk_on_which_a_folder_will_be_made(tmp_path):
    watch = MachineWatch(tmp_path / "not" / "yet", Driver(is_there=False))
    assert watch.look().free_mib > 0
    watch.close()

"""Memory of the machine and of its GPUs, from the one place that asks the driver."""

import sys

import pytest

from latentsync_studio.services import machine_room
from latentsync_studio.services.gpus import GpuNow, gpus_now, parsed
from latentsync_studio.services.machine import MachineWatch
from latentsync_studio.services.machine_room import GpuRoom, room_now
from tests.fakes.nvml import Driver

GIB = 1024**3


def test_the_drivers_table_is_read_and_what_is_odd_is_left_out():
    table = (
        "NVIDIA H200, 3771, 140000, 143771\nName, with comma, 1, 1, 2\n[N/A], -, 5, 9\n\nnonsense"
    )
    one, other = parsed(table)
    assert one == GpuNow(
        name="NVIDIA H200", memory_mib=3771, memory_free_mib=140_000, memory_total_mib=143_771
    )
    assert (other.name, other.memory_free_mib) == ("Name, with comma", 1)


def test_there_is_some_memory():
    room = room_now()
    assert 0 < room.free <= room.total


def test_room_and_dashboard_tell_the_same_of_a_gpu(monkeypatch, tmp_path):
    driver = Driver()
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    watch = MachineWatch(tmp_path)
    seen, room = watch.look().gpus, room_now().gpus
    watch.close()
    assert room == (
        GpuRoom(name="H200", free=5 * GIB, total=8 * GIB),
        GpuRoom(name="vGPU", free=13 * GIB, total=16 * GIB),
    )
    assert [gpu.memory_total_mib for gpu in seen] == [gpu.total / 1024**2 for gpu in room]
    assert not driver.is_open


@pytest.mark.parametrize("driver", [None, Driver(is_there=False)], ids=["no package", "no driver"])
def test_without_the_library_or_a_driver_there_are_no_gpus(monkeypatch, driver):
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    monkeypatch.setattr("latentsync_studio.services.gpus._ASK", ("there-is-no-such-tool",))
    assert gpus_now() == machine_room.room_now().gpus == ()


def test_where_only_the_drivers_tool_is_there_it_is_asked(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    driven = tmp_path / "version"
    driven.touch()
    monkeypatch.setattr("latentsync_studio.services.gpus._DRIVER_FILE", driven)
    told = (sys.executable, "-c", "print('NVIDIA L4, 1, 22000, 23034')")
    monkeypatch.setattr("latentsync_studio.services.gpus._ASK", told)
    assert room_now().gpus == (GpuRoom(name="NVIDIA L4", free=22_000 << 20, total=23_034 << 20),)

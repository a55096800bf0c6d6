"""Memory of the machine and of its GPUs."""

from latentsync_studio.services.machine_room import GpuRoom, parsed, room_now

MIB = 1024**2


def test_the_drivers_table_is_read_and_what_is_odd_is_left_out():
    table = "NVIDIA H200, 140000, 143771\nName, with comma, 1, 2\n[N/A], -, 5\n\nnonsense"
    assert parsed(table) == (
        GpuRoom(name="NVIDIA H200", free=140_000 * MIB, total=143_771 * MIB),
        GpuRoom(name="Name, with comma", free=MIB, total=2 * MIB),
    )


def test_there_is_some_memory():
    room = room_now()
    assert 0 < room.free <= room.total

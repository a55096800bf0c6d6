"""Memory of this machine just now: what is free of the main memory, and on each GPU."""

from __future__ import annotations

import sys
from typing import Final

import msgspec

from latentsync_studio.services.gpus import gpus_now

_MIB: Final = 1024**2


class GpuRoom(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU: its name, free and whole memory in bytes."""

    name: str
    free: int
    total: int


class MachineRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes.

    Attributes:
        free: main memory that is available without swapping.
        total: main memory.
        gpus: NVIDIA's; a GPU that shares the main memory (Apple) is not among them.
        shares_memory: there is a GPU that shares the main memory.
    """

    free: int
    total: int
    gpus: tuple[GpuRoom, ...] = ()
    shares_memory: bool = False


def room_now() -> MachineRoom:
    """Look now; no torch is loaded for it, see `services.gpus`."""
    import psutil

    memory = psutil.virtual_memory()
    return MachineRoom(
        free=int(memory.available),
        total=int(memory.total),
        gpus=_gpu_rooms(),
        shares_memory=sys.platform == "darwin",
    )


def _gpu_rooms() -> tuple[GpuRoom, ...]:
    """Of the GPUs that tell their memory."""
    return tuple(
        GpuRoom(
            name=gpu.name,
            free=round(gpu.memory_free_mib * _MIB),
            total=round(gpu.memory_total_mib * _MIB),
        )
        for gpu in gpus_now()
        if gpu.memory_free_mib is not None and gpu.memory_total_mib is not None
    )

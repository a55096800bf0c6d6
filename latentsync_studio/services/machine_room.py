"""Memory of this machine just now: what is free of the main memory, and on each GPU."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import msgspec

_MIB: Final = 1024**2
_ASK: Final = (
    "nvidia-smi", "--query-gpu=name,memory.free,memory.total", "--format=csv,noheader,nounits",
)  # fmt: skip
_PATIENCE_S: Final = 3.0


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
    """Look now; no torch is loaded for it. Takes up to 3 s where a driver hangs."""
    import psutil

    memory = psutil.virtual_memory()
    return MachineRoom(
        free=int(memory.available),
        total=int(memory.total),
        gpus=_gpus(),
        shares_memory=sys.platform == "darwin",
    )


def _gpus() -> tuple[GpuRoom, ...]:
    """As the driver's own tool tells; none where that is not there."""
    try:
        told = subprocess.run(_ASK, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return parsed(told.stdout)


def parsed(table: str) -> tuple[GpuRoom, ...]:
    """Read "name, free MiB, total MiB" lines; others are left out."""
    found = []
    for line in table.splitlines():
        name, *sizes = (part.strip() for part in line.rsplit(",", 2))
        if len(sizes) == 2 and all(size.isdecimal() for size in sizes):
            free, total = (int(size) * _MIB for size in sizes)
            found.append(GpuRoom(name=name, free=free, total=total))
    return tuple(found)

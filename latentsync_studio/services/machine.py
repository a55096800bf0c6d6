"""What this machine is doing just now: processors, memory, disk, and NVIDIA GPUs (`services.gpus`).

Without NVML GPUs are not known and the reason is told. What nobody offers is None.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psutil

from latentsync_studio.services.gpus import NO_DRIVER, NO_PACKAGE, GpuDriver, GpuNow

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NO_DRIVER", "NO_PACKAGE", "GpuNow", "MachineNow", "MachineWatch"]

_MIB: Final = 1024**2


class MachineNow(msgspec.Struct, frozen=True, kw_only=True):
    """The machine at a moment.

    Attributes:
        at_s: steady clock.
        cpu: share of all processors' time since the last look, 0..1; None at the first one.
        own_cpu: the same of this program alone.
        ram_mib: in use by all programs.
        ram_total_mib: that there is.
        own_mib: resident memory of this program.
        read_mib_s, write_mib_s: of all disks since the last look; None where nobody counts them.
        free_mib: on the disk of the program's data.
        cpu_temperature_c: degrees Celsius of the hottest processor sensor, None where there is
            none.
        gpus: NVIDIA GPUs, in the driver's order.
        no_gpu: why none is listed, or "".
    """

    at_s: float
    cpu: float | None
    own_cpu: float | None
    ram_mib: float
    ram_total_mib: float
    own_mib: float
    read_mib_s: float | None
    write_mib_s: float | None
    free_mib: float | None
    cpu_temperature_c: float | None
    gpus: tuple[GpuNow, ...]
    no_gpu: str


class MachineWatch:
    """Looks again and again; for one thread at a time. Shares count from look to look."""

    def __init__(self, folder: Path, nvml: Any = None) -> None:  # noqa: ANN401 - a module
        """Begin.

        Args:
            folder: whose disk's room is told.
            nvml: has the functions of pynvml; None: that is imported where it is installed.
        """
        self._folder = folder
        self._process = psutil.Process()
        self._last: tuple[float, float, float, float] | None = None  # at, busy, all, own
        self._io: tuple[float, int, int] | None = None
        self._driver = GpuDriver(nvml)

    def look(self) -> MachineNow:
        """Look now; some milliseconds."""
        now = time.monotonic()
        memory = psutil.virtual_memory()
        cpu, own = self._processors(now)
        read, write = self._disks(now)
        return MachineNow(
            at_s=now,
            cpu=cpu,
            own_cpu=own,
            ram_mib=(memory.total - memory.available) / _MIB,
            ram_total_mib=memory.total / _MIB,
            own_mib=self._process.memory_info().rss / _MIB,
            read_mib_s=read,
            write_mib_s=write,
            free_mib=_free_mib(self._folder),
            cpu_temperature_c=_cpu_temperature(),
            gpus=self._driver.gpus(),
            no_gpu=self._driver.why_not,
        )

    def close(self) -> None:
        """Let go of the driver; the watch must not be used afterwards."""
        self._driver.close()

    def _processors(self, now: float) -> tuple[float | None, float | None]:
        times = psutil.cpu_times()
        total = float(sum(times))
        idle = times.idle + getattr(times, "iowait", 0.0)
        used = self._process.cpu_times()
        own = used.user + used.system
        before, self._last = self._last, (now, total - idle, total, own)
        if before is None or total <= before[2]:
            return None, None
        passed = total - before[2]
        return (
            min(1.0, max(0.0, (total - idle - before[1]) / passed)),
            min(1.0, max(0.0, (own - before[3]) / passed)),
        )

    def _disks(self, now: float) -> tuple[float | None, float | None]:
        try:
            counted = psutil.disk_io_counters()
        except (OSError, RuntimeError, NotImplementedError):
            counted = None
        if counted is None:
            return None, None
        before, self._io = self._io, (now, counted.read_bytes, counted.write_bytes)
        if before is None or now <= before[0]:
            return None, None
        rates = [
            max(0, after - was) / _MIB / (now - before[0])
            for after, was in zip(self._io[1:], before[1:], strict=True)
        ]
        return rates[0], rates[1]


def _free_mib(folder: Path) -> float | None:
    """Room where a folder is or will be made."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free / _MIB
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None


def _cpu_temperature() -> float | None:
    look = getattr(psutil, "sensors_temperatures", None)  # not on Windows and macOS
    try:
        found = look() if look is not None else {}
    except (OSError, RuntimeError):
        return None
    names = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "acpitz")
    heats = [float(each.current) for name in names for each in found.get(name, ())]
    return max(heats, default=None)

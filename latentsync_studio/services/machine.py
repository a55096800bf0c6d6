"""What this machine is doing just now: processors, memory, disk, and NVIDIA GPUs through NVML.

NVML is asked through `pynvml`, which is optional: without it, or without a driver, GPUs are not
known and the reason is told. What a driver does not offer is None.
"""

from __future__ import annotations

import shutil
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

NO_DRIVER: Final = "No NVIDIA driver."
NO_PACKAGE: Final = (
    "There is an NVIDIA driver, but not the package nvidia-ml-py that asks it. Install it with"
    ' pip install "latentsync-studio[gpu]".'
)
_MIB: Final = 1024**2
_DRIVER_FILE: Final = Path("/proc/driver/nvidia/version")


class GpuNow(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU at a moment; None is what its driver does not say.

    Attributes:
        name: of the model.
        used: share of the time in which it computed, 0..1.
        memory_mib: in use by all programs.
        memory_total_mib: that it has.
        temperature_c: degrees Celsius.
        power_w: watts.
        power_limit_w: watts that it may take.
    """

    name: str
    used: float | None = None
    memory_mib: float | None = None
    memory_total_mib: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    power_limit_w: float | None = None


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
        self._nvml, self._no_gpu = _opened(nvml)

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
            gpus=self._gpus(),
            no_gpu=self._no_gpu,
        )

    def close(self) -> None:
        """Let go of the driver; the watch must not be used afterwards."""
        if self._nvml is not None:
            _asked(self._nvml, self._nvml.nvmlShutdown)
            self._nvml = None

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

    def _gpus(self) -> tuple[GpuNow, ...]:
        if self._nvml is None:
            return ()
        nvml = self._nvml
        count = _asked(nvml, nvml.nvmlDeviceGetCount) or 0
        handles = [_asked(nvml, nvml.nvmlDeviceGetHandleByIndex, k) for k in range(count)]
        return tuple(_gpu(nvml, handle) for handle in handles if handle is not None)


def _opened(nvml: Any) -> tuple[Any, str]:  # noqa: ANN401 - a module
    """The started library, or None and why."""
    if nvml is None:
        try:
            nvml = import_module("pynvml")
        except ImportError:
            is_driven = _DRIVER_FILE.exists() or shutil.which("nvidia-smi") is not None
            return None, NO_PACKAGE if is_driven else NO_DRIVER
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None, NO_DRIVER
    return nvml, ""


def _gpu(nvml: Any, handle: Any) -> GpuNow:  # noqa: ANN401 - of that module
    name = _asked(nvml, nvml.nvmlDeviceGetName, handle) or "GPU"
    rates = _asked(nvml, nvml.nvmlDeviceGetUtilizationRates, handle)
    memory = _asked(nvml, nvml.nvmlDeviceGetMemoryInfo, handle)
    heat = _asked(nvml, nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU)
    power = _asked(nvml, nvml.nvmlDeviceGetPowerUsage, handle)
    limit = _asked(nvml, nvml.nvmlDeviceGetEnforcedPowerLimit, handle)
    return GpuNow(
        name=name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name),
        used=None if rates is None else rates.gpu / 100,
        memory_mib=None if memory is None else memory.used / _MIB,
        memory_total_mib=None if memory is None else memory.total / _MIB,
        temperature_c=None if heat is None else float(heat),
        power_w=None if power is None else power / 1000,
        power_limit_w=None if limit is None else limit / 1000,
    )


def _asked(nvml: Any, ask: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 - as above
    """An answer of the driver; None where it has none."""
    try:
        return ask(*args)
    except nvml.NVMLError:
        return None


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

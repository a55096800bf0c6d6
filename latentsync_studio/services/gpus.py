"""NVIDIA GPUs at a moment: one place that asks the driver, for dashboard, preflight and benchmark.

    NVML, through `pynvml` where that is installed   ->  GpuNow with all that the driver offers
    else the driver's own tool `nvidia-smi`, once    ->  GpuNow with name and memory

What a driver does not offer is None. torch is not loaded for it.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

NO_DRIVER: Final = "No NVIDIA driver."
NO_PACKAGE: Final = (
    "There is an NVIDIA driver, but not the package nvidia-ml-py that asks it. Install it with"
    ' pip install "latentsync-studio[gpu]".'
)
_MIB: Final = 1024**2
_DRIVER_FILE: Final = Path("/proc/driver/nvidia/version")
_ASK: Final = (
    "nvidia-smi", "--query-gpu=name,memory.used,memory.free,memory.total",
    "--format=csv,noheader,nounits",
)  # fmt: skip
_PATIENCE_S: Final = 3.0  # with a tool of a driver that hangs


class GpuNow(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU at a moment; None is what its driver does not say.

    Attributes:
        name: of the model.
        used: share of the time in which it computed, 0..1.
        memory_mib: in use by all programs.
        memory_free_mib: that a program may still take.
        memory_total_mib: that it has.
        temperature_c: degrees Celsius.
        power_w: watts.
        power_limit_w: watts that it may take.
    """

    name: str
    used: float | None = None
    memory_mib: float | None = None
    memory_free_mib: float | None = None
    memory_total_mib: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    power_limit_w: float | None = None


class GpuDriver:
    """The driver, asked through NVML again and again; for one thread at a time.

    Attributes:
        why_not: why it cannot be asked, or "".
    """

    def __init__(self, nvml: Any = None) -> None:  # noqa: ANN401 - a module
        """Open it.

        Args:
            nvml: has the functions of pynvml; None: that is imported where it is installed.
        """
        self._nvml, self.why_not = _opened(nvml)

    def gpus(self) -> tuple[GpuNow, ...]:
        """All GPUs in the driver's order; none where it cannot be asked."""
        if self._nvml is None:
            return ()
        nvml = self._nvml
        count = _asked(nvml, nvml.nvmlDeviceGetCount) or 0
        handles = [_asked(nvml, nvml.nvmlDeviceGetHandleByIndex, k) for k in range(count)]
        return tuple(_gpu(nvml, handle) for handle in handles if handle is not None)

    def close(self) -> None:
        """Let go of it; there are no GPUs afterwards."""
        if self._nvml is not None:
            _asked(self._nvml, self._nvml.nvmlShutdown)
            self._nvml = None


def gpus_now(nvml: Any = None) -> tuple[GpuNow, ...]:  # noqa: ANN401 - a module
    """Ask once: through NVML, else by the driver's own tool, which may take up to 3 s."""
    driver = GpuDriver(nvml)
    try:
        return _by_tool() if driver.why_not == NO_PACKAGE else driver.gpus()
    finally:
        driver.close()


def parsed(table: str) -> tuple[GpuNow, ...]:
    """Read lines "name, used MiB, free MiB, total MiB"; others are left out."""
    found = []
    for line in table.splitlines():
        name, *sizes = (part.strip() for part in line.rsplit(",", 3))
        if len(sizes) == 3 and all(size.isdecimal() for size in sizes):
            used, free, total = map(float, sizes)
            found.append(
                GpuNow(name=name, memory_mib=used, memory_free_mib=free, memory_total_mib=total)
            )
    return tuple(found)


def _by_tool() -> tuple[GpuNow, ...]:
    try:
        told = subprocess.run(_ASK, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return parsed(told.stdout)


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
        memory_free_mib=None if memory is None else memory.free / _MIB,
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

"""Titles and readings of the dashboard in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from latentsync_studio.ui.scopes.machine_numbers import first_gpu

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.services.machine import MachineNow
    from latentsync_studio.ui.scopes.machine_numbers import Work

_GIB = 1024


def _tr(text: str) -> str:
    return QCoreApplication.translate("Machine", text)


def titles() -> dict[str, str]:
    """Row -> its name."""
    return {
        "cpu_percent": _tr("Processors"),
        "ram_mib": _tr("Memory"),
        "gpu_percent": _tr("GPU"),
        "gpu_memory_mib": _tr("GPU memory"),
        "gpu_power_w": _tr("GPU power"),
        "temperature_c": _tr("Temperature"),
        "disk_mib_s": _tr("Disks"),
        "frames_per_second": _tr("Frames a second"),
        "queued_jobs": _tr("Jobs that wait"),
    }


def reading(row: str, now: MachineNow, work: Work) -> str:
    """What is known now; why not, where it is not."""
    told: dict[str, Callable[[], str | None]] = {
        "cpu_percent": lambda: _cpu(now),
        "ram_mib": lambda: _ram(now),
        "gpu_percent": lambda: _gpu_use(now),
        "gpu_memory_mib": lambda: _gpu_memory(now),
        "gpu_power_w": lambda: _gpu_power(now),
        "temperature_c": lambda: _heat(now),
        "disk_mib_s": lambda: _disk(now),
        "frames_per_second": lambda: _rate(work),
        "queued_jobs": lambda: str(work.queued),
    }
    found = told[row]()
    return _tr("not offered") if found is None else found


def _cpu(now: MachineNow) -> str:
    if now.cpu is None or now.own_cpu is None:  # it takes two looks
        return _tr("known in a moment")
    return _tr("{0:.0f} %, of it this program {1:.0f} %").format(now.cpu * 100, now.own_cpu * 100)


def _ram(now: MachineNow) -> str:
    return _tr("{0:.1f} of {1:.1f} GiB, of it this program {2:.1f}").format(
        now.ram_mib / _GIB, now.ram_total_mib / _GIB, now.own_mib / _GIB
    )


def _gpu_use(now: MachineNow) -> str | None:
    gpu = first_gpu(now)
    if gpu is None:
        return now.no_gpu or _tr("none")
    name = gpu.name if len(now.gpus) == 1 else _tr("{0}, 1 of {1}").format(gpu.name, len(now.gpus))
    return name if gpu.used is None else f"{gpu.used * 100:.0f} %, {name}"


def _gpu_memory(now: MachineNow) -> str | None:
    gpu = first_gpu(now)
    if gpu is None or gpu.memory_mib is None or gpu.memory_total_mib is None:
        return None
    used, total = gpu.memory_mib / _GIB, gpu.memory_total_mib / _GIB
    return _tr("{0:.1f} of {1:.1f} GiB").format(used, total)


def _gpu_power(now: MachineNow) -> str | None:
    gpu = first_gpu(now)
    if gpu is None or gpu.power_w is None:
        return None
    if gpu.power_limit_w is None:
        return f"{gpu.power_w:.0f} W"
    return _tr("{0:.0f} of {1:.0f} W").format(gpu.power_w, gpu.power_limit_w)


def _heat(now: MachineNow) -> str | None:
    gpu = first_gpu(now)
    parts = []
    if gpu is not None and gpu.temperature_c is not None:
        parts.append(_tr("GPU {0:.0f} °C").format(gpu.temperature_c))
    if now.cpu_temperature_c is not None:
        parts.append(_tr("processor {0:.0f} °C").format(now.cpu_temperature_c))
    return ", ".join(parts) or None


def _disk(now: MachineNow) -> str | None:
    parts = []
    if now.read_mib_s is not None and now.write_mib_s is not None:
        parts.append(
            _tr("reads {0:.0f}, writes {1:.0f} MiB/s").format(now.read_mib_s, now.write_mib_s)
        )
    if now.free_mib is not None:
        parts.append(_tr("{0:.0f} GiB free").format(now.free_mib / _GIB))
    return ", ".join(parts) or None


def _rate(work: Work) -> str:
    if work.rate is None:
        return _tr("no frames just now")
    return f"{work.rate:.1f}"

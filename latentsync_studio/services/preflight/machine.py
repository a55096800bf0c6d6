"""Whether this machine is up to a job: memory, GPU, disks and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latentsync_studio.core.preflight import Finding
from latentsync_studio.core.remedies import actions_for
from latentsync_studio.core.render.budget import MIB, PROGRAM_MIB
from latentsync_studio.services.speeds import memory_needed
from latentsync_studio.storage.sizes import size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from latentsync_studio.core.engine import EngineDemands
    from latentsync_studio.core.preflight import Action, Forecast
    from latentsync_studio.core.render.budget import WorkBudget
    from latentsync_studio.core.speeds import Speed
    from latentsync_studio.services.disk_room import RoomNeeded
    from latentsync_studio.services.machine_room import GpuRoom, MachineRoom
    from latentsync_studio.services.validate import Problem

_GIB: Final = 1024**3
_WHOLE_PROGRAM: Final = 3  # times the frames in flight: decoders and encoders hold as much again
_TIGHT: Final = 1.25  # of what is needed has to be free
_ON_CPU: Final = 2  # 32 bits a number instead of 16
_OWN: Final[dict[str, Action]] = {
    "clear-cache": "clear-cache",
    "relink": "relink",
    "choose-output": "choose-output",
    "open-weights": "open-weights",
}


def of_problems(
    problems: Iterable[Problem], subject_id: str = "", subject: str = ""
) -> Iterator[Finding]:
    """What keeps a job from beginning."""
    for problem in problems:
        actions = [_OWN[each] for each in actions_for(problem.code) if each in _OWN]
        if problem.code.startswith("weights") or problem.code == "missing-package":
            actions.append("other-engine")
        yield Finding(
            id=problem.code,
            severity="blocking",
            sentence=problem.message,
            remedy=problem.remedy,
            actions=tuple(actions),
            subject=subject,
            subject_id=subject_id,
        )


def time_finding(forecast: Forecast, frames: int) -> Finding:
    """How long it takes."""
    parts = {"analyse": forecast.analyse, "draw": forecast.draw, "write": forecast.write}
    numbers = {f"{name}_s": round(value, 1) for name, value in parts.items() if value is not None}
    words = {"analyse": "finding faces", "draw": "drawing", "write": "writing"}
    told = ", ".join(f"{words[name]} {time_text(value)}" for name, value in parts.items() if value)
    total = forecast.total
    if total is None:
        unknown = [words[name] for name, value in parts.items() if value is None]
        lacking = f"{', '.join(unknown[:-1])} and {unknown[-1]}" if unknown[1:] else unknown[0]
        were = "were" if unknown[1:] else "was"
        known = f" ({told})" if told else ""
        return Finding(
            id="time",
            severity="info",
            sentence=f"How long {frames:,} frames take is not known{known}: {lacking} {were} not"
            " measured on this machine yet.",
            numbers=numbers,
            remedy="Measure it once: latentsync-studio benchmark",
        )
    detail = f": {told}" if told and total else ""
    return Finding(
        id="time",
        severity="info",
        sentence=f"About {time_text(total)} for {frames:,} frames{detail}.",
        numbers={"total_s": round(total, 1), **numbers},
        actions=("faster",) if total > 600 else (),
        estimated=True,
    )


def time_text(seconds: float) -> str:
    """A rough length of time: "40 s", "3 min", "1.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def memory_findings(
    room: MachineRoom,
    budget: WorkBudget,
    engines: Iterable[tuple[str, EngineDemands | None]],
    speeds: Iterable[Speed],
    device: str = "",
) -> Iterator[Finding]:
    """Main memory, and the GPU's where an engine wants one.

    device: that engines are to run on, as the user names it.
    """
    speeds, engines = tuple(speeds), tuple(engines)
    on_gpu = bool(room.gpus or room.shares_memory) and device != "cpu"
    needed = PROGRAM_MIB * MIB + _WHOLE_PROGRAM * budget.in_flight_bytes
    for engine, demands in engines:
        if demands is not None and demands.wants_gpu:
            yield from _gpu(room, engine, demands, speeds, device)
            if not on_gpu:
                needed += _ON_CPU * demands.memory
        needed = max(needed, int(memory_needed(engine, speeds)[0] * MIB))
    numbers = {"needed_gib": round(needed / _GIB, 2), "free_gib": round(room.free / _GIB, 2)}
    text = f"{size_text(room.free)} of memory are free; the job takes about {size_text(needed)}"
    if room.free < _TIGHT * needed:
        yield Finding(
            id="memory",
            severity="warning",
            sentence=f"{text}. It may get slow, or be ended by the system.",
            numbers=numbers,
            remedy="Close other programs, or lower the memory limit in the preferences.",
        )
    else:
        yield Finding(id="memory", severity="info", sentence=f"{text}.", numbers=numbers)


def _gpu(
    room: MachineRoom,
    engine: str,
    demands: EngineDemands,
    speeds: tuple[Speed, ...],
    device: str,
) -> Iterator[Finding]:
    if device == "cpu" or (not room.gpus and not room.shares_memory):
        cause = "the CPU was chosen" if device == "cpu" else "no GPU was found"
        yield Finding(
            id="gpu",
            severity="warning",
            sentence=f"{engine} draws on the processor ({cause}): that takes minutes for a second"
            " of the clip.",
            actions=("other-engine",),
        )
        return
    gpu = _meant(room.gpus, device)
    if gpu is None:
        return  # it shares the main memory, whose finding says it
    measured = int(memory_needed(engine, speeds)[1] * MIB)
    usual = max(measured, demands.memory)
    numbers = {
        "needed_gib": round(usual / _GIB, 2),
        "least_gib": round(demands.least_memory / _GIB, 2),
        "free_gib": round(gpu.free / _GIB, 2),
        "total_gib": round(gpu.total / _GIB, 2),
    }
    text = (
        f"{gpu.name} has {size_text(gpu.free)} of {size_text(gpu.total)} free; {engine} takes about"
        f" {size_text(usual)}"
    )
    if gpu.free < demands.least_memory:
        lack = f"{text}, at least {size_text(demands.least_memory)}: it will not fit."
        remedy = "Close other programs that use the GPU."
        yield Finding(
            id="gpu", severity="warning", sentence=lack, numbers=numbers,
            actions=("other-engine",), remedy=remedy,
        )  # fmt: skip
    elif gpu.free < usual:
        slow = f"{text}: it will draw in smaller steps, which is slower."
        yield Finding(id="gpu", severity="warning", sentence=slow, numbers=numbers)
    else:
        yield Finding(id="gpu", severity="info", sentence=f"{text}.", numbers=numbers)


def _meant(gpus: tuple[GpuRoom, ...], device: str) -> GpuRoom | None:
    """The GPU that a name means; the first one for no number."""
    number = device.rpartition(":")[2]
    at = int(number) if number.isdecimal() else 0
    return gpus[at] if at < len(gpus) else None


def skipped_finding(count: int) -> Finding:
    """That there was no time for everything."""
    return Finding(
        id="not-looked-at",
        severity="info",
        sentence=f"{count} more clips and recordings were only looked for, not into: there was no"
        " time. Select some clips to look at those.",
        numbers={"skipped": float(count)},
        estimated=True,
    )


def disk_finding(needed: RoomNeeded, folder: Path, free: int) -> Finding:
    """What a job writes, told where there is room; where there is none a problem says it."""
    total = needed.store + needed.output
    part = f" ({size_text(needed.output)} of it the result)" if needed.output else ""
    return Finding(
        id="disk",
        severity="info",
        sentence=f"About {size_text(total)} are written{part}; {size_text(free)} are free in"
        f" {folder}.",
        numbers={
            "needed_gib": round(total / _GIB, 3),
            "output_gib": round(needed.output / _GIB, 3),
            "free_gib": round(free / _GIB, 2),
        },
    )

"""Measure this machine: speed of every engine at several sizes and settings, kept for forecasts.

    for every engine      windows at once that are best, where that matters
      for every size      the sample in that size -> cold: nothing loaded, no face known
                                                   -> warm: drawn again, at every level
                                                   -> written at every level of the export

What is measured is the program's own work on a real clip, not a loop that imitates it. It ends when
the time is up: what was not measured then is reckoned from other levels, or left out and said so.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.engine import DemandingEngine, EngineBenchmark, MeasuredEngine
from latentsync_studio.core.errors import Cancelled, NothingToDoError, StudioError
from latentsync_studio.core.settings import latentsync as mouth_levels
from latentsync_studio.core.settings import quality as export_levels
from latentsync_studio.core.speeds import Speed, seconds_a_frame
from latentsync_studio.services.machine_room import room_now
from latentsync_studio.services.speeds import effort_of_level, keep_speeds, setting_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.services.benchmark_row import Row, RowTimes
    from latentsync_studio.services.engines import EngineBook

BENCHMARK: Final = "benchmark"  # the stage that progress is told of, in sizes of engines
SIZES: Final = ((590, 590), (1280, 720), (1080, 1920))
LIMIT_S, QUICK_LIMIT_S = 240.0, 60.0
_OVER: Final = 1.5  # of the limit, after which what runs is stopped
_FRAMES, _QUICK_FRAMES = 96, 48
_WINDOW: Final = 16  # frames of an engine that wants a GPU and has none
_LEVELED: Final = "latentsync"


class BenchmarkPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be measured.

    Attributes:
        engines: ids.
        settings: all settings but the engine; what is measured beside the levels.
        sizes: px, (width, height).
        is_quick: the first size, one level each, half of the frames.
        limit_s: seconds after which nothing new is begun.
    """

    engines: tuple[str, ...]
    settings: RenderSettings
    sizes: tuple[tuple[int, int], ...] = SIZES
    is_quick: bool = False
    limit_s: float = LIMIT_S

    @property
    def shown_sizes(self) -> tuple[tuple[int, int], ...]:
        """Those that are measured."""
        return self.sizes[:1] if self.is_quick else self.sizes


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        machine: processor, threads, memory and GPUs in a line.
        speeds: what was measured or reckoned.
        batches: engine -> windows at once that were tried.
        notes: what was left out, and why.
        seconds: it took.
    """

    machine: str
    speeds: tuple[Speed, ...]
    batches: dict[str, EngineBenchmark]
    notes: tuple[str, ...]
    seconds: float


class TimeUpError(Cancelled):
    """The time that a benchmark may take is over."""


class TimedProgress:
    """Passes on to another Progress, and ends work when time is up."""

    def __init__(self, progress: Progress, deadline: float) -> None:
        self._progress, self._deadline = progress, deadline

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Only the cancellation: stages of the rows are not those of the benchmark."""
        del stage, done, total, note
        self.check()

    def check(self) -> None:
        """Raise Cancelled when the user stopped it, or the time is up."""
        self._progress.check()
        if time.monotonic() > self._deadline:
            raise TimeUpError("The time of the benchmark is up.")


def benchmark_engine(
    engines: EngineBook, settings: RenderSettings, progress: Progress
) -> EngineBenchmark:
    """Find out how many windows the engine of the settings draws best at once, and keep it.

    Raises:
        NothingToDoError: nothing of the engine depends on that.
        StudioError: it cannot run on this machine.
    """
    engine = engines.ready(settings.engine, progress)
    if not isinstance(engine, MeasuredEngine):
        raise NothingToDoError(
            f"The engine {settings.engine} draws every window by itself; there is nothing to"
            " measure.",
            remedy="Measure another engine, see: latentsync-studio engines",
        )
    return engine.benchmark(getattr(settings, settings.engine), progress)


def run_benchmark(plan: BenchmarkPlan, engines: EngineBook, progress: Progress) -> Benchmark:
    """Measure, and keep what was found in the machine's notes.

    Args:
        plan: what.
        engines: with the weights and the device that are meant.
        progress: told of the stage "benchmark"; may stop it: what was measured is kept all the
            same.

    Raises:
        StudioError: none of the engines can run on this machine: why the first one cannot.
        Cancelled: the user stopped it.
    """
    return _Bench(plan, engines, progress).run()


class _Bench:
    """One benchmark."""

    def __init__(self, plan: BenchmarkPlan, engines: EngineBook, progress: Progress) -> None:
        self._plan, self._engines, self._progress = plan, engines, progress
        self._began = time.monotonic()
        self._timed = TimedProgress(progress, self._began + _OVER * plan.limit_s)
        self._speeds: list[Speed] = []
        self._batches: dict[str, EngineBenchmark] = {}
        self._notes: list[str] = []
        self._written: set[tuple[int, int]] = set()

    def run(self) -> Benchmark:
        able = self._able()
        steps = [(engine, size) for engine in able for size in self._plan.shown_sizes]
        room = room_now()
        try:
            with TemporaryDirectory(prefix="latentsync-studio-") as folder:
                for number, (engine, size) in enumerate(steps):
                    self._progress.report(BENCHMARK, number, len(steps), f"{engine} {_px(size)}")
                    self._step(engine, size, Path(folder), has_gpu=bool(room.gpus))
            self._progress.report(BENCHMARK, len(steps), len(steps))
        finally:
            keep_speeds(self._engines.notes, self._speeds)
        return Benchmark(
            machine=machine_words(),
            speeds=tuple(self._speeds),
            batches=self._batches,
            notes=tuple(self._notes),
            seconds=round(time.monotonic() - self._began, 1),
        )

    def _able(self) -> list[str]:
        """Engines that can run here; raise what is in the way where none can."""
        obstacles = {name: self._engines.obstacle(name) for name in self._plan.engines}
        able = [name for name, obstacle in obstacles.items() if obstacle is None]
        for name, obstacle in obstacles.items():
            if obstacle is not None:
                if not able:
                    raise obstacle
                self._notes.append(
                    f"{name} cannot run here: {str(obstacle).splitlines()[0].rstrip(':')}."
                )
        return able

    @property
    def _is_over(self) -> bool:
        return time.monotonic() - self._began > self._plan.limit_s

    def _step(self, engine: str, size: tuple[int, int], folder: Path, *, has_gpu: bool) -> None:
        """Measure an engine at a size; a first time also how many windows are best at once."""
        if self._is_over:
            self._notes.append(f"{engine} {_px(size)}: not measured, the time was up.")
            return
        is_first = not any(speed.engine == engine for speed in self._speeds)
        settings = msgspec.structs.replace(self._plan.settings, engine=engine)
        try:
            if is_first:
                self._batch(settings)
            self._measure(settings, size, folder, has_gpu=has_gpu, is_first=is_first)
        except TimeUpError:
            self._notes.append(f"{engine} {_px(size)}: stopped, the time was up.")
        except Cancelled:
            raise
        except StudioError as error:
            self._notes.append(f"{engine} {_px(size)}: {error} {error.remedy}".strip())

    def _batch(self, settings: RenderSettings) -> None:
        with suppress(NothingToDoError):
            found = benchmark_engine(self._engines, settings, self._timed)
            self._batches[settings.engine] = found

    def _measure(
        self,
        settings: RenderSettings,
        size: tuple[int, int],
        folder: Path,
        *,
        has_gpu: bool,
        is_first: bool,
    ) -> None:
        from latentsync_studio.services.benchmark_row import Row

        engine = self._engines.get(settings.engine)
        demands = engine.demands() if isinstance(engine, DemandingEngine) else None
        is_slow = demands is not None and demands.wants_gpu and not has_gpu
        frames = _QUICK_FRAMES if self._plan.is_quick else _FRAMES
        row = Row(settings, size, _WINDOW if is_slow else frames, folder, self._timed)
        with row.opened(self._engines):
            cold = row.drawn_cold()
            self._add_analysed(size, cold)
            for level in self._levels(settings, is_first=is_first):
                if self._has_time_for(settings, level):
                    self._add_drawn(level, size, row.drawn_warm(level), cold, is_first=is_first)
            self._reckon(settings, size)
            if size not in self._written and not self._is_over:
                self._write(row, size)

    def _levels(self, settings: RenderSettings, *, is_first: bool) -> Iterator[RenderSettings]:
        """The settings as given, then the other levels of an engine that has a slider."""
        yield settings
        if settings.engine != _LEVELED or self._plan.is_quick or not is_first:
            return
        given = setting_of(settings)
        for number, level in enumerate(mouth_levels.LEVELS):
            if level.name != given:
                yield mouth_levels.with_speed(settings, number)

    def _has_time_for(self, settings: RenderSettings, level: RenderSettings) -> bool:
        """Whether a level ends in time, by what the given one took."""
        if level is settings:
            return True
        known = [s for s in self._speeds if s.engine == settings.engine and s.work == "draw"]
        if self._is_over or not known:
            return False
        took = known[0].frames / known[0].warm
        left = self._plan.limit_s - (time.monotonic() - self._began)
        return took * effort_of_level(setting_of(level), known[0].setting) < left

    def _add_analysed(self, size: tuple[int, int], cold: RowTimes) -> None:
        if cold.analyse_s > 0 and not any(
            s.work == "analyse" and (s.width, s.height) == size for s in self._speeds
        ):
            self._speeds.append(
                Speed(
                    work="analyse",
                    width=size[0],
                    height=size[1],
                    frames=cold.frames,
                    warm=round(cold.frames / cold.analyse_s, 3),
                    memory_mib=cold.memory_mib,
                )
            )

    def _add_drawn(
        self,
        level: RenderSettings,
        size: tuple[int, int],
        warm: RowTimes,
        cold: RowTimes,
        *,
        is_first: bool,
    ) -> None:
        given = level.engine != _LEVELED or setting_of(level) == setting_of(
            msgspec.structs.replace(self._plan.settings, engine=level.engine)
        )
        self._speeds.append(
            Speed(
                work="draw",
                engine=level.engine,
                device=warm.device,
                setting=setting_of(level),
                width=size[0],
                height=size[1],
                frames=warm.drawn,
                cold_s=round(cold.start_s, 3) if given and is_first else 0.0,
                cold=round(cold.drawn / cold.total_s, 3) if given else 0.0,
                warm=round(warm.drawn / max(warm.draw_s, 1e-6), 3),
                memory_mib=max(warm.memory_mib, cold.memory_mib if given else 0.0),
                gpu_mib=warm.gpu_mib,
                batch=warm.batch,
            )
        )

    def _reckon(self, settings: RenderSettings, size: tuple[int, int]) -> None:
        """Levels that were not drawn, from the passes of the network that they take."""
        if settings.engine != _LEVELED:
            return
        drawn = [s for s in self._speeds if s.work == "draw" and s.engine == settings.engine]
        here = {s.setting: s for s in drawn if (s.width, s.height) == size}
        known = next(iter(here.values()), None)
        if known is None:
            return
        for level in mouth_levels.LEVELS:
            if level.name not in here:
                warm = known.warm / effort_of_level(level.name, known.setting)
                self._speeds.append(
                    msgspec.structs.replace(
                        known, setting=level.name, frames=0, cold=0.0, cold_s=0.0,
                        warm=round(warm, 4),
                    )
                )  # fmt: skip

    def _write(self, row: Row, size: tuple[int, int]) -> None:
        """Write the movie at the levels of the export."""
        self._written.add(size)
        chosen = export_levels.shown_level(self._plan.settings.encode).level
        for number, level in enumerate(export_levels.LEVELS):
            if self._is_over or (self._plan.is_quick and number != chosen):
                continue
            times = row.written(number)
            self._speeds.append(
                Speed(
                    work="write",
                    setting=level.name,
                    width=size[0],
                    height=size[1],
                    frames=times.frames,
                    warm=round(times.frames / max(times.write_s, 1e-6), 3),
                    memory_mib=times.memory_mib,
                )
            )


def machine_words() -> str:
    """The machine in a line: processor, threads, memory, GPUs."""
    import os

    import psutil

    room = room_now()
    parts = [processor(), f"{os.cpu_count()} threads on {psutil.cpu_count(logical=False)} cores"]
    parts.append(f"{room.total / 2**30:.0f} GiB")
    parts += [f"{gpu.name} ({gpu.total / 2**30:.0f} GiB)" for gpu in room.gpus]
    return ", ".join(parts)


def processor() -> str:
    """The processor by its name, as far as the system tells."""
    import platform

    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "processor"


def full_speed(speeds: tuple[Speed, ...], draw: Speed) -> float:
    """Frames a second of drawing and writing together at the usual export level; 0: unknown.

    Both run at once, so that this is what is reached at least.
    """
    usual = export_levels.LEVELS[export_levels.STANDARD].name
    rows = [s for s in speeds if s.work == "write" and s.setting == usual]
    writing = seconds_a_frame(rows, draw.pixels)
    return 0.0 if writing is None else 1.0 / (writing + 1.0 / draw.warm)


def _px(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"

"""Measure an engine on this machine, for settings that only cost time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.engine import MeasuredEngine
from latentsync_studio.core.errors import NothingToDoError

if TYPE_CHECKING:
    from latentsync_studio.core.engine import EngineBenchmark
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.services.engines import EngineBook


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

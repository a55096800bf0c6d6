"""The benchmark measures the program's own work, keeps it, and ends in time."""

import pytest

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.services import benchmark
from latentsync_studio.services.benchmark import BenchmarkPlan, full_speed, run_benchmark
from latentsync_studio.services.engines import EngineBook
from latentsync_studio.services.speeds import known_speeds

SIZE = (256, 256)


def plan(**changes):
    plain = {
        "engines": ("mouthbank", "latentsync"),
        "settings": RenderSettings(),
        "sizes": (SIZE, (512, 256)),
        "is_quick": True,
    }
    return BenchmarkPlan(**(plain | changes))


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(benchmark, "_QUICK_FRAMES", 16)


@pytest.mark.slow
def test_an_engine_is_measured_cold_and_warm_and_what_was_found_is_kept(short):
    book = EngineBook()
    reports = []
    found = run_benchmark(plan(), book, CallbackProgress(reports.append))
    assert {speed.work for speed in found.speeds} == {"draw", "analyse", "write"}
    (drawn,) = [speed for speed in found.speeds if speed.work == "draw"]
    assert (drawn.engine, drawn.device, drawn.width, drawn.frames) == ("mouthbank", "cpu", 256, 16)
    assert 0 < drawn.cold < drawn.warm
    assert drawn.cold_s > 0
    assert drawn.memory_mib > 50
    (written,) = [speed for speed in found.speeds if speed.work == "write"]
    assert written.setting == "Standard"
    assert full_speed(found.speeds, drawn) < min(drawn.warm, written.warm)
    assert known_speeds(EngineBook().notes) == found.speeds
    assert found.notes[0].startswith("latentsync cannot run here")
    assert (reports[-1].done, reports[-1].total) == (1, 1)
    assert found.machine


def test_it_ends_when_its_time_is_up(short):
    found = run_benchmark(plan(limit_s=1e-6), EngineBook(), CallbackProgress())
    assert found.speeds == ()
    assert "time was up" in found.notes[-1]


def test_what_runs_is_stopped_a_while_after_the_limit(short, monkeypatch):
    monkeypatch.setattr(benchmark, "_OVER", 0.0)
    found = run_benchmark(plan(limit_s=60), EngineBook(), CallbackProgress())
    assert found.speeds == ()
    assert "stopped, the time was up" in found.notes[-1]


def test_it_can_be_stopped():
    progress = CallbackProgress()
    progress.stop.set()
    with pytest.raises(Cancelled):
        run_benchmark(plan(), EngineBook(), progress)

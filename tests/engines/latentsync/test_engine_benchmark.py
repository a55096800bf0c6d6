"""How many windows are drawn at once is measured, kept, and never more than memory holds."""

import json

import pytest
import torch

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE
from latentsync_studio.core.errors import NothingToDoError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.latentsync import LEVELS
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.engines.latentsync import benchmark
from latentsync_studio.engines.latentsync.host import Host, HostOptions
from latentsync_studio.engines.latentsync.sampler import SamplerOptions
from latentsync_studio.services.benchmark import benchmark_engine
from latentsync_studio.services.engines import EngineBook
from latentsync_studio.storage.machine_notes import NotesFile
from tests.engines.latentsync.test_drawing import models  # noqa: F401 - a fixture
from tests.engines.latentsync.weight_files import write_tiny_set

ONE_STEP = SamplerOptions(steps=1, guidance=1.0)


@pytest.fixture
def host(models, tmp_path):  # noqa: F811
    options = HostOptions(device=torch.device("cpu"), dtype=torch.float32)
    return Host({64: lambda: models}, options, NotesFile(tmp_path / "machine.json"))


def test_what_was_best_is_drawn_from_now_on(host, tmp_path):
    found = benchmark.measure(host, ONE_STEP, CallbackProgress())
    assert [row.windows for row in found.rows][:2] == [1, 2]
    assert found.best in {row.windows for row in found.rows}
    assert host.remembered.batch() == found.best
    again = Host({64: lambda: None}, host.options, NotesFile(tmp_path / "machine.json"))
    assert again.batch == found.best


def test_where_two_windows_do_not_fit_one_is_drawn_and_no_rung_is_lost(host, monkeypatch):
    draw = benchmark.draw_together

    def cramped(networks, orders, step):
        if len(orders) > 1:
            raise torch.OutOfMemoryError("full")
        return draw(networks, orders, step)

    monkeypatch.setattr(benchmark, "draw_together", cramped)
    found = benchmark.measure(host, ONE_STEP, CallbackProgress())
    assert [row.windows for row in found.rows] == [1]
    assert found.best == 1
    assert not host.has_descended


@pytest.mark.slow
def test_levels_are_drawn_or_reckoned_and_the_best_batch_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("latentsync_studio.engines.latentsync.benchmark.TRIED", (1, 2))
    weights = write_tiny_set(tmp_path / "w")
    words = ["--engine", "latentsync", "--weights", str(weights), "--devices", "cpu"]
    changes = ["--set", "latentsync.steps=2", "--quick", "--size", "256x256", "--json"]
    assert run(["benchmark", *words, *changes]) == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["batches"]["latentsync"]["best"] in {1, 2}
    drawn = [speed for speed in found["speeds"] if speed["work"] == "draw"]
    assert {speed["setting"] for speed in drawn} == {level.name for level in LEVELS}
    (measured,) = [speed for speed in drawn if speed["frames"]]
    assert measured["cold_s"] > 0
    best = next(speed for speed in drawn if speed["setting"] == "Best")
    assert best["warm"] < measured["warm"]


def test_an_engine_without_weights_says_why_it_is_not_measured(capsys):
    assert run(["benchmark", "--engine", "latentsync", "--quick"]) == BAD_INPUT
    assert "needs weights" in capsys.readouterr().err


def test_an_engine_that_draws_by_itself_has_no_batches():
    with pytest.raises(NothingToDoError):
        benchmark_engine(EngineBook(), RenderSettings(), CallbackProgress())

"""How many windows are drawn at once is measured, kept, and never more than memory holds."""

import pytest
import torch

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.engines.latentsync import benchmark
from latentsync_studio.engines.latentsync.host import Host, HostOptions
from latentsync_studio.engines.latentsync.sampler import SamplerOptions
from latentsync_studio.storage.machine_notes import NotesFile
from tests.engines.latentsync.test_drawing import models  # noqa: F401 - a fixture

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


def test_an_engine_that_draws_by_itself_has_nothing_to_measure(capsys):
    assert run(["benchmark", "--engine", "mouthbank", "--json"]) == BAD_INPUT
    assert "nothing to" in capsys.readouterr().out

"""`preflight` and `benchmark` on the command line."""

import json

import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.benchmark import json_of
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, USAGE
from latentsync_studio.core.speeds import Speed
from latentsync_studio.services import benchmark
from latentsync_studio.services.preflight import files
from tests.services.conftest import tiny  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(files, "PATIENCE_S", 0.1)
    monkeypatch.setattr(files, "_LEAST_S", 0.05)
    monkeypatch.setattr(benchmark, "_QUICK_FRAMES", 16)


def test_a_good_pair_can_begin(tiny, capsys):  # noqa: F811 - the fixture
    assert run(["preflight", *map(str, tiny)]) == DONE
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "Nothing is in the way."
    assert all(line.startswith(("ok", "      ->")) for line in told[:-1])


def test_what_blocks_exits_with_3_and_is_listed_as_json(tiny, tmp_path, capsys):  # noqa: F811
    words = ["preflight", str(tmp_path / "gone.mp4"), str(tiny[1]), "--json"]
    assert run(words) == BAD_INPUT
    told = json.loads(capsys.readouterr().out)
    assert told["blocked"] is True
    assert told["findings"][0]["id"] == "missing-file"
    assert run(words[:-1]) == BAD_INPUT
    assert capsys.readouterr().out.startswith("STOP  There is no file")


def test_an_unknown_engine_is_a_mistake_on_the_command_line(tiny, capsys):  # noqa: F811
    assert run(["preflight", *map(str, tiny), "--engine", "nobody"]) == USAGE
    assert run(["benchmark", "--engine", "nobody"]) == USAGE
    assert run(["benchmark", "--size", "33x17"]) == USAGE
    assert "even numbers" in capsys.readouterr().err


@pytest.mark.slow
def test_a_benchmark_is_told_as_a_table_and_used_from_then_on(tiny, capsys):  # noqa: F811
    words = ["benchmark", "--engine", "mouthbank", "--quick", "--size", "256x256"]
    assert run(words) == DONE
    told = capsys.readouterr().out
    assert "WARM F/S" in told
    assert "mouthbank  256x256" in told
    assert "kept for the forecasts" in told
    assert run(["preflight", *map(str, tiny), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["total_s"] > 0


def test_in_json_what_was_not_measured_is_null():
    found = benchmark.Benchmark(
        machine="here",
        speeds=(Speed(work="write", width=64, height=64, warm=50.0),),
        batches={},
        notes=(),
        seconds=1.0,
    )
    [told] = json_of(found)["speeds"]
    assert told["cold"] is told["cold_s"] is None
    assert (told["warm"], told["gpu_mib"]) == (50.0, 0.0)

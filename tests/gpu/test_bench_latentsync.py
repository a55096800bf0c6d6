"""The measurement itself runs, as far as a machine without a GPU can tell."""

import json
import signal

import pytest
import torch

from tests.gpu.bench_latentsync import main


@pytest.fixture(autouse=True)
def as_before():
    handler, threads = signal.getsignal(signal.SIGALRM), torch.get_num_threads()
    yield
    signal.signal(signal.SIGALRM, handler)
    torch.set_num_threads(threads)


@pytest.mark.slow
def test_a_tiny_run_on_the_processor_fills_its_table(tmp_path, capsys):
    path = tmp_path / "out.json"
    words = ["--device", "cpu", "--tiny", "--skip", "count", "windows", "drift"]
    main([str(path), *words])
    found = json.loads(path.read_text(encoding="utf-8"))
    assert not [name for name, told in found.items() if "failed" in told]
    assert found["eager"]["fused, guided pass"]["ms"] > 0
    assert found["drift"]["skipped"] == "as asked"
    assert "fused, guided pass" in capsys.readouterr().out

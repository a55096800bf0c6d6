"""Compiled blocks and channels-last memory: the same numbers, few graphs, no breaks."""

import shutil

import pytest
import torch

from latentsync_studio.engines.latentsync.regions import why_not_compiled
from latentsync_studio.engines.latentsync.step_cache import Denoiser
from tests.engines.latentsync.tiny import tiny_unet

TWO_LEVELS = {
    "block_out_channels": [16, 16],
    "down_block_types": ["CrossAttnDownBlockMotion", "DownBlockMotion"],
    "up_block_types": ["UpBlockMotion", "CrossAttnUpBlockMotion"],
    "cross_attention_dim": 24,
}
FRAMES = 2


@pytest.fixture
def denoiser():
    return Denoiser(tiny_unet(4, **TWO_LEVELS))


@pytest.fixture
def given():
    draw = torch.Generator().manual_seed(3)
    x = torch.randn(2, 13, FRAMES, 8, 8, generator=draw)
    return x, 301, torch.randn(FRAMES, 50, 24, generator=draw)


def near(made, wanted):
    torch.testing.assert_close(made, wanted, rtol=0, atol=1e-5)


def test_channels_last_gives_the_same_and_stays_so_between_blocks(denoiser, given):
    noise, deep = denoiser.full(*given, 1)
    shallow = denoiser.shallow(*given, deep, 1)
    denoiser.channels_last()
    seen = []
    blocks = {"ResnetBlock2D", "Transformer2DModel", "AnimateDiffTransformer3D"}
    for module in denoiser.unet.modules():
        if type(module).__name__ in blocks:
            module.register_forward_hook(lambda *all: seen.append(all[2]))
    made, also = denoiser.full(*given, 1)
    near(made, noise)
    near(denoiser.shallow(*given, also, 1), shallow)
    tensors = [each[0] if isinstance(each, tuple) else each for each in seen]
    assert len(tensors) == 8 + 4 + 6 + 3
    assert all(each.is_contiguous(memory_format=torch.channels_last) for each in tensors)


@pytest.mark.slow
def test_blocks_of_one_shape_share_a_graph_and_nothing_is_compiled_twice(denoiser, given):
    noise, deep = denoiser.full(*given, 1)
    shallow = denoiser.shallow(*given, deep, 1)
    graphs = []

    def backend(graph, _):
        graphs.append(graph)
        return graph.forward

    torch._dynamo.reset()
    denoiser.channels_last()
    denoiser.compile_regional(backend=backend)
    for _ in range(2):
        made, also = denoiser.full(*given, 1)
        near(made, noise)
        near(denoiser.shallow(*given, also, 1), shallow)
        assert len(graphs) == 4 + 2 + 2  # shapes of residual blocks, transformers, motion modules
    torch._dynamo.reset()


def test_the_memory_format_comes_before_compiling(denoiser):
    denoiser.compile_regional()
    with pytest.raises(ValueError, match="before"):
        denoiser.channels_last()


def test_it_is_told_where_compiling_cannot_work(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr("latentsync_studio.engines.latentsync.regions.which", lambda _: None)
    assert "C++ compiler" in why_not_compiled(torch.device("cpu"))
    assert "mps" in why_not_compiled(torch.device("mps"))
    monkeypatch.setattr("latentsync_studio.engines.latentsync.regions.find_spec", lambda _: None)
    assert "triton" in why_not_compiled(torch.device("cuda"))

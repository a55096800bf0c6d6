"""Compiled blocks and channels-last memory: the same numbers, few graphs, no breaks."""

import shutil

import pytest
import torch

from latentsync_studio.engines.latentsync.fusing import fuse_projections
from latentsync_studio.engines.latentsync.regions import why_not_compiled
from latentsync_studio.engines.latentsync.step_cache import Denoiser
from latentsync_studio.engines.latentsync.unet import LatentSyncUNet, unet_config
from tests.engines.latentsync.tiny import ONE_LEVEL, tiny_unet

FRAMES = 2


@pytest.fixture
def denoiser():
    return Denoiser(tiny_unet(4, cross_attention_dim=24, **ONE_LEVEL))


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
    assert len(tensors) == (5 + 4 + 3) + 3  # a full pass and a shallow one
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
    denoiser.fuse_projections()
    denoiser.channels_last()
    denoiser.compile_regional(backend=backend)
    for _ in range(2):
        made, also = denoiser.full(*given, 1)
        near(made, noise)
        near(denoiser.shallow(*given, also, 1), shallow)
        # Two widths of residual blocks, transformers on the way and in the middle, motion modules.
        assert len(graphs) == 2 + 2 + 1
    torch._dynamo.reset()


@pytest.mark.parametrize("format_last", [False, True])
def test_fused_projections_compute_the_same(denoiser, given, format_last):
    noise, deep = denoiser.full(*given, 1)
    shallow = denoiser.shallow(*given, deep, 1)
    denoiser.fuse_projections()
    if format_last:
        denoiser.channels_last()
    names = set(denoiser.unet.state_dict())
    assert sum("to_qkv" in name for name in names) == 4 + 2 * 3
    assert not any(".attn1.to_q." in name for name in names)
    made, also = denoiser.full(*given, 1)
    near(made, noise)
    near(denoiser.shallow(*given, also, 1), shallow)


def test_the_full_model_has_56_self_attentions_and_32_flat_convolutions():
    with torch.device("meta"):
        full = LatentSyncUNet(**unet_config())
    before = sum(weight.numel() for weight in full.parameters())
    assert fuse_projections(full) == (56, 32)
    assert sum(weight.numel() for weight in full.parameters()) == before


def test_layers_change_before_compiling(denoiser):
    denoiser.compile_regional()
    with pytest.raises(ValueError, match="before"):
        denoiser.channels_last()
    with pytest.raises(ValueError, match="before"):
        denoiser.fuse_projections()


def test_what_was_done_to_a_network_is_not_done_again(denoiser, given):
    noise, _ = denoiser.full(*given, 1)
    for _ in range(2):
        again = Denoiser(denoiser.unet)
        again.fuse_projections()
        again.channels_last()
        near(again.full(*given, 1)[0], noise)
    again.compile_regional()
    compiled = denoiser.unet.mid_block.resnets[0].forward
    again = Denoiser(denoiser.unet)
    again.fuse_projections()
    again.channels_last()
    again.compile_regional()
    assert denoiser.unet.mid_block.resnets[0].forward is compiled


def test_it_is_told_where_compiling_cannot_work(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr("latentsync_studio.engines.latentsync.regions.which", lambda _: None)
    assert "C++ compiler" in why_not_compiled(torch.device("cpu"))
    assert "mps" in why_not_compiled(torch.device("mps"))
    monkeypatch.setattr("latentsync_studio.engines.latentsync.regions.find_spec", lambda _: None)
    assert "triton" in why_not_compiled(torch.device("cuda"))

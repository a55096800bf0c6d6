"""The VAE is the published one, whole and trained, or it is refused with the reason."""

import json

import pytest
import torch
from diffusers import AutoencoderKL

from latentsync_studio.core.weights import FoundModel, WeightsError
from latentsync_studio.engines.latentsync.vae import (
    ARCHITECTURE,
    check_trained,
    explained_share,
    load_vae,
    probe_picture,
)
from tests.engines.latentsync.tiny_models import tiny_vae
from tests.engines.latentsync.weight_files import TENSORS, write_tiny_vae

CPU = torch.device("cpu")
BIN = "diffusion_pytorch_model.bin"


def found(folder, name=TENSORS, *, is_test=True, config=True):
    return FoundModel(
        role="vae",
        card="",
        form="diffusers",
        weights=folder / name,
        config=folder / "config.json" if config else None,
        origin="chosen folder",
        is_test=is_test,
    )


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}), encoding="utf-8")


@pytest.mark.parametrize("name", [TENSORS, BIN])
def test_both_published_forms_give_the_same_numbers(tmp_path, name):
    write_tiny_vae(tmp_path, 4, name)
    loaded, made = load_vae(found(tmp_path, name), CPU, torch.float32), tiny_vae(4)
    picture = probe_picture(32)
    with torch.inference_mode():
        assert torch.equal(
            loaded.decode(loaded.encode(picture).latent_dist.mode()).sample,
            made.decode(made.encode(picture).latent_dist.mode()).sample,
        )
    assert not loaded.training
    assert loaded.config.scaling_factor == 0.18215


def test_the_published_file_calls_its_attention_otherwise(tmp_path):
    made = tiny_vae(4)
    older = (("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn"))
    state = {}
    for name, tensor in made.state_dict().items():
        for new, old in older:
            name = name.replace(f".{new}.", f".{old}.")  # noqa: PLW2901 - step by step
        state[name] = tensor
    assert sum(".query." in name for name in state) == 4
    write_tiny_vae(tmp_path, 0)
    torch.save(state, tmp_path / BIN)
    loaded = load_vae(found(tmp_path, BIN), CPU, torch.float32)
    for name, tensor in made.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


def test_what_is_missing_left_over_or_misshapen_is_listed(tmp_path):
    write_tiny_vae(tmp_path, 0, BIN)
    state = torch.load(tmp_path / BIN, weights_only=True)
    del state["quant_conv.bias"]
    state["encoder.conv_in.bias"] = torch.zeros(9)
    state["loss.weight"] = torch.zeros(1)
    torch.save(state, tmp_path / BIN)
    with pytest.raises(WeightsError) as refused:
        load_vae(found(tmp_path, BIN), CPU, torch.float32)
    for text in ("1 missing: quant_conv.bias", "left over: loss.weight", "conv_in.bias (9,)"):
        assert text in str(refused.value)


def test_a_vae_in_the_layout_of_the_original_code_is_refused_by_name(tmp_path):
    write_tiny_vae(tmp_path, 0, BIN)
    torch.save({"encoder.down.0.block.0.norm1.weight": torch.zeros(8)}, tmp_path / BIN)
    with pytest.raises(WeightsError, match="original Stable Diffusion"):
        load_vae(found(tmp_path, BIN), CPU, torch.float32)


@pytest.mark.parametrize(
    "change",
    [
        {"scaling_factor": 0.13025},
        {"shift_factor": 0.1159},
        {"latent_channels": 16},
        {"block_out_channels": [64, 128, 256, 512]},
        {"use_quant_conv": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_architecture_or_scaling_is_refused(tmp_path, change):
    (tmp_path / "config.json").write_text(json.dumps({**ARCHITECTURE, **change}), encoding="utf-8")
    with pytest.raises(WeightsError, match=next(iter(change))):
        load_vae(found(tmp_path, is_test=False), CPU, torch.float32)


def test_tiny_weights_that_do_not_say_that_they_are_a_test_are_refused(tmp_path):
    write_tiny_vae(tmp_path, 0)
    with pytest.raises(WeightsError, match="block_out_channels"):
        load_vae(found(tmp_path, is_test=False), CPU, torch.float32)
    with pytest.raises(WeightsError, match="missing"):
        load_vae(found(tmp_path, is_test=False, config=False), CPU, torch.float32)


@pytest.mark.parametrize("content", [b"", b"\x08", b"\xff" * 64], ids=["empty", "short", "noise"])
def test_damaged_tensors_are_refused(tmp_path, content):
    write_tiny_vae(tmp_path, 0)
    (tmp_path / TENSORS).write_bytes(content)
    with pytest.raises(WeightsError, match=TENSORS):
        load_vae(found(tmp_path), CPU, torch.float32)


@pytest.mark.parametrize("config", ["", "[]", "{", "null"])
def test_a_config_that_cannot_be_read_is_refused(tmp_path, config):
    write_tiny_vae(tmp_path, 0)
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(WeightsError, match=r"config\.json"):
        load_vae(found(tmp_path), CPU, torch.float32)


def test_random_weights_do_not_redraw_the_probe():
    for seed in range(3):
        vae = tiny_vae(seed)
        assert explained_share(vae, 32) < 0.1
        with pytest.raises(WeightsError, match="random or damaged"):
            check_trained(vae, "vae", 32)


def test_weights_that_are_no_numbers_are_told_by_the_probe():
    vae = tiny_vae(0)
    with torch.no_grad():
        vae.decoder.conv_out.bias.fill_(torch.nan)
    with pytest.raises(WeightsError, match="random or damaged"):
        check_trained(vae, "vae", 32)


def test_a_vae_that_has_learned_to_redraw_passes_the_probe():
    vae = tiny_vae(0).train().requires_grad_(True)
    steps, picture = torch.optim.Adam(vae.parameters(), lr=5e-3), probe_picture(32)
    for _ in range(18):
        drawn = vae.decode(vae.encode(picture).latent_dist.mode()).sample
        steps.zero_grad()
        (drawn - picture).square().mean().backward()
        steps.step()
    check_trained(vae.eval(), "vae", 32)
    assert explained_share(vae, 32) > 0.7


@pytest.mark.slow
def test_the_real_architecture_with_random_weights_fails_the_probe_clearly():
    vae = AutoencoderKL(**ARCHITECTURE).eval()
    assert sum(parameter.numel() for parameter in vae.parameters()) == 83_653_863
    assert explained_share(vae, 32) < 0.1

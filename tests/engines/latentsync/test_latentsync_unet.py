"""The U-Net against the stock one whose two norms are redone here by the definition."""

import copy

import pytest
import torch
from diffusers.models.unets.unet_motion_model import UNetMotionModel
from torch.nn.functional import group_norm

from latentsync_studio.engines.latentsync.norms import ClipGroupNorm, FrameGroupNorm
from latentsync_studio.engines.latentsync.unet import LatentSyncUNet, unet_config
from tests.engines.latentsync.tiny import tiny_config, tiny_unet

AUDIO = (50, 384)


@pytest.fixture(scope="module")
def unet():
    return tiny_unet(1)


@pytest.fixture(scope="module")
def stock(unet):
    model = UNetMotionModel(**tiny_config()).eval()
    model.load_state_dict(unet.state_dict(), strict=True)
    return model


def inputs(batch, frames, height=8, width=8, seed=2):
    draw = torch.Generator().manual_seed(seed)
    clips = torch.randn(batch, 13, frames, height, width, generator=draw)
    return clips, torch.randn(batch * frames, *AUDIO, generator=draw)


def told(unet):
    return {name: value for name, value in unet.config.items() if not name.startswith("_")}


def run(model, clips, audio, time=301, **more):
    with torch.no_grad():
        return model(clips, time, audio, return_dict=False, **more)[0]


def redone(stock, clips, audio):
    """Run the stock model with hooks that norm anew what its norms were given."""
    batch, frames = clips.shape[0], clips.shape[2]

    def over_the_clip(norm, given, _):
        whole = given[0].reshape(batch, frames, *given[0].shape[1:]).transpose(1, 2).contiguous()
        whole = group_norm(whole, norm.num_groups, norm.weight, norm.bias, norm.eps)
        return whole.transpose(1, 2).reshape(given[0].shape)

    def per_frame(norm, given, _):
        single = given[0].transpose(1, 2).flatten(0, 1).contiguous()
        single = group_norm(single, norm.num_groups, norm.weight, norm.bias, norm.eps)
        return single.view(batch, frames, *single.shape[1:]).transpose(1, 2)

    hooks = []
    for name, module in stock.named_modules():
        if name == "conv_norm_out" or (name.endswith((".norm1", ".norm2")) and ".resnets." in name):
            hooks.append(module.register_forward_hook(over_the_clip))
        elif name.endswith(".norm") and ".motion_modules." in name:
            hooks.append(module.register_forward_hook(per_frame))
    try:
        return run(stock, clips, audio)
    finally:
        for hook in hooks:
            hook.remove()


def off(made, wanted):
    return float((made - wanted).abs().max() / wanted.abs().max())


@pytest.mark.parametrize(
    ("batch", "frames", "height", "width"),
    [(1, 1, 8, 8), (1, 2, 8, 8), (2, 5, 9, 7), (2, 8, 5, 11), (1, 16, 8, 8), (2, 24, 3, 4)],
)
def test_it_computes_what_the_definition_says(unet, stock, batch, frames, height, width):
    clips, audio = inputs(batch, frames, height, width)
    assert off(run(unet, clips, audio), redone(stock, clips, audio)) < 1e-5


def test_the_stock_model_is_wrong_as_soon_as_there_are_two_frames(unet, stock):
    one, two = inputs(1, 1), inputs(2, 2)
    assert off(run(stock, *one), run(unet, *one)) < 1e-5
    assert off(run(stock, *two), run(unet, *two)) > 0.02


def test_every_frame_depends_on_every_other_and_no_clip_on_another(unet):
    clips, audio = inputs(2, 4)
    whole = run(unet, clips, audio)
    assert off(run(unet, clips[:1, :, :3], audio[:3]), whole[:1, :, :3]) > 0.01
    assert off(run(unet, clips[1:], audio[4:]), whole[1:]) < 1e-5
    other = clips.clone()
    other[0, :, 3] += 1
    changed = (run(unet, other, audio) - whole).abs().amax((1, 3, 4))
    assert (changed[0] > 1e-4).all()
    assert (changed[1] == 0).all()


def test_frames_have_an_order(unet):
    clips, audio = inputs(1, 3)
    backwards = run(unet, clips.flip(2), audio.flip(0)).flip(2)
    assert off(backwards, run(unet, clips, audio)) > 0.001


def test_clips_that_hear_nothing_equal_clips_that_hear_zeros(unet):
    clips, audio = inputs(3, 2)
    audio[:4] = 0
    whole = run(unet, clips, audio)
    assert off(run(unet, clips, audio[4:], null_rows=2), whole) < 1e-5
    assert off(run(unet, clips[:1], None, null_rows=1), whole[:1]) < 1e-5


def test_the_attention_of_zeros_is_the_bias_and_nothing_else(unet, stock):
    _, audio = inputs(1, 3)
    audio[:2] = 0
    name = "down_blocks.0.attentions.0.transformer_blocks.0.attn2"
    tokens = torch.randn(3, 20, 16)
    with torch.no_grad():
        usual = stock.get_submodule(name)(tokens, encoder_hidden_states=audio)
        made = unet.get_submodule(name)(tokens, encoder_hidden_states=audio[2:])
    assert torch.equal(made[:2], usual[:2])
    torch.testing.assert_close(made[2:], usual[2:], rtol=0, atol=1e-6)


@pytest.mark.slow
def test_the_full_model_has_the_published_size_and_all_norms_of_its_kind():
    with torch.device("meta"):
        full = LatentSyncUNet(**unet_config())
    assert sum(weight.numel() for weight in full.parameters()) == 1_267_099_844
    assert len(full.state_dict()) == 1226
    kinds = [type(module) for module in full.modules()]
    assert (kinds.count(ClipGroupNorm), kinds.count(FrameGroupNorm)) == (45, 20)
    processors = [type(each).__name__ for each in full.attn_processors.values()]
    assert processors.count("AudioAttention") == 16
    assert full.resolution == 512
    clips, audio = torch.empty(2, 13, 16, 64, 64), torch.empty(32, *AUDIO)
    assert run(full, clips.to("meta"), audio.to("meta")).shape == (2, 4, 16, 64, 64)


def test_another_layout_is_refused():
    with torch.device("meta"), pytest.raises(ValueError, match="layout"):
        LatentSyncUNet(**tiny_config(use_motion_mid_block=True))


@pytest.mark.parametrize(
    ("shape", "rows", "null_rows", "told"),
    [
        ((1, 13, 25, 8, 8), 25, 0, "25 frames at once; it knows 1 to 24"),
        ((1, 4, 2, 8, 8), 2, 0, "not \\(B, 13, F, h, w\\)"),
        ((2, 13, 2, 8, 8), 2, 0, "need 4"),
        ((2, 13, 2, 8, 8), 4, 1, "need 2"),
        ((2, 13, 2, 8, 8), 0, 3, "need -2"),
    ],
)
def test_inputs_that_do_not_belong_together_are_refused(unet, shape, rows, null_rows, told):
    with pytest.raises(ValueError, match=told):
        run(unet, torch.zeros(shape), torch.zeros(rows, *AUDIO), null_rows=null_rows)


def test_saved_and_loaded_it_is_the_same_bit_for_bit(unet, tmp_path):
    clips, audio = inputs(1, 3)
    unet.save_pretrained(tmp_path)
    again = LatentSyncUNet.from_pretrained(tmp_path, low_cpu_mem_usage=False)
    assert told(again) == told(unet)
    again.requires_grad_(requires_grad=False)  # else the CPU takes other kernels
    assert torch.equal(run(again, clips, audio), run(unet, clips, audio))


def test_a_copy_has_a_clip_length_of_its_own(unet):
    other = copy.deepcopy(unet)
    clips, audio = inputs(1, 3)
    wanted = run(unet, clips, audio)
    run(other, *inputs(1, 2))
    assert unet.conv_norm_out.clip.frames == 3
    assert other.conv_norm_out.clip.frames == 2
    assert other.up_blocks[0].resnets[0].norm1.clip is other.conv_norm_out.clip
    assert torch.equal(run(other, clips, audio), wanted)

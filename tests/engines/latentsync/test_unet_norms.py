"""The two norms against the definition: put what shares statistics side by side, norm, put back."""

import pytest
import torch
from torch.nn import GroupNorm
from torch.nn.functional import group_norm

from latentsync_studio.engines.latentsync.norms import ClipGroupNorm, ClipLength, FrameGroupNorm

CHANNELS, GROUPS = 12, 3


def stock(dtype=torch.float32):
    norm = GroupNorm(GROUPS, CHANNELS, 1e-5, dtype=dtype)
    with torch.no_grad():
        norm.weight.copy_(torch.randn(CHANNELS))
        norm.bias.copy_(torch.randn(CHANNELS))
    return norm


def over_the_clip(norm, pixels, frames):
    clips = pixels.reshape(-1, frames, *pixels.shape[1:]).transpose(1, 2).contiguous()
    done = group_norm(clips, norm.num_groups, norm.weight, norm.bias, norm.eps)
    return done.transpose(1, 2).reshape(pixels.shape)


def per_frame(norm, clips):
    frames = clips.transpose(1, 2).flatten(0, 1).contiguous()
    done = group_norm(frames, norm.num_groups, norm.weight, norm.bias, norm.eps)
    return done.view(clips.shape[0], -1, *done.shape[1:]).transpose(1, 2)


@pytest.mark.parametrize("frames", [1, 2, 5, 16, 24])
@pytest.mark.parametrize("batch", [1, 2])
def test_the_norm_over_a_clip_shares_statistics_between_its_frames(frames, batch):
    norm = stock(torch.float64)
    pixels = torch.randn(batch * frames, CHANNELS, 5, 3, dtype=torch.float64)
    pixels *= torch.rand(batch * frames, 1, 1, 1) + 0.5
    with torch.no_grad():
        made = ClipGroupNorm(norm, ClipLength(frames))(pixels)
        torch.testing.assert_close(made, over_the_clip(norm, pixels, frames), rtol=0, atol=1e-12)


@pytest.mark.parametrize("frames", [1, 2, 16])
def test_the_norm_of_motion_modules_keeps_frames_apart(frames):
    norm = stock(torch.float64)
    clips = torch.randn(2, CHANNELS, frames, 5, 3, dtype=torch.float64)
    with torch.no_grad():
        made = FrameGroupNorm(norm)(clips)
        torch.testing.assert_close(made, per_frame(norm, clips), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_as_exact_as_its_own_rounding_far_from_zero(dtype):
    norm = stock()
    pixels = (torch.randn(8, CHANNELS, 16, 16) + 10).to(dtype)
    exact = over_the_clip(norm.double(), pixels.double(), 4)
    with torch.no_grad():
        made = ClipGroupNorm(norm.to(dtype), ClipLength(4))(pixels)
    assert made.dtype == dtype
    spacing = torch.finfo(dtype).eps * 4  # of values up to 8
    assert (made.double() - exact).abs().max() < spacing + 2 * torch.finfo(dtype).eps * exact.std()


def test_the_memory_format_stays_as_it_is():
    norm = stock()
    pixels = torch.randn(4, CHANNELS, 6, 5).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        made = ClipGroupNorm(norm, ClipLength(2))(pixels)
    assert made.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(made, over_the_clip(norm, pixels, 2), rtol=0, atol=2e-6)


def test_the_parameters_are_those_of_the_norm_it_replaces():
    norm = stock()
    for made in (ClipGroupNorm(norm, ClipLength()), FrameGroupNorm(norm)):
        assert made.weight is norm.weight
        assert made.bias is norm.bias
        assert (made.num_groups, made.eps) == (norm.num_groups, norm.eps)

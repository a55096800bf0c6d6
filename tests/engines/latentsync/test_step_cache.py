"""Shallow passes against the rule they stand for: everything frozen but the outermost layer."""

import pytest
import torch

from latentsync_studio.engines.latentsync.step_cache import Denoiser
from tests.engines.latentsync.tiny import TWO_LEVELS, tiny_unet

FRAMES = 3


@pytest.fixture(scope="module")
def denoiser():
    return Denoiser(tiny_unet(4, layers_per_block=2, cross_attention_dim=24, **TWO_LEVELS))


def clip(batch=2, seed=0, height=8, width=8):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(batch, 13, FRAMES, height, width, generator=draw)


def audio(rows, seed=9):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(rows * FRAMES, 50, 24, generator=draw)


def assert_near(made, wanted):
    torch.testing.assert_close(made, wanted, rtol=1e-5, atol=1e-5)


class Frozen:
    """The reference rule: parts give what they gave in the last full pass, whatever comes in.

    Alive are the time embedding, the first convolution, the last layer of the last up block and
    the output, as where the rule comes from.
    """

    def __init__(self, unet):
        self.unet, self.kept, self.mode = unet, {}, "off"
        blocks = [*unet.down_blocks, unet.mid_block, *unet.up_blocks]
        parts = [part for block in blocks for group in block.children() for part in group]
        last = unet.up_blocks[-1]
        alive = [last.resnets[-1], last.attentions[-1], last.motion_modules[-1]]
        self.hooks = [
            part.register_forward_hook(self.replaced) for part in parts if part not in alive
        ]

    def replaced(self, part, given, output):
        if self.mode == "frozen":
            return self.kept[part]
        if self.mode == "keep":
            self.kept[part] = output
        return None

    def run(self, x, t, context, *, shallow):
        self.mode = "frozen" if shallow else "keep"
        with torch.no_grad():
            noise = self.unet(x, t, context, return_dict=False)[0]
        self.mode = "off"
        return noise


@pytest.fixture
def frozen(denoiser):
    rule = Frozen(denoiser.unet)
    yield rule
    for hook in rule.hooks:
        hook.remove()


@pytest.mark.parametrize(("height", "width"), [(8, 8), (5, 9)])
def test_passes_equal_the_reference_rule_along_a_trajectory(denoiser, frozen, height, width):
    context, deep = audio(2), None
    for step, t in enumerate((951, 901, 851, 801)):
        x = clip(2, step, height, width)
        shallow = step % 3 != 0
        wanted = frozen.run(x, t, context, shallow=shallow)
        if shallow:
            assert_near(denoiser.shallow(x, t, context, deep), wanted)
            assert (denoiser.full(x, t, context)[0] - wanted).abs().max() > 0.01
        else:
            made, deep = denoiser.full(x, t, context)
            assert torch.equal(made, wanted)


def test_a_shallow_pass_over_the_same_input_gives_what_the_full_one_gave(denoiser):
    x, context = clip(), audio(2)
    noise, deep = denoiser.full(x, 501, context)
    assert_near(denoiser.shallow(x, 501, context, deep), noise)
    assert deep.shape == (2 * FRAMES, 16, 8, 8)


def test_clips_that_hear_nothing_equal_clips_that_hear_zeros(denoiser):
    x, context = clip(3), audio(3)
    context[: 2 * FRAMES] = 0
    noise, deep = denoiser.full(x, 501, context)
    short = context[2 * FRAMES :]
    made, also = denoiser.full(x, 501, short, 2)
    assert_near(made, noise)
    assert_near(also, deep)
    nearby = x + 0.1
    wanted = denoiser.shallow(nearby, 481, context, deep)
    assert_near(denoiser.shallow(nearby, 481, short, deep, 2), wanted)
    first = slice(0, 2 * FRAMES)
    assert_near(denoiser.shallow(nearby[:2], 481, None, deep[first], 2), wanted[:2])


def test_deep_features_of_fewer_clips_are_a_slice(denoiser):
    x, context = clip(), audio(1)
    _, both = denoiser.full(x, 501, context, 1)
    _, heard = denoiser.full(x[1:], 501, context)
    assert_near(both[FRAMES:], heard)


def test_deep_features_of_another_batch_are_refused(denoiser):
    x, context = clip(), audio(2)
    _, deep = denoiser.full(x, 501, context)
    with pytest.raises(ValueError, match="deep features of 3 frames"):
        denoiser.shallow(x, 501, context, deep[:FRAMES])
    with pytest.raises(ValueError, match="need 3"):
        denoiser.shallow(x, 501, context, deep, 1)


def test_a_time_may_be_a_number_or_a_tensor(denoiser):
    x, context = clip(1), audio(1)
    wanted = denoiser.full(x, 501, context)[0]
    for t in (501.0, torch.tensor(501), torch.tensor([501.0])):
        assert torch.equal(denoiser.full(x, t, context)[0], wanted)
    assert not torch.equal(denoiser.full(x, 502, context)[0], wanted)


def test_a_pass_that_fails_holds_on_to_nothing(denoiser):
    def fail(*_):
        raise torch.OutOfMemoryError("no room")

    hook = denoiser.unet.conv_out.register_forward_pre_hook(fail)
    try:
        with pytest.raises(torch.OutOfMemoryError):
            denoiser.full(clip(), 501, audio(2))
    finally:
        hook.remove()
    assert not denoiser.unet.up_blocks[-1].motion_modules[-2]._forward_hooks


def test_no_gradients_are_kept(denoiser):
    noise, deep = denoiser.full(clip(), 501, audio(2))
    assert not noise.requires_grad
    assert not deep.requires_grad


def test_what_may_be_offloaded_is_never_run_by_a_shallow_pass(denoiser):
    x, context = clip(), audio(2)
    _, deep = denoiser.full(x, 501, context)
    ran = []
    hooks = [
        part.register_forward_hook(lambda module, *_: ran.append(module))
        for block in denoiser.untouched_by_shallow()
        for part in block.modules()
    ]
    denoiser.shallow(x, 501, context, deep)
    assert not ran
    denoiser.full(x, 501, context)
    assert ran
    for hook in hooks:
        hook.remove()


def test_attention_kernels_take_a_limited_batch():
    assert Denoiser.most_clips(64, 64) == 15
    assert Denoiser.most_clips(512, 512) == 1

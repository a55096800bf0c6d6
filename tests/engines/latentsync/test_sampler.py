"""Steps of the sampler: against closed forms, guided, cached, cancelled, and always the same."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from latentsync_studio.core.errors import Cancelled, InvalidSettingError
from latentsync_studio.engines.latentsync.sampler import (
    Conditions,
    SamplerOptions,
    UnstableError,
    clip_noise,
    make_scheduler,
    plan_steps,
    sample,
)
from latentsync_studio.engines.latentsync.step_cache import Denoiser
from latentsync_studio.engines.latentsync.trained_mask import latent_mask
from tests.engines.latentsync.tiny import tiny_unet
from tests.engines.latentsync.tiny_models import WIDTH

FRAMES, SIDE = 2, 8
PLAIN = {"guidance": 1.0, "cache_interval": 1}


class Window(NamedTuple):
    conditions: Conditions
    context: torch.Tensor
    noise: torch.Tensor


def window(count=1, seed=0):
    rng = torch.Generator().manual_seed(seed)
    masked, reference = torch.randn((2, count, 4, FRAMES, SIDE, SIDE), generator=rng)
    mask = torch.from_numpy(latent_mask(8 * SIDE).copy())[None, None, None]
    context = torch.randn((count * FRAMES, 50, WIDTH), generator=rng)
    conditions = Conditions(mask=mask, masked=masked, reference=reference)
    return Window(conditions, context, clip_noise(seed, 8 * SIDE))


def quiet(done, total):
    pass


def sampled(denoiser, given, **options):
    return sample(denoiser, *given, SamplerOptions(**options), quiet)


@pytest.fixture(scope="module")
def denoiser():
    return Denoiser(tiny_unet(cross_attention_dim=WIDTH))


class Rule:
    """Stands in for the network: any function of latents and time. Counts what is run."""

    def __init__(self, rule, dtype=torch.float32):
        self.rule = rule
        self.unet = torch.nn.Linear(1, 1, dtype=dtype)
        self.unet.dtype = dtype
        self.calls = []

    def full(self, x, t, context, null_rows=0):
        self.calls.append(("full", int(t), len(x), null_rows))
        return self.rule(x[:, :4], int(t)), torch.zeros(len(x) * FRAMES, 1, 1, 1)

    def shallow(self, x, t, context, deep, null_rows=0):
        assert len(deep) == len(x) * FRAMES
        self.calls.append(("shallow", int(t), len(x), null_rows))
        return self.rule(x[:, :4], int(t))


def alpha_products():
    """Share of the signal's power at each of the 1000 levels, from the definition."""
    roots = np.sqrt(0.00085) + (np.sqrt(0.012) - np.sqrt(0.00085)) * np.arange(1000) / 999
    return np.cumprod(1 - roots**2)


@pytest.mark.parametrize("steps", [1, 4, 20, 33])
def test_timesteps_of_ddim(steps):
    scheduler = make_scheduler(SamplerOptions(steps=steps))
    wanted = [(steps - 1 - i) * (1000 // steps) + 1 for i in range(steps)]
    assert scheduler.timesteps.tolist() == wanted
    if steps == 20:
        assert wanted[:2] == [951, 901]
        assert wanted[-2:] == [51, 1]


def test_noise_levels_are_the_published_ones():
    products = alpha_products()
    assert products[951] == pytest.approx(0.00815, abs=1e-5)
    assert products[0] == pytest.approx(0.99915)
    for name in ("ddim", "dpm++", "unipc"):
        scheduler = make_scheduler(SamplerOptions(scheduler=name))
        assert np.allclose(scheduler.alphas_cumprod, products, rtol=2e-5)
        assert float(scheduler.init_noise_sigma) == 1.0
        assert scheduler.timesteps.device.type == "cpu"


def test_ddim_is_the_closed_form(denoiser):
    given = window()
    found = sampled(denoiser, given, steps=5, **PLAIN)
    products = alpha_products()
    x = given.noise.double().expand(1, 4, FRAMES, SIDE, SIDE)
    mask = given.conditions.mask.expand(1, 1, FRAMES, SIDE, SIDE)
    for i in range(5):
        t = (4 - i) * 200 + 1
        seen = [x.float(), mask, given.conditions.masked, given.conditions.reference]
        e = denoiser.full(torch.cat(seen, 1), t, given.context)[0].double()
        now, then = products[t], products[max(t - 200, 0)]
        clean = (x - np.sqrt(1 - now) * e) / np.sqrt(now)
        x = np.sqrt(then) * clean + np.sqrt(1 - then) * e
    assert torch.allclose(found.double(), x, atol=2e-4, rtol=1e-4)


def normal_noise(mean, deviation):
    """The exact noise prediction where clean latents are normal: every solver's true answer."""
    products = alpha_products()

    def rule(x, t):
        a = products[t]
        return np.sqrt(1 - a) * (x - np.sqrt(a) * mean) / (a * deviation**2 + 1 - a)

    return rule


@pytest.mark.parametrize(
    ("name", "steps", "error"),
    [
        ("ddim", 200, 0.03),
        ("dpm++", 12, 0.05),
        ("unipc", 12, 0.05),
    ],
)
def test_every_scheduler_ends_near_the_exact_solution(name, steps, error):
    mean, deviation = 0.7, 0.3
    given = window()
    rule = Rule(normal_noise(mean, deviation))
    found = sampled(rule, given, scheduler=name, steps=steps, **PLAIN)
    t = make_scheduler(SamplerOptions(scheduler=name, steps=steps)).timesteps[0]
    a = alpha_products()[int(t)]
    place = (given.noise - np.sqrt(a) * mean) / np.sqrt(a * deviation**2 + 1 - a)
    wanted = (mean + deviation * place).expand_as(found)
    assert (found - wanted).abs().max() < error
    assert len(rule.calls) == steps


@pytest.mark.parametrize("name", ["ddim", "dpm++", "unipc"])
def test_ten_steps_leave_the_finest_detail(name):
    """A last jump from much noise to none would take it: every pixel becomes the mean."""
    fine = 0.05
    rule = Rule(normal_noise(0.0, fine))
    found = sampled(rule, window(), scheduler=name, steps=10, **PLAIN)
    assert float(found.std()) > 0.8 * fine * float(window().noise.std())


@pytest.mark.parametrize("name", ["dpm++", "unipc"])
@pytest.mark.parametrize("steps", [1, 2, 3, 50])
def test_any_number_of_steps_runs_from_the_most_noise_to_the_least(name, steps):
    times = make_scheduler(SamplerOptions(scheduler=name, steps=steps)).timesteps.tolist()
    assert len(times) == steps
    assert times[0] == 999
    assert times == sorted(times, reverse=True)
    found = sampled(Rule(lambda x, t: 0.9 * x), window(), scheduler=name, steps=steps, **PLAIN)
    assert torch.isfinite(found).all()


def test_guidance_is_exact(denoiser):
    given = window()
    found = sampled(denoiser, given, steps=1, guidance=2.5)
    mask = given.conditions.mask.expand(1, 1, FRAMES, SIDE, SIDE)
    x = given.noise.expand(1, 4, FRAMES, SIDE, SIDE)
    seen = torch.cat([x, mask, given.conditions.masked, given.conditions.reference], 1)
    spoken = denoiser.full(seen, 1, given.context)[0]
    silent = denoiser.full(seen, 1, torch.zeros_like(given.context))[0]
    e = silent + 2.5 * (spoken - silent)
    a, end = alpha_products()[[1, 0]]
    wanted = np.sqrt(end / a) * (x - np.sqrt(1 - a) * e) + np.sqrt(1 - end) * e
    assert torch.allclose(found, wanted, atol=1e-5)
    assert (spoken - silent).abs().max() > 1e-3


@pytest.mark.parametrize("guidance", [0.0, 1.0])
def test_without_guidance_the_network_runs_once_a_step(guidance):
    rule = Rule(lambda x, t: 0.1 * x)
    sampled(rule, window(2), steps=3, guidance=guidance, cache_interval=1)
    assert [(kind, rows, silent) for kind, _, rows, silent in rule.calls] == [("full", 2, 0)] * 3


@pytest.mark.parametrize(("interval", "part"), [(1, (0.0, 1.0)), (3, (0.3, 0.75))])
def test_guidance_in_one_batch_and_one_after_the_other_are_equal(denoiser, interval, part):
    given = window(2)
    options = {"steps": 3 if interval == 1 else 7, "cache_interval": interval}
    options |= {"guidance_from": part[0], "guidance_to": part[1]}
    one = sampled(denoiser, given, batched_guidance=True, **options)
    two = sampled(denoiser, given, batched_guidance=False, **options)
    assert torch.allclose(one, two, atol=1e-4, rtol=1e-4)
    assert (one - sampled(denoiser, given, guidance=1.0, **options)).abs().max() > 1e-3


def test_full_steps_of_the_default_are_those_of_the_reference():
    plan = plan_steps(SamplerOptions())
    assert [i for i, now in enumerate(plan) if now.is_full] == [0, 3, 6, 9, 12, 15, 18]
    assert all(now.is_guided for now in plan)
    assert all(now.is_full for now in plan_steps(SamplerOptions(cache_interval=1)))


def test_guidance_holds_within_its_part_of_the_trajectory_and_begins_with_a_full_step():
    options = SamplerOptions(steps=12, guidance_from=0.25, guidance_to=0.75)
    plan = plan_steps(options)
    assert [i for i, now in enumerate(plan) if now.is_guided] == [3, 4, 5, 6, 7, 8]
    late = plan_steps(SamplerOptions(steps=12, guidance_from=0.35, guidance_to=0.75))
    assert [i for i, now in enumerate(late) if now.is_guided] == [4, 5, 6, 7, 8]
    assert [i for i, now in enumerate(late) if now.is_full] == [0, 3, 4, 7, 10]
    rule = Rule(lambda x, t: 0.1 * x)
    sampled(rule, window(), steps=12, guidance_from=0.35, guidance_to=0.75)
    rows = [(kind, rows, silent) for kind, _, rows, silent in rule.calls]
    assert rows[2:6] == [("shallow", 1, 0), ("full", 1, 0), ("full", 2, 1), ("shallow", 2, 1)]
    assert rows[8:11] == [("shallow", 2, 1), ("shallow", 1, 0), ("full", 1, 0)]
    never = SamplerOptions(steps=4, guidance_from=0.5, guidance_to=0.5)
    assert not any(now.is_guided for now in plan_steps(never))


def test_shallow_steps_reuse_the_deep_features_of_the_last_full_one(denoiser):
    given = window()
    exact = sampled(denoiser, given, steps=6, guidance=1.0, cache_interval=1)
    cached = sampled(denoiser, given, steps=6, guidance=1.0, cache_interval=2)
    single = sampled(denoiser, given, steps=6, guidance=1.0, cache_interval=99)
    assert (cached - exact).abs().max() > 1e-4
    assert (single - cached).abs().max() > 1e-4


def test_it_can_be_stopped_at_every_step():
    rule = Rule(lambda x, t: 0.1 * x)
    for stop in range(5):
        rule.calls.clear()

        def step(done, total, stop=stop):
            assert total == 4
            if done == stop:
                raise Cancelled("Stopped.")

        with pytest.raises(Cancelled):
            sample(rule, *window(), SamplerOptions(steps=4, batched_guidance=False), step)
        assert len(rule.calls) == 2 * stop
    seen = []
    sample(rule, *window(), SamplerOptions(steps=4), lambda done, total: seen.append(done))
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", ["ddim", "dpm++", "unipc"])
def test_the_same_inputs_give_the_same_bits_whatever_was_sampled_before(denoiser, name):
    given, other = window(seed=1), window(seed=2)
    first = sampled(denoiser, given, scheduler=name, steps=4)
    torch.manual_seed(99)
    sampled(denoiser, other, scheduler=name, steps=3)
    before = torch.get_rng_state()
    assert torch.equal(sampled(denoiser, given, scheduler=name, steps=4), first)
    assert torch.equal(torch.get_rng_state(), before)
    assert first.dtype == torch.float32
    assert first.shape == (1, 4, FRAMES, SIDE, SIDE)


def test_windows_sampled_at_once_are_those_sampled_alone(denoiser):
    both = window(2)
    together = sampled(denoiser, both, steps=4)
    for k in range(2):
        part = Conditions(
            mask=both.conditions.mask,
            masked=both.conditions.masked[k : k + 1],
            reference=both.conditions.reference[k : k + 1],
        )
        heard = both.context[k * FRAMES : (k + 1) * FRAMES]
        alone = sampled(denoiser, (part, heard, both.noise), steps=4)
        assert torch.allclose(together[k : k + 1], alone, atol=1e-4, rtol=1e-4)


def test_noise_belongs_to_the_request_alone():
    before = torch.get_rng_state()
    noise = clip_noise(1247, 512)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(3)
    assert torch.equal(clip_noise(1247, 512), noise)
    assert not torch.equal(clip_noise(1248, 512), noise)
    assert noise.shape == (1, 4, 1, 64, 64)
    assert noise.dtype == torch.float32
    assert noise.device.type == "cpu"
    assert abs(float(noise.mean())) < 0.03
    assert clip_noise(-5, 64).shape == (1, 4, 1, 8, 8)


def test_every_frame_begins_with_the_same_noise():
    seen = []
    sampled(Rule(lambda x, t: seen.append(x) or 0 * x), window(2), steps=1, **PLAIN)
    assert torch.equal(seen[0], clip_noise(0, 64).expand(2, 4, FRAMES, SIDE, SIDE))


def test_sums_stay_in_single_precision_while_the_network_uses_half():
    rule = Rule(lambda x, t: 0.1 * x, torch.bfloat16)
    assert sampled(rule, window(), steps=2).dtype == torch.float32


def test_numbers_out_of_range_are_an_error_and_no_picture():
    rule = Rule(lambda x, t: x * float("inf"), torch.float16)
    with pytest.raises(UnstableError, match=r"torch\.float16 within 2 steps"):
        sampled(rule, window(), steps=2, **PLAIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scheduler": "euler"},
        {"steps": 0},
        {"steps": 1001},
        {"guidance": float("nan")},
        {"guidance_from": 0.6, "guidance_to": 0.5},
        {"cache_interval": 0},
    ],
)
def test_impossible_options_are_refused(wrong):
    with pytest.raises(InvalidSettingError):
        SamplerOptions(**wrong)

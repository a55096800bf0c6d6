"""From noise to latents: the steps of one window of frames (or of several windows at once).

Guidance runs the network with the speech and without it: e = e0 + s (e1 - e0). The clips without
come first in a batch; what they would hear of silence is known without computing it, which is the
`Denoiser`'s matter. Latents and their sums are kept in float32 whatever the network computes in.

Source: LatentSync's defaults. DDIM (Song et al. 2021), DPM-Solver++ (Lu et al. 2022), UniPC (Zhao
et al. 2023), all of diffusers; a new scheduler for every call, since two of them remember steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, cast

import torch

from latentsync_studio.core.errors import InvalidSettingError, StudioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from latentsync_studio.engines.latentsync.step_cache import Denoiser

SchedulerName = Literal["ddim", "dpm++", "unipc"]

TRAIN_STEPS: Final = 1000
_NOISE_LEVELS: Final[dict[str, Any]] = {
    "num_train_timesteps": TRAIN_STEPS,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "epsilon",
}
_EVENLY: Final[dict[str, Any]] = {"timestep_spacing": "leading", "steps_offset": 1}
# With few steps even spacing ends by a jump from where a third of the noise is still there, which
# keeps a sixth of the finest detail (normally distributed latents, 10 steps; DDIM keeps 0.87).
# Noise levels as of Karras et al. 2022 keep 0.84 and lie closer to the solution than 20 of DDIM.
_FINE_AT_LAST: Final[dict[str, Any]] = {"solver_order": 2, "use_karras_sigmas": True}
_LATENT_STRIDE: Final = 8


class Scheduler(Protocol):
    """What is used of a scheduler of diffusers."""

    timesteps: Tensor
    init_noise_sigma: float
    alphas_cumprod: Any  # a tensor

    def set_timesteps(self, num_inference_steps: int) -> None:
        """Choose the timesteps."""

    def step(
        self, model_output: Tensor, timestep: Tensor, sample: Tensor, *, return_dict: bool
    ) -> tuple[Tensor, ...]:
        """One step; the first of the results is the next sample."""


class UnstableError(StudioError):
    """The network's numbers left the range of its precision."""

    code = "unstable-numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplerOptions:
    """How to sample; the defaults are the model's own.

    Attributes:
        scheduler: "ddim", "dpm++" (2nd order, multistep) or "unipc" (2nd order).
        steps: denoising steps, 1..1000.
        guidance: s above; 1 and less run the network with the speech only, at half the cost.
        guidance_from: part of the trajectory (0..1) where guidance begins; 0 is pure noise.
        guidance_to: part of the trajectory where it ends; outside the speech alone is used.
        cache_interval: every so many steps are full ones, the others shallow; 1 caches nothing.
        batched_guidance: both halves in one batch; else one after the other, in half the memory.
    """

    scheduler: SchedulerName = "ddim"
    steps: int = 20
    guidance: float = 1.5
    guidance_from: float = 0.0
    guidance_to: float = 1.0
    cache_interval: int = 3
    batched_guidance: bool = True

    def __post_init__(self) -> None:
        sound = (
            self.scheduler in _SCHEDULERS
            and 1 <= self.steps <= TRAIN_STEPS
            and 0.0 <= self.guidance <= 100.0
            and 0.0 <= self.guidance_from <= self.guidance_to <= 1.0
            and self.cache_interval >= 1
        )
        if not sound:
            raise InvalidSettingError(
                f"{self} cannot be sampled with.",
                remedy="Put the engine's settings back to their defaults.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step runs: both halves of guidance or one, all of the network or its rim."""

    is_guided: bool
    is_full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the network sees beside the noise, on its device.

    Attributes:
        mask: (1, 1, 1, h, w), 1 = keep.
        masked: (B, 4, F, h, w) latents of the squares with the mask's part in grey.
        reference: (B, 4, F, h, w) latents of the squares.
    """

    mask: Tensor
    masked: Tensor
    reference: Tensor


def clip_noise(seed: int, resolution: int) -> Tensor:
    """The noise that every frame of a clip begins with.

    Drawn on the CPU in float32 from a generator of its own: the same on every device, whatever
    else is drawn, and however a job is split.

    Args:
        seed: of the request, any whole number.
        resolution: side of the square, px.

    Returns:
        (1, 4, 1, res / 8, res / 8) f32.
    """
    side = resolution // _LATENT_STRIDE
    source = torch.Generator(device="cpu").manual_seed(seed % 2**63)
    return torch.randn((1, 4, 1, side, side), generator=source)


def plan_steps(options: SamplerOptions) -> tuple[Step, ...]:
    """What each step runs.

    A step is guided when its middle, (i + 1/2) / steps, lies between `guidance_from` and
    `guidance_to`. Full are the first step, every one that is `cache_interval` after the last full
    one, and the one where guidance begins: before it there are no deep features without speech.
    """
    plan: list[Step] = []
    since = 0
    for i in range(options.steps):
        middle = (i + 0.5) / options.steps
        inside = options.guidance_from <= middle < options.guidance_to
        is_guided = inside and options.guidance > 1.0
        begins = is_guided and (not plan or not plan[-1].is_guided)
        is_full = not plan or since + 1 >= options.cache_interval or begins
        since = 0 if is_full else since + 1
        plan.append(Step(is_guided=is_guided, is_full=is_full))
    return tuple(plan)


def make_scheduler(options: SamplerOptions) -> Scheduler:
    """Return a new scheduler with its timesteps set, on the CPU."""
    scheduler = _SCHEDULERS[options.scheduler]()
    levels = scheduler.alphas_cumprod
    scheduler.alphas_cumprod = levels.numpy()  # some hand the tensor to NumPy in a deprecated way
    scheduler.set_timesteps(options.steps)
    scheduler.alphas_cumprod = levels
    return scheduler


@torch.no_grad()
def sample(
    denoiser: Denoiser,
    conditions: Conditions,
    context: Tensor,
    noise: Tensor,
    options: SamplerOptions,
    step: Callable[[int, int], None],
) -> Tensor:
    """Denoise the frames of B windows.

    Args:
        denoiser: runs the network.
        conditions: B windows of F frames.
        context: (B * F, 50, 384) what each frame hears, window by window.
        noise: (1, 4, 1, h, w) f32, the same for all frames.
        options: how.
        step: called with (steps done, steps) before each step and after the last; may raise.

    Returns:
        (B, 4, F, h, w) f32 scaled latents on the network's device.

    Raises:
        UnstableError: the result holds infinities or NaN.
    """
    steps = _Steps(denoiser, conditions, context, options)
    scheduler = make_scheduler(options)
    times = [int(t) for t in scheduler.timesteps]
    shape = conditions.masked.shape
    x = noise.to(conditions.masked.device, torch.float32).expand(shape) * scheduler.init_noise_sigma
    plan = plan_steps(options)
    for i, now in enumerate(plan):
        step(i, len(plan))
        e = steps.noise(x, times[i], now)
        x = scheduler.step(e, scheduler.timesteps[i], x, return_dict=False)[0]
    if not torch.isfinite(x).all():
        raise UnstableError(
            f"The network's numbers left the range of {denoiser.unet.dtype} within {len(plan)}"
            " steps.",
            remedy="Choose the precision bf16 or fp32.",
        )
    step(len(plan), len(plan))
    return x


class _Steps:
    """Runs the network step by step and keeps the deep features between full steps."""

    def __init__(
        self, denoiser: Denoiser, conditions: Conditions, context: Tensor, options: SamplerOptions
    ) -> None:
        self._denoiser, self._options = denoiser, options
        count, _, frames, *size = conditions.masked.shape
        self._count, self._rows = count, count * frames
        mask = conditions.mask.expand(count, 1, frames, *size)
        parts = [mask, conditions.masked, conditions.reference]
        dtype = denoiser.unet.dtype
        self._seen = torch.cat([part.to(dtype) for part in parts], dim=1)
        self._context = context.to(self._seen)
        self._deep: Tensor | None = None  # of the clips with speech, or of both when batched
        self._deep_null: Tensor | None = None

    def noise(self, x: Tensor, t: int, now: Step) -> Tensor:
        """The noise in `x` at timestep `t`, f32."""
        given = torch.cat([x.to(self._seen), self._seen], dim=1)
        if not now.is_guided:
            return self._with_speech(given, t, now)
        if self._options.batched_guidance:
            both = self._both(given, t, now)
            silent, spoken = both[: self._count], both[self._count :]
        else:
            silent = self._without_speech(given, t, now)
            spoken = self._with_speech(given, t, now)
        return silent + self._options.guidance * (spoken - silent)

    def _both(self, given: Tensor, t: int, now: Step) -> Tensor:
        twice = given.repeat(2, 1, 1, 1, 1)
        if now.is_full:
            e, self._deep = self._denoiser.full(twice, t, self._context, self._count)
        else:
            e = self._denoiser.shallow(twice, t, self._context, self._held(), self._count)
        return e.float()

    def _with_speech(self, given: Tensor, t: int, now: Step) -> Tensor:
        if now.is_full:
            e, self._deep = self._denoiser.full(given, t, self._context)
        else:
            deep = self._held()[-self._rows :]  # after guidance ended: those with speech come last
            e = self._denoiser.shallow(given, t, self._context, deep)
        return e.float()

    def _without_speech(self, given: Tensor, t: int, now: Step) -> Tensor:
        if now.is_full:
            e, self._deep_null = self._denoiser.full(given, t, None, self._count)
        elif self._deep_null is None:
            raise RuntimeError("a shallow step comes before any full one")
        else:
            e = self._denoiser.shallow(given, t, None, self._deep_null, self._count)
        return e.float()

    def _held(self) -> Tensor:
        if self._deep is None:
            raise RuntimeError("a shallow step comes before any full one")
        return self._deep


def _ddim() -> Scheduler:
    from diffusers import DDIMScheduler

    made: Any = DDIMScheduler  # diffusers is untyped
    ends = {"clip_sample": False, "set_alpha_to_one": False}
    return cast("Scheduler", made(**_NOISE_LEVELS, **_EVENLY, **ends))


def _dpm() -> Scheduler:
    from diffusers import DPMSolverMultistepScheduler

    made: Any = DPMSolverMultistepScheduler
    return cast("Scheduler", made(**_NOISE_LEVELS, **_FINE_AT_LAST, algorithm_type="dpmsolver++"))


def _unipc() -> Scheduler:
    from diffusers import UniPCMultistepScheduler

    made: Any = UniPCMultistepScheduler
    return cast("Scheduler", made(**_NOISE_LEVELS, **_FINE_AT_LAST))


_SCHEDULERS: Final[dict[str, Callable[[], Scheduler]]] = {
    "ddim": _ddim,
    "dpm++": _dpm,
    "unipc": _unipc,
}

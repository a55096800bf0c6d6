"""How fast and how small the LatentSync engine is on this machine, with random full-size weights.

    python tests/gpu/bench_latentsync.py out.json [--budget 460] [--skip compiled]
    python tests/gpu/bench_latentsync.py out.json --device cpu --tiny      (a test of the script)

Weights are random: times and memory are those of real ones, pictures are not. A pass is one run of
the U-Net over a window of 16 frames; "guided" runs both halves of guidance in one batch. TFLOP are
counted on the layers' shapes; shares are of this device's own peak, a product of two matrices of
8192 x 8192 in bfloat16 measured in the same run. A real-time factor is seconds of work, squares to
squares, a second of video at 25 frames a second. Sections that fail or find no time left say so
and the others go on. A table comes last; all numbers go to the JSON after every section.

Measured on an NVIDIA H200 on 2026-11-28; the figures are in the README. Drift from float32 is not
measured at full size yet.
"""

import argparse
import gc
import json
import signal
import sys
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch

from latentsync_studio.core.errors import StudioError
from latentsync_studio.engines.latentsync import devices, regions
from latentsync_studio.engines.latentsync.ladder import Ladder
from latentsync_studio.engines.latentsync.latents import encode, redrawn
from latentsync_studio.engines.latentsync.offload import bring_blocks
from latentsync_studio.engines.latentsync.placement import Sizes, needed, rungs_of
from latentsync_studio.engines.latentsync.sampler import SamplerOptions, sample
from latentsync_studio.engines.latentsync.step_cache import Denoiser
from tests.gpu.bench_models import FRAMES, Machine, Passes, fed, milliseconds, sync
from tests.gpu.bench_report import GIB, print_table

FPS = 25
STANDARD = SamplerOptions()
UNCACHED = SamplerOptions(cache_interval=1)
DRAFT = SamplerOptions(
    scheduler="dpm++", steps=8, cache_interval=3, guidance_from=0.2, guidance_to=0.6
)
TWO_STEPS = SamplerOptions(steps=2, cache_interval=2)
COUNTED = {"guided": 35.25, "single": 17.6, "shallow": 2.62, "shallow_single": 1.31}
SMALL_CARD = 8.0  # GiB of the card that is simulated
ITS_CONTEXT = 0.6  # GiB of it that programs never get


class TookTooLongError(Exception):
    """A section used up its time."""


class Run:
    """What sections share."""

    def __init__(self, machine):
        self.machine, self.device = machine, machine.device
        self.found, self.peak, self.flops = {}, 0.0, dict(COUNTED)
        self.unet = self.vae = self.passes = None

    def clock(self, work, **most):
        """Milliseconds of a call; in a test of the script the first will do."""
        if self.machine.tiny:
            most = {**most, "seconds": 0.0, "least": 1, "warm": 0}
        return milliseconds(work, self.device, **most)

    def timed_passes(self, told, label, names=tuple(COUNTED)):
        """Milliseconds, TFLOP/s and share of the peak of passes."""
        self.passes.guided()  # the shallow ones need its deep features
        for name in names:
            took = self.clock(getattr(self.passes, name))
            rate = self.flops[name] / took * 1000
            told[f"{label}{name} pass"] = {"ms": took, "TFLOP/s": rate, "share": self._share(rate)}

    def _share(self, rate):
        return rate / self.peak if self.peak else float("nan")

    def windows(self, told):
        """Seconds of a whole window and its real-time factor, VAE included."""
        seen, context, noise = self.machine.conditions(1)
        vae = told["vae (32 in, 16 out, 4 at once), s"] = self.vae_seconds(4)
        for name, options in (("20 steps", UNCACHED), ("standard", STANDARD), ("draft", DRAFT)):

            def work(options=options):
                sample(self.passes.denoiser, seen, context, noise, options, _nothing)

            steps = self.clock(work, seconds=2.0, least=2, warm=1) / 1000
            factor = (steps + vae) * FPS / FRAMES
            told[f"{name} window"] = {"steps s": steps, "whole s": steps + vae, "x real": factor}

    def vae_seconds(self, size):
        """Encode 32 squares and decode 16, `size` at once."""
        squares = self.machine.squares(2 * FRAMES)
        latents = torch.randn((FRAMES, 4, self.machine.side // 8, self.machine.side // 8))

        def work():
            encode(self.vae, squares, slice_size=size)
            redrawn(self.vae, latents, slice_size=size)

        return self.clock(work, least=2, warm=1) / 1000

    def window_on(self, denoiser, rung, options):
        """A whole window as a rung wants it."""
        squares = self.machine.squares(2 * FRAMES)
        both = encode(self.vae, squares, slice_size=rung.vae_slice).transpose(0, 1)
        seen, context, noise = self.machine.conditions(1)
        seen = type(seen)(
            mask=seen.mask, masked=both[None, :, :FRAMES], reference=both[None, :, FRAMES:]
        )
        options = replace(options, batched_guidance=rung.is_batched)
        latents = sample(denoiser, seen, context, noise, options, _nothing)
        return redrawn(self.vae, latents[0].transpose(0, 1), slice_size=rung.vae_slice)


def _nothing(_done, _steps):
    pass


def machine_section(run, told):
    import diffusers
    import transformers

    room = devices.room_of(run.device)
    told |= {
        "device": devices.title_of(run.device),
        "memory_gib": round(room.total / GIB, 1),
        "free_gib": round(room.free / GIB, 1),
        "driver": devices.driver_of(run.device.type),
        "versions": f"python {sys.version.split()[0]}, torch {torch.__version__},"
        f" diffusers {diffusers.__version__}, transformers {transformers.__version__}",
        "dtype": devices.name_of(run.machine.dtype),
        "side": run.machine.side,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def peak_section(run, told):
    size = 256 if run.machine.tiny else 8192
    for name, dtype in (("bf16", torch.bfloat16), ("fp16", torch.float16)):
        a, b = (torch.randn((size, size), device=run.device).to(dtype) for _ in range(2))
        took = run.clock(lambda a=a, b=b: a @ b, least=10, most=200)
        told[f"product of {size} x {size} in {name}, TFLOP/s"] = 2 * size**3 / took / 1e9
    run.peak = next(iter(told.values()))


def count_section(run, told):
    """Count on the meta device: nothing is computed."""
    from torch.utils.flop_counter import FlopCounterMode

    meta = torch.device("meta")
    unet = run.machine.make_unet(device=meta)
    x, context = fed(run.machine, 1, device=meta)
    passes = Passes(Denoiser(unet), x, context)
    for name in COUNTED:
        with FlopCounterMode(display=False) as counter:
            getattr(passes, name)()
        run.flops[name] = counter.get_total_flops() / 1e12
        told[f"{name} pass, TFLOP"] = run.flops[name]
    told["parameters, millions"] = sum(p.numel() for p in unet.parameters()) / 1e6


def build_section(run, told):
    run.unet, run.vae = run.machine.make_unet(), run.machine.make_vae()
    x, context = fed(run.machine, 1)
    run.passes = Passes(Denoiser(run.unet), x, context)
    sync(run.device)
    told["U-Net, GiB"], told["VAE, GiB"] = (_bytes(m) / GIB for m in (run.unet, run.vae))


def _bytes(module):
    return sum(p.numel() * p.element_size() for p in module.parameters())


def eager_section(run, told):
    rebuilt(run)
    run.timed_passes(told, "plain, ", ("guided", "shallow"))
    run.passes.denoiser.fuse_projections()
    run.timed_passes(told, "fused, ", ("guided",))
    run.timed_passes(told, "fused, ", ("single", "shallow", "shallow_single"))
    if run.device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        try:
            run.timed_passes(told, "fused, cuDNN by trial, ", ("guided",))
        finally:
            torch.backends.cudnn.benchmark = False
    run.passes.denoiser.channels_last()
    run.timed_passes(told, "fused, channels last, ", ("guided",))


def rebuilt(run):
    """Networks as they are made, whatever the section before left."""
    run.unet = run.vae = run.passes = None
    _cleared(run)
    build_section(run, {})


def fused(run):
    """Networks as the engine runs them."""
    rebuilt(run)
    run.passes.denoiser.fuse_projections()


def window_section(run, told):
    fused(run)
    run.windows(told)
    for size in (1, 16):
        told[f"vae, {size} at once, s"] = run.vae_seconds(size)
    for clips in (1, 2, 4):
        seen, context, noise = run.machine.conditions(clips)

        def work(seen=seen, context=context, noise=noise):
            sample(run.passes.denoiser, seen, context, noise, TWO_STEPS, _nothing)

        took = run.clock(work, least=2, warm=1) / clips
        told[f"two steps, {clips} windows at once, ms a window"] = took


def memory_section(run, told):
    """Peak of a window (one full, one shallow step, VAE) on every rung, and what was planned."""
    if run.device.type != "cuda":
        told["skipped"] = "no GPU"
        return
    fused(run)
    sizes = Sizes(unet=_bytes(run.unet), rest=_bytes(run.vae), largest=2**27, number=2)
    for rung in rungs_of([run.machine.side]):
        denoiser = _offloaded(run) if rung.is_offloaded else run.passes.denoiser
        _cleared(run)
        start = time.perf_counter()
        run.window_on(denoiser, rung, TWO_STEPS)
        sync(run.device)
        told[rung.words] = {
            "allocated GiB": torch.cuda.max_memory_allocated(run.device) / GIB,
            "reserved GiB": torch.cuda.max_memory_reserved(run.device) / GIB,
            "planned GiB": needed(rung, sizes) / GIB,
            "s": time.perf_counter() - start,
        }


def _offloaded(run):
    """The same network, its blocks brought one by one."""
    denoiser = run.passes.denoiser
    run.unet.to("cpu")
    run.unet = run.passes = None
    _cleared(run)
    bring_blocks(denoiser, run.device)
    return denoiser


def _cleared(run):
    gc.collect()
    devices.give_back(run.device)
    if run.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(run.device)


def small_card_section(run, told):
    """The real ladder where memory really runs out: what the process may take is capped."""
    if run.device.type != "cuda":
        told["skipped"] = "no GPU"
        return
    fused(run)
    for allowed in (SMALL_CARD - ITS_CONTEXT, 5.0, 4.0):
        _cleared(run)
        devices.limit_memory(run.device, int(allowed * GIB))
        ladder = Ladder([r for r in rungs_of([run.machine.side]) if not r.is_offloaded], 0)

        def draw(ladder=ladder):
            return run.window_on(run.passes.denoiser, ladder.rung, TWO_STEPS)

        name = f"capped at {allowed:.1f} GiB"
        try:
            ladder.run(run.device, draw, lambda: "no rung without offloading fits")
            peak = torch.cuda.max_memory_reserved(run.device) / GIB
            told[name] = f"{ladder.words}; reserved {peak:.2f} GiB"
        except StudioError as error:
            told[name] = f"{type(error).__name__}: {error}"
        finally:
            devices.limit_memory(run.device, 0)


def compiled_section(run, told):
    reason = regions.why_not_compiled(run.device)
    if reason or run.device.type == "cpu":
        told["skipped"] = reason or "only on a GPU"
        return
    fused(run)
    run.passes.denoiser.channels_last()
    run.passes.denoiser.compile_regional()
    for names in (("guided", "shallow"), ("single", "shallow_single")):
        for name in names:
            began = time.monotonic()
            getattr(run.passes, name)()
            sync(run.device)
            told[f"first {name} pass, s"] = time.monotonic() - began
        run.timed_passes(told, "", names)
    run.windows(told)
    told["peak allocated, GiB"] = torch.cuda.max_memory_allocated(run.device) / GIB


def drift_section(run, told):
    """Distance from the same weights in float32, of one pass and of a whole draft."""
    run.unet = run.vae = run.passes = None
    _cleared(run)
    half = torch.float16 if run.machine.dtype == torch.float32 else run.machine.dtype
    state = run.machine.make_unet(dtype=half).state_dict()  # values that every precision holds
    kept = {}
    for name, dtype in (("fp32", torch.float32), ("fp16", torch.float16), ("bf16", torch.bfloat16)):
        unet = run.machine.make_unet(dtype=dtype)
        unet.load_state_dict(state)
        denoiser = Denoiser(unet)
        denoiser.fuse_projections()
        x, context = fed(run.machine, 1, dtype)
        single, _ = denoiser.full(x, 501, context)
        seen, context, noise = run.machine.conditions(1, dtype)
        draft = sample(denoiser, seen, context, noise, DRAFT, _nothing)
        kept[name] = single.float().cpu(), draft.cpu()
        del unet, denoiser
        _cleared(run)
        if name != "fp32":
            for what, ours, exact in zip(("pass", "draft"), kept[name], kept["fp32"], strict=True):
                error = ours - exact
                told[f"{name} {what}"] = {
                    "rms / rms": float((error.square().mean() / exact.square().mean()).sqrt()),
                    "max / max": float(error.abs().max() / exact.abs().max()),
                }


SECTIONS = (  # name, what it does, most seconds
    ("machine", machine_section, 30),
    ("peak", peak_section, 30),
    ("count", count_section, 40),
    ("build", build_section, 60),
    ("eager", eager_section, 60),
    ("compiled", compiled_section, 260),
    ("windows", window_section, 60),
    ("memory", memory_section, 60),
    ("drift", drift_section, 60),
    ("small card", small_card_section, 40),
)


def _alarm(_number, _frame):
    raise TookTooLongError


def run_all(run, path, budget, skip):
    """All sections within a budget of seconds; the JSON is written after each."""
    ends = time.monotonic() + budget
    signal.signal(signal.SIGALRM, _alarm)
    for name, section, most in SECTIONS:
        left = ends - time.monotonic()
        began = time.monotonic()
        told = run.found[name] = {}
        if name in skip or left < 5:
            told["skipped"] = "as asked" if name in skip else "no time left"
        else:
            print(f"{name} ...", flush=True)
            signal.setitimer(signal.ITIMER_REAL, min(most, left))
            try:
                section(run, told)
            except Exception as error:
                told["failed"] = f"{type(error).__name__}: {error}"
                traceback.print_exc()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        told["seconds"] = time.monotonic() - began
        path.write_text(json.dumps(run.found, indent=2), encoding="utf-8")
    print_table(run.found)


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("json", type=Path)
    parser.add_argument("--device", default="")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--dtype", default="auto", choices=["auto", "fp16", "bf16", "fp32"])
    parser.add_argument("--resolution", type=int, default=512)
    parser.add_argument("--budget", type=float, default=460)
    parser.add_argument("--skip", nargs="*", default=[])
    given = parser.parse_args(words)
    devices.prepare_allocator()
    if given.tiny:
        torch.set_num_threads(1)
    device = devices.choose_device(given.device)
    side = 64 if given.tiny else given.resolution
    machine = Machine(device, devices.dtype_of(given.dtype, device), side, given.tiny)
    run_all(Run(machine), given.json, given.budget, given.skip)


if __name__ == "__main__":
    main()

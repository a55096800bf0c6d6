"""Train the network on corpora of make_corpus and write its weights, not yet calibrated.

python -m latentsync_studio.engines.speech_shapes.training.train WEIGHTS.npz CORPUS.npz...
    --epochs 20 --seed 0

Reproducible for a seed, a thread count and a torch version.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch.nn import functional

from latentsync_studio.core.speech.phonemes import SOUND_CLASSES
from latentsync_studio.core.speech.shapes import CHANNELS
from latentsync_studio.engines.speech_shapes.features import FEATURES, MEL_BANDS
from latentsync_studio.engines.speech_shapes.model import packed
from latentsync_studio.engines.speech_shapes.network import DILATIONS, NET_REACH

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 96
_CROP = 400
_BATCH = 32
_PEAK_RATE = 2.5e-3
_LINEAR = [CHANNELS.index(name) for name in ("open", "wide", "round")]
_GESTURES = [CHANNELS.index(name) for name in ("closed", "lip_teeth", "sibilant", "activity")]
_LINEAR_WEIGHT = torch.tensor([16.0, 5.0, 6.0])
_POSITIVE_WEIGHT = torch.tensor([2.0, 2.0, 1.0, 1.0])
_GESTURE_WEIGHT = torch.tensor([1.6, 0.8, 0.6, 0.6])


class Network(torch.nn.Module):
    """One wide convolution, dilated residual ones, one linear head for channels and classes."""

    def __init__(self) -> None:
        super().__init__()
        convolutions = [torch.nn.Conv1d(FEATURES, WIDTH, 5, padding=2)]
        convolutions += [torch.nn.Conv1d(WIDTH, WIDTH, 3, padding=d, dilation=d) for d in DILATIONS]
        self.convolutions = torch.nn.ModuleList(convolutions)
        self.head = torch.nn.Conv1d(WIDTH, len(CHANNELS) + len(SOUND_CLASSES), 1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Map (B, FEATURES, T) to (B, 7 + classes, T): raw channels, then class logits."""
        hidden = functional.leaky_relu(self.convolutions[0](inputs), 0.1)
        for convolution in self.convolutions[1:]:
            hidden = hidden + functional.leaky_relu(convolution(hidden), 0.1)
        return cast("torch.Tensor", self.head(hidden))


def loss_of(output: torch.Tensor, channels: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Squared error of the shapes, cross entropy of gestures and classes, away from the edges."""
    inner = slice(NET_REACH, -NET_REACH)
    output, channels, classes = output[..., inner], channels[..., inner], classes[..., inner]
    error = (output[:, _LINEAR] - channels[:, _LINEAR]) ** 2
    shapes = (error.mean(dim=(0, 2)) * _LINEAR_WEIGHT).sum()
    entropy = functional.binary_cross_entropy_with_logits(
        output[:, _GESTURES],
        channels[:, _GESTURES],
        pos_weight=_POSITIVE_WEIGHT[:, None],
        reduction="none",
    )
    gestures = (entropy.mean(dim=(0, 2)) * _GESTURE_WEIGHT).sum()
    sounds = functional.cross_entropy(output[:, len(CHANNELS) :], classes, label_smoothing=0.05)
    return shapes + gestures + 0.3 * sounds


def varied(inputs: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """Mask bands, shift the spectrum by a band, tilt it: cheap variety on top of the corpus."""
    if random.random() < 0.5:
        first = int(random.integers(0, MEL_BANDS - 4))
        inputs[:, first : first + int(random.integers(1, 5))] = 0
    if random.random() < 0.4:
        shift = int(random.choice([-1, 1]))
        inputs[:, :MEL_BANDS] = torch.roll(inputs[:, :MEL_BANDS], shift, 1)
    if random.random() < 0.5:
        inputs = inputs + torch.randn(len(inputs), FEATURES, 1) * 0.12
    return inputs


def load(paths: Sequence[Path]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Read corpora as (FEATURES, N) f32, (7, N) f32 and (N,) i64."""
    parts = [np.load(path) for path in paths]
    inputs, channels, classes = (
        np.concatenate([part[name] for part in parts]) for name in ("inputs", "channels", "classes")
    )
    return (
        torch.from_numpy(np.ascontiguousarray(inputs.T, np.float32)),
        torch.from_numpy(np.ascontiguousarray(channels.T, np.float32)),
        torch.from_numpy(classes.astype(np.int64)),
    )


def train(network: Network, paths: Sequence[Path], epochs: int, seed: int) -> None:
    """Fit in place with AdamW under a one-cycle rate."""
    inputs, channels, classes = load(paths)
    random = np.random.default_rng(seed)
    grid = np.arange(0, inputs.shape[1] - 2 * _CROP, _CROP - 2 * NET_REACH)
    steps = len(grid) // _BATCH
    optimizer = torch.optim.AdamW(network.parameters(), _PEAK_RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, _PEAK_RATE, total_steps=epochs * steps
    )
    began = time.monotonic()
    for epoch in range(epochs):
        starts = random.permutation(grid + random.integers(0, _CROP))
        total = 0.0
        for step in range(steps):
            spans = [slice(s, s + _CROP) for s in starts[step * _BATCH : (step + 1) * _BATCH]]
            batch = varied(torch.stack([inputs[:, span] for span in spans]), random)
            wanted = torch.stack([channels[:, span] for span in spans])
            sounds = torch.stack([classes[span] for span in spans])
            loss = loss_of(network(batch), wanted, sounds)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        seconds = time.monotonic() - began
        print(f"epoch {epoch}: loss {total / steps:.4f}, {seconds:.0f} s", flush=True)  # noqa: T201


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    """Weights as the numpy network reads them: (taps, in, out) f16 and (out,) f16."""
    arrays = {}
    for k, layer in enumerate([*network.convolutions, network.head]):
        weight = layer.weight.detach().numpy()
        arrays[f"weight{k}"] = np.ascontiguousarray(weight.transpose(2, 1, 0)).astype(np.float16)
        arrays[f"bias{k}"] = layer.bias.detach().numpy().astype(np.float16)
    return arrays


def restore(network: Network, weights: Path) -> None:
    """Load weights that `arrays_of` wrote."""
    with np.load(weights) as stored, torch.no_grad():
        for k, layer in enumerate([*network.convolutions, network.head]):
            weight = stored[f"weight{k}"].astype(np.float32).transpose(2, 1, 0)
            layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
            layer.bias.copy_(torch.from_numpy(stored[f"bias{k}"].astype(np.float32)))


def main() -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network = Network()
    if options.start is not None:
        restore(network, options.start)
    train(network, options.corpora, options.epochs, options.seed)
    options.weights.write_bytes(packed(arrays_of(network)))


if __name__ == "__main__":
    main()

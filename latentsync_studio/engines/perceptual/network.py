"""LPIPS 0.1 on AlexNet, in the layout that its two files are published in.

"The Unreasonable Effectiveness of Deep Features as a Perceptual Metric" (Zhang et al., 2018): unit
features of five layers are subtracted, squared, weighted by channel, averaged over the picture
and summed over the layers.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANNELS: Final = (64, 192, 384, 256, 256)  # of the five layers
_TAKEN: Final = (0, 2, 5, 8, 10, 12)  # after which modules of `features` the layers end
_SHIFT: Final = (-0.030, -0.088, -0.188)  # of RGB in -1..1, to what the backbone was trained with
_SCALE: Final = (0.458, 0.448, 0.450)
_EPSILON: Final = 1e-10
LEAST_SIDE: Final = 64  # px; smaller pictures leave nothing of the last layers


class AlexNet(nn.Module):
    """The backbone; its classifier is in the file and is never run."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, 1000),
        )

    def layers(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """What the five layers make of (N, 3, H, W)."""
        found = []
        seen: torch.Tensor = pictures
        for start, stop in pairwise(_TAKEN):
            seen = self.features[start:stop](seen)
            found.append(seen)
        return found


class _Head(nn.Module):
    """A weight a channel, under the name that the file gives it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Dropout(), nn.Conv2d(channels, 1, 1, bias=False))

    def forward(self, squares: torch.Tensor) -> torch.Tensor:
        weighted: torch.Tensor = self.model(squares)
        return weighted


class Heads(nn.Module):
    """Weights of the channels of the five layers."""

    def __init__(self) -> None:
        super().__init__()
        for number, channels in enumerate(CHANNELS):
            setattr(self, f"lin{number}", _Head(channels))

    def weighted(self, squares: Sequence[torch.Tensor]) -> torch.Tensor:
        """(N,) of the squared differences of the layers."""
        each = [
            getattr(self, f"lin{number}")(layer).mean(dim=(1, 2, 3))
            for number, layer in enumerate(squares)
        ]
        return torch.stack(each).sum(dim=0)


class Perceptual(nn.Module):
    """Backbone and heads together."""

    shift: torch.Tensor
    scale: torch.Tensor

    def __init__(self, backbone: AlexNet, heads: Heads) -> None:
        super().__init__()
        self.backbone = backbone
        self.heads = heads
        device = next(backbone.parameters()).device
        for name, values in (("shift", _SHIFT), ("scale", _SCALE)):
            self.register_buffer(name, torch.tensor(values, device=device)[:, None, None])

    def features(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """Unit features of (N, 3, H, W) pictures, RGB, 0..255, sides of at least 64 px."""
        if min(pictures.shape[-2:]) < LEAST_SIDE:
            raise ValueError(tuple(pictures.shape))
        seen = (pictures.float() / 127.5 - 1 - self.shift) / self.scale
        return [
            layer / (layer.square().sum(dim=1, keepdim=True).sqrt() + _EPSILON)
            for layer in self.backbone.layers(seen)
        ]

    def distances(self, one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> torch.Tensor:
        """LPIPS (N,) of features of N pictures and N others; 0 is alike."""
        squares = [(a - b).square() for a, b in zip(one, other, strict=True)]
        return self.heads.weighted(squares)

"""SyncNet v2 in the layout that it is published in: names and shapes are those of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable

FEATURES: Final = 1024
FRAMES: Final = 5  # pictures that one lip feature sees
COLUMNS: Final = 20  # cepstra that one sound feature hears
STRIDE: Final = 4  # cepstra a frame
PARAMETERS: Final = 13_631_616
_HIDDEN: Final = 512


class SyncNet(nn.Module):
    """Two networks that bring lips and sound into one space.

    A picture's features come near those of the sound that belongs to it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *_flat(1, 64, 3, 1),
            nn.MaxPool2d(1, 1),
            *_flat(64, 192, 3, 1),
            nn.MaxPool2d(3, (1, 2)),
            *_flat(192, 384, 3, 1),
            *_flat(384, 256, 3, 1),
            *_flat(256, 256, 3, 1),
            nn.MaxPool2d(3, 2),
            *_flat(256, _HIDDEN, (5, 4), 0),
        )
        self.netfcaud = _head()
        self.netfclip = _head()
        self.netcnnlip = nn.Sequential(
            *_deep(3, 96, (FRAMES, 7, 7), (1, 2, 2), 0),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_deep(96, 256, (1, 5, 5), (1, 2, 2), (0, 1, 1)),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            *_deep(256, 256, (1, 3, 3), 1, (0, 1, 1)),
            *_deep(256, 256, (1, 3, 3), 1, (0, 1, 1)),
            *_deep(256, 256, (1, 3, 3), 1, (0, 1, 1)),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_deep(256, _HIDDEN, (1, 6, 6), 1, 0),
        )

    def lips(self, pictures: torch.Tensor) -> torch.Tensor:
        """Features of every five consecutive pictures.

        Only the first layer looks at more than one picture at a time, so a whole stretch goes
        through at once and gives what its windows would give one by one.

        Args:
            pictures: (T, 3, 224, 224), BGR, 0..255, T >= 5.

        Returns:
            (T - 4, 1024).
        """
        hidden = self.netcnnlip(pictures.transpose(0, 1)[None])
        return _as_tensor(self.netfclip(hidden[0, :, :, 0, 0].T))

    def sound(self, windows: torch.Tensor) -> torch.Tensor:
        """Features (N, 1024) of (N, 1, 13, 20) windows of cepstra."""
        return _as_tensor(self.netfcaud(self.netcnnaud(windows).flatten(1)))


def _flat(
    channels: int, out: int, kernel: int | tuple[int, int], padding: int
) -> Iterable[nn.Module]:
    yield nn.Conv2d(channels, out, kernel, padding=padding)
    yield nn.BatchNorm2d(out)
    yield nn.ReLU()


def _deep(
    channels: int,
    out: int,
    kernel: tuple[int, int, int],
    stride: int | tuple[int, int, int],
    padding: int | tuple[int, int, int],
) -> Iterable[nn.Module]:
    yield nn.Conv3d(channels, out, kernel, stride, padding)
    yield nn.BatchNorm3d(out)
    yield nn.ReLU(inplace=True)


def _head() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(_HIDDEN, _HIDDEN),
        nn.BatchNorm1d(_HIDDEN),
        nn.ReLU(),
        nn.Linear(_HIDDEN, FEATURES),
    )


def _as_tensor(value: object) -> torch.Tensor:
    if not isinstance(value, torch.Tensor):  # what a module returns is not typed
        raise TypeError(type(value).__name__)
    return value

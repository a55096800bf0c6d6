"""Where a network that only measures runs."""

from __future__ import annotations

import torch


def best_device() -> torch.device:
    """The first CUDA device where there is one, else the CPU.

    Apple's devices are left out: they lack three-dimensional pooling.
    """
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")

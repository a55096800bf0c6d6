"""Memory of this process just now: resident, and on the GPU where one is in use."""

from __future__ import annotations

import sys
from typing import Any

import msgspec

_MIB = 1024**2


class MemoryNow(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken at a moment.

    Attributes:
        rss_mib: resident memory of the process, MiB.
        gpu_mib: memory that the process holds on the GPU, MiB; None where it uses none.
        gpu_peak_mib: the most it held there since it started, MiB; None as above.
    """

    rss_mib: float
    gpu_mib: float | None = None
    gpu_peak_mib: float | None = None


def memory_now() -> MemoryNow:
    """Look now; takes well under a millisecond and imports no engine."""
    import psutil

    rss = psutil.Process().memory_info().rss / _MIB
    cuda = cuda_in_use()
    if cuda is None:
        return MemoryNow(rss_mib=round(rss, 1))
    return MemoryNow(
        rss_mib=round(rss, 1),
        gpu_mib=round(cuda.memory_reserved() / _MIB, 1),
        gpu_peak_mib=round(cuda.max_memory_reserved() / _MIB, 1),
    )


def cuda_in_use() -> Any:  # noqa: ANN401 - torch is never imported for this: who uses a GPU has it
    """`torch.cuda` where this process computes on a GPU, else None."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    return cuda if cuda is not None and cuda.is_initialized() else None

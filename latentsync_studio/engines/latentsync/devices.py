"""Which processor the network runs on: its name, precision, memory and what it is called."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import torch

from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from latentsync_studio.core.settings.latentsync import Precision

GIB: Final = 1024**3
_DTYPES: Final = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}
_AMPERE: Final = 8  # compute capability from which bfloat16 is fast


class Room(NamedTuple):
    """Memory of a device, bytes; other programs' use is not free."""

    free: int
    total: int


def choose_device(name: str = "") -> torch.device:
    """The device of a name.

    Args:
        name: "" for the best there is, "cuda", "mps", "cpu", or the number of a CUDA device
            ("1", "cuda:1").

    Raises:
        InputError: there is no such device here.
    """
    wanted = name.strip().lower()
    if not wanted:
        return torch.device(_best())
    kind, _, number = wanted.partition(":")
    if kind.isdecimal():
        kind, number = "cuda", kind
    if kind == "cpu" and not number:
        return torch.device("cpu")
    if kind == "mps" and not number and torch.backends.mps.is_available():
        return torch.device("mps")
    if kind == "cuda" and (number or "0").isdecimal():
        index = int(number or 0)
        if index < _n_cuda():
            return torch.device("cuda", index)
    raise InputError(
        f"There is no device {name!r} for the engine: {_there_is()}.",
        remedy="Choose one of those, or leave the device out.",
    )


def _best() -> str:
    if _n_cuda():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _n_cuda() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _there_is() -> str:
    names = [f"{k} ({torch.cuda.get_device_name(k)})" for k in range(_n_cuda())]
    names += ["mps"] if torch.backends.mps.is_available() else []
    return "this machine has " + ", ".join([*names, "cpu"])


def dtype_of(precision: Precision, device: torch.device) -> torch.dtype:
    """What the network computes in.

    "auto" is half precision on GPUs, old ones too (it halves the memory, and weights hold in it),
    and single precision on the processor.

    Raises:
        InputError: bf16 on a GPU that has no such arithmetic.
    """
    if precision == "auto":
        return torch.float32 if device.type == "cpu" else torch.float16
    if precision == "bf16" and device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        if major < _AMPERE:
            raise InputError(
                f"{title_of(device)} (compute capability {major}.{minor}) cannot compute in bf16.",
                remedy="Choose the precision auto or fp16.",
            )
    return _DTYPES[precision]


def name_of(dtype: torch.dtype) -> str:
    """Short name of a precision, "fp16"."""
    return next(name for name, each in _DTYPES.items() if each == dtype)


def title_of(device: torch.device) -> str:
    """What the device is called, for people."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    if device.type == "mps":
        return f"Apple {platform.machine()} GPU"
    return _processor()


@cache
def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "processor"


@cache
def driver_of(kind: str) -> str:
    """Version of the driver of a kind of device; "" where there is none or nobody can tell."""
    if kind == "mps":
        return platform.mac_ver()[0]
    if kind != "cuda":
        return ""
    words = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return f"CUDA {torch.version.cuda}"
    return told.stdout.strip().splitlines()[0] if told.stdout.strip() else ""


def room_of(device: torch.device) -> Room:
    """Free and whole memory of a device; what this process gave back counts as free."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return Room(free + idle, total)
    if device.type == "mps":
        total = int(torch.mps.recommended_max_memory())
        return Room(total - int(torch.mps.current_allocated_memory()), total)
    import psutil

    memory = psutil.virtual_memory()
    return Room(int(memory.available), int(memory.total))


def limit_memory(device: torch.device, limit: int) -> None:
    """Let this process take no more than `limit` bytes of a GPU; 0: all of it."""
    if device.type == "cuda":
        total = torch.cuda.get_device_properties(device).total_memory
        share = min(limit / total, 1.0) if limit else 1.0
        torch.cuda.set_per_process_memory_fraction(share, device)
    elif device.type == "mps" and limit:
        total = int(torch.mps.recommended_max_memory())
        torch.mps.set_per_process_memory_fraction(min(limit / total, 1.0))


def give_back(device: torch.device) -> None:
    """Return memory that nothing holds any more to the system."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device, or the machine, has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error)
    told = ("out of memory", "DefaultCPUAllocator: can't allocate", "CUBLAS_STATUS_ALLOC_FAILED")
    return isinstance(error, RuntimeError) and any(each in text for each in told)


def prepare_allocator() -> None:
    """Ask for an allocator whose free pieces grow together; before the first use of a GPU."""
    os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")

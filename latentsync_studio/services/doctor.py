"""Look at the installation: is everything here that a render needs?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from latentsync_studio import __version__
from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.installed import resource
from latentsync_studio.storage import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

State = Literal["ok", "warn", "fail"]

NEEDED: Final = ("numpy", "msgspec", "av", "opencv-python", "scipy", "typer", "rich", "psutil")
OPTIONAL: Final = {
    "espeakng-loader": "for --transcript",
    "PySide6-Essentials": "for the window",
    "sounddevice": "for sound while playing in the window",
    "torch": "for the engine latentsync",
    "diffusers": "for the engine latentsync",
    "transformers": "for the engine latentsync",
}
ENCODERS: Final = ("libx264", "aac")
OPTIONAL_ENCODERS: Final = (
    "libx265", "libsvtav1", "libvpx-vp9", "prores_ks", "dnxhd", "ffv1", "png", "tiff",
    "flac", "alac", "libopus",
)  # fmt: skip
LOW_ROOM_BYTES: Final = 2 * 1024**3
REINSTALL: Final = "Install it again: pip install --force-reinstall latentsync-studio"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        name: what.
        state: "fail" keeps a render from working, "warn" may.
        detail: what was found.
        remedy: what to do about it; empty when all is well.
    """

    name: str
    state: State = "ok"
    detail: str
    remedy: str = ""


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """All checks.

    Attributes:
        version: of this program.
        ok: nothing failed.
        checks: in reading order.
    """

    version: str
    ok: bool
    checks: tuple[Check, ...]


def examine() -> Examination:
    """Look at everything; a check that breaks counts as failed, and the others still run."""
    parts: tuple[Callable[[], Iterator[Check]], ...] = (
        _system,
        _packages,
        _codecs,
        _hardware,
        _models,
        _engines,
        _sample,
        _folders,
        _kept,
    )
    found: list[Check] = []
    for part in parts:
        try:
            found += part()
        except (OSError, ImportError, StudioError) as error:
            name = part.__name__.strip("_")
            found.append(Check(name=name, state="fail", detail=str(error), remedy=REINSTALL))
    ok = all(check.state != "fail" for check in found)
    return Examination(version=__version__, ok=ok, checks=tuple(found))


def _system() -> Iterator[Check]:
    import psutil

    yield Check(name="program", detail=f"latentsync-studio {__version__}, {sys.executable}")
    recent = sys.version_info >= (3, 11)
    yield Check(
        name="python",
        state="ok" if recent else "fail",
        detail=platform.python_version(),
        remedy="" if recent else "Use Python 3.11 or newer.",
    )
    yield Check(name="platform", detail=platform.platform())
    cores = psutil.cpu_count(logical=False) or 0
    yield Check(
        name="processor",
        detail=f"{platform.machine()}, {os.cpu_count()} threads on {cores} cores,"
        f" {_instructions()}",
    )
    memory = psutil.virtual_memory()
    short = memory.available < 2**30
    yield Check(
        name="memory",
        state="warn" if short else "ok",
        detail=f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GiB free",
        remedy="A render needs 1 to 2 GiB; close other programs." if short else "",
    )


def _instructions() -> str:
    """What the processor can of what OpenCV uses; its line marks with "?" what it has not."""
    import cv2

    words = cv2.getCPUFeaturesLine().split()
    return " ".join(word.lstrip("*") for word in words if not word.endswith("?"))


def _packages() -> Iterator[Check]:
    for name in NEEDED:
        found = _version(name)
        yield Check(
            name=name,
            state="ok" if found else "fail",
            detail=found or "not installed",
            remedy="" if found else REINSTALL,
        )
    for name, purpose in OPTIONAL.items():
        yield Check(name=name, detail=_version(name) or f"not installed ({purpose})")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _codecs() -> Iterator[Check]:
    import av

    libraries = (f"{name} {'.'.join(map(str, v))}" for name, v in av.library_versions.items())
    yield Check(name="ffmpeg", detail=", ".join(libraries))
    for name in (*ENCODERS, *OPTIONAL_ENCODERS):
        there = name in av.codecs_available
        needed = name in ENCODERS
        yield Check(
            name=f"encoder {name}",
            state="ok" if there else ("fail" if needed else "warn"),
            detail="available" if there else "missing from this build of PyAV",
            remedy="" if there else "Install PyAV from PyPI: pip install --force-reinstall av",
        )


def _hardware() -> Iterator[Check]:
    """Encoders of graphics chips, each tried with a frame; none is needed."""
    from latentsync_studio.core.delivery.codecs import CODECS, HARDWARE
    from latentsync_studio.media.hardware import hardware_encoders

    found = hardware_encoders()
    for hardware, title in HARDWARE.items():
        works = [CODECS[e.codec].title for e in found if e.hardware == hardware and not e.problem]
        if works:
            yield Check(name=title, detail=f"encodes {', '.join(works)} where it is asked for")
    if all(each.problem for each in found):
        yield Check(name="hardware encoders", detail="none works here; movies do not need them")


def _models() -> Iterator[Check]:
    from latentsync_studio.engines.face_mesh.models import DETECTOR, MESH, verified_bytes
    from latentsync_studio.engines.speech_shapes.model import shipped_model

    def size(model: str) -> str:
        return f"{len(verified_bytes(model, '.onnx')) / 2**20:.1f} MiB, digest verified"

    def speech() -> str:
        return f"sha256 {shipped_model().sha256[:12]}, digest verified"

    looks: dict[str, Callable[[], str]] = {
        DETECTOR: lambda: size(DETECTOR),
        MESH: lambda: size(MESH),
        "speech_shapes": speech,
    }
    for name, look in looks.items():
        try:
            yield Check(name=f"model {name}", detail=look())
        except StudioError as error:
            yield Check(name=f"model {name}", state="fail", detail=str(error), remedy=error.remedy)


def _engines() -> Iterator[Check]:
    """Whether each engine can run; one that cannot only warns, another one works."""
    from latentsync_studio.services.engines import EngineBook
    from latentsync_studio.services.inspect import list_engines

    for engine in list_engines(EngineBook()):
        yield Check(
            name=f"engine {engine.id}",
            state="ok" if engine.available else "warn",
            detail=engine.title if engine.available else engine.reason.partition("\n")[0],
            remedy=engine.remedy,
        )


def _sample() -> Iterator[Check]:
    for name in ("portrait.mp4", "speech.wav"):
        yield Check(name=f"sample {name}", detail=str(resource(f"sample/{name}")))


def _folders() -> Iterator[Check]:
    for name, folder in (("data", paths.data_home()), ("temporary", _temporary())):
        problem = _unwritable(folder)
        yield Check(
            name=f"{name} folder",
            state="fail" if problem else "ok",
            detail=f"{folder}{': ' + problem if problem else ''}",
            remedy=f"Set {paths.HOME_VARIABLE} to a folder that you may write to."
            if problem
            else "",
        )
        if problem:
            continue
        free = shutil.disk_usage(folder).free
        yield Check(
            name=f"{name} disk",
            state="warn" if free < LOW_ROOM_BYTES else "ok",
            detail=f"{free / 2**30:.1f} GiB free",
            remedy="Free some room: latentsync-studio cache clear" if free < LOW_ROOM_BYTES else "",
        )


def _kept() -> Iterator[Check]:
    """How much the cache, the proxies and the copies of frames take."""
    from latentsync_studio.services.wiring import open_services

    try:
        with open_services() as services:
            store, proxies = services.store.info(), services.proxies.info()
            frames = services.frames.info()
    except StudioError as error:
        yield Check(name="cache", state="warn", detail=str(error), remedy=error.remedy)
        return
    for name, count, size, budget in (
        ("cache", f"{store.entries} entries", store.bytes, store.budget_bytes),
        ("proxies", f"{proxies.files} files", proxies.bytes, proxies.budget_bytes),
        ("frames", f"{frames.files} files", frames.bytes, frames.budget_bytes),
    ):
        share = f"{size / 2**30:.1f} of {budget / 2**30:.1f} GiB"
        yield Check(name=name, detail=f"{share} in {count}")


def _temporary() -> Path:
    from pathlib import Path

    return Path(tempfile.gettempdir())


def _unwritable(folder: Path) -> str:
    """Why nothing can be written there, or ''."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError as error:
        return error.strerror or str(error)
    return ""

"""The long-lived parts that use cases share, opened once a process."""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.core.render.budget import WorkBudget
from latentsync_studio.services.engines import EngineBook
from latentsync_studio.services.paintings import Paintings
from latentsync_studio.storage import paths
from latentsync_studio.storage.digests import DigestBook
from latentsync_studio.storage.jobs import JobTable
from latentsync_studio.storage.shelf import Shelf
from latentsync_studio.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.services.timeline.face_take import FaceTake

BUDGET_VARIABLE: Final = "LATENTSYNC_STUDIO_CACHE_GB"
DEFAULT_BUDGET_GIB: Final = 20.0
PROXY_VARIABLE: Final = "LATENTSYNC_STUDIO_PROXIES_GB"
PROXY_SUFFIX: Final = ".mp4"
FRAMES_VARIABLE: Final = "LATENTSYNC_STUDIO_FRAMES_GB"
FRAMES_SUFFIX: Final = ".frames"
FRAMES_YOUNG_S: Final = 60.0  # they are made at up to 50 MB a second: ten minutes are a disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a use case may hold on to: patch store, job table, known file digests, proxies, frames.

    `frames` are lossless copies of frames that take long to decode.
    `engines` are made when they are first asked for.
    `budget` is what the user lets work take of the machine.
    `paintings` finds what is painted on masks, in all projects that are open.
    `faces` are the driven faces that anybody holds: an engine is opened once, whoever asks it.
    """

    store: Store
    jobs: JobTable
    digests: DigestBook
    proxies: Shelf
    frames: Shelf
    engines: EngineBook = field(default_factory=EngineBook)
    budget: WorkBudget = field(default_factory=WorkBudget)
    paintings: Paintings = field(default_factory=Paintings)
    faces: WeakValueDictionary[tuple[object, ...], FaceTake] = field(
        default_factory=WeakValueDictionary, compare=False
    )


@contextmanager
def open_services(home: Path | None = None, budget: WorkBudget | None = None) -> Iterator[Services]:
    """Open store, jobs, digests and proxies below `home` (default: the user's data folder).

    The store's budget is 20 GiB, or what the environment variable LATENTSYNC_STUDIO_CACHE_GB says;
    those of the proxies and the copies of frames as much, or LATENTSYNC_STUDIO_PROXIES_GB and
    LATENTSYNC_STUDIO_FRAMES_GB.
    `budget` bounds the memory and threads of work (default: what suits most machines).
    Raises InvalidSettingError when a budget of the environment is no size.
    """
    store = Store(paths.store_folder(home), _budget_bytes(BUDGET_VARIABLE, "cache"))
    proxy_bytes = _budget_bytes(PROXY_VARIABLE, "proxies")
    proxies = Shelf(paths.proxy_folder(home), proxy_bytes, PROXY_SUFFIX)
    frames = Shelf(
        paths.frames_folder(home),
        _budget_bytes(FRAMES_VARIABLE, "copies of frames"),
        FRAMES_SUFFIX,
        young_s=FRAMES_YOUNG_S,
    )
    jobs = JobTable(paths.jobs_file(home))
    digests = DigestBook(paths.digests_file(home))
    try:
        yield Services(
            store=store,
            jobs=jobs,
            digests=digests,
            proxies=proxies,
            frames=frames,
            engines=EngineBook(home),
            budget=budget if budget is not None else WorkBudget(),
        )
    finally:
        digests.close()
        jobs.close()
        store.close()


def _budget_bytes(variable: str, held: str) -> int:
    chosen = os.environ.get(variable)
    try:
        size = float(chosen) if chosen else DEFAULT_BUDGET_GIB
    except ValueError:
        size = math.nan
    if not 0 < size < math.inf:
        raise InvalidSettingError(
            f"{variable} is {chosen!r}, which is no size of the {held} in GiB.",
            remedy=f"Set it to a number above 0, or unset it for {DEFAULT_BUDGET_GIB:g} GiB.",
        )
    return int(size * 1024**3)

"""The long-lived parts that use cases share, opened once a process."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentsync_studio.storage import paths
from latentsync_studio.storage.digests import DigestBook
from latentsync_studio.storage.jobs import JobTable
from latentsync_studio.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEFAULT_BUDGET_BYTES = 20 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a use case may hold on to: the patch store, the job table and known file digests."""

    store: Store
    jobs: JobTable
    digests: DigestBook


@contextmanager
def open_services(home: Path | None = None) -> Iterator[Services]:
    """Open store, jobs and digests below `home` (default: the user's data folder)."""
    root = home if home is not None else paths.data_home()
    store = Store(root / "store", DEFAULT_BUDGET_BYTES)
    jobs = JobTable(root / "jobs.sqlite")
    digests = DigestBook(root / "digests.sqlite")
    try:
        yield Services(store=store, jobs=jobs, digests=digests)
    finally:
        digests.close()
        jobs.close()
        store.close()

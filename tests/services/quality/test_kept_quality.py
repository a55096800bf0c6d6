"""What was measured is kept under names that cannot lead elsewhere, and not for ever."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest

from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.quality.curves import ClipQuality, Curve
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.quality import kept


def quality(value: float = 1.0) -> ClipQuality:
    return ClipQuality(
        frames=FrameRange(0, 3),
        rate=Fraction(25),
        seconds=np.arange(3) / 25,
        curves={"sharpness": Curve.of(np.full(3, value))},
        figures={},
        spoken=np.zeros(3, bool),
    )


def test_movies_are_kept_by_their_jobs_and_clips_by_their_keys(services):
    kept.save_movie("abc-1", quality(1), services)
    kept.save_movie("abc-1", quality(2), services)
    assert kept.load_movie("abc-1", services).to_bytes() == quality(2).to_bytes()
    assert kept.load_movie("other", services) is None
    kept.save_clip("0" * 40, quality(3), services)
    assert kept.load_clip("0" * 40, services).to_bytes() == quality(3).to_bytes()
    assert kept.load_clip("1" * 40, services) is None


def test_what_is_damaged_counts_as_absent(services):
    kept.save_movie("abc", quality(), services)
    (path,) = (services.store.root.parent / "quality").iterdir()
    path.write_bytes(path.read_bytes()[:20])
    assert kept.load_movie("abc", services) is None
    services.store.put("2" * 40, kept.KIND, b"nonsense")
    assert kept.load_clip("2" * 40, services) is None


@pytest.mark.parametrize("name", ["../abc", "", "a/b", "a" * 99])
def test_a_job_is_no_path(services, name):
    with pytest.raises(StorageError, match="no name of a job"):
        kept.save_movie(name, quality(), services)


def test_the_oldest_are_let_go(services, monkeypatch):
    monkeypatch.setattr(kept, "_MOST_KEPT", 3)
    for number in range(5):
        kept.save_movie(f"job-{number}", quality(), services)
        path = services.store.root.parent / "quality" / f"job-{number}.quality"
        os.utime(path, (1000 + number, 1000 + number))
    kept.save_movie("job-9", quality(), services)
    assert [kept.load_movie(f"job-{n}", services) is None for n in range(5)] == [1, 1, 1, 0, 0]

"""What was measured frame by frame: kept, put together, the same however it was cut."""

from __future__ import annotations

import numpy as np
import pytest

from latentsync_studio.services.quality.table import (
    COLUMNS,
    FrameTable,
    Views,
    empty_row,
    joined,
    set_changes,
)

FLICKER = COLUMNS.index("flicker")


def view(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (96, 96), np.uint8)


def views(frame: int, shot: int = 0) -> Views:
    return Views(view(frame), view(1000 + frame), shot)


def table(start: int, stop: int, pairs: int = 1, shots=lambda frame: 0) -> FrameTable:
    rows = []
    for frame in range(start, stop):
        row = empty_row()
        row[0, 0] = frame
        if frame > start and frame % pairs == 0:
            set_changes(row, views(frame - 1, shots(frame - 1)), views(frame, shots(frame)))
        rows.append(row)
    first, last = views(start, shots(start)), views(stop - 1, shots(stop - 1))
    return FrameTable(start, np.stack(rows), pairs, first, last)


@pytest.mark.parametrize("pairs", [1, 2])
def test_it_does_not_matter_where_frames_are_cut(pairs):
    whole = table(3, 15, pairs)
    parts = joined(
        [
            table(3, 6, pairs),
            joined([table(6, 7, pairs), table(7, 12, pairs)]),
            table(12, 15, pairs),
        ]
    )
    np.testing.assert_array_equal(parts.values, whole.values)
    assert (parts.start, parts.stop) == (3, 15)
    known = np.isfinite(parts.values[:, FLICKER]).all(axis=1)
    assert known.tolist() == [f > 3 and f % pairs == 0 for f in range(3, 15)]


def test_nothing_is_compared_across_a_cut_or_a_gap():
    parts = joined([table(0, 4), table(4, 8, shots=lambda frame: 1), table(10, 12)])
    assert len(parts) == 12
    assert np.isnan(parts.values[[4, 8, 9, 10], FLICKER]).all()
    assert np.isfinite(parts.values[[3, 5, 11], FLICKER]).all()
    assert np.isnan(parts.values[8:10]).all()


def test_where_nothing_was_redrawn_nothing_is_compared():
    same = view(5)
    row = empty_row()
    set_changes(row, Views(same, same, 0), Views(same, same, 0))
    assert np.isnan(row).all()
    set_changes(row, None, views(1))
    assert np.isnan(row).all()
    set_changes(row, Views(same, None, 0), Views(same, None, 0))
    assert row[FLICKER, 0] == pytest.approx(0.0)
    assert np.isnan(row[FLICKER, 1])


def test_what_is_kept_is_read_back():
    same = view(5)
    for ends in (views(0), None, Views(same, same, 2), Views(same, None, 0)):
        kept = FrameTable(7, table(0, 4).values, 2, ends, views(3))
        read = FrameTable.from_bytes(kept.to_bytes())
        assert read.to_bytes() == kept.to_bytes()
        if ends is not None:
            assert (read.first.source is read.first.result) == (ends.source is ends.result)
    with pytest.raises(ValueError, match=r"."):
        FrameTable.from_bytes(kept.to_bytes()[:-3])


def test_tables_that_overlap_are_refused():
    with pytest.raises(ValueError, match="begins at 3"):
        joined([table(0, 4), table(3, 6)])
    with pytest.raises(ValueError, match="no table"):
        joined([])

"""Windows of 16 on a grid, at the ends of runs and over short ones, and how they are mixed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.engines.latentsync.blending import (
    MOST_OVERLAP,
    blended,
    heard_times,
    model_windows,
)

LONG = FrameRange(0, 200)


def frames_of(window, run, overlap=0):
    return [(part.frames[0], part.frames[-1]) for part in model_windows(window, run, overlap)]


def latents_of(part, name=0.0):
    """Latents that tell frame and window."""
    frames = torch.tensor(part.frames, dtype=torch.float64)
    return (frames + name).reshape(1, 1, 16, 1, 1).expand(2, 4, 16, 2, 2)


def test_without_overlap_a_window_of_the_grid_is_denoised_once():
    assert frames_of(FrameRange(32, 48), LONG) == [(32, 47)]
    assert frames_of(FrameRange(20, 48), LONG) == [(16, 31), (32, 47)]


def test_at_the_ends_of_a_run_windows_are_shifted_into_it_and_stay_16_long():
    run = FrameRange(21, 50)
    assert frames_of(FrameRange(21, 32), run) == [(21, 36)]
    assert frames_of(FrameRange(32, 48), run) == [(32, 47)]
    assert frames_of(FrameRange(48, 50), run) == [(34, 49)]


def test_a_run_that_is_too_short_is_played_back_and_forth():
    (part,) = model_windows(FrameRange(30, 35), FrameRange(30, 35))[:1]
    assert part.frames == (30, 31, 32, 33, 34, 33, 32, 31, 30, 31, 32, 33, 34, 33, 32, 31)
    (single,) = model_windows(FrameRange(7, 8), FrameRange(7, 8), 3)
    assert single.frames == (7,) * 16


def test_neighbors_share_frames_and_fade_linearly():
    first, second = model_windows(FrameRange(10, 16), LONG, 4)
    assert (first.frames[0], second.frames[0]) == (0, 12)
    shares = [first.weight(frame) for frame in range(10, 17)]
    assert shares == pytest.approx([1, 1, 0.8, 0.6, 0.4, 0.2, 0])
    assert [second.weight(frame) for frame in (11, 12, 15, 16)] == pytest.approx([0, 0.2, 0.8, 1])
    parts = {first: latents_of(first), second: latents_of(second, 100.0)}
    mixed = blended(FrameRange(10, 16), parts)
    assert mixed.shape == (2, 4, 6, 2, 2)
    wanted = [10, 11, 12 + 20, 13 + 40, 14 + 60, 15 + 80]
    assert mixed[0, 0, :, 0, 0].tolist() == pytest.approx(wanted)


def test_what_one_window_covers_alone_is_taken_over_bit_for_bit():
    (part,) = model_windows(FrameRange(32, 48), LONG)
    latents = torch.randn(1, 4, 16, 8, 8)
    assert torch.equal(blended(FrameRange(32, 48), {part: latents}), latents)


def test_a_frame_with_a_window_missing_is_a_mistake():
    first, _ = model_windows(FrameRange(10, 16), LONG, 4)
    with pytest.raises(ValueError, match=r"Frame 12 is covered by 0\.800"):
        blended(FrameRange(10, 16), {first: latents_of(first)})


@given(
    st.integers(0, 70),
    st.integers(1, 70),
    st.integers(0, MOST_OVERLAP),
    st.integers(0, 69),
    st.integers(1, 40),
)
def test_any_part_of_any_run_is_covered_and_does_not_depend_on_what_is_asked_for(
    begin, length, overlap, offset, size
):
    run = FrameRange(begin, begin + length)
    start = begin + offset % length
    window = FrameRange(start, min(start + size, run.stop))
    whole = model_windows(run, run, overlap)
    parts = model_windows(window, run, overlap)
    needed = [p for p in whole if any(p.weight(f) for f in window)]
    assert [p for p in parts if any(p.weight(f) for f in window)] == needed
    assert set(parts) <= set(whole)
    for part in whole:
        assert len(part.frames) == 16
        assert set(part.frames) <= set(run)
        assert {f for f in run if part.weight(f)} <= set(part.frames)
    mixed = blended(window, {part: latents_of(part) for part in parts})
    assert torch.allclose(mixed[0, 0, :, 0, 0], torch.tensor(list(window), dtype=torch.float64))
    assert len(whole) <= max(1, -(-length // (16 - overlap)) + 1)


def test_frames_that_a_short_run_shows_again_hear_what_comes_next():
    starts = np.arange(100) * 0.04 + 3
    (part,) = model_windows(FrameRange(30, 35), FrameRange(30, 35))[:1]
    heard = heard_times(part, starts, 25.0)
    assert heard == pytest.approx(starts[30] + 0.04 * np.arange(16))
    (whole,) = model_windows(FrameRange(32, 48), LONG)
    assert np.array_equal(heard_times(whole, starts, 25.0), starts[32:48])


@pytest.mark.parametrize("overlap", [-1, 8, 16])
def test_other_overlaps_are_refused(overlap):
    with pytest.raises(InvalidSettingError, match=f"by {overlap}"):
        model_windows(LONG, LONG, overlap)

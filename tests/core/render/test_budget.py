from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.render.budget import MIB, PROGRAM_MIB, WorkBudget, budget_of
from latentsync_studio.core.settings.preferences import PerformancePreferences

LIMITS = st.integers(512, 1_048_576)


def test_what_nobody_changed_is_what_renders_take_by_default():
    usual, default = budget_of(PerformancePreferences()), WorkBudget()
    assert abs(usual.in_flight_bytes - default.in_flight_bytes) < 2 * MIB
    assert (usual.viewer_bytes, usual.workers) == (default.viewer_bytes, default.workers)


@given(limit=LIMITS)
def test_all_shares_together_stay_within_the_limit(limit):
    budget = budget_of(PerformancePreferences(memory_limit=limit))
    if limit >= 1024:
        taken = PROGRAM_MIB * MIB + budget.viewer_bytes + 3 * budget.in_flight_bytes
        assert taken <= limit * MIB
    assert budget.in_flight_bytes >= 32 * MIB


@given(limit=LIMITS, more=st.integers(0, 100_000))
def test_more_memory_never_gives_less(limit, more):
    less = budget_of(PerformancePreferences(memory_limit=limit))
    greater = budget_of(PerformancePreferences(memory_limit=min(limit + more, 1_048_576)))
    assert greater.in_flight_bytes >= less.in_flight_bytes
    assert greater.viewer_bytes >= less.viewer_bytes


@given(size=st.integers(0, 10**10), workers=st.integers(1, 32))
def test_at_least_one_window_is_ahead_and_never_more_than_the_threads_can_use(size, workers):
    ahead = WorkBudget(workers=workers).windows_ahead(size)
    assert 1 <= ahead <= workers + 1


@given(limit=LIMITS)
def test_frames_that_were_seen_take_no_more_than_those_on_their_way_beside_a_viewer(limit):
    budget = budget_of(PerformancePreferences(memory_limit=limit))
    assert budget.seen_bytes == budget.in_flight_bytes


def test_without_a_viewer_its_memory_is_there_for_the_frames_that_were_seen():
    default = WorkBudget()
    assert default.seen_bytes == default.in_flight_bytes + default.viewer_bytes

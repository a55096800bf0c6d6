from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.render.length import map_frames

TICK = Fraction(1, 1000)
POLICIES = ("cut", "hold", "loop", "bounce", "tail")


@st.composite
def clips(draw):
    """Starts, end (ticks of a millisecond) of a VFR clip."""
    durations = draw(st.lists(st.integers(1, 90), min_size=1, max_size=30))
    first = draw(st.integers(-100, 10_000))
    starts = first + np.cumsum([0, *durations[:-1]], dtype=np.int64)
    return starts, first + sum(durations)


def shown(plan):
    return "".join("ABCDEFG"[k] for k in plan.source)


def of_four(ms, policy):
    return map_frames([0, 40, 80, 120], 160, TICK, Fraction(ms, 1000), policy)


@pytest.mark.parametrize(
    ("policy", "short", "long"),
    [
        ("cut", "AB", "ABCD"),
        ("hold", "AB", "ABCDDDD"),
        ("loop", "AB", "ABCDABC"),
        ("bounce", "AB", "ABCDCBA"),
        ("tail", "ABCD", "ABCD"),
    ],
)
def test_each_policy_shows_the_frames_of_its_picture(policy, short, long):
    assert shown(of_four(80, policy)) == short
    assert shown(of_four(280, policy)) == long


def test_a_bounce_shows_no_turn_frame_twice():
    assert shown(of_four(560, "bounce")) == "ABCDCBABCDCBAB"


def test_a_frame_in_which_the_speech_ends_is_kept_whole():
    plan = of_four(81, "cut")
    assert shown(plan) == "ABC"
    assert plan.end_pts == 120
    assert shown(of_four(80, "cut")) == "AB"


def test_the_tail_of_the_clip_is_told_from_the_spoken_part():
    plan = of_four(100, "tail")
    assert (plan.n_spoken, len(plan.source), plan.end_pts) == (3, 4, 160)


def test_a_fraction_of_a_tick_of_speech_counts():
    plan = map_frames([0, 40], 80, TICK, Fraction(1, 25) + Fraction(1, 48_000), "cut")
    assert shown(plan) == "AB"


def test_vfr_frames_keep_their_own_durations_when_played_again():
    plan = map_frames([5, 15, 45], 50, TICK, Fraction(130, 1000), "bounce")
    assert plan.source.tolist() == [0, 1, 2, 1, 0, 1, 2, 1]
    assert plan.pts.tolist() == [0, 10, 40, 45, 75, 85, 115, 120]
    assert plan.end_pts == 150
    held = map_frames([5, 15, 45], 50, TICK, Fraction(60, 1000), "hold")
    assert held.pts.tolist() == [0, 10, 40, 45, 50, 55]
    assert held.end_pts == 60


def test_middles_lie_between_starts_and_ends():
    plan = of_four(160, "cut")
    assert plan.middle_seconds().tolist() == pytest.approx([0.02, 0.06, 0.10, 0.14])


@given(clip=clips(), speech=st.integers(1, 4000), policy=st.sampled_from(POLICIES))
def test_every_plan_fits_the_speech_and_the_clip(clip, speech, policy):
    starts, end = clip
    length = int(end - starts[0])
    plan = map_frames(starts, end, TICK, Fraction(speech, 1000), policy)
    durations = np.diff(starts, append=end)
    assert plan.pts[0] == 0
    assert np.array_equal(np.diff(plan.pts, append=plan.end_pts), durations[plan.source])
    last = int(durations[plan.source[-1]])
    wanted = {
        "cut": min(speech, length),
        "tail": length,
    }.get(policy, speech)
    assert wanted <= plan.end_pts < wanted + last
    assert plan.n_spoken == int((plan.pts < speech).sum())
    kept = min(len(starts), len(plan.source))
    assert plan.source[:kept].tolist() == list(range(kept))
    assert plan.note.endswith(".")


@given(clip=clips(), policy=st.sampled_from(POLICIES))
def test_equal_lengths_need_no_policy(clip, policy):
    starts, end = clip
    plan = map_frames(starts, end, TICK, Fraction(int(end - starts[0]), 1000), policy)
    assert plan.source.tolist() == list(range(len(starts)))
    assert np.array_equal(plan.pts, starts - starts[0])
    assert plan.note.startswith("Clip and speech are equally long")


def test_the_note_says_what_was_done_and_how_to_have_it_otherwise():
    ntsc = Fraction(1001, 30_000)
    longer = map_frames(range(300), 300, ntsc, Fraction("11.21"), "cut")
    assert longer.note == (
        "The speech is 1.20 s longer than the clip; cut at 10.01 s."
        " Choose the length policy hold, loop or bounce to keep it."
    )
    assert "passes through unchanged" in of_four(80, "tail").note
    assert "tail" in of_four(80, "cut").note
    assert "held to 0.28 s" in of_four(280, "hold").note


def test_results_are_read_only():
    plan = of_four(80, "cut")
    assert not plan.source.flags.writeable
    assert not plan.pts.flags.writeable


def test_impossible_input_is_refused_with_numbers():
    with pytest.raises(InputError, match="no frames"):
        map_frames([], 0, TICK, Fraction(1), "cut")
    with pytest.raises(InputError, match="no sound"):
        of_four(0, "cut")
    with pytest.raises(InputError, match="after frame 1"):
        map_frames([0, 40, 40], 80, TICK, Fraction(1), "cut")
    with pytest.raises(InputError, match="3600000000 frames"):
        map_frames([0], 1, Fraction(1, 1_000_000), Fraction(3600), "loop")

import numpy as np

from latentsync_studio.core.face.people import RawTrack, link


def look(seed, tremble=0.0):
    rng = np.random.default_rng(seed)
    vector = rng.standard_normal(200)
    wobble = np.random.default_rng(seed + 99).standard_normal(200)
    vector /= np.linalg.norm(vector)
    return (vector + tremble * wobble / np.linalg.norm(wobble)).astype(np.float32)


def track(raw_id, first, last, who, **changes):
    plain = {
        "look": look(who),
        "size": 80.0,
        "begin": np.array([100.0, 100.0, 80.0]),
        "end": np.array([100.0, 100.0, 80.0]),
        "velocity": np.zeros(2),
        "shot_first": 0,
        "shot_last": 0,
    }
    return RawTrack(raw_id=raw_id, first=first, last=last, **{**plain, **changes})


def ids(people):
    return [[t.raw_id for t in person.tracks] for person in people]


def test_the_largest_and_most_present_person_comes_first():
    small = track(0, 0, 99, 1, size=30.0)
    large = track(1, 0, 99, 2, size=90.0)
    brief = track(2, 0, 9, 3, size=120.0)
    assert ids(link([small, large, brief], 100)) == [[1], [0], [2]]


def test_two_tracks_that_meet_are_two_people_even_if_they_look_alike():
    twins = [track(0, 0, 50, 1), track(1, 50, 99, 1)]
    assert len(link(twins, 100)) == 2


def test_a_person_is_recognised_after_a_gap_and_after_a_cut():
    parts = [
        track(0, 0, 30, 1),
        track(1, 60, 90, 1, look=look(1, 0.5), begin=np.array([400.0, 90.0, 60.0])),
        track(2, 91, 120, 1, shot_first=1, shot_last=1),
    ]
    assert ids(link(parts, 121)) == [[0, 1, 2]]


def test_strangers_are_never_joined_by_their_place_alone():
    assert len(link([track(0, 0, 30, 1), track(1, 31, 60, 2)], 61)) == 2


def test_a_look_in_doubt_is_the_same_person_only_where_the_motion_fits():
    changed = look(1, 0.95)
    near = track(1, 32, 60, 1, look=changed)
    far = track(1, 32, 60, 1, look=changed, begin=np.array([400.0, 100.0, 80.0]))
    assert len(link([track(0, 0, 30, 1), near], 61)) == 1
    assert len(link([track(0, 0, 30, 1), far], 61)) == 2


def test_what_is_seen_in_a_persons_place_while_covered_belongs_to_the_person():
    parts = [track(0, 0, 30, 1), track(1, 31, 45, 2), track(2, 46, 50, 3), track(3, 51, 80, 1)]
    assert ids(link(parts, 81)) == [[0, 1, 2, 3]]


def test_somebody_who_is_seen_elsewhere_too_is_not_swallowed():
    parts = [
        track(0, 0, 30, 1),
        track(1, 31, 45, 2),
        track(2, 46, 80, 1),
        track(3, 60, 80, 2, begin=np.array([500.0, 100.0, 80.0])),
    ]
    assert ids(link(parts, 81)) == [[0, 2], [1, 3]]


def test_a_face_of_three_frames_is_an_error_unless_the_clip_is_that_short():
    assert link([track(0, 5, 7, 1)], 100) == ()
    assert ids(link([track(0, 0, 0, 1)], 1)) == [[0]]


def test_nobody_gives_nobody():
    assert link([], 10) == ()

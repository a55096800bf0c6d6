import numpy as np
import pytest

from latentsync_studio.core.face.reasons import Evidence, explain, judge, numbers_of
from latentsync_studio.core.face.track import Reason

N = 40


def evidence(**changes):
    plain = {
        "present": np.ones(N, bool),
        "shot": np.zeros(N, np.int32),
        "yaw": np.zeros(N, np.float32),
        "pitch": np.zeros(N, np.float32),
        "eye_distance": np.full(N, 100, np.float32),
        "occlusion": np.zeros(N, np.float32),
        "edge": np.full(N, 1, np.float32),
        "others": np.zeros(N, bool),
    }
    return Evidence(**{**plain, **changes})


def changed(name, value, where=slice(10, 20)):
    array = getattr(evidence(), name).copy()
    array[where] = value
    return evidence(**{name: array})


def test_a_plain_face_is_redrawn_in_full():
    usable, reason = judge(evidence())
    assert (usable == 1).all()
    assert (reason == Reason.OK).all()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("present", False, Reason.NO_FACE),
        ("eye_distance", 15, Reason.TOO_SMALL),
        ("yaw", -60, Reason.PROFILE),
        ("pitch", 50, Reason.PROFILE),
        ("occlusion", 0.6, Reason.OCCLUDED),
        ("edge", -0.2, Reason.OUT_OF_PICTURE),
    ],
)
def test_each_limit_stops_exactly_its_frames_and_fades_beside_them(name, value, expected):
    usable, reason = judge(changed(name, value))
    assert (usable[10:20] == 0).all()
    assert (reason[10:20] == expected).all()
    assert (reason[usable > 0] == Reason.OK).all()
    assert (reason[usable == 0] != Reason.OK).all()
    assert 0 < usable[8] < usable[7] < usable[5] <= 1
    assert usable[0] == usable[-1] == 1


def test_a_head_that_looks_up_is_told_by_its_tilt():
    measured = {"yaw": 20.0, "pitch": -51.0}
    numbers = numbers_of(Reason.PROFILE, measured)
    text = "head tilted by 51 degrees, maximum 46"
    assert explain(Reason.PROFILE, numbers) == text


def test_a_face_between_the_limits_is_redrawn_in_part():
    usable, reason = judge(evidence(yaw=np.full(N, 44, np.float32)))
    np.testing.assert_allclose(usable, 0.5)
    assert (reason == Reason.OK).all()


@pytest.mark.parametrize("length", [1, 2])
def test_flickers_of_one_or_two_frames_are_bridged(length):
    usable, reason = judge(changed("occlusion", 0.6, slice(10, 10 + length)))
    assert (usable == 1).all()
    assert (reason == Reason.OK).all()


def test_three_frames_are_no_flicker():
    usable, _ = judge(changed("occlusion", 0.6, slice(10, 13)))
    assert (usable[10:13] == 0).all()


def test_a_lone_good_frame_between_bad_ones_is_not_redrawn():
    occlusion = np.full(N, 0.6, np.float32)
    occlusion[20] = 0
    usable, reason = judge(evidence(occlusion=occlusion))
    assert (usable == 0).all()
    assert (reason == Reason.OCCLUDED).all()


def test_nothing_fades_across_a_cut():
    shot = np.repeat([0, 1], N // 2).astype(np.int32)
    present = shot == 0
    usable, _ = judge(evidence(shot=shot, present=present))
    assert (usable[: N // 2] == 1).all()
    assert (usable[N // 2 :] == 0).all()


def test_a_frame_with_somebody_else_says_so():
    present = np.ones(N, bool)
    present[10:20] = False
    others = np.zeros(N, bool)
    others[15:20] = True
    _, reason = judge(evidence(present=present, others=others))
    assert (reason[10:15] == Reason.NO_FACE).all()
    assert (reason[15:20] == Reason.OTHER_PERSON).all()


def test_no_frames_give_no_verdicts():
    none = {k: getattr(evidence(), k)[:0] for k in Evidence.__slots__}
    usable, reason = judge(Evidence(**none))
    assert len(usable) == len(reason) == 0


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason.NO_FACE, "no face was found"),
        (Reason.TOO_SMALL, "face 28 px wide, minimum 31"),
        (Reason.PROFILE, "head turned by 63 degrees, maximum 50"),
        (Reason.OCCLUDED, "58 % of the lower face is covered, maximum 42 %"),
        (Reason.OTHER_PERSON, "somebody else is in the picture, not the chosen person"),
        (Reason.OUT_OF_PICTURE, "the mouth leaves the picture by 5 px"),
    ],
)
def test_reasons_are_explained_with_numbers(reason, text):
    measured = {"yaw": -63.2, "pitch": 12.0, "eye_distance": 18.0, "occlusion": 0.58, "edge": -0.3}
    assert explain(reason, numbers_of(reason, measured)) == text

"""What the tracks of a face say before a render: shares, places, sizes."""

import numpy as np
import pytest

from latentsync_studio.core.engine import EngineDemands
from latentsync_studio.core.face.track import FaceTrack, Reason
from latentsync_studio.services.preflight.faces import (
    Place,
    face_findings,
    nobody,
    of_track,
)

N = 200
PLACE = Place("clip.mp4", "c1", 25.0)


def track(**changes):
    plain = {
        "landmarks": np.zeros((N, 478, 3), np.float32),
        "present": np.ones(N, np.bool_),
        "shot": np.zeros(N, np.int32),
        "angles": np.zeros((N, 3), np.float32),
        "eye_distance": np.full(N, 100, np.float32),
        "occlusion": np.zeros(N, np.float32),
        "usable": np.ones(N, np.float32),
        "reason": np.zeros(N, np.uint8),
    }
    return FaceTrack(id=0, **(plain | changes))


def findings(seen, engine="mouthbank", demands=None, place=PLACE):
    return {each.id: each for each in face_findings(seen, place, engine, demands)}


def whole(people=1, **changes):
    frames = np.arange(N, dtype=np.int32)
    return of_track(track(**changes), frames, frames, people)


def stopped(reason, where, **arrays):
    reasons, usable = np.zeros(N, np.uint8), np.ones(N, np.float32)
    reasons[where], usable[where] = reason, 0
    return whole(reason=reasons, usable=usable, **arrays)


def test_a_plain_face_gives_its_size_and_nothing_else():
    (found,) = findings(whole()).values()
    assert (found.id, found.severity, found.estimated) == ("face-size", "info", False)
    assert found.numbers["face_px"] == 155.0


@pytest.mark.parametrize(
    ("name", "reason", "field", "value", "number"),
    [
        ("face-small", Reason.TOO_SMALL, "eye_distance", 12.0, ("face_px", 19.0)),
        ("face-covered", Reason.OCCLUDED, "occlusion", 0.6, ("covered_percent", 60.0)),
    ],
)
def test_frames_beyond_a_limit_are_told_with_share_place_and_the_worst(
    name, reason, field, value, number
):
    values = np.array(getattr(track(), field))
    values[40:80] = value
    found = findings(stopped(reason, slice(40, 80), **{field: values}))[name]
    assert found.severity == "warning"
    assert found.spans == ((40, 80),)
    assert (found.numbers["frames"], found.numbers["share"]) == (40.0, 0.2)
    assert found.numbers["seconds"] == pytest.approx(1.6)
    assert found.numbers[number[0]] == number[1]
    assert found.actions == ("jump",)
    assert found.subject_id == "c1"


def test_turned_and_tilted_heads_are_told_in_degrees():
    angles = np.zeros((N, 3), np.float32)
    angles[10:60, 0] = -61
    found = findings(stopped(Reason.PROFILE, slice(10, 60), angles=angles))["face-turned"]
    assert found.numbers["yaw_degrees"] == 61
    assert "turned by 61 degrees, maximum 50" in found.sentence
    angles = np.zeros((N, 3), np.float32)
    angles[10:60, 1] = 50
    found = findings(stopped(Reason.PROFILE, slice(10, 60), angles=angles))["face-turned"]
    assert "tilted by 50 degrees" in found.sentence


def test_a_few_frames_are_only_noted_and_weak_ones_beside():
    assert findings(stopped(Reason.NO_FACE, slice(3, 5)))["no-face"].severity == "info"
    usable = np.ones(N, np.float32)
    usable[50:100] = 0.5
    angles = np.zeros((N, 3), np.float32)
    angles[50:100, 0] = 44
    found = findings(whole(usable=usable, angles=angles))["near-limits"]
    assert found.severity == "info"
    assert found.numbers["yaw_degrees"] == 44
    assert found.spans == ((50, 100),)


def test_cuts_are_counted_and_can_be_gone_to():
    shot = np.zeros(N, np.int32)
    shot[50:], shot[120:] = 1, 2
    found = findings(whole(shot=shot))["cuts"]
    assert found.numbers == {"cuts": 2.0}
    assert found.spans == ((50, 51), (120, 121))


def test_several_people_are_told_unless_one_was_chosen():
    assert findings(whole(people=3))["several-faces"].actions == ("choose-face",)
    assert "several-faces" not in findings(whole(people=3), place=PLACE._replace(is_chosen=True))


def test_nobody_at_all_is_a_warning():
    found = findings(nobody(np.arange(10, dtype=np.int32)))["no-face"]
    assert found.severity == "warning"
    assert "every frame passes through" in found.sentence


@pytest.mark.parametrize(
    ("eyes", "severity", "words"),
    [(100, "info", "fine enough"), (330, "info", "1.2 times"), (600, "warning", "2.2 times")],
)
def test_a_face_larger_than_the_engine_draws_it_is_told(eyes, severity, words):
    seen = whole(eye_distance=np.full(N, eyes, np.float32))
    demands = EngineDemands(resolution=512, face_px=426.0)
    found = findings(seen, "latentsync", demands)["face-size"]
    assert (found.severity, words in found.sentence) == (severity, True)
    assert ("other-engine" in found.actions) is (severity == "warning")
    assert found.numbers["enlarged"] == pytest.approx(eyes * 1.55 / 426, abs=0.01)


def test_frames_of_a_sequence_are_told_where_the_sequence_has_them():
    reasons = np.zeros(N, np.uint8)
    reasons[100:150] = Reason.NO_FACE
    numbers = np.arange(90, 190, dtype=np.int32)
    seen = of_track(track(reason=reasons), numbers, numbers + 1000, 1)
    assert findings(seen)["no-face"].spans == ((1100, 1150),)

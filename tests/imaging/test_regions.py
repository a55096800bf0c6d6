"""The regions of the face: soft, complete, each where it belongs."""

import numpy as np
import pytest

from latentsync_studio.core.picture import Box
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.imaging.regions import REGIONS, Regions
from tests.imaging.faces import plain_face

CENTER, EYES = (300.0, 320.0), 200.0
BOX = Box(x0=60, y0=60, x1=540, y1=560)
SPOTS = {  # px from the middle of the mouth, in eye distances
    "mouth": (0.0, 0.0),
    "lips": (0.0, 0.14),
    "skin": (0.0, -0.28),
    "jaw": (0.0, 0.6),
    "cheeks": (0.62, -0.2),
    "nose": (0.0, -0.48),
    "rest": (0.0, -1.1),
}


def at(found, name):
    x, y = SPOTS[name]
    return found[int(CENTER[1] + y * EYES) - BOX.y0, int(CENTER[0] + x * EYES) - BOX.x0]


def test_the_regions_add_up_to_one_everywhere():
    regions = Regions(BOX, plain_face(CENTER, EYES))
    total = sum(regions.of((name,)) for name in REGIONS)
    assert np.abs(total - 1.0).max() < 1e-5


@pytest.mark.parametrize("name", REGIONS)
def test_each_region_is_where_it_belongs_and_nowhere_else(name):
    found = Regions(BOX, plain_face(CENTER, EYES)).of((name,))
    for other in SPOTS:
        assert at(found, other) == pytest.approx(float(other == name), abs=0.2), other


@pytest.mark.parametrize("name", REGIONS)
def test_a_strength_acts_in_its_region_alone(name):
    found = Regions(BOX, plain_face(CENTER, EYES)).strengths(ComposeSettings(**{name: 0.0}))
    for other in SPOTS:
        assert at(found, other) == pytest.approx(float(other != name), abs=0.2), other


def test_equal_strengths_give_a_flat_map_and_full_ones_none():
    face = plain_face(CENTER, EYES)
    assert Regions(BOX, face).strengths(ComposeSettings()) is None
    same = ComposeSettings(**dict.fromkeys(REGIONS, 0.4))
    assert np.allclose(Regions(BOX, face).strengths(same), 0.4)


def test_regions_ride_with_a_face_that_moves_turns_and_comes_closer():
    face = plain_face(CENTER, EYES)
    before = Regions(BOX, face).of(("lips",))
    angle, scale = np.radians(25), 1.3
    spin = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = face.copy()
    moved[:, :2] = (face[:, :2] - CENTER) @ spin.T + np.array(CENTER) + (15, -10)
    after = Regions(BOX, moved).of(("lips",))
    rows, columns = np.mgrid[150:400:10, 150:450:10]
    points = np.stack([columns + 0.5, rows + 0.5], axis=-1).reshape(-1, 2)
    there = (points - CENTER) @ spin.T + np.array(CENTER) + (15, -10)
    inside = ((there >= (BOX.x0, BOX.y0)) & (there < (BOX.x1, BOX.y1))).all(axis=1)
    old = before[points[inside, 1].astype(int) - BOX.y0, points[inside, 0].astype(int) - BOX.x0]
    new = after[there[inside, 1].astype(int) - BOX.y0, there[inside, 0].astype(int) - BOX.x0]
    assert np.abs(old - new).mean() < 0.02


def test_the_edges_of_regions_are_soft():
    found = Regions(BOX, plain_face(CENTER, EYES)).of(("lips", "mouth"))
    steps = np.abs(np.diff(found, axis=0))
    assert steps.max() < 0.12

"""The shape of an opening that nobody has seen."""

from pathlib import Path

import numpy as np
import pytest

from latentsync_studio.engines.mouthbank.anatomy import (
    CORNERS,
    IN_LO,
    IN_UP,
    OUT_LO,
    OUT_UP,
    mouth_measures,
)
from latentsync_studio.engines.mouthbank.opening import almond, shut_bank
from latentsync_studio.engines.mouthbank.shape_model import ShapeModel, sealed


@pytest.fixture(scope="module")
def opened():
    """Maker of the prior's mesh for a mouth of any aperture, from one closed face."""
    face = np.load(Path(__file__).parent / "face.npy").astype(np.float64)
    face[IN_UP] = face[IN_LO] = (face[IN_UP] + face[IN_LO]) / 2
    measures = mouth_measures(face[None])
    model = ShapeModel(face, face[None], measures)

    def make(aperture):
        change = np.array([[aperture - measures[0, 0], 0.0]])
        return sealed(face + model.displacement(change)[0], aperture)

    return make


@pytest.mark.parametrize("aperture", [0.03, 0.08, 0.15])
def test_the_opening_tapers_towards_its_corners(opened, aperture):
    mesh = almond(opened(aperture), 1.0)
    gap = mesh[IN_LO, 1] - mesh[IN_UP, 1]
    assert gap.min() >= 0
    assert gap[[0, 8]].max() < 0.35 * gap[4]
    assert (np.diff(gap[:5]) > 0).all()
    assert (np.diff(gap[4:]) < 0).all()


@pytest.mark.parametrize("aperture", [0.03, 0.08, 0.15])
def test_the_aperture_stays_what_was_asked_for(opened, aperture):
    mesh = almond(opened(aperture), 1.0)
    assert mouth_measures(mesh[None])[0, 0] == pytest.approx(aperture, abs=0.004)


def test_lips_keep_their_thickness(opened):
    shut, wide = opened(0.0), almond(opened(0.12), 1.0)
    for inner, outer in ((IN_UP, OUT_UP), (IN_LO, OUT_LO)):
        before = np.abs(shut[outer, 1] - shut[inner, 1])[3:6]
        after = np.abs(wide[outer, 1] - wide[inner, 1])[3:6]
        assert np.abs(after - before).max() < 0.03


def test_lips_round_as_they_open(opened):
    narrow, wide = almond(opened(0.03), 1.0), almond(opened(0.15), 1.0)
    assert np.ptp(wide[CORNERS[:2], 0]) < np.ptp(narrow[CORNERS[:2], 0])


def test_a_closed_mouth_and_a_rich_bank_are_left_alone(opened):
    assert np.array_equal(almond(opened(0.0), 1.0), opened(0.0))
    assert np.array_equal(almond(opened(0.1), 0.0), opened(0.1))


def test_neighbouring_apertures_give_neighbouring_meshes(opened):
    apertures = np.arange(0.0, 0.18, 0.002)
    meshes = np.stack([almond(opened(a), 1.0) for a in apertures])
    assert np.abs(np.diff(meshes, axis=0)).max() < 0.01


def test_a_bank_that_opens_needs_no_almond():
    closed, ajar, wide = ([[a, 0.6]] for a in (0.004, 0.04, 0.1))
    assert shut_bank(np.array(closed)) == 1
    assert 0 < shut_bank(np.array(ajar)) < 1
    assert shut_bank(np.array(closed + wide)) == 0

"""Where new mouths show in a picture is told for the whole picture, of one patch and of several."""

import numpy as np

from latentsync_studio.core.engine import Patch
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.imaging.masked import Look
from latentsync_studio.services.timeline.laid import Laid, weight_of
from tests.imaging.faces import plain_face

SIZE = (120, 90)


def laid(left, top, strength):
    """A square of 40 px, wholly opaque."""
    patch = Patch(
        frame=0,
        pixels=np.zeros((40, 40, 3), np.uint8),
        alpha=np.full((40, 40), 255, np.uint8),
        transform=np.array([[1.0, 0.0, left], [0.0, 1.0, top]]),
    )
    look = Look(settings=ComposeSettings(strength=strength))
    return Laid("c1", patch, plain_face((60.0, 45.0), 40.0), look)


def test_weights_lie_where_patches_show_also_over_the_edge_of_the_picture():
    found = weight_of([laid(-20, 30, 0.5)], SIZE)
    assert found.shape == SIZE[::-1]
    assert abs(int(found[50, 5]) - 128) <= 1
    assert not found[:, 24:].any()
    assert not found[:26].any()


def test_two_mouths_are_both_told_and_nothing_where_none_is_laid():
    found = weight_of([laid(10, 20, 0.5), laid(30, 20, 0.5)], SIZE)
    assert abs(int(found[40, 20]) - 128) <= 1
    assert abs(int(found[40, 40]) - 191) <= 1, "what shows through the second is of the first"
    assert abs(int(found[40, 60]) - 128) <= 1
    assert not weight_of([], SIZE).any()

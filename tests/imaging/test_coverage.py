"""Painted layers of a frame: what they include and protect, whatever is softened or moved."""

import cv2
import numpy as np
import pytest

from latentsync_studio.core.mask.layer import LayerId, MaskLayer
from latentsync_studio.core.mask.tiles import Canvas
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.coverage import LayerNow, Painted
from latentsync_studio.imaging.face_space import warp_to_frame
from tests.imaging.faces import plain_face

WIDTH, HEIGHT = 200, 160
FACE = plain_face((100.0, 90.0), 80.0)
BOX = Box(x0=20, y0=20, x1=180, y1=150)


def painted(x0, y0, x1, y1, size=(WIDTH, HEIGHT)):
    pixels = np.zeros(size[::-1], np.uint8)
    pixels[y0:y1, x0:x1] = 255
    return pixels


def layer(pixels, opacity=1.0, motion=None, **fields):
    fields = {"space": "frame", **fields}
    made = MaskLayer(id=LayerId("p1"), **fields)
    return LayerNow(layer=made, canvas=Canvas.of(pixels), opacity=opacity, motion=motion)


def cover(*layers, box=BOX, size=(WIDTH, HEIGHT), scale=1.0):
    return Painted(layers).over(box, size, FACE, scale)


def inside(pixels):
    return pixels[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1] / 255


LEFT, TOP = painted(0, 0, 100, HEIGHT), painted(0, 0, WIDTH, 80)


def test_without_layers_everything_may_be_redrawn():
    assert (cover() == 1).all()


def test_an_include_layer_is_where_the_patch_shows():
    assert np.array_equal(cover(layer(LEFT)), inside(LEFT))


def test_a_protect_layer_is_where_it_never_does():
    assert np.array_equal(cover(layer(LEFT, role="protect")), 1 - inside(LEFT))
    both = cover(layer(LEFT), layer(TOP, role="protect"))
    assert np.array_equal(both, inside(LEFT) * (1 - inside(TOP)))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("add", np.maximum(inside(LEFT), inside(TOP))),
        ("subtract", np.minimum(inside(LEFT), 1 - inside(TOP))),
        ("intersect", np.minimum(inside(LEFT), inside(TOP))),
    ],
)
@pytest.mark.parametrize("role", ["include", "protect"])
def test_layers_of_a_role_are_added_subtracted_and_intersected(mode, expected, role):
    found = cover(layer(LEFT, role=role), layer(TOP, role=role, mode=mode))
    assert np.array_equal(found, expected if role == "include" else 1 - expected)


def test_opacity_weakens_a_layer():
    assert np.allclose(cover(layer(LEFT, 0.25)), 0.25 * inside(LEFT))
    assert np.allclose(cover(layer(LEFT, 0.25, role="protect")), 1 - 0.25 * inside(LEFT))
    half = cover(layer(LEFT), layer(TOP, 0.5, mode="intersect"))
    assert np.allclose(half, np.minimum(inside(LEFT), 0.5 + 0.5 * inside(TOP)))
    nothing = cover(layer(LEFT), layer(TOP, 0.0, mode="intersect"))
    assert np.array_equal(nothing, inside(LEFT))


def test_what_is_not_painted_counts_where_a_layer_is_inverted():
    assert np.array_equal(cover(layer(LEFT, is_inverted=True)), 1 - inside(LEFT))


@pytest.mark.parametrize("role", ["include", "protect"])
def test_a_feather_never_gives_the_patch_more_room(role):
    hard, soft = cover(layer(LEFT, role=role)), cover(layer(LEFT, role=role, feather=10.0))
    assert (soft <= hard + 1e-6).all()
    row = soft[60]
    assert ((row > 0.05) & (row < 0.95)).sum() > 8


def test_growing_and_shrinking_move_the_edge():
    for px in (9.0, 24.0):
        assert cover(layer(LEFT, grow=px))[60].sum() == pytest.approx(80 + px, abs=1 + px / 8)
        assert cover(layer(LEFT, grow=-px))[60].sum() == pytest.approx(80 - px, abs=1 + px / 8)


def test_a_box_sees_what_reaches_in_from_beyond_it():
    whole = Box(x0=0, y0=0, x1=WIDTH, y1=HEIGHT)
    near = layer(painted(0, 0, 19, HEIGHT), grow=6.0, feather=4.0)
    expected = cover(near, box=whole)[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1]
    assert expected.max() > 0.5
    assert np.abs(cover(near) - expected).max() < 0.02


def test_a_smaller_picture_has_the_same_mask_in_small():
    half = Box(x0=10, y0=10, x1=90, y1=75)
    found = cover(layer(LEFT, grow=10.0), box=half, size=(WIDTH // 2, HEIGHT // 2), scale=0.5)
    large = cover(layer(LEFT, grow=10.0))
    small = cv2.resize(large, (80, 65), interpolation=cv2.INTER_AREA)
    assert np.abs(found - small).mean() < 0.02


def test_a_layer_moves_turns_and_grows_about_the_middle():
    motion = np.array([[1.0, 0.0, 12.0], [0.0, 1.0, -7.0]])
    found = cover(layer(painted(60, 60, 100, 100), motion=motion))
    assert np.abs(found - inside(painted(72, 53, 112, 93))).max() < 0.01


def test_a_face_layer_rides_with_the_face():
    raster = painted(300, 500, 700, 900, (1024, 1024))
    found = cover(layer(raster, space="face"))
    assert np.allclose(found, warp_to_frame(raster, FACE, BOX), atol=0.02)
    assert 0.02 < found.mean() < 0.6

"""Strokes on layers in both spaces: where they land, and layers that change their space."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.face.track import FaceTrack
from latentsync_studio.core.mask.keyframes import Curve, Key
from latentsync_studio.core.mask.layer import LayerId, MaskLayer, RasterKey
from latentsync_studio.core.mask.strokes import Ellipse
from latentsync_studio.core.mask.tiles import digest_of
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import Clip, ClipId, MediaId
from latentsync_studio.imaging.mask_raster import shape_coverage
from latentsync_studio.services.clip_faces import ClipFace
from latentsync_studio.services.mask_painting import (
    Easel,
    filled,
    look_at_layer,
    moved_to,
    painted,
    shape_at,
)
from latentsync_studio.services.paintings import Paintings
from latentsync_studio.ui.masks.work import Drawn
from tests.imaging.turned_heads import Head

SIDE, FRAMES = 360, 3
SIZE = (SIDE, SIDE)


class Kept:
    """Tiles in memory."""

    def __init__(self):
        self.tiles = {}

    def put(self, tile):
        digest = digest_of(tile)
        self.tiles[digest] = tile
        return digest

    def tile(self, digest):
        return self.tiles[digest]


@pytest.fixture(scope="module")
def face():
    """A head that turns; it is not there in the last frame."""
    head = Head(scale=70.0, side=SIDE)
    landmarks = np.stack([head.landmarks(yaw, 0, 0) for yaw in (0, 12, 12)]).astype(np.float32)
    ones = np.ones(FRAMES, np.float32)
    track = FaceTrack(
        id=0,
        landmarks=landmarks,
        present=np.array([True, True, False]),
        shot=np.zeros(FRAMES, np.int32),
        angles=np.zeros((FRAMES, 3), np.float32),
        eye_distance=ones * 70,
        occlusion=ones * 0,
        usable=ones,
        reason=np.zeros(FRAMES, np.uint8),
    )
    return ClipFace(
        size=SIZE,
        pixel_aspect=1.0,
        digest="x",
        numbers=np.arange(FRAMES, dtype=np.int32),
        face=track,
        is_analysed=True,
    )


@pytest.fixture
def easel():
    store, paintings = Kept(), Paintings()
    paintings.attach(store)
    return Easel(paintings, store)


def clip_of(*layers, curves=()):
    return Clip(
        id=ClipId("c1"),
        media=MediaId("m1"),
        source=FrameRange(0, FRAMES),
        start=0,
        masks=layers,
        curves=curves,
    )


def layer_of(space, *rasters):
    return MaskLayer(id=LayerId("p1"), role="protect", space=space, rasters=rasters)


def ellipse(face, frame=0, radius=24.0):
    """A stroke over the mouth of a frame."""
    x, y = face.landmarks_at(frame)[[61, 291, 0, 17], :2].mean(axis=0)
    shape = Ellipse(x=float(x), y=float(y), radius_x=radius, radius_y=radius, softness=4)
    box, coverage = shape_coverage(shape, SIZE)
    return Drawn(box, coverage, "paint")


def whole(drawn):
    """A stroke over the whole picture."""
    out = np.zeros(SIZE[::-1], np.uint8)
    out[drawn.box.y0 : drawn.box.y1, drawn.box.x0 : drawn.box.x1] = drawn.coverage
    return out


def overlap(one, other):
    """Intersection over union of what is covered by half."""
    a, b = one >= 128, other >= 128
    return (a & b).sum() / (a | b).sum()


def put(layer, face, easel, drawn, frame=0):
    raster = painted(clip_of(layer), layer, face, frame, drawn, easel)
    return replace(layer, rasters=(RasterKey(frame=0, raster=raster),))


def seen(layer, face, easel, frame=0, curves=()):
    return look_at_layer(clip_of(layer, curves=curves), layer, face, frame, easel, onion=False)


def test_a_stroke_shows_where_it_was_drawn_and_rides_with_the_face(face, easel):
    drawn = ellipse(face)
    still = put(layer_of("frame"), face, easel, drawn)
    assert np.array_equal(seen(still, face, easel).painted, whole(drawn))
    assert np.array_equal(seen(still, face, easel, 1).painted, whole(drawn))
    rides = put(layer_of("face"), face, easel, drawn)
    assert overlap(seen(rides, face, easel).painted, whole(drawn)) > 0.95
    there = np.argwhere(seen(rides, face, easel, 1).painted >= 128).mean(axis=0)[::-1]
    mouth = face.landmarks_at(1)[[61, 291, 0, 17], :2].mean(axis=0)
    assert np.abs(there - mouth).max() < 4
    assert not seen(rides, face, easel, 2).painted.any()
    with pytest.raises(InputError, match="not known in frame 2"):
        put(layer_of("face"), face, easel, drawn, 2)


def test_what_is_erased_is_gone_and_the_rest_stays(face, easel):
    layer = put(layer_of("face"), face, easel, ellipse(face, radius=30))
    less = put(layer, face, easel, ellipse(face, radius=14)._replace(mode="erase"))
    before, after = (seen(each, face, easel).painted for each in (layer, less))
    hole = whole(ellipse(face, radius=10)) == 255
    assert after[hole].max() < 20
    far = whole(ellipse(face, radius=20)) == 0
    assert np.abs(after[far].astype(int) - before[far]).max() <= 2


@pytest.mark.parametrize("turn", [None, 20.0])
def test_a_layer_that_changes_its_space_looks_as_before(face, easel, turn):
    curves = () if turn is None else turned(turn)
    layer = put(layer_of("frame"), face, easel, ellipse(face, 1))
    shapes = moved_to(clip_of(layer, curves=curves), layer, face, 1, "face", easel)
    rides = replace(layer, space="face", rasters=shapes)
    shapes = moved_to(clip_of(rides, curves=curves), rides, face, 1, "frame", easel)
    back = replace(rides, space="frame", rasters=shapes)
    shown = [seen(each, face, easel, 1, curves).painted for each in (layer, rides, back)]
    assert overlap(shown[0], shown[1]) > 0.94
    assert overlap(shown[0], shown[2]) > 0.93


def turned(degrees):
    """Keys that turn a layer and move it to where it is still on the face."""
    keys = {"rotation": degrees, "x": degrees, "y": 4.0, "scale": 1.1}
    return tuple(
        Curve(key=f"layer.p1.{name}", keys=(Key(frame=0, value=value),))
        for name, value in sorted(keys.items())
    )


def test_a_stroke_on_a_layer_that_keys_move_shows_where_it_was_drawn(face, easel):
    curves = (Curve(key="layer.p1.x", keys=(Key(frame=0, value=25.0),)),)
    layer, drawn = layer_of("frame"), ellipse(face)
    for _ in range(2):  # on an empty layer, and on what is painted
        raster = painted(clip_of(layer, curves=curves), layer, face, 0, drawn, easel)
        layer = replace(layer, rasters=(RasterKey(frame=0, raster=raster),))
        shown = seen(layer, face, easel, curves=curves).painted
        assert shown[whole(drawn) == 255].min() > 200


def test_full_empty_inverted_grown_and_own_shapes(face, easel):
    layer = layer_of("frame")
    full = filled(layer, face, easel, is_full=True)
    covered = replace(layer, rasters=(RasterKey(frame=0, raster=full),))
    assert seen(covered, face, easel).covered.min() == 255
    assert not filled(layer, face, easel, is_full=False).tiles
    with pytest.raises(InputError, match="Nothing is painted"):
        shape_at(layer, 0, easel)
    small = put(layer, face, easel, ellipse(face))
    assert shape_at(small, 1, easel) == small.rasters[0].raster
    area = (seen(small, face, easel).covered >= 128).sum()
    grown = seen(replace(small, grow=6.0), face, easel)
    assert (grown.covered >= 128).sum() > area
    assert (grown.painted >= 128).sum() == area
    inverted = seen(replace(small, is_inverted=True), face, easel).covered
    assert (inverted >= 128).sum() == SIDE * SIDE - area
    big = put(layer, face, easel, ellipse(face, radius=60))
    both = replace(
        layer, rasters=(small.rasters[0], RasterKey(frame=2, raster=big.rasters[0].raster))
    )
    found = look_at_layer(clip_of(both), both, face, 1, easel, onion=True)
    between = (found.painted >= 128).sum()
    assert area < between < (found.after >= 128).sum()
    assert (found.before >= 128).sum() == area

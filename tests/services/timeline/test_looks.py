"""Masks, curves and protection on a timeline: the same in viewer and movie, never a new drawing."""

from dataclasses import replace as replace_in

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError, InvalidSettingError
from latentsync_studio.core.mask.keyframes import Curve, Key, value_at
from latentsync_studio.core.mask.layer import FACE_SIDE, LayerId, MaskLayer
from latentsync_studio.core.mask.tiles import Canvas, raster_of
from latentsync_studio.core.picture import Box
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.plan import Segment
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.core.timeline.edits import curves, masks
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.look import LookPlan, editable_protection
from latentsync_studio.services.timeline.cut_pieces import CutCounts, CutPieces, Scene
from latentsync_studio.services.timeline.lifting import lifted_frames, with_lifted
from latentsync_studio.services.timeline.medium import MediaBook
from latentsync_studio.services.timeline.movie_target import cut_target
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE

ALL = {
    "strength": 0.9, "jaw": 0.4, "cheeks": 0.7, "grow": 3.0, "feather": 2.0, "color_match": 0.6,
    "detail": 0.5, "sharpen": 0.5, "grain": 0.5,
}  # fmt: skip
RAMP = (Key(frame=20, value=0.0, ease="ease"), Key(frame=60, value=1.0))


class Tiles:
    """Painted tiles in memory."""

    def __init__(self):
        self.held = {}

    def paint(self, size, box):
        pixels = np.zeros(size[::-1], np.uint8)
        pixels[box.y0 : box.y1, box.x0 : box.x1] = 255
        canvas = Canvas.of(pixels)
        self.held |= {tile.digest: tile.pixels for tile in canvas.tiles()}
        return raster_of(canvas)

    def tile(self, digest):
        if digest not in self.held:
            raise InputError("no such tile")
        return self.held[digest]


@pytest.fixture
def tiles():
    return Tiles()


@pytest.fixture
def opened(home, tiles):
    with open_services(home) as services:
        services.paintings.attach(tiles)
        yield services


def with_layer(project, raster, frame=0, **fields):
    made = masks.add_layer(project, "c1", MaskLayer(id=LayerId(""), **fields))
    layer = made.sequences[0].tracks[0].clips[0].masks[-1].id
    return masks.put_raster(made, "c1", layer, frame, raster)


def rich(plain, tiles):
    """Everything that a look can have."""
    settings = replace(plain.settings, compose=ComposeSettings(**ALL))
    made = replace(plain, settings=settings)
    half = tiles.paint((FACE_SIDE,) * 2, Box(x0=512, y0=0, x1=1024, y1=1024))
    made = with_layer(made, half, space="face", role="protect", feather=2.0)
    made = with_layer(
        made, tiles.paint((320, 320), Box(x0=0, y0=60, x1=320, y1=320)), space="frame"
    )
    layer = made.sequences[0].tracks[0].clips[0].masks[-1].id
    lower = tiles.paint((320, 320), Box(x0=0, y0=140, x1=320, y1=320))
    made = masks.put_raster(made, "c1", layer, 80, lower)
    made = curves.set_curve(made, "c1", f"layer.{layer}.x", (Key(frame=0, value=-9.0),))
    made = curves.set_curve(made, "c1", "compose.lips", RAMP)
    return curves.set_curve(
        made, "c1", "usable.0", (Key(frame=70, value=0.5), Key(frame=90, value=1.0))
    )


def pieces_of(project, services):
    sequence, frames = project.sequences[0], FrameRange(0, FRAMES)
    takes = TakeCache(services)
    target = cut_target(
        project, sequence, frames, MediaBook(services), project.settings.encode, ".mp4"
    )
    scene = Scene(
        project=project,
        sequence=sequence,
        frames=frames,
        target=target.video,
        fmt=target.fmt,
        takes=takes,
    )
    return CutPieces(scene, CallbackProgress(), None, CutCounts())


def composed(project, services, first, stop):
    """The pictures of a movie, before encoding."""
    pieces = pieces_of(project, services)
    segment = Segment(frames=FrameRange(first, stop), windows=())
    try:
        made = [work() for work in pieces.of(segment, CallbackProgress())]
    finally:
        pieces.readers.close()
    assert pieces.counts.engine_calls == 0, "a look never runs an engine"
    return {n: p for piece in made for n, p in zip(piece.frames, piece.pictures, strict=True)}


def rgb(picture):
    return window_rgb(picture, Box(x0=0, y0=0, x1=picture.width, y1=picture.height))


def shown(project, services, frame):
    server = FrameServer(services, 2**27)
    try:
        return server.show(project, SEQUENCE, frame, exact=True)
    finally:
        server.close()


def test_a_frame_of_the_viewer_is_the_frame_of_the_movie_before_encoding(plain, opened, tiles):
    made = rich(plain, tiles)
    movie = composed(made, opened, 32, 96)
    for frame in (33, 60, 75, 95):
        seen = shown(made, opened, frame)
        assert np.array_equal(seen.result, rgb(movie[frame])), frame
        assert not np.array_equal(seen.result, seen.source)
        assert not np.array_equal(seen.result, shown(plain, opened, frame).result)


def test_outside_of_the_masks_every_plane_is_the_decoded_source(plain, opened, tiles, talk):
    left = tiles.paint((320, 320), Box(x0=0, y0=0, x1=160, y1=320))
    made = with_layer(plain, left, space="frame", role="protect")
    movie = composed(made, opened, 16, 32)
    with FrameReader(path_of(talk)) as reader:
        for frame in (16, 25):
            source = reader.read(frame)
            for plane, old in zip(movie[frame].planes, source.planes, strict=True):
                half = plane.shape[1] // 2
                assert np.array_equal(plane[:, :half], old[:, :half])
                assert not np.array_equal(plane[:, half:], old[:, half:])


def path_of(talk):
    from pathlib import Path

    return Path(talk[0].path)


def test_a_curve_changes_the_frames_that_it_says_and_no_segment_beyond(plain, opened):
    made = curves.set_curve(
        plain, "c1", "compose.strength", (Key(frame=60, value=1.0), Key(frame=70, value=0.0))
    )
    usual, changed = pieces_of(plain, opened), pieces_of(made, opened)
    segments = [Segment(frames=FrameRange(a, a + 20), windows=()) for a in range(0, 100, 20)]
    later = curves.put_key(made, "c1", "compose.strength", Key(frame=90, value=0.3))
    moved = pieces_of(later, opened)
    assert len({usual.key(each) for each in segments}) == 5
    same = [changed.key(each) == moved.key(each) for each in segments]
    assert same == [True, True, True, False, False]
    before = shown(plain, opened, 40)
    assert np.array_equal(shown(made, opened, 40).result, before.result)
    after = shown(made, opened, 75)
    assert np.array_equal(after.result, after.source)


def test_the_edited_protection_replaces_the_measured_one_where_it_is(plain, opened):
    hidden = curves.set_curve(
        plain, "c1", "usable.0", (Key(frame=30, value=0.0), Key(frame=40, value=0.0))
    )
    for frame, is_source in ((29, False), (30, True), (40, True), (41, False)):
        seen = shown(hidden, opened, frame)
        assert np.array_equal(seen.result, seen.source) is is_source
        assert seen.state == "ready"
    elsewhere = curves.set_curve(plain, "c1", "usable.1", (Key(frame=30, value=0.0),))
    assert np.array_equal(shown(elsewhere, opened, 30).result, shown(plain, opened, 30).result)


def test_a_missing_tile_is_told_and_nothing_is_shown_without_its_mask(plain, opened, tiles):
    made = with_layer(plain, tiles.paint((320, 320), Box(x0=0, y0=0, x1=9, y1=9)), space="frame")
    tiles.held.clear()
    with pytest.raises(InputError, match="not there") as caught:
        composed(made, opened, 16, 32)
    assert caught.value.remedy
    seen = shown(made, opened, 20)
    assert np.array_equal(seen.result, seen.source)
    assert seen.state == "failed"
    assert "not there" in seen.note


def test_protection_raised_where_nothing_was_drawn_asks_for_a_drawing(plain, opened):
    """Only there: what was drawn stays as it is, with the same keys."""
    takes = TakeCache(opened)
    usual = takes.get(plain, SEQUENCE, "c1", CallbackProgress(), analyse=False).faces[0]
    usable = usual.face.usable.copy()
    usable[100:] = 0.0
    covered = replace_in(usual.face, usable=usable)
    raised = curves.set_curve(
        plain, "c1", "usable.0", (Key(frame=96, value=0.4), Key(frame=105, value=0.8))
    )
    clip = raised.sequences[0].tracks[0].clips[0]
    axis = usual.parts.axis
    lifted = lifted_frames(clip, covered, axis)
    assert lifted.tolist() == list(range(100, 106))
    shut = curves.set_curve(plain, "c1", "usable.0", (Key(frame=96, value=0.0),))
    none = lifted_frames(shut.sequences[0].tracks[0].clips[0], covered, axis)
    assert with_lifted(covered, none) is covered
    may = with_lifted(covered, lifted)
    assert (may.usable[100:106] > 0).all()
    assert (may.usable[:100] == covered.usable[:100]).all()
    assert (may.usable[106:] == 0).all()
    lowered = takes.get(raised, SEQUENCE, "c1", CallbackProgress(), analyse=False).faces[0]
    assert lowered.parts.take_key == usual.parts.take_key, "nothing is lifted: the same take"


# ---- the plan by itself -------------------------------------------------------------


class Face:
    id = 0
    usable = np.array([1.0, 0.5, 0.0, 1.0], np.float32)


def test_curves_go_over_the_settings_frame_by_frame():
    plan = LookPlan(compose=ComposeSettings(jaw=0.3), curves={"compose.lips": RAMP})
    for frame in (0, 20, 33, 60, 99):
        assert plan.settings_at(frame) == ComposeSettings(jaw=0.3, lips=value_at(RAMP, frame))


def test_protection_is_as_measured_and_becomes_keys_to_edit():
    plan = LookPlan(compose=ComposeSettings())
    assert [plan.usable_at(at, Face, at) for at in range(4)] == [1.0, 0.5, 0.0, 1.0]
    keys = editable_protection(Face, [0, 1, 2, 3], 100)
    edited = LookPlan(compose=ComposeSettings(), curves={"usable.0": keys})
    assert [edited.usable_at(100 + at, Face, 0) for at in range(4)] == [1.0, 0.5, 0.0, 1.0]
    assert edited.usable_at(104, Face, 1) == 0.5


def test_an_unknown_setting_in_a_curve_is_told(plain):
    clip = plain.sequences[0].tracks[0].clips[0]
    odd = replace(clip, curves=(Curve(key="compose.glow", keys=RAMP),))
    with pytest.raises(InvalidSettingError, match=r"compose\.glow"):
        LookPlan.of(plain, odd, None)
    beyond = replace(clip, curves=(Curve(key="compose.lips", keys=(Key(frame=0, value=7.0),)),))
    with pytest.raises(InvalidSettingError, match="cannot be 7"):
        LookPlan.of(plain, beyond, None)

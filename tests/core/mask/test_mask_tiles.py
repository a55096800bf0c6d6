"""Canvases obey the laws of a lattice, share their tiles and survive being named by digests."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.mask.blending import blended, product
from latentsync_studio.core.mask.layer import TILE
from latentsync_studio.core.mask.tiles import Canvas, canvas_of, digest_of, raster_of, tile_of
from latentsync_studio.core.picture import Box
from latentsync_studio.storage.project import digest_of as digest_of_bytes

WIDTH, HEIGHT = 300, 270  # four tiles, of which three end beyond the canvas

boxes = st.builds(
    lambda x, y, w, h: Box(x0=x, y0=y, x1=x + w, y1=y + h),
    st.integers(-40, WIDTH),
    st.integers(-40, HEIGHT),
    st.integers(1, 330),
    st.integers(1, 300),
)
modes = st.sampled_from(["paint", "erase", "union", "intersect", "subtract"])
steps = st.tuples(boxes, st.integers(0, 255), modes)


def drawn(canvas, step):
    box, value, mode = step
    return canvas.blend(box, np.full((box.height, box.width), value, np.uint8), mode)


canvases = st.lists(steps, max_size=4).map(lambda done: reduce(drawn, done, Canvas(WIDTH, HEIGHT)))
laws = settings(max_examples=25, deadline=None)


@laws
@given(canvases, canvases, canvases)
def test_union_and_intersection_are_a_lattice(a, b, c):
    for one, other in ((Canvas.union, Canvas.intersect), (Canvas.intersect, Canvas.union)):
        assert one(a, a) == a
        assert one(a, b) == one(b, a)
        assert one(one(a, b), c) == one(a, one(b, c))
        assert one(a, other(a, b)) == a
        assert one(a, other(b, c)) == other(one(a, b), one(a, c))


@laws
@given(canvases, canvases)
def test_inversion_turns_one_into_the_other(a, b):
    nothing = Canvas(WIDTH, HEIGHT)
    assert a.invert().invert() == a
    assert a.union(b).invert() == a.invert().intersect(b.invert())
    assert a.intersect(b).invert() == a.invert().union(b.invert())
    assert a.subtract(b) == a.intersect(b.invert())
    assert a.subtract(nothing) == a
    assert nothing.subtract(a) == nothing
    assert a.union(nothing) == a
    assert a.intersect(nothing.invert()) == a
    assert a.union(nothing.invert()) == nothing.invert()


@laws
@given(st.lists(steps, max_size=4))
def test_a_canvas_is_what_plain_arrays_would_be(done):
    plain = np.zeros((HEIGHT, WIDTH), np.uint8)
    canvas = Canvas(WIDTH, HEIGHT)
    for box, value, mode in done:
        above = np.zeros_like(plain)
        above[max(box.y0, 0) : max(box.y1, 0), max(box.x0, 0) : max(box.x1, 0)] = value
        plain = blended(plain, above, mode)
        canvas = drawn(canvas, (box, value, mode))
    assert np.array_equal(canvas.read(), plain)
    assert np.array_equal(canvas.invert().read(), 255 - plain)
    assert canvas == Canvas.of(plain)
    rows, columns = np.flatnonzero(plain.any(axis=1)), np.flatnonzero(plain.any(axis=0))
    if len(rows):
        assert canvas.bounds() == Box(
            x0=int(columns[0]), y0=int(rows[0]), x1=int(columns[-1]) + 1, y1=int(rows[-1]) + 1
        )
    else:
        assert canvas.bounds() is None
        assert canvas.is_empty


@laws
@given(canvases, boxes)
def test_reading_beyond_the_canvas_gives_nothing_there(canvas, box):
    wide = np.pad(canvas.read(), 400)
    here = wide[box.y0 + 400 : box.y1 + 400, box.x0 + 400 : box.x1 + 400]
    assert np.array_equal(canvas.read(box), here)


def test_products_are_rounded_exactly():
    a, b = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    exact = np.floor(a.astype(float) * b / 255 + 0.5).astype(np.uint8)
    assert np.array_equal(product(a, b), exact)


def test_a_stroke_changes_the_tiles_that_it_touches_and_shares_the_others():
    random = np.random.default_rng(0)
    before = Canvas.of(random.integers(0, 255, (512, 512), np.uint8))
    after = before.blend(Box(x0=10, y0=10, x1=20, y1=20), np.full((10, 10), 99, np.uint8), "paint")
    changed = list(after.changed_since(before))
    assert [(tile.x, tile.y) for tile in changed] == [(0, 0)]
    old = {(tile.x, tile.y): tile.pixels for tile in before.tiles()}
    assert all(
        tile.pixels is old[tile.x, tile.y] for tile in after.tiles() if (tile.x, tile.y) != (0, 0)
    )
    assert np.array_equal(before.read(), Canvas.of(before.read()).read())


def test_full_tiles_are_one_array_and_empty_ones_are_not_there():
    full = Canvas(3 * TILE, TILE).invert()
    assert len({id(tile.pixels) for tile in full.tiles()}) == 1
    assert list(full.invert().tiles()) == []
    painted = Canvas(TILE, TILE).blend(
        Box(x0=-5, y0=-5, x1=999, y1=999), np.full((1004, 1004), 255, np.uint8), "paint"
    )
    (tile,) = painted.tiles()
    assert tile.pixels is next(full.tiles()).pixels
    assert not tile.pixels.flags.writeable


def test_a_raster_names_a_canvas_by_the_digests_that_files_use():
    random = np.random.default_rng(1)
    canvas = Canvas.of(random.integers(0, 255, (HEIGHT, WIDTH), np.uint8))
    held = {tile.digest: tile.pixels.tobytes() for tile in canvas.tiles()}
    assert all(digest_of_bytes(data) == digest for digest, data in held.items())

    class Source:
        def tile(self, digest):
            return tile_of(held[digest])

    raster = raster_of(canvas)
    assert [(ref.y, ref.x) for ref in raster.tiles] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert canvas_of(raster, Source()) == canvas
    again = raster_of(canvas.blend(Box(x0=0, y0=0, x1=9, y1=9), random.integers(
        0, 255, (9, 9), np.uint8), "union"), raster)  # fmt: skip
    assert [a is b for a, b in zip(raster.tiles, again.tiles, strict=True)] == [
        False, True, True, True,
    ]  # fmt: skip


def test_what_does_not_fit_is_refused():
    canvas = Canvas(20, 10)
    with pytest.raises(ValueError, match="does not fit"):
        canvas.blend(Box(x0=0, y0=0, x1=5, y1=5), np.zeros((4, 5), np.uint8), "union")
    with pytest.raises(ValueError, match="do not fit"):
        canvas.union(Canvas(10, 20))
    with pytest.raises(ValueError, match="0x5"):
        Canvas(0, 5)
    with pytest.raises(InputError, match="12 bytes"):
        tile_of(b"twelve bytes")
    assert digest_of(np.zeros((TILE, TILE), np.uint8)) == digest_of_bytes(bytes(TILE * TILE))

"""Tiles of open projects, project files and jobs."""

from contextlib import closing
from threading import Thread

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.mask.tiles import TILE_BYTES, Canvas, canvas_of, digest_of, raster_of
from latentsync_studio.services.mask_tiles import FileTiles, MaskTiles, tiles_in, tiles_of
from latentsync_studio.services.paintings import Paintings
from latentsync_studio.services.project_files import new_untitled, open_project
from latentsync_studio.services.queue import JobQueue
from latentsync_studio.services.timeline.movie import MovieRequest
from latentsync_studio.services.wiring import open_services
from latentsync_studio.storage.tile_bundle import TileBundle
from tests.services.project.states import MADE, with_tiles


def noise(seed, size=(300, 200)):
    return Canvas.of(np.random.default_rng(seed).integers(0, 255, size[::-1], np.uint8))


def stored(canvas, tiles):
    for tile in canvas.tiles():
        tiles.put(tile.pixels)
    return raster_of(canvas)


def test_what_is_put_is_found_at_once_and_again_after_the_project_was_opened_anew(tmp_path):
    canvas = noise(1)
    with closing(new_untitled(tmp_path / "home")) as opened:
        tiles = MaskTiles(opened)
        raster = stored(canvas, tiles)
        assert canvas_of(raster, tiles) == canvas
        state = with_tiles(MADE, *(ref.digest for ref in raster.tiles))
        path = opened.save_as(tmp_path / "ünï 漢字", state)
    with closing(open_project(path, tmp_path / "home")) as opened:
        again = MaskTiles(opened)
        first = raster.tiles[0].digest
        assert again.peek(first) is None
        assert canvas_of(raster, again) == canvas
        assert again.peek(first) is again.tile(first)
        with pytest.raises(InputError, match="lacks a part") as caught:
            again.tile("ab" * 20)
        assert caught.value.remedy
    with closing(FileTiles(path)) as tiles:
        assert canvas_of(raster, tiles) == canvas
        tiles.close()
        assert digest_of(tiles.tile(first)) == first


def test_only_so_many_bytes_stay_in_memory_and_the_rest_is_read_again(tmp_path):
    with closing(new_untitled(tmp_path)) as opened:
        tiles = MaskTiles(opened, kept_bytes=2 * TILE_BYTES)
        made = [np.full((256, 256), value, np.uint8) for value in range(1, 6)]
        digests = [tiles.put(tile) for tile in made]
        assert [tiles.peek(digest) is not None for digest in digests] == [False] * 3 + [True] * 2
        assert [tiles.tile(digest)[0, 0] for digest in digests] == [1, 2, 3, 4, 5]


def test_threads_may_share_the_tiles(tmp_path):
    with closing(new_untitled(tmp_path)) as opened:
        tiles = MaskTiles(opened, kept_bytes=3 * TILE_BYTES)
        wrong = []

        def work(first):
            for value in range(first, first + 12):
                tile = np.full((256, 256), value, np.uint8)
                digest = tiles.put(tile)
                if value % 3 == 0:
                    opened.note(with_tiles(MADE, digest))
                    opened.flush()
                if not np.array_equal(tiles.tile(digest), tile):
                    wrong.append(value)

        threads = [Thread(target=work, args=(first,)) for first in (0, 60, 120)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        opened.discard_journal()


def test_a_job_keeps_the_tiles_of_its_masks_and_gives_them_back_with_its_row(tmp_path):
    canvas = noise(2)
    with open_services(tmp_path) as services, closing(new_untitled(tmp_path)) as opened:
        tiles = MaskTiles(opened)
        raster = stored(canvas, tiles)
        project = with_tiles(MADE, *(ref.digest for ref in raster.tiles))
        request = MovieRequest(
            project=project, sequence=project.sequences[0].id, output=tmp_path / "a.mp4"
        )
        queue = JobQueue(services)
        with pytest.raises(InputError, match="not there"):
            queue.enqueue(request, "without its tiles")
        services.paintings.attach(tiles)
        job = queue.enqueue(request, "painted")
        services.paintings.detach(tiles)
        copy = services.jobs.snapshot(job.id)
        assert sorted(each.suffix for each in copy.parent.iterdir()) == [".json", ".tiles"]
        with tiles_of(copy, services.paintings):
            assert services.paintings.canvas(raster) == canvas
            assert tiles_in(project, services.paintings).keys() == {
                ref.digest for ref in raster.tiles
            }
        queue.remove(job)
        assert list(copy.parent.iterdir()) == []
        plain = queue.enqueue(replace(request, project=MADE), "nothing painted")
        assert [each.name for each in copy.parent.iterdir()] == [f"{plain.id}.json"]


def test_a_damaged_or_missing_bundle_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read") as caught:
        FileTiles(tmp_path / "gone.json").tile("ab" * 20)
    assert caught.value.remedy
    bad = tmp_path / "bad.tiles"
    for content in (
        b"",
        b"LSTILES1",
        b"LSTILES1" + b"\xff" * 8,
        b"LSTILES1\x02" + bytes(7) + b"xx",
    ):
        bad.write_bytes(content)
        with pytest.raises(InputError, match="damaged"):
            TileBundle(bad)
    head = b'{"%s":[0,5]}' % (b"ab" * 20)
    bad.write_bytes(b"LSTILES1" + len(head).to_bytes(8, "little") + head + b"wrong")
    with pytest.raises(InputError, match="damaged"):
        TileBundle(bad).blob("ab" * 20)
    assert TileBundle(bad).blob("cd" * 20) is None


def test_a_missing_tile_is_named_by_those_who_look_for_it(tmp_path):
    with pytest.raises(InputError, match="abababababab"):
        tiles_in(with_tiles(MADE, "ab" * 20), Paintings())

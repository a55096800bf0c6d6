import io
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from latentsync_studio.core.errors import DiskFullError, InternalError
from latentsync_studio.media.index import FrameIndex
from latentsync_studio.media.proxies import check_proxy, proxy_size, write_proxy
from latentsync_studio.media.reader import FrameReader
from tests.media.conftest import RECIPES
from tests.media.frame_ids import number_of, numbers

SLOW_TO_READ = {"VP8", "intra refresh"}


class Growing(io.BytesIO):
    failure = None


def made(reader, path):
    """Write the proxy of a clip and check it."""
    file = Growing()
    write_proxy(reader.frames(), reader.video, reader.index, file)
    path.write_bytes(file.getvalue())
    check_proxy(path, reader.video, reader.index)
    return path


@pytest.mark.parametrize("name", [name for name in RECIPES if name not in SLOW_TO_READ])
def test_every_frame_of_a_proxy_is_the_frame_of_the_clip_at_its_time(clip, tmp_path, name):
    with FrameReader(clip(name)) as reader:
        path = made(reader, tmp_path / "proxy.mp4")
        shown = numbers(reader.frames())
        times = [(p - reader.index.pts[0]) * reader.index.time_base for p in reader.index.pts]
        lasts = (reader.index.end_pts - reader.index.pts[0]) * reader.index.time_base
        size = reader.video.width, reader.video.height
    with FrameReader(path, threads=1) as proxy:
        assert (proxy.video.width, proxy.video.height) == size
        assert proxy.video.keyframes == proxy.video.frames == len(shown)
        assert [p * proxy.index.time_base for p in proxy.index.pts] == times
        if len(shown) > 1:
            assert proxy.index.end_pts * proxy.index.time_base == lasts
        order = np.random.default_rng(1).permutation(len(shown)).tolist()
        assert [number_of(proxy.read(n)) for n in order] == [shown[n] for n in order]


@pytest.mark.parametrize("name", ["rate 25", "10 bit", "4:4:4", "RGB 10 bit", "turned 90"])
def test_a_proxy_has_the_colors_of_the_clip(clip, tmp_path, name):
    from latentsync_studio.imaging.pixels import sized_rgb

    with FrameReader(clip(name)) as reader:
        path = made(reader, tmp_path / "proxy.mp4")
        size = reader.video.width // 8, reader.video.height // 8
        wanted = sized_rgb(reader.read(9), *size).astype(int)
    with FrameReader(path) as proxy:
        found = sized_rgb(proxy.read(9), *size).astype(int)
    assert np.abs(found - wanted).mean() < 3
    assert np.abs(found.mean((0, 1)) - wanted.mean((0, 1))).max() < 2


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1920, 1080), (960, 540)),
        ((1080, 1920), (540, 960)),
        ((3840, 1606), (1292, 540)),
        ((590, 590), (540, 540)),
        ((321, 181), (320, 180)),
        ((1, 1), (2, 2)),
    ],
)
def test_a_proxy_is_even_small_and_of_the_same_shape(size, wanted):
    assert proxy_size(*size) == wanted


def test_a_proxy_with_a_frame_too_few_or_too_late_is_refused(clip, tmp_path):
    with FrameReader(clip("variable rate")) as reader:
        path = made(reader, tmp_path / "proxy.mp4")
        video, index = reader.video, reader.index
    fewer = FrameIndex(
        pts=index.pts[:-1],
        key_pts=index.key_pts,
        time_base=index.time_base,
        end_pts=index.end_pts,
    )
    with pytest.raises(InternalError, match="90 frames, the clip 89"):
        check_proxy(path, video, fewer)
    late = list(index.pts)
    late[40] += 1
    moved = FrameIndex(
        pts=tuple(late), key_pts=index.key_pts, time_base=index.time_base, end_pts=index.end_pts
    )
    with pytest.raises(InternalError, match="Frame 40"):
        check_proxy(path, video, moved)
    with pytest.raises(InternalError, match="px"):
        check_proxy(path, msgspec.structs.replace(video, width=400), index)


def test_a_full_disk_is_told_as_such(clip):
    class Full(Growing):
        def write(self, data):
            self.failure = DiskFullError("The disk is full.", remedy="Free some.")
            raise self.failure

    with FrameReader(clip("rate 25")) as reader, pytest.raises(DiskFullError):
        write_proxy(reader.frames(), reader.video, reader.index, Full())


def test_times_of_a_proxy_increase(clip, tmp_path):
    with (
        FrameReader(clip("variable rate")) as reader,
        FrameReader(made(reader, tmp_path / "p.mp4")) as proxy,
    ):
        assert all(a < b for a, b in pairwise(proxy.index.pts))


def test_any_jump_in_a_proxy_goes_on_in_the_open_file(clip, tmp_path, monkeypatch):
    opened = []
    with FrameReader(clip("rate 25")) as reader:
        path = made(reader, tmp_path / "proxy.mp4")
    with FrameReader(path, threads=1) as proxy:
        proxy.read(0)
        monkeypatch.setattr("latentsync_studio.media.decoding.open_media", opened.append)
        order = [1, 59, 2, 58, 0, 3, 57, 1, 2]
        assert [number_of(proxy.read(n)) for n in order] == order
    assert opened == []

"""Clips and layers with handles: laid over the original, a layer shows what is exported."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.pages import EncodeSettings, RenderSettings
from latentsync_studio.core.timeline.model import ClipId
from latentsync_studio.media.probe import probe
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.delivery.clip_movie import (
    ClipMovieRequest,
    clip_movie_problems,
    export_clip,
)
from latentsync_studio.services.timeline.movie import MovieRequest, export_movie
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.projects import SEQUENCE, clip, project

LOSSLESS = RenderSettings(encode=EncodeSettings(quality=0))


@pytest.fixture(scope="module")
def cut(talk):
    """Frames 30..59 of the clip from frame 10 on, and the speech as in `plain`."""
    item = replace(talk[0], video=replace(talk[0].video, timecode="10:00:00:00"))
    tracks = {"V1": [clip(1, 1, 10, (30, 60))], "A1": [clip(2, 2, 0, (20, 112))]}
    return replace(project((item, talk[1]), tracks), settings=LOSSLESS)


@pytest.fixture(scope="module")
def rendered(cut, home, tmp_path_factory):
    """Planes of the full render of the clip's frames."""
    path = tmp_path_factory.mktemp("full") / "full.mp4"
    with open_services(home) as services:
        export_movie(
            MovieRequest(project=cut, sequence=SEQUENCE, output=path), services, CallbackProgress()
        )
    with FrameReader(path) as reader:
        return [[plane.copy() for plane in p.planes] for p in reader.frames(10, 40)]


@pytest.fixture
def export(cut, home, tmp_path):
    def made(name="layer.mov", **changes):
        request = ClipMovieRequest(
            project=cut, sequence=SEQUENCE, clip=ClipId("c1"), output=tmp_path / name, **changes
        )
        with open_services(home) as services:
            return export_clip(request, services, CallbackProgress())

    return made


def source_planes(cut, first, count):
    with FrameReader(Path(cut.media[0].path)) as reader:
        return [[plane.copy() for plane in p.planes] for p in reader.frames(first, first + count)]


def over(below, layer, bits):
    """The layer of 4:4:4 over 4:2:0 planes of 8 bits: what a host shows, stored as 4:2:0 again."""
    scale = 2 ** (bits - 8)
    covered = layer[3] > (1 << (bits - 1))
    luma = np.where(covered, layer[0] / scale, below[0])
    shown = [luma]
    for plane, above in zip(below[1:], layer[1:3], strict=True):
        wide = plane.repeat(2, 0).repeat(2, 1)
        mixed = np.where(covered, above / scale, wide)
        rows, columns = plane.shape
        shown.append(mixed.reshape(rows, 2, columns, 2).mean(axis=(1, 3)))
    return [np.rint(plane).astype(int) for plane in shown]


def rgb(planes, scale=1.0, *, repeats=True):
    """RGB of BT.601 in levels of 8 bits, not rounded; chroma repeated, or interpolated."""
    rows, columns = planes[0].shape
    luma, *chroma = (np.asarray(plane / scale, np.float32) for plane in planes[:3])
    way = cv2.INTER_NEAREST if repeats else cv2.INTER_LINEAR
    u, v = ((cv2.resize(plane, (columns, rows), interpolation=way) - 128) / 112 for plane in chroma)
    y = (luma - 16) / 219
    red, blue = y + 0.701 * v, y + 0.886 * u
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return 255 * np.stack([red, green, blue]).clip(0, 1)


def test_a_prores_layer_over_the_original_is_the_full_render(export, cut, rendered, tmp_path):
    report = export()
    assert (report.before, report.after, report.frames) == (25, 25, 80)
    assert (report.codec, report.pixel_format) == ("prores4444", "yuva444p10le")
    assert report.engine_calls <= 1, "only what lies in the handles"
    found = probe(tmp_path / "layer.mov").video
    assert (found.timecode, found.reel) == ("10:00:00:05", "")
    assert (found.width, found.height, found.has_alpha) == (320, 320, True)
    before = source_planes(cut, 30, 30)
    with FrameReader(tmp_path / "layer.mov") as reader:
        bits = reader.video.format.bits
        layers = [[plane.copy() for plane in p.planes] for p in reader.frames(25, 55)]
    worst, touched, off = 0, 0, []
    for below, layer, wanted in zip(before, layers, rendered, strict=True):
        for mine, full in zip(over(below, layer, bits), wanted, strict=True):
            worst = max(worst, int(np.abs(mine - full).max()))
        covered = layer[3] > 0
        shown = np.where(covered, rgb(layer, 2 ** (bits - 8)), rgb(below))
        off.append(np.abs(shown - rgb(wanted))[:, covered].ravel())
        touched += int(covered.sum())
    assert worst <= 1  # in the planes of the original
    assert np.max(np.concatenate(off)) <= 2.5  # in RGB, where an error of chroma counts up to 1.8
    assert np.percentile(np.concatenate(off), 99) <= 1.0
    assert 0 < touched < 0.2 * 30 * 320 * 320, "only the mouth is in the layer"


def test_a_layer_without_loss_is_the_full_render_exactly(export, cut, rendered, tmp_path):
    wish = EncodeSettings(codec="ffv1")
    report = export("layer.mkv", encode=wish, handles_s=0.0)
    assert (report.frames, report.before, report.after) == (30, 0, 0)
    assert report.begins == (6, 5)
    assert report.first_label == 10 * 3600 * 25 + 30
    with FrameReader(tmp_path / "layer.mkv") as reader:
        for below, layer, wanted in zip(
            source_planes(cut, 30, 30), reader.frames(), rendered, strict=True
        ):
            luma = np.where(layer.planes[3] > 0, layer.planes[0], below[0])
            np.testing.assert_array_equal(luma, wanted[0])


def test_a_whole_clip_has_all_of_its_medium_and_its_own_reel(export, cut, rendered, tmp_path):
    report = export("clip.mkv", part="clip", encode=EncodeSettings(codec="ffv1"), reel="A001R")
    assert (report.pixel_format, report.reel) == ("yuv420p", "A001R")
    assert report.patched_frames == 80
    with FrameReader(tmp_path / "clip.mkv") as reader:
        shown = [[plane.copy() for plane in p.planes] for p in reader.frames(25, 55)]
    for mine, wanted in zip(shown, rendered, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(mine, wanted, strict=True))


def test_a_matte_and_numbered_pictures_go_with_hosts_without_alpha(export, cut, rendered, tmp_path):
    export("matte.mov", part="matte", encode=EncodeSettings(), handles_s=0.0)
    report = export("run", encode=EncodeSettings(codec="png"), handles_s=0.0)
    assert Path(report.output).name == "run.0900030.png"
    assert report.pixel_format == "rgba64be"
    with FrameReader(tmp_path / "matte.mov") as reader:
        white = reader.read(3).planes[0] > 500
    picture = probe(Path(report.output).with_name("run.0900033.png")).video
    assert picture.has_alpha
    with FrameReader(Path(report.output).with_name("run.0900033.png")) as reader:
        layer = reader.read(0).planes
    np.testing.assert_array_equal(layer[3] > 0, white)
    (below,) = source_planes(cut, 33, 1)
    shown = np.where(white, np.stack(layer[:3]) / 257, rgb(below, repeats=False))
    assert np.abs(shown - rgb(rendered[3], repeats=False)).max() < 0.05


def test_what_keeps_a_layer_from_being_made_is_told_first(cut, home, tmp_path):
    request = ClipMovieRequest(
        project=cut, sequence=SEQUENCE, clip=ClipId("c1"), output=tmp_path / "a.mov",
        encode=EncodeSettings(codec="prores"),
    )  # fmt: skip
    with open_services(home) as services:
        (problem,) = clip_movie_problems(request, services)
        assert "transparency" in problem.message
        assert "ProRes 4444" in problem.remedy
        lost = replace(request, clip=ClipId("c99"), encode=EncodeSettings(codec="ffv1"))
        assert clip_movie_problems(lost, services)

"""Known colours, stored without loss under explicit tags, come back as the same RGB."""

from fractions import Fraction

import av
import numpy as np
import pytest

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.media.reader import FrameReader

PATCHES = np.array(
    [[255, 255, 255], [0, 0, 0], [128, 128, 128], [191, 0, 0], [0, 191, 0], [0, 0, 191],
     [191, 191, 0], [0, 191, 191], [191, 0, 191], [200, 150, 120], [30, 60, 90], [250, 20, 200]],
    float,
)  # fmt: skip
SIDE = 32
# Kr, Kb and the H.273 code points of matrix, primaries and transfer.
STANDARDS = {
    "bt601": (0.299, 0.114, 6),
    "bt709": (0.2126, 0.0722, 1),
    "bt2020": (0.2627, 0.0593, 9),
}
FORMATS = ["yuv444p", "yuv422p", "yuv420p", "yuv444p10le", "yuv422p10le", "yuv420p10le"]


def patch_samples(matrix, full, bits):
    """Samples (3, patches) by the formulas of BT.601, BT.709 and BT.2020, rounded once."""
    kr, kb, _ = STANDARDS[matrix]
    rgb = PATCHES / 255
    y = rgb @ [kr, 1 - kr - kb, kb]
    u, v = (rgb[:, 2] - y) / (2 - 2 * kb), (rgb[:, 0] - y) / (2 - 2 * kr)
    if full:
        top = (1 << bits) - 1
        samples = [y * top, u * top + (1 << bits - 1), v * top + (1 << bits - 1)]
    else:
        samples = [y * 219 + 16, u * 224 + 128, v * 224 + 128]
        samples = [s * (1 << bits - 8) for s in samples]
    return np.clip(np.rint(samples), 0, (1 << bits) - 1).astype(int)


def write_plane(plane, values):
    step = plane.line_size // values.itemsize
    rows = np.zeros((plane.height, step), values.dtype)
    rows[:, : plane.width] = values
    plane.update(rows.tobytes())


def patch_clip(path, pix_fmt, matrix, full, *, codec="ffv1", tags=True):
    bits = 10 if "10" in pix_fmt else 8
    samples = patch_samples(matrix, full, bits)
    width = SIDE * len(PATCHES)
    with av.open(str(path), "w") as out:
        options = {"qp": "0", "preset": "ultrafast"} if codec == "libx264" else {}
        stream = out.add_stream(codec, rate=Fraction(25), options=options)
        stream.width, stream.height, stream.pix_fmt = width, SIDE, pix_fmt
        if tags:
            code = STANDARDS[matrix][2]
            context = stream.codec_context
            context.colorspace = context.color_primaries = code
            context.color_trc, context.color_range = (14 if code == 9 else code), 1 + full
        frame = av.VideoFrame(width, SIDE, pix_fmt)
        for plane, values in zip(frame.planes, samples, strict=True):
            row = np.repeat(values, plane.width // len(PATCHES))
            kind = np.uint8 if bits == 8 else np.uint16
            write_plane(plane, np.tile(row, (plane.height, 1)).astype(kind))
        if tags:
            frame.colorspace, frame.color_range = code, 1 + full
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def patch_colors(path):
    """RGB in the middle of each patch, and the facts of the clip."""
    with FrameReader(path) as reader:
        picture = reader.read(0)
        rgb = window_rgb(picture, Box(x0=0, y0=0, x1=picture.width, y1=picture.height))
        middles = rgb[SIDE // 2, SIDE // 2 :: SIDE].astype(float)
        return middles, reader.video


@pytest.mark.parametrize("pix_fmt", FORMATS)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", STANDARDS)
def test_tagged_colours_come_back(tmp_path, matrix, full, pix_fmt):
    colors, video = patch_colors(patch_clip(tmp_path / "c.mkv", pix_fmt, matrix, full))
    assert (video.format.matrix, video.format.full_range) == (matrix, full)
    assert video.assumed == ()
    allowed = 1 if pix_fmt.startswith("yuv444p") else 3
    assert np.abs(colors - PATCHES).max() <= allowed


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p"])
@pytest.mark.parametrize("matrix", ["bt601", "bt709"])
def test_lossless_h264_in_mp4_comes_back(tmp_path, matrix, pix_fmt):
    clip = patch_clip(tmp_path / "c.mp4", pix_fmt, matrix, full=False, codec="libx264")
    colors, video = patch_colors(clip)
    assert video.codec == "h264"
    assert np.abs(colors - PATCHES).max() <= (1 if pix_fmt == "yuv444p" else 3)


def test_small_untagged_clips_are_taken_for_bt601_limited(tmp_path):
    clip = patch_clip(tmp_path / "c.mkv", "yuv444p", "bt601", full=False, tags=False)
    colors, video = patch_colors(clip)
    assert set(video.assumed) == {"matrix", "range", "primaries", "transfer"}
    assert np.abs(colors - PATCHES).max() <= 1


def test_rgb_clips_keep_every_value(tmp_path):
    path = tmp_path / "rgb.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=Fraction(25))
        image = np.random.default_rng(3).integers(0, 256, (24, 40, 3)).astype(np.uint8)
        stream.width, stream.height, stream.pix_fmt = 40, 24, "bgr0"
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="bgr0")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with FrameReader(path) as reader:
        picture = reader.read(0)
        assert (picture.format.name, picture.format.matrix) == ("gbrp", "rgb")
        np.testing.assert_array_equal(np.stack(picture.planes, -1), image)
        np.testing.assert_array_equal(window_rgb(picture, Box(x0=0, y0=0, x1=40, y1=24)), image)

"""Frames of every storage layout become planes with the very same samples."""

import av
import numpy as np
import pytest
from av.video.format import VideoFormat

from latentsync_studio.core.picture import PixelFormat
from latentsync_studio.media.orient import display_format, from_display, to_display, turn_of
from latentsync_studio.media.planes import layout_of, planes_of

SEMI = ["nv12", "nv21", "nv16", "nv24", "nv42", "p010le", "p012le", "p016le", "p210le", "p410le"]
PACKED = ["rgb24", "bgr24", "rgba", "bgra", "argb", "abgr", "rgb0", "bgr0", "0rgb", "0bgr",
          "rgb48le", "rgb48be", "bgr48le", "rgba64le", "rgba64be"]  # fmt: skip
PACKED_YUV = ["yuyv422", "uyvy422", "yvyu422"]
PLANAR = ["yuv420p", "yuv422p", "yuv440p", "yuv411p", "yuva444p10le", "yuv422p12le",
          "yuv444p16be", "gbrp", "gbrap", "gbrp12le", "gbrp10be", "gray", "gray10le"]  # fmt: skip
CONVERTED = ["monob", "ya8", "rgb565le", "gbrpf32le", "pal8", "x2rgb10le", "y210le"]


def noise_frame(name, width, height):
    """A frame whose every byte is noise (within the bits of the format)."""
    frame = av.VideoFrame(width, height, name)
    rng = np.random.default_rng(5)
    bits = max(c.bits for c in frame.format.components)
    for plane in frame.planes:
        noise = rng.integers(0, 256, plane.buffer_size, dtype=np.uint8)
        if bits > 8:
            kind = ">u2" if name.endswith("be") else "<u2"
            shift = 16 - bits if name.startswith("p") else 0
            words = noise.view(kind).astype(np.uint32) & ((1 << bits) - 1)
            noise = (words << shift).astype(kind).view(np.uint8)
        plane.update(noise.tobytes())
    return frame


@pytest.mark.parametrize("name", [*SEMI, *PACKED, *PACKED_YUV, *PLANAR])
def test_the_planes_hold_what_ffmpeg_holds(name):
    """FFmpeg's own conversion to the planar format, which is lossless for these, agrees."""
    # Sides of whole vectors: FFmpeg's converter writes past others, into another thread's rows.
    frame = noise_frame(name, 64, 32)
    layout = layout_of(frame.format)
    assert layout.lossless
    planes = planes_of(frame, layout)
    assert all(p.dtype == (np.uint8 if layout.bits == 8 else np.uint16) for p in planes)
    planar = frame.reformat(format=layout.planar)
    reference = planes_of(planar, layout_of(planar.format))
    for mine, theirs in zip(planes, reference, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("name", CONVERTED)
def test_rare_formats_are_converted_and_say_so(name):
    frame = noise_frame(name, 16, 8) if name != "gbrpf32le" else av.VideoFrame(16, 8, name)
    layout = layout_of(frame.format)
    assert not layout.lossless
    assert all(p.shape == (8, 16) for p in planes_of(frame, layout)[:1])


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (37, 21)])
@pytest.mark.parametrize("name", ["yuv420p", "nv12", "yuyv422", "rgb24"])
def test_odd_sizes_keep_the_last_row_and_column(name, size):
    frame = av.VideoFrame(*size, name)
    planes = planes_of(frame, layout_of(frame.format))
    assert planes[0].shape == size[::-1]
    half = -(-size[0] // 2)
    assert planes[1].shape[1] == (size[0] if name == "rgb24" else half)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turning_and_turning_back_is_nothing(rotation, mirrored):
    planes = [np.arange(35, dtype=np.uint8).reshape(5, 7), np.arange(12).reshape(3, 4)]
    shown = to_display(planes, rotation, mirrored=mirrored)
    assert all(p.flags.c_contiguous for p in shown)
    back = from_display(shown, rotation, mirrored=mirrored)
    for before, after in zip(planes, back, strict=True):
        np.testing.assert_array_equal(before, after)


def test_turning_clockwise_brings_the_left_column_to_the_top():
    plane = np.array([[1, 2], [3, 4]], np.uint8)
    assert to_display([plane], 90)[0].tolist() == [[3, 1], [4, 2]]
    assert to_display([plane], 90, mirrored=True)[0].tolist() == [[1, 3], [2, 4]]


def test_a_matrix_that_is_no_right_angle_is_told():
    angle = np.radians(30)
    rows = [[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    matrix = (np.array(rows) * 65536).astype(np.int32).tobytes()
    assert turn_of(matrix) == (0, False, False)


@pytest.mark.parametrize(
    ("sub", "shown"), [("422p", "440p"), ("440p", "422p"), ("420p", "420p"), ("444p", "444p")]
)
def test_names_of_turned_formats(sub, shown):
    layout = layout_of(VideoFormat(f"yuv{sub}"))
    coded = PixelFormat(
        name=layout.planar, bits=8, sub_x=layout.sub_x, sub_y=layout.sub_y, matrix="bt709",
        full_range=False,
    )  # fmt: skip
    turned = display_format(coded, 90)
    assert turned.name == f"yuv{shown}"
    assert (turned.sub_x, turned.sub_y) == (layout.sub_y, layout.sub_x)
    assert display_format(coded, 180) is coded

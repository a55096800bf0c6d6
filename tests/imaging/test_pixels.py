"""RGB windows of pictures in their own planes, and differences written back."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.picture import Box, Picture, PixelFormat
from latentsync_studio.imaging.color import from_rgb, levels
from latentsync_studio.imaging.pixels import shrunk_rgb, window_rgb, with_delta

MATRICES = ("bt601", "bt709", "bt2020", "rgb")
SHIFTS = {"444": (0, 0), "422": (1, 0), "420": (1, 1), "440": (0, 1)}
# One colour each by the book, computed by hand from the standards: (matrix, full, RGB, Y, U, V).
KNOWN = [
    ("bt709", False, (255, 255, 255), (235, 128, 128)),
    ("bt709", False, (255, 0, 0), (63, 102, 240)),
    ("bt601", False, (255, 0, 0), (81, 90, 240)),
    ("bt601", True, (255, 0, 0), (76, 85, 255)),
    ("bt2020", False, (0, 255, 0), (164, 46, 25)),
    ("bt709", True, (0, 0, 255), (18, 255, 116)),
]


def make_format(bits=8, sub="444", matrix="bt709", full=False):
    sub_x, sub_y = SHIFTS[sub]
    return PixelFormat(
        name=f"test{sub}p{bits}", bits=bits, sub_x=sub_x, sub_y=sub_y, matrix=matrix,
        full_range=full,
    )  # fmt: skip


def make_picture(fmt, planes, alpha=None):
    kind = np.uint8 if fmt.bits == 8 else np.uint16
    made = [np.ascontiguousarray(p).astype(kind) for p in planes]
    if alpha is not None:
        made.append(alpha.astype(kind))
    for plane in made:
        plane.flags.writeable = False
    return Picture(planes=tuple(made), format=fmt, index=3, pts=77)


def noise_picture(fmt, width, height, seed=0, alpha=False):
    rng = np.random.default_rng(seed)
    chroma = (-(-height // (1 << fmt.sub_y)), -(-width // (1 << fmt.sub_x)))
    shapes = [(height, width), chroma, chroma]
    planes = [rng.integers(0, 1 << fmt.bits, s) for s in shapes]
    return make_picture(fmt, planes, rng.integers(0, 1 << fmt.bits, shapes[0]) if alpha else None)


def picture_of_rgb(rgb, fmt):
    """Planes by the formula, in double precision; chroma is the mean over its site."""
    samples = rgb @ from_rgb(fmt).T
    lev = levels(fmt)
    samples += [lev.black] * 3 if fmt.matrix == "rgb" else [lev.black, lev.neutral, lev.neutral]
    height, width = rgb.shape[:2]
    size = (width >> fmt.sub_x, height >> fmt.sub_y)
    small = [cv2.resize(samples[..., k], size, interpolation=cv2.INTER_AREA) for k in (1, 2)]
    return make_picture(fmt, [np.rint(samples[..., 0]), *(np.rint(p) for p in small)])


def smooth_rgb(width, height):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack(
        [110 + 50 * np.sin(x / 19), 120 + 40 * np.cos(y / 23), 100 + 30 * np.sin((x + y) / 29)], -1
    )


def box_in(width, height):
    return Box(x0=0, y0=0, x1=width, y1=height)


@pytest.mark.parametrize(("matrix", "full", "rgb", "yuv"), KNOWN)
def test_known_colours_come_out_right(matrix, full, rgb, yuv):
    fmt = make_format(matrix=matrix, full=full)
    picture = make_picture(fmt, [np.full((4, 4), v) for v in yuv])
    out = window_rgb(picture, box_in(4, 4))
    assert np.abs(out.astype(int) - rgb).max() <= 2  # the samples themselves are rounded


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_every_format_reads_its_own_samples_back(matrix, full, bits):
    fmt = make_format(bits=bits, matrix=matrix, full=full)
    patches = np.random.default_rng(1).integers(0, 256, (8, 12, 3)).astype(np.float64)
    out = window_rgb(picture_of_rgb(patches, fmt), box_in(12, 8))
    # Half a step of 8-bit luma and chroma is up to 1.1 in blue, before RGB itself is rounded.
    assert np.abs(out - patches).max() <= (2 if bits == 8 else 1)


@pytest.mark.parametrize("sub", ["420", "422", "440"])
def test_subsampled_smooth_pictures_read_within_three(sub):
    fmt, rgb = make_format(sub=sub), smooth_rgb(96, 64)
    out = window_rgb(picture_of_rgb(rgb, fmt), box_in(96, 64))
    assert np.abs(out - rgb).max() <= 3


@given(
    sub=st.sampled_from(sorted(SHIFTS)),
    bits=st.sampled_from([8, 10]),
    size=st.tuples(st.integers(1, 23), st.integers(1, 23)),
    data=st.data(),
)
@settings(max_examples=80, deadline=None)
def test_a_window_is_the_same_part_of_the_whole_picture(sub, bits, size, data):
    width, height = size
    picture = noise_picture(make_format(bits=bits, sub=sub), width, height)
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    part = window_rgb(picture, Box(x0=x0, y0=y0, x1=x1, y1=y1))
    whole = window_rgb(picture, box_in(width, height))
    difference = part.astype(int) - whole[y0:y1, x0:x1]
    assert np.abs(difference).max() <= 1  # OpenCV rounds the ends of rows with other instructions
    assert not part.flags.writeable
    assert part.flags.c_contiguous


@given(
    sub=st.sampled_from(sorted(SHIFTS)),
    bits=st.sampled_from([8, 10, 16]),
    full=st.booleans(),
    matrix=st.sampled_from(MATRICES),
    size=st.tuples(st.integers(1, 21), st.integers(1, 21)),
    data=st.data(),
)
@settings(max_examples=120, deadline=None)
def test_without_a_difference_not_a_bit_changes(sub, bits, full, matrix, size, data):
    fmt = make_format(bits, "444" if matrix == "rgb" else sub, matrix, full)
    width, height = size
    picture = noise_picture(fmt, width, height, seed=data.draw(st.integers(0, 9)), alpha=True)
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = Box(x0=x0, y0=y0, x1=width, y1=height)
    out = with_delta(picture, box, np.zeros((box.height, box.width, 3), np.float32))
    for before, after in zip(picture.planes, out.planes, strict=True):
        np.testing.assert_array_equal(before, after)


@given(st.integers(0, 14), st.integers(0, 14), st.sampled_from(sorted(SHIFTS)))
@settings(max_examples=60, deadline=None)
def test_only_samples_of_changed_pixels_change(x, y, sub):
    fmt = make_format(sub=sub)
    picture = noise_picture(fmt, 15, 15, alpha=True)
    delta = np.zeros((15, 15, 3), np.float32)
    delta[y, x] = 200, -200, 90
    out = with_delta(picture, box_in(15, 15), delta)
    shifts = [(0, 0), *[(fmt.sub_x, fmt.sub_y)] * 2, (0, 0)]
    for before, after, (sx, sy) in zip(picture.planes, out.planes, shifts, strict=True):
        changed = np.argwhere(before != after)
        assert all((row, col) == (y >> sy, x >> sx) for row, col in changed)
    np.testing.assert_array_equal(picture.planes[3], out.planes[3])


@pytest.mark.parametrize("sub", ["444", "422", "420", "440"])
@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
def test_what_is_written_can_be_read(sub, bits, full, matrix):
    fmt, rgb = make_format(bits, sub, matrix, full), smooth_rgb(97, 65)[:64, :96]
    picture = picture_of_rgb(rgb, fmt)
    box = Box(x0=11, y0=7, x1=84, y1=58)
    y, x = np.mgrid[0 : box.height, 0 : box.width]
    bump = np.sin(x / (box.width - 1) * np.pi) * np.sin(y / (box.height - 1) * np.pi)
    now = window_rgb(picture, box)
    target = np.clip(now + bump[..., None] * (30.0, -25.0, 20.0), 0, 255)
    out = with_delta(picture, box, (target - now).astype(np.float32))
    error = np.abs(window_rgb(out, box) - target).max()
    step = 1.3 if bits == 8 else 0.3  # what rounding the samples themselves costs
    assert error <= step + (1 if sub == "444" else 2)
    assert (out.index, out.pts, out.format) == (3, 77, fmt)


def test_samples_stay_legal_and_illegal_ones_do_not_get_worse():
    fmt = make_format()
    luma = np.array([[20, 230, 250, 5]])
    picture = make_picture(fmt, [luma, np.full((1, 4), 128), np.full((1, 4), 128)])
    brighter = with_delta(picture, box_in(4, 1), np.full((1, 4, 3), 200, np.float32))
    darker = with_delta(picture, box_in(4, 1), np.full((1, 4, 3), -200, np.float32))
    assert brighter.planes[0].tolist() == [[192, 235, 250, 177]]
    assert darker.planes[0].tolist() == [[16, 58, 78, 5]]


def test_odd_sizes_take_the_mean_over_the_samples_that_exist():
    fmt = make_format(sub="420", full=True)
    picture = make_picture(
        fmt, [np.full((3, 3), 100), np.full((2, 2), 128), np.full((2, 2), 128)]
    )  # fmt: skip
    out = with_delta(picture, box_in(3, 3), np.full((3, 3, 3), (0, 0, 40), np.float32))
    assert len(np.unique(out.planes[1])) == 1
    assert out.planes[1][1, 1] > 128


def test_shrinking_averages_and_never_enlarges():
    fmt, rgb = make_format(sub="420"), smooth_rgb(192, 128)
    picture = picture_of_rgb(rgb, fmt)
    small, scale = shrunk_rgb(picture, 48)
    assert small.shape == (32, 48, 3)
    assert scale == pytest.approx(0.25)
    mean = cv2.resize(rgb, (48, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(small - mean).max() <= 3
    same, one = shrunk_rgb(picture, 1000)
    assert same.shape == (128, 192, 3)
    assert one == 1.0


def test_grey_pictures_have_equal_channels():
    gray = Picture(
        planes=(np.arange(64, dtype=np.uint8).reshape(8, 8) + 50,),
        format=PixelFormat(
            name="gray", bits=8, sub_x=0, sub_y=0, matrix="bt601", full_range=True
        ),
        index=0,
        pts=0,
    )  # fmt: skip
    out = window_rgb(gray, box_in(8, 8))
    assert np.abs(out - gray.planes[0][..., None].astype(int)).max() <= 1
    brighter = with_delta(gray, box_in(8, 8), np.full((8, 8, 3), 10, np.float32))
    np.testing.assert_array_equal(brighter.planes[0], gray.planes[0] + 10)
    assert shrunk_rgb(gray, 4)[0].shape == (4, 4, 3)


@pytest.mark.parametrize("box", [(-1, 0, 4, 4), (0, 0, 5, 4), (0, 3, 4, 3)])
def test_boxes_outside_are_refused_with_numbers(box):
    picture = noise_picture(make_format(), 4, 4)
    with pytest.raises(InputError, match="4x4 pixels"):
        window_rgb(picture, Box(x0=box[0], y0=box[1], x1=box[2], y1=box[3]))


def test_a_difference_of_another_size_is_refused():
    picture = noise_picture(make_format(), 4, 4)
    with pytest.raises(InputError, match=r"\(2, 2, 3\) does not fit a box of 4x4"):
        with_delta(picture, box_in(4, 4), np.zeros((2, 2, 3), np.float32))
    with pytest.raises(InputError, match="shrunk to 0 pixels"):
        shrunk_rgb(picture, 0)

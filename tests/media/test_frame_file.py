"""Lossless copies: every sample comes back, in any order, and damage is noticed."""

import numpy as np
import pytest

from latentsync_studio.core.errors import DamagedEntryError, InputError, InternalError
from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.media import frame_file
from latentsync_studio.media.frame_file import FrameFile, write_frames

# name, bits, sub_x, sub_y, planes, the codec that keeps it
FORMATS = [
    ("yuv420p", 8, 1, 1, 3, "utvideo"),
    ("yuv422p", 8, 1, 0, 3, "utvideo"),
    ("gbrp", 8, 0, 0, 3, "utvideo"),
    ("gbrap", 8, 0, 0, 4, "utvideo"),
    ("yuv440p", 8, 0, 1, 3, "ffvhuff"),
    ("yuva420p", 8, 1, 1, 4, "ffvhuff"),
    ("yuv420p10le", 10, 1, 1, 3, "ffvhuff"),
    ("yuv444p12le", 12, 0, 0, 3, "ffvhuff"),
    ("gbrp16le", 16, 0, 0, 3, "ffvhuff"),
    ("gray", 8, 0, 0, 1, "ffvhuff"),
    ("gray10le", 10, 0, 0, 1, "ffvhuff"),
    ("gbrap10le", 10, 0, 0, 4, "ffv1"),
    ("yuv440p10le", 10, 0, 1, 3, "ffv1"),
]
ODD = (37, 23)


def noise(kind, number, size=ODD):
    """A picture of noise over all values that a format has."""
    name, bits, sub_x, sub_y, count, _ = kind
    draw = np.random.default_rng(number)
    width, height = size
    is_rgb = name.startswith("gb")
    small = -(-height >> sub_y), -(-width >> sub_x)
    shapes = [(height, width), small, small, (height, width)][:count]
    kind = np.uint8 if bits == 8 else np.uint16
    fmt = PixelFormat(
        name=name,
        bits=bits,
        sub_x=sub_x,
        sub_y=sub_y,
        matrix="rgb" if is_rgb else "bt709",
        full_range=True,
    )
    planes = tuple(draw.integers(0, 1 << bits, shape).astype(kind) for shape in shapes)
    return Picture(planes=planes, format=fmt, index=number, pts=number)


def written(path, pictures):
    with path.open("wb") as file:
        write_frames(pictures, file)
    return path


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind[0])
def test_every_sample_comes_back_in_any_order(tmp_path, kind):
    pictures = {n: noise(kind, n) for n in (64, 65, 66)}
    with FrameFile(written(tmp_path / "f", pictures.values())) as file:
        assert (file.first, file.count, file._table.codec) == (64, 3, kind[5])
        for number in (66, 64, 65, 64):
            planes = file.planes(number, *ODD)
            for mine, wanted in zip(planes, pictures[number].planes, strict=True):
                assert mine.dtype == wanted.dtype
                assert np.array_equal(mine, wanted)
                assert not mine.flags.writeable
        for outside in (63, 67):
            with pytest.raises(ValueError, match="not among"):
                file.planes(outside, *ODD)


@pytest.fixture
def whole(tmp_path):
    pictures = [noise(FORMATS[0], n, (64, 48)) for n in range(3)]
    return written(tmp_path / "f", pictures)


@pytest.mark.parametrize("at", [0, -1, -14], ids=["begins", "ends", "length"])
def test_a_file_that_is_not_whole_is_refused(whole, at):
    data = bytearray(whole.read_bytes())
    data[at] ^= 0xFF
    whole.write_bytes(data)
    with pytest.raises(DamagedEntryError, match="damaged"):
        FrameFile(whole)


def test_a_cut_file_and_one_with_another_table_are_refused(whole):
    data = whole.read_bytes()
    for broken in (data[:-20], data[:30] + data[31:], data.replace(b"utvideo", b"wmv3abc"), b""):
        whole.write_bytes(broken)
        with pytest.raises(DamagedEntryError):
            FrameFile(whole)


def test_a_flipped_bit_in_a_frame_is_noticed_and_the_others_stay(whole):
    data = bytearray(whole.read_bytes())
    data[len(frame_file.MAGIC) + 200] ^= 1
    whole.write_bytes(data)
    with FrameFile(whole) as file:
        with pytest.raises(DamagedEntryError, match="frame 0 is not what was written"):
            file.planes(0, 64, 48)
        assert len(file.planes(1, 64, 48)) == 3


def test_a_copy_that_differs_is_never_written(tmp_path, monkeypatch):
    right = frame_file._decoded

    def wrong(*given):
        luma, *others = right(*given)
        return (np.where(luma == luma.max(), luma - 1, luma), *others)

    monkeypatch.setattr(frame_file, "_decoded", wrong)
    with pytest.raises(InternalError, match="Plane 0 of frame 5 was not kept exactly"):
        written(tmp_path / "f", [noise(FORMATS[0], 5)])


def test_no_frames_and_formats_that_no_codec_keeps_are_refused(tmp_path):
    with pytest.raises(InputError, match="no frames"):
        written(tmp_path / "f", [])
    with pytest.raises(InputError, match="no lossless codec here for yuv411p16le"):
        written(tmp_path / "f", [noise(("yuv411p16le", 16, 2, 0, 3, ""), 0)])

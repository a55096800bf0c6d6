"""Every bad input has a sentence with numbers and a remedy, and none takes long or crashes."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.probe import probe
from latentsync_studio.media.reader import FrameReader
from tests.media.frame_ids import make_clip


def refusal(path, use=probe):
    with pytest.raises(InputError) as caught:
        use(path)
    assert caught.value.remedy
    return str(caught.value)


def tone(path, seconds=0.2):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", 48000, layout="mono")
        samples = np.zeros((1, int(48000 * seconds)), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_a_missing_file(tmp_path):
    path = tmp_path / "nothing here.mp4"
    assert refusal(path) == f"There is no file {str(path)!r}."


@pytest.mark.parametrize(
    "address",
    ["http://example.org/a.mp4", "https://x/y", "rtmp://x", "concat:a.mp4|b.mp4", "file:a.mp4",
     "pipe:0", "subfile:x", "data:text/plain;base64,AAAA", "crypto:file"],
)  # fmt: skip
def test_addresses_are_not_opened(address):
    assert "only local files are opened" in refusal(Path(address))


def test_a_file_whose_name_looks_like_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "http:").mkdir()
    make_clip(tmp_path / "plain.mp4", frames=2).rename(tmp_path / "concat:a;b|c.mp4")
    assert probe(Path("concat:a;b|c.mp4")).video.frames == 2


def test_a_folder(tmp_path):
    assert refusal(tmp_path) == f"{str(tmp_path)!r} is a folder."


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "device, pipe or socket" in refusal(tmp_path / "pipe")


def test_a_device():
    assert "device, pipe or socket" in refusal(Path("/dev/zero"))


def test_an_empty_file(tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    assert "is empty (0 bytes)" in refusal(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission(tmp_path):
    path = make_clip(tmp_path / "a.mp4", frames=1)
    path.chmod(0)
    assert "may not be read" in refusal(path)


def test_a_name_that_no_file_can_have():
    assert "cannot be opened" in refusal(Path("a\0b.mp4"))
    assert "cannot be opened" in refusal(Path("x" * 5000))


@pytest.mark.parametrize(
    "text",
    [
        "Hello, this is a letter.\n" * 20,
        "#EXTM3U\n#EXTINF:10,\nother.ts\n",
        "ffconcat version 1.0\nfile other.mp4\n",
        "é" * 3000,
        "[Script Info]\nTitle: x\n",
    ],
)
def test_text_and_playlists_renamed_to_mp4(tmp_path, text):
    path = tmp_path / "letter.mp4"
    path.write_text(text, encoding="utf-8")
    size = path.stat().st_size
    assert refusal(path) == f"{str(path)!r} holds {size} bytes of text, no picture or sound."


def test_noise_renamed_to_mp4(tmp_path):
    path = tmp_path / "noise.mp4"
    path.write_bytes(np.random.default_rng(1).bytes(50_000))
    assert "(50000 bytes) is not a media file" in refusal(path)


def test_an_mp4_without_its_table(clip, tmp_path):
    data = clip("rate 25").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])
    text = refusal(path)
    assert f"in its {len(data) // 2} bytes the table of frames ('moov') is missing" in text


def test_sound_where_a_picture_is_wanted(tmp_path):
    path = tone(tmp_path / "sound.wav")
    facts = probe(path)
    assert (facts.video, facts.audio.rate_hz) == (None, 48000)
    assert "has no picture, only sound" in refusal(path, FrameReader)


def test_a_cover_picture_is_no_video(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as out:
        sound = out.add_stream("aac", 48000, layout="mono")
        cover = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        picture = av.VideoFrame(32, 32, "yuvj420p")
        picture.pts = 0
        out.mux(cover.encode(picture))
        out.mux(cover.encode(None))
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 4096), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts = 48000, 0
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    assert probe(path).video is None


@pytest.mark.parametrize(
    ("suffix", "words"),
    [(".mkv", "ends before its first frame"), (".mp4", "neither picture nor sound")],
)
def test_a_video_stream_without_a_frame(tmp_path, suffix, words):
    path = tmp_path / f"hollow{suffix}"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        out.start_encoding()
    assert words in refusal(path)


def test_colours_that_cannot_be_edited(tmp_path):
    path = tmp_path / "ycgco.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv444p"
        stream.codec_context.colorspace = 8
        out.mux(stream.encode(av.VideoFrame(32, 32, "yuv444p")))
        out.mux(stream.encode(None))
    assert "YCgCo" in refusal(path)


@pytest.mark.parametrize(
    ("width", "height"),
    [(8, 8), (2, 2), pytest.param(7680, 4320, marks=pytest.mark.slow), (37, 21)],
)
def test_extreme_sizes_are_read(tmp_path, width, height):
    path = tmp_path / "size.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        out.mux(stream.encode(av.VideoFrame(width, height, "yuvj420p")))
        out.mux(stream.encode(None))
    with FrameReader(path) as reader:
        picture = reader.read(0)
        assert (picture.width, picture.height) == (width, height)
        assert picture.planes[1].shape == (-(-height // 2), -(-width // 2))


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_still_photograph_is_a_clip_of_one_frame(tmp_path, suffix):
    path = tmp_path / f"photo 100%03d{suffix}"
    av.VideoFrame.from_ndarray(np.full((24, 32, 3), 90, np.uint8), format="rgb24").save(
        tmp_path / f"x{suffix}"
    )
    (tmp_path / f"x{suffix}").rename(path)
    with FrameReader(path) as reader:
        assert reader.index.n_frames == 1
        assert reader.read(0).planes[0].shape == (24, 32)

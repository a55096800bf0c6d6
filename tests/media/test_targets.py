"""Every codec in every container it goes into: written, read back, the same."""

from __future__ import annotations

import re
from fractions import Fraction

import av
import msgspec
import numpy as np
import pytest

from latentsync_studio.core.delivery.chapters import Chapter
from latentsync_studio.core.delivery.codecs import CODECS, FOLDER
from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.media.encode import EncodedPacket, SegmentEncoder
from latentsync_studio.media.facts import ColorTags
from latentsync_studio.media.mux import AudioPlan, write_movie
from latentsync_studio.media.part_file import leftovers
from latentsync_studio.media.probe import probe
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.media.target import choose_target
from tests.media.movies import TIMES_25, click_second, facts, picture, write_sound

PAIRS = [(c, s) for c, known in CODECS.items() for s in known.containers if s != FOLDER]
STORED = {
    "h264": "h264",
    "h265": "hevc",
    "av1": "av1",
    "vp9": "vp9",
    "prores": "prores",
    "prores4444": "prores",
    "dnxhr-hq": "dnxhd",
    "dnxhr-hqx": "dnxhd",
    "ffv1": "ffv1",
}
LIGHT = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"


def known_for(codec, **changes):
    """A clip of the least size that the codec takes, here 128 x 64 or 256 x 128."""
    width, height = (256, 128) if CODECS[codec].least[0] > 96 else (128, 64)
    given = {"coded_width": width, "coded_height": height, **changes}
    return facts(given.pop("name", "yuv420p"), **given)


def made(known, codec, count=8, size=5, **settings):
    suffix = CODECS[codec].containers[0]
    target, notes = choose_target(known, EncodeSettings(codec=codec, **settings), suffix)
    segments = []
    for start in range(0, count, size):
        encoder = SegmentEncoder(target)
        for number in range(start, min(start + size, count)):
            encoder.write(picture(number * 8, known), TIMES_25[number])
        segments.append(encoder.finish())
    return target, segments, notes


@pytest.fixture(scope="module")
def encoded():
    """Segments by codec, made once."""
    held = {}

    def segments_of(codec):
        if codec not in held:
            known = known_for(codec, timecode="01:00:00:10", reel="A001", language="fre")
            chapters = (Chapter(0, 512, "One"), Chapter(512, 4096, "Two; é"))
            known = msgspec.structs.replace(known, title="Film", chapters=chapters)
            held[codec] = (known, *made(known, codec))
        return held[codec]

    return segments_of


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return write_sound(tmp_path_factory.mktemp("sound") / "s.wav", "pcm_s16le", seconds=1.2)


@pytest.mark.parametrize(("codec", "suffix"), PAIRS)
def test_a_codec_comes_back_from_its_container(tmp_path, encoded, sound, codec, suffix):
    known, target, segments, _ = encoded(codec)
    path = tmp_path / f"film{suffix}"
    write_movie(path, target, segments, AudioPlan(source=sound), known)
    found = probe(path)
    assert (found.video.codec, found.video.frames) == (STORED[codec], 8)
    assert (found.title, found.video.timecode) == ("Film", "01:00:00:10")
    assert [(c.start, c.title) for c in found.chapters if c.title] == [
        (0, "One"),
        (found.chapters[1].start, "Two; é"),
    ]
    assert found.chapters[1].start * found.video.time_base == Fraction(1, 25)
    assert found.video.tags == known.video.tags
    assert abs(click_second(path) - 1.0) <= 0.002
    with FrameReader(path) as reader:
        assert [p * reader.index.time_base for p in reader.index.pts] == [
            Fraction(n, 25) for n in range(8)
        ]
        shift = reader.video.format.bits - 8
        for number, shown in enumerate(reader.frames()):
            wanted = picture(number * 8, known).planes[0].astype(int)
            error = np.abs((shown.planes[0] >> shift).astype(int) - wanted)
            assert error.mean() <= (0.1 if CODECS[codec].is_lossless else 1.5)


@pytest.mark.parametrize("codec", [c for c in CODECS if c not in {"h264", "h265"}])
def test_the_same_pictures_give_the_same_segments_whenever_they_are_made(encoded, codec):
    known = known_for(codec)
    first, again = made(known, codec, 6, 3), made(known, codec, 6, 3)
    assert [s.to_bytes() for s in first[1]] == [s.to_bytes() for s in again[1]]
    assert len({segment.extradata for segment in first[1]}) == 1
    assert all(segment.packets[0].is_key for segment in first[1])


@pytest.mark.parametrize("codec", ["av1", "vp9", "prores", "prores4444", "ffv1"])
def test_light_levels_of_the_hdr_master_are_kept(tmp_path, codec):
    tags = ColorTags(matrix=9, primaries=9, transfer=16, color_range=1)
    known = known_for(
        codec, name="yuv420p10le", hdr="pq", tags=tags, mastering_display=LIGHT,
        content_light="1000,400", rotation=0,
    )  # fmt: skip
    target, segments, notes = made(known, codec, 3)
    for suffix in CODECS[codec].containers:
        path = tmp_path / f"hdr{suffix}"
        told = write_movie(path, target, segments, None, known)
        found = probe(path).video
        assert (found.mastering_display, found.content_light) == (LIGHT, "1000,400")
        assert found.tags == tags
        assert found.codec == STORED[codec]
        assert "light levels" not in " ".join((*notes, *told))


def test_light_levels_that_cannot_be_stored_are_told(tmp_path):
    known = known_for("dnxhr-hqx", name="yuv422p10le", mastering_display=LIGHT)
    target, segments, _ = made(known, "dnxhr-hqx", 2)
    assert "light levels" in write_movie(tmp_path / "a.mov", target, segments, None, known)[0]


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("prores", ".mov"), ("vp9", ".mp4"), ("vp9", ".webm"), ("ffv1", ".mkv"), ("av1", ".mp4")],
)
def test_rotation_and_pixel_shape_are_kept_or_told(tmp_path, codec, suffix):
    known = known_for(codec, rotation=90, sample_aspect=(4, 3), coded_width=128, coded_height=96)
    target, segments, _ = made(known, codec, 1)
    path = tmp_path / f"turned{suffix}"
    told = " ".join(write_movie(path, target, segments, None, known))
    found = probe(path).video
    assert (found.rotation, found.width, found.height) == (90, 96, 128)
    assert (found.sample_aspect == (4, 3)) != ("4/3 wide" in told)


@pytest.mark.parametrize(
    ("codec", "source", "stored", "told"),
    [
        ("prores", "yuv420p", "yuv422p10le", "repeated"),
        ("prores", "gbrp", "yuv422p10le", "RGB is converted"),
        ("prores4444", "yuv444p12le", "yuv444p10le", "rounded to 10"),
        ("dnxhr-hq", "yuv420p10le", "yuv422p", "rounded to 8"),
        ("av1", "yuv444p10le", "yuv420p10le", "averaged"),
        ("vp9", "yuv422p10le", "yuv422p", "rounded to 8"),
        ("ffv1", "yuv422p12le", "yuv422p12le", ""),
        ("ffv1", "gbrp", "bgr0", ""),
        ("png", "yuv420p", "rgb24", ""),
        ("png", "yuv420p10le", "rgb48be", ""),
        ("tiff", "gray", "rgb24", ""),
        ("tiff", "gbrp12le", "rgb48le", ""),
    ],
)
def test_depth_and_chroma_are_the_nearest_that_is_stored(codec, source, stored, told):
    known = known_for(codec, name=source)
    target, segments, notes = made(known, codec, 1)
    assert target.pixel_format == stored
    assert told in " ".join(notes)
    assert bool(told) == bool(notes)
    assert segments[0].packets[0].data


def test_alpha_is_stored_where_the_codec_has_it(tmp_path):
    known = known_for("ffv1", name="yuv444p", has_alpha=True)
    one = picture(10, known)
    half = np.full((64, 128), 77, np.uint8)
    shown = type(one)(planes=(*one.planes, half), format=one.format, index=0, pts=0)
    for codec, bits in (("ffv1", 8), ("prores4444", 12)):
        suffix = CODECS[codec].containers[0]
        target, notes = choose_target(known, EncodeSettings(codec=codec), suffix)
        encoder = SegmentEncoder(target)
        encoder.write(shown, 0)
        path = tmp_path / f"alpha{suffix}"
        write_movie(path, target, [encoder.finish()], None, known)
        assert notes == ()
        with FrameReader(path) as reader:
            assert reader.video.has_alpha
            stored = reader.read(0).planes[3].astype(float) / (2**bits - 1)
            assert np.abs(stored - 77 / 255).max() < 0.002


def test_pictures_are_turned_and_rgb_is_exact():
    known = known_for("png", name="gbrp", rotation=90)
    target, segments, _ = made(known, "png", 1)
    assert (target.width, target.height, target.rotation) == (64, 128, 0)
    context = av.CodecContext.create("png", "r")
    (frame,) = context.decode(av.Packet(segments[0].packets[0].data))
    wanted = np.dstack(picture(0, known).planes)
    np.testing.assert_array_equal(frame.to_ndarray(format="rgb24"), wanted)


def test_chroma_and_depth_can_be_asked_for():
    known = known_for("h264", name="yuv422p10le")
    wished = EncodeSettings(codec="h264", chroma="420", depth="8")
    target, notes = choose_target(known, wished)
    assert target.pixel_format == "yuv420p"
    assert len(notes) == 2
    encoder = SegmentEncoder(target)
    encoder.write(picture(3, known), 0)
    assert encoder.finish().packets


@pytest.mark.parametrize(
    ("settings", "suffix", "why"),
    [
        ({"codec": "prores"}, ".mp4", r"end in \.mov or \.mkv"),
        ({"codec": "h264"}, ".webm", "AV1, VP9"),
        ({"codec": "png"}, ".mov", "Name a folder"),
        ({"codec": "prores", "chroma": "420"}, ".mov", "source"),
        ({"codec": "av1", "depth": "12"}, ".mp4", "8 or 10"),
        ({"codec": "prores", "hardware": "nvenc"}, ".mov", "off"),
        ({"codec": "h264", "hardware": "qsv"}, ".mp4", "off"),
    ],
)
def test_what_does_not_go_together_is_refused_with_a_remedy(settings, suffix, why):
    known = known_for("h264")
    with pytest.raises(InvalidSettingError) as caught:
        choose_target(known, EncodeSettings(**settings), suffix)
    assert re.search(why, caught.value.remedy)


def test_too_small_pictures_are_refused_with_a_remedy():
    with pytest.raises(InvalidSettingError, match="at least 256 x 120"):
        choose_target(facts(), EncodeSettings(codec="dnxhr-hq"), ".mov")


def test_full_range_becomes_limited_where_hosts_know_no_other():
    known = known_for("prores")
    full = msgspec.structs.replace(known.video.format, full_range=True)
    known = known_for("prores", format=full)
    target, notes = choose_target(known, EncodeSettings(codec="prores"), ".mov")
    assert target.color_range == 1
    assert "limited range" in " ".join(notes)
    encoder = SegmentEncoder(target)
    encoder.write(picture(0, known), 0)
    context = av.CodecContext.create("prores", "r")
    (frame,) = context.decode(av.Packet(encoder.finish().packets[0].data))
    luma = np.frombuffer(memoryview(frame.planes[0]), np.uint16)[:100].astype(float)
    wanted = picture(0, known).planes[0][0, :100].astype(float) / 255 * 876 + 64
    assert np.abs(luma - wanted).max() < 12


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("prores", ".mov"), ("ffv1", ".mkv"), ("ffv1", ".mp4"), ("vp9", ".webm"), ("av1", ".mp4")],
)
def test_what_is_on_the_disk_at_three_quarters_plays(tmp_path, sound, codec, suffix):
    known = known_for(codec)
    target, segments, _ = made(known, codec, 8)
    path, copy = tmp_path / f"film{suffix}", tmp_path / f"copy{suffix}"
    step = len(segments[0].packets) * 512

    def repeated():
        """A hundred and more frames, each segment shown again and again, later and later."""
        for number in range(24):
            if number == 18:
                copy.write_bytes(leftovers(path)[0].read_bytes())  # what a kill would leave
            moved = [
                EncodedPacket(p.pts + number * step, p.is_key, p.data) for p in segments[0].packets
            ]
            yield msgspec.structs.replace(segments[0], packets=tuple(moved))

    write_movie(path, target, repeated(), AudioPlan(source=sound), known)
    with av.open(str(copy)) as container:
        shown = [frame.pts * frame.time_base for frame in container.decode(video=0)]
    assert len(shown) >= 50
    assert shown == [Fraction(n, 25) for n in range(len(shown))]
    assert probe(path).video.frames == 24 * 5


@pytest.mark.parametrize(("codec", "stored"), [("auto", "opus"), ("opus", "opus")])
def test_opus_begins_with_the_picture(tmp_path, encoded, codec, stored):
    known, target, segments, _ = encoded("vp9")
    odd = write_sound(tmp_path / "odd.wav", "pcm_s16le", 44100, seconds=1.2)
    for suffix in (".webm", ".mkv") if codec == "opus" else (".webm",):
        path = tmp_path / f"film{suffix}"
        told = write_movie(path, target, segments, AudioPlan(source=odd, codec=codec), known)
        found = probe(path).audio
        assert (found.codec, found.rate_hz) == (stored, 48000)
        assert "48000 Hz, as Opus has it" in " ".join(told)
        assert abs(click_second(path) - 1.0) <= 0.001


def test_pcm_of_24_bits_is_what_masters_have(tmp_path, encoded, sound):
    known, target, segments, _ = encoded("prores")
    path = tmp_path / "master.mov"
    write_movie(path, target, segments, AudioPlan(source=sound, codec="pcm24"), known)
    assert probe(path).audio.codec == "pcm_s24le"
    with pytest.raises(InvalidSettingError, match="does not take pcm24"):
        write_movie(
            tmp_path / "a.mp4", target, segments, AudioPlan(source=sound, codec="pcm24"), known
        )

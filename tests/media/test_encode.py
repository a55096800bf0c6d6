import msgspec
import numpy as np
import pytest
from av import CodecContext, Packet

from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.media.encode import EncodedSegment, SegmentEncoder
from latentsync_studio.media.facts import ColorTags
from latentsync_studio.media.frame_planes import plane_views
from latentsync_studio.media.target import choose_target
from tests.media.movies import TIMES_25, encoded, facts, picture, target_of


def decoded(segment: EncodedSegment, codec: str = "h264") -> list:
    context = CodecContext.create(codec, "r")
    context.extradata = segment.extradata
    frames = []
    for packet in segment.packets:
        given = Packet(packet.data)
        given.pts = packet.pts
        frames += context.decode(given)
    return frames + context.decode(None)


def one_segment(known, count: int = 5, **settings) -> EncodedSegment:
    encoder = SegmentEncoder(target_of(known, **settings))
    for number in range(count):
        encoder.write(picture(number, known), TIMES_25[number])
    return encoder.finish()


def test_a_segment_holds_every_picture_with_its_time_and_begins_with_a_keyframe():
    segment = one_segment(facts(), 30)
    assert sorted(packet.pts for packet in segment.packets) == TIMES_25[:30]
    assert segment.packets[0].is_key
    assert [frame.pts for frame in decoded(segment)] == TIMES_25[:30]


def test_a_segment_survives_being_written_down():
    segment = one_segment(facts())
    data = segment.to_bytes()
    assert EncodedSegment.from_bytes(data) == segment
    assert len(data) < 300 + sum(len(packet.data) + 16 for packet in segment.packets)


@pytest.mark.parametrize("damage", [b"", b"\x93", b"\x93\x01\xa1x\x90"])
def test_bytes_that_are_no_segment_are_refused(damage):
    with pytest.raises((msgspec.DecodeError, ValueError)):
        EncodedSegment.from_bytes(damage)


@pytest.mark.parametrize("form", [0, 2])
def test_segments_of_another_version_are_refused(form):
    segment = msgspec.structs.replace(one_segment(facts()), form=form)
    with pytest.raises(ValueError, match=f"form {form}"):
        EncodedSegment.from_bytes(segment.to_bytes())


def test_the_same_pictures_give_the_same_bytes():
    first, again = (one_segment(facts(), 20).to_bytes() for _ in range(2))
    assert first == again


def test_all_segments_of_a_target_share_their_parameter_sets():
    segments = encoded(facts(), TIMES_25, 17)
    assert len({segment.extradata for segment in segments}) == 1


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("yuv420p", "yuv420p"),
        ("yuv422p", "yuv422p"),
        ("yuv444p", "yuv444p"),
        ("yuv420p10le", "yuv420p10le"),
        ("yuv422p10le", "yuv422p10le"),
        ("yuv444p10le", "yuv444p10le"),
        ("yuv440p", "yuv444p"),
        ("yuv411p", "yuv444p"),
        ("gray", "yuv420p"),
        ("gbrp", "gbrp"),
    ],
)
def test_h264_keeps_depth_and_chroma_where_it_can(name, stored):
    known = facts(name)
    segment = one_segment(known, 3, quality=1)
    frames = decoded(segment)
    assert frames[0].format.name == stored
    given = picture(2, known).planes
    got = plane_views(frames[2])
    if name == "gbrp":
        got = [got[2], got[0], got[1]]
    tolerance = 2 * 2 ** (known.video.format.bits - 8)
    for mine, theirs in zip(given, got, strict=False):
        repeats = [theirs.shape[axis] // mine.shape[axis] for axis in (0, 1)]
        wide = mine.repeat(repeats[0], axis=0).repeat(repeats[1], axis=1)
        assert np.abs(wide.astype(int) - theirs).max() <= tolerance


@pytest.mark.parametrize("name", ["yuv420p12le", "gbrp10le", "yuv422p12le"])
def test_h265_takes_what_h264_cannot_hold(name):
    known = facts(name)
    segment = one_segment(known, 3, quality=4)
    assert decoded(segment, "hevc")[0].format.name == name


def test_more_bits_than_can_be_stored_are_rounded_and_the_user_is_told():
    target, notes = choose_target(facts("gbrp16le"), EncodeSettings())
    assert target.pixel_format == "gbrp12le"
    assert notes == ("16 bits a sample are rounded to 12, the most it can store.",)
    assert decoded(one_segment(facts("gbrp16le"), 2), "hevc")[0].format.name == "gbrp12le"


def test_hdr_goes_to_ten_bit_h265_with_its_tags_and_light_levels():
    tags = ColorTags(matrix=9, primaries=9, transfer=16, color_range=1)
    known = facts(
        "yuv420p10le",
        hdr="pq",
        tags=tags,
        mastering_display="G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
        content_light="1000,400",
    )
    target = target_of(known)
    assert (target.encoder, target.pixel_format) == ("libx265", "yuv420p10le")
    frame = decoded(one_segment(known, 2), "hevc")[0]
    assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (9, 9, 16)
    kinds = {data.type.name for data in frame.side_data}
    assert {"MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"} <= kinds


def test_hdr_below_the_least_size_of_h265_is_stored_as_ten_bit_h264():
    target, notes = choose_target(facts("yuv420p10le", hdr="hlg", coded_width=32), EncodeSettings())
    assert (target.encoder, target.pixel_format) == ("libx264", "yuv420p10le")
    assert "64 px" in notes[0]


@pytest.mark.parametrize(("width", "height"), [(8, 8), (2, 2), (9, 8), (8, 9), (7, 5), (1, 1)])
def test_small_and_odd_sizes_lose_no_pixel(width, height):
    known = facts(coded_width=width, coded_height=height)
    frame = decoded(one_segment(known, 3))[0]
    assert (frame.width, frame.height) == (width, height)
    odd = width % 2 or height % 2
    assert frame.format.name == ("yuv444p" if odd else "yuv420p")
    _, notes = choose_target(known, EncodeSettings())
    assert ("odd" in " ".join(notes)) == bool(odd)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pictures_are_turned_back_before_they_are_encoded(rotation, mirrored):
    known = facts("yuv422p", rotation=rotation, mirrored=mirrored)
    turned = decoded(one_segment(known, 2))[1]
    flat = decoded(one_segment(facts("yuv422p"), 2))[1]
    for mine, theirs in zip(plane_views(turned), plane_views(flat), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_full_range_is_tagged_even_where_the_source_only_implied_it():
    tags = ColorTags(matrix=2, primaries=2, transfer=2, color_range=0)
    known = facts("yuv420p", tags=tags)
    assert target_of(known).color_range == 0
    full = msgspec.structs.replace(known.video.format, full_range=True)
    assert target_of(facts("yuv420p", tags=tags, format=full)).color_range == 2


def test_losses_are_told_in_sentences():
    known = facts("yuv420p", has_alpha=True, interlaced=True)
    _, notes = choose_target(known, EncodeSettings())
    assert len(notes) == 2
    assert "alpha" in notes[0]
    assert "interlaced" in notes[1]
    assert choose_target(facts(), EncodeSettings())[1] == ()


def test_the_settings_choose_codec_quality_and_speed():
    target = target_of(facts(), codec="h265", quality=23, speed="veryfast")
    assert (target.encoder, target.quality, target.speed) == ("libx265", 23, "veryfast")
    coarse, fine = (one_segment(facts(), 8, quality=q) for q in (40, 4))
    assert len(coarse.to_bytes()) < len(fine.to_bytes())


def test_times_that_do_not_increase_and_wrong_sizes_are_refused():
    known = facts()
    encoder = SegmentEncoder(target_of(known))
    encoder.write(picture(0, known), 10)
    with pytest.raises(ValueError, match="increase"):
        encoder.write(picture(1, known), 10)
    with pytest.raises(ValueError, match="8 x 8"):
        encoder.write(picture(1, facts(coded_width=8, coded_height=8)), 11)


def test_a_segment_without_pictures_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        SegmentEncoder(target_of(facts())).finish()


@pytest.mark.slow
def test_8k_can_be_encoded():
    known = facts(coded_width=7680, coded_height=4320)
    frame = decoded(one_segment(known, 1))[0]
    assert (frame.width, frame.height) == (7680, 4320)

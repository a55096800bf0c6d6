"""What is known about a file before its first frame is used."""

from fractions import Fraction

import av
import msgspec
import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.facts import MediaFacts
from latentsync_studio.media.probe import probe
from tests.media.frame_ids import make_clip

RATES = {
    "rate 23.976": Fraction(24000, 1001),
    "rate 25": 25,
    "rate 29.97": Fraction(30000, 1001),
    "rate 59.94": Fraction(60000, 1001),
    "rounded times": Fraction(24000, 1001),
}


def notes_with(facts, words):
    return [n for n in facts.notes if words in n]


@pytest.mark.parametrize("name", RATES)
def test_constant_rates_are_exact(clip, name):
    video = probe(clip(name)).video
    assert video.rate == RATES[name]
    assert not video.variable_rate
    assert float(video.duration) == pytest.approx(60 / float(video.rate), abs=0.002)


def test_a_variable_rate_is_told_with_its_mean(clip):
    facts = probe(clip("variable rate"))
    assert facts.video.variable_rate
    mean = 89 / (facts.video.duration - Fraction(1, 30))
    assert float(facts.video.rate) == pytest.approx(float(mean), rel=0.02)
    assert notes_with(facts, "The frame rate varies (mean 24.940 frames/s)")


@pytest.mark.parametrize(
    ("name", "rotation", "mirrored"),
    [
        ("rate 25", 0, False),
        ("turned 90", 90, False),
        ("turned 180", 180, False),
        ("turned 270", 270, False),
        ("turned 90 and mirrored", 90, True),
    ],
)
def test_rotation_is_clockwise_to_display(clip, name, rotation, mirrored):
    facts = probe(clip(name))
    video = facts.video
    assert (video.rotation, video.mirrored) == (rotation, mirrored)
    assert (video.width, video.height) == (160, 96)
    lies = rotation in {90, 270}
    assert (video.coded_width, video.coded_height) == ((96, 160) if lies else (160, 96))
    assert bool(notes_with(facts, f"turned by {rotation}°")) == (rotation > 0)


def test_time_code_title_and_sound_are_found(clip):
    facts = probe(clip("rate 23.976"))
    assert facts.video.timecode == "01:00:00:00"
    assert probe(clip("rate 29.97")).video.timecode == "01:00:00;00"
    assert facts.title == "Take 1"
    audio = facts.audio
    assert (audio.codec, audio.rate_hz, audio.channels, audio.bits) == ("pcm_s16le", 48000, 1, 16)
    assert audio.layout == "mono"
    assert audio.offset_s == pytest.approx(0.25, abs=1 / 48000)


def test_sound_that_starts_before_the_picture_has_a_negative_offset(clip):
    facts = probe(clip("late start"))
    assert facts.video.start_pts * facts.video.time_base == 1
    assert facts.audio.offset_s == pytest.approx(-0.5, abs=1 / 48000)


@pytest.mark.parametrize(
    ("name", "planar", "bits", "subsampling"),
    [
        ("10 bit", "yuv420p10le", 10, (1, 1)),
        ("4:2:2 10 bit", "yuv422p10le", 10, (1, 0)),
        ("4:4:4", "yuv444p", 8, (0, 0)),
        ("RGB 10 bit", "gbrp10le", 10, (0, 0)),
    ],
)
def test_pixel_formats_are_told(clip, name, planar, bits, subsampling):
    video = probe(clip(name)).video
    assert (video.planar_format, video.format.bits) == (planar, bits)
    assert (video.format.sub_x, video.format.sub_y) == subsampling


def test_motion_jpeg_is_full_range(clip):
    video = probe(clip("motion JPEG")).video
    assert video.pixel_format == "yuvj420p"
    assert video.format.full_range
    assert "range" not in video.assumed


def test_untimed_files_say_that_frames_are_counted(clip):
    assert notes_with(probe(clip("untimed AVI")), "stores no usable frame times")


def test_hidden_frames_are_told(clip):
    assert notes_with(probe(clip("edit list")), "announces 80 frames, of which 67 are shown")


def test_missing_sound_is_told(clip):
    facts = probe(clip("rate 25"))
    assert facts.audio is None
    assert notes_with(facts, "no sound")
    with pytest.raises(InputError, match="has no sound, only a picture"):
        facts.require("audio")


def test_hdr_keeps_its_tags_and_says_how_it_is_seen(tmp_path):
    mastering = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    params = f"log-level=none:pools=1:hdr10=1:max-cll=1000,400:master-display={mastering}"
    params += ":colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:range=limited"
    path = tmp_path / "hdr.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream(
            "libx265", rate=25, options={"x265-params": params, "preset": "ultrafast"}
        )
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p10le"
        context = stream.codec_context
        context.colorspace = context.color_primaries = 9
        context.color_trc, context.color_range = 16, 1
        for i in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((96, 160, 3), np.uint8), format="rgb24")
            frame = frame.reformat(format="yuv420p10le")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    facts = probe(path)
    video = facts.video
    assert (video.hdr, video.primaries, video.transfer) == ("pq", "bt2020", "smpte2084")
    assert (video.format.matrix, video.assumed) == ("bt2020", ())
    assert video.mastering_display == mastering
    assert video.content_light == "1000,400"
    assert notes_with(facts, "HDR (PQ)")


def test_interlaced_pictures_are_told_and_left_alone(tmp_path):
    options = {"x264-params": "tff=1", "flags": "+ildct+ilme"}
    path = make_clip(tmp_path / "i.mp4", frames=8, options=options)
    facts = probe(path)
    assert facts.video.interlaced
    assert notes_with(facts, "interlaced; it is not deinterlaced")


def test_pixels_that_are_not_square_are_told(tmp_path):
    path = tmp_path / "sar.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 96, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(16, 11)
        out.mux(stream.encode(av.VideoFrame(96, 96, "yuv420p")))
        out.mux(stream.encode(None))
    assert probe(path).video.sample_aspect == (16, 11)


def test_facts_survive_json(clip):
    facts = probe(clip("rate 23.976"))
    assert msgspec.json.decode(msgspec.json.encode(facts), type=MediaFacts) == facts


def test_real_clips(shared_clips):
    facts = probe(shared_clips / "demo1_video.mp4")
    video = facts.video
    assert (video.codec, video.width, video.height, video.frames) == ("hevc", 1080, 1920, 250)
    assert (video.keyframes, video.rate, video.format.matrix) == (1, 25, "bt709")
    assert (facts.audio.codec, facts.audio.rate_hz, facts.audio.channels) == ("aac", 44100, 2)
    assert facts.notes == ()
    speech = probe(shared_clips / "demo1_audio.wav")
    assert speech.video is None
    assert (speech.audio.rate_hz, speech.audio.channels, speech.duration_s) == (16000, 1, 9.6)

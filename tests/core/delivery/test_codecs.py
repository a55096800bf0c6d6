from typing import get_args

import pytest

from latentsync_studio.core.delivery.chapters import chapters_of
from latentsync_studio.core.delivery.codecs import (
    CODECS,
    FOLDER,
    HARDWARE,
    SUFFIXES,
    Hardware,
    VideoCodec,
    codecs_of,
    hardware_encoder,
)
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import find_field
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.core.timeline.model import Marker


def test_every_codec_that_can_be_chosen_is_known_and_goes_somewhere():
    assert tuple(CODECS) == get_args(VideoCodec)
    assert find_field(EncodeSettings, "codec").choices == ("auto", *CODECS)
    for facts in CODECS.values():
        assert set(facts.containers) <= {FOLDER, *SUFFIXES}
        assert list(facts.depths) == sorted(facts.depths)


def test_every_container_has_a_codec():
    assert all(codecs_of(suffix) for suffix in (FOLDER, *SUFFIXES))


@pytest.mark.parametrize(
    ("hardware", "codec", "name"),
    [
        ("nvenc", "h265", "hevc_nvenc"),
        ("qsv", "av1", "av1_qsv"),
        ("videotoolbox", "av1", ""),
        ("nvenc", "prores", ""),
        ("off", "h264", ""),
    ],
)
def test_hardware_encoders_have_their_names(hardware, codec, name):
    assert hardware_encoder(hardware, codec) == name


def test_hardware_is_off_unless_somebody_asks_for_it():
    assert find_field(EncodeSettings, "hardware").default == "off"
    assert ("off", *HARDWARE) == get_args(Hardware)


def test_markers_become_chapters_that_follow_each_other():
    markers = [
        Marker(id="k1", frames=FrameRange(5, 6), name="early"),
        Marker(id="k2", frames=FrameRange(12, 30), name="one"),
        Marker(id="k3", frames=FrameRange(12, 13), name="hidden"),
        Marker(id="k4", frames=FrameRange(20, 21)),
        Marker(id="k5", frames=FrameRange(40, 41), name="late"),
    ]
    assert chapters_of(markers, FrameRange(10, 40)) == ((2, 10, "one"), (10, 30, "Chapter 2"))
    assert chapters_of([], FrameRange(0, 10)) == ()

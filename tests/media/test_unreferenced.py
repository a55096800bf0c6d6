"""Packets that a decoder may be spared: told as FFmpeg's own decoders tell it."""

import av
import pytest

from latentsync_studio.media.unreferenced import Unreferenced
from tests.media.frame_ids import make_clip
from tests.media.test_reader_skimming import CODECS


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("codec", CODECS)
def test_the_frames_told_are_those_that_the_decoder_calls_not_referred_to(tmp_path, codec, suffix):
    path = make_clip(tmp_path / f"long.{suffix}", gop=250, frames=30, **CODECS[codec])
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        tells = Unreferenced.of(stream.codec_context)
        context = stream.codec_context
        context.skip_frame, context.thread_count = "NONREF", 1
        packets = [packet for packet in container.demux(stream) if packet.size]
        spared = {packet.pts for packet in packets if tells(bytes(packet))}
        shown = {frame.pts for packet in [*packets, None] for frame in context.decode(packet)}
    assert len(spared) >= 5
    assert shown == {packet.pts for packet in packets} - spared


@pytest.mark.parametrize(("layer", "spare"), [(0, False), (1, False), (2, True)])
def test_with_sub_layers_only_those_of_the_highest_are_spared(layer, spare):
    tells = Unreferenced("hevc", 4, last_layer=2)
    assert tells(bytes([0, 0, 0, 3, 0, layer + 1, 7])) is spare  # TRAIL_N
    assert not tells(bytes([0, 0, 0, 3, 2, layer + 1, 7]))  # TRAIL_R


def test_one_referred_slice_keeps_a_packet_and_one_without_slices_is_kept():
    tells = Unreferenced("h264", 4)
    spare, referred, words = b"\0\0\0\2\x01\x80", b"\0\0\0\2\x41\x80", b"\0\0\0\2\x06\x05"
    assert tells(words + spare + spare)
    assert not tells(spare + referred)
    assert not tells(words)
    assert not tells(b"")
    assert not tells(bytes(20))  # a hole in the file
    assert not tells(b"\xff\xff\xff\xff\x01")


def test_other_codecs_tell_nothing(clip):
    with av.open(str(clip("4:2:2 10 bit"))) as container:
        assert Unreferenced.of(container.streams.video[0].codec_context) is None

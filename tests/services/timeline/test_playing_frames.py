"""Frames of a course: on the clip itself too they are the frames, wherever it begins."""

import shutil

import numpy as np
import pytest

from latentsync_studio.core.timeline.model import Dissolve, DissolveId
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.wiring import open_services
from tests.media.test_patch_codec import resealed
from tests.services.timeline.projects import SEQUENCE, clip, project, with_track

MIB = 2**20


@pytest.fixture
def server(home):
    """Return a server of frames where `plain` is synthesized; its clip has one keyframe."""
    with open_services(home) as services:
        server = FrameServer(services, 128 * MIB)
        yield server
        server.close()


def test_after_a_jump_the_frames_themselves_follow_the_stand_in(server, plain):
    first = server.show(plain, SEQUENCE, 60, exact=False)
    assert not first.is_right
    for frame in (61, 62, 63):
        shown = server.play(plain, SEQUENCE, frame)
        assert shown.is_right
        exact = server.show(plain, SEQUENCE, frame, exact=True)
        assert np.array_equal(shown.result, exact.result)


def test_a_decoder_that_would_not_catch_up_is_not_waited_for(server, plain):
    server.show(plain, SEQUENCE, 0, exact=False)
    (held,) = server._pictures._open
    held.pace_s = 0.05  # longer than a frame is shown
    assert not server.play(plain, SEQUENCE, 60).is_right
    held.pace_s = 0.03  # two seconds, and six more until it caught up: the clip ends before
    assert not server.play(plain, SEQUENCE, 60).is_right
    held.pace_s = 0.002
    assert server.play(plain, SEQUENCE, 60).is_right


def test_backwards_they_are_the_frames_too(server, plain):
    server.show(plain, SEQUENCE, 60, exact=True)
    assert all(server.play(plain, SEQUENCE, frame).is_right for frame in range(59, 50, -1))


def test_in_a_dissolve_both_places_of_a_clip_have_a_reader_of_their_own(server, talk):
    tracks = {"V1": [clip(1, 1, 0, (0, 20)), clip(3, 1, 20, (60, 90))]}
    dissolve = Dissolve(id=DissolveId("d5"), left="c1", right="c3", before=4, after=4)
    soft = with_track(project(talk, tracks), "V1", dissolves=(dissolve,))
    server.show(soft, SEQUENCE, 14, exact=False)
    for frame in range(15, 26):
        assert server.play(soft, SEQUENCE, frame).is_right, frame
    assert sorted(held.last for held in server._pictures._open) == [23, 65]


def test_of_a_window_only_the_patches_that_are_looked_at_are_decoded(server, plain):
    for frame in (33, 35):
        assert server.show(plain, SEQUENCE, frame, exact=True).state == "ready"
    [(window, _)] = server._patches._windows._held.values()
    assert list(window._decoded) == [1, 3]


def test_a_patch_that_does_not_decode_is_out_of_date_not_an_error(home, plain, tmp_path):
    shutil.copytree(home, tmp_path / "home")
    with open_services(tmp_path / "home") as services:
        server = FrameServer(services, 64 * MIB)
        server.show(plain, SEQUENCE, 33, exact=True)
        [key] = server._patches._windows._held
        server._patches.clear()
        data = bytearray(services.store.get(key))
        at = data.index(b"MAGY")  # a packet of MagicYUV
        data[at : at + 4] = b"NONE"
        services.store.put(key, "patches", resealed(bytes(data)))
        broken = server.show(plain, SEQUENCE, 32, exact=True)
        assert (broken.state, broken.result is broken.source) == ("stale", True)
        assert server.show(plain, SEQUENCE, 33, exact=True).state == "ready"
        server.close()

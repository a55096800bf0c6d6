"""Frames for the viewer: what is seen, from where, and what it costs."""

from fractions import Fraction

import av
import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.picture import Box
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.core.timeline.model import Dissolve, DissolveId
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.imaging.tone import tone_mapped
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.media_bin.proxies import make_proxy
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.fakes.talking_clips import sceneries, write_clip
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE, clip, item_of, project, with_track

MIB = 2**20


@pytest.fixture
def shows(home):
    """Return (show, server) on the data folder where `plain` is synthesized."""
    with open_services(home) as services:
        server = FrameServer(services, 128 * MIB)

        def show(project, frame, *, exact=True, **more):
            return server.show(project, SEQUENCE, frame, exact=exact, **more)

        yield show, server
        server.close()


def whole(picture):
    return window_rgb(picture, Box(x0=0, y0=0, x1=picture.width, y1=picture.height))


def with_strength(project, strength):
    compose = ComposeSettings(strength=strength)
    return replace(project, settings=replace(project.settings, compose=compose))


def test_the_source_is_the_decoded_frame_and_the_result_what_the_export_composes(
    shows, plain, talk, home
):
    show, _ = shows
    shown = show(plain, 21)
    with open_services(home) as services, FrameReader(path_of(talk[0])) as reader:
        picture = reader.read(21)
        take = TakeCache(services).get(plain, SEQUENCE, "c1", CallbackProgress(), analyse=False)
        (face,) = take.faces
        patches = {p.frame: p for p in face.stored(face.window_of(21))}
        look = LookPlan(compose=ComposeSettings()).at(21, face.face, 21)
        composed = compose_frame(picture, patches[21], face.face, look)
    assert np.array_equal(shown.source, whole(picture))
    assert np.array_equal(shown.result, whole(composed))
    assert (shown.state, shown.note, shown.is_exact) == ("ready", "", True)
    assert not np.array_equal(shown.source, shown.result)


def path_of(item):
    from pathlib import Path

    return Path(item.path)


def test_a_strength_decodes_nothing_and_opens_no_engine(shows, plain):
    show, server = shows
    before = show(plain, 21)
    decoded = server.decoded
    half, none = show(with_strength(plain, 0.5), 21), show(with_strength(plain, 0.0), 21)
    assert server.decoded == decoded
    assert none.result is none.source
    assert np.array_equal(none.source, before.source)
    far = np.abs(before.result.astype(int) - before.source)
    near = np.abs(half.result.astype(int) - half.source)
    assert near.sum() == pytest.approx(far.sum() / 2, rel=0.1)
    assert not engines(server)


def engines(server):
    takes = server._takes._takes.values()
    return [face for take in takes for face in take.faces if face.is_open]


def test_every_frame_of_a_synthesized_project_is_found_without_the_engine(shows, plain):
    show, server = shows
    assert {show(plain, frame).state for frame in range(0, FRAMES, 9)} == {"ready"}
    assert not engines(server)


def test_beyond_the_clips_and_without_tracks_it_is_black(shows, plain, talk):
    show, _ = shows
    for black in (show(plain, FRAMES), show(project(talk, {}), 3)):
        assert black.source.shape == (320, 320, 3)
        assert not black.source.any()
        assert black.result is black.source
        assert (black.state, black.is_exact) == (None, True)


def test_a_clip_that_no_speech_drives_has_no_state(shows, plain):
    show, _ = shows
    shown = show(with_track(plain, "A1", speech=None), 21)
    assert shown.result is shown.source
    assert (shown.state, shown.note) == (None, "")


def test_what_was_never_analysed_shows_its_source_and_says_so(services, plain):
    server = FrameServer(services, 64 * MIB)
    shown = server.show(plain, SEQUENCE, 21, exact=True)
    assert shown.result is shown.source
    assert (shown.state, shown.note) == ("missing", "Not synthesized yet.")
    assert services.store.info().entries == 0
    server.close()


def test_edited_speech_makes_it_stale(shows, plain):
    show, _ = shows
    (speech,) = plain.sequences[0].tracks[1].clips
    later = with_track(plain, "A1", clips=(replace(speech, start=6),))
    shown = show(later, 60)
    assert shown.state == "stale"
    assert "changed" in shown.note
    assert shown.result is shown.source


def test_an_offline_medium_is_a_note_not_an_error(shows, plain, tmp_path):
    show, _ = shows
    lost = replace(plain.media[0], path=str(tmp_path / "gone.mp4"))
    shown = show(replace(plain, media=(lost, plain.media[1])), 3)
    assert shown.source is shown.result is None
    assert "offline" in shown.note


def test_the_top_track_hides_those_below_unless_muted(shows, talk, tmp_path):
    show, _ = shows
    over = item_of(write_clip(tmp_path / "over.mp4", sceneries(30, (320, 320))), 3)
    tracks = {"V1": [clip(1, 1, 0, (0, 60))], "V2": [clip(3, 3, 10, (0, 20))]}
    both = project((*talk, over), tracks)
    bottom = project(talk, {"V1": tracks["V1"]})
    assert np.array_equal(show(both, 9).source, show(bottom, 9).source)
    assert not np.array_equal(show(both, 10).source, show(bottom, 10).source)
    muted = with_track(both, "V2", is_muted=True)
    assert np.array_equal(show(muted, 10).source, show(bottom, 10).source)
    solo = with_track(both, "V1", is_solo=True)
    assert np.array_equal(show(solo, 10).source, show(bottom, 10).source)
    hidden = with_track(both, "V2", is_hidden=True)
    assert np.array_equal(show(hidden, 10).source, show(both, 10).source)


def test_another_size_lies_in_the_middle_with_black_beside_it(shows, talk):
    show, _ = shows
    wide = project(talk, {"V1": [clip(1, 1, 0, (0, 60))]}, size=(480, 240))
    source = show(wide, 5).source
    assert source.shape == (240, 480, 3)
    assert not source[:, :120].any()
    assert not source[:, 360:].any()
    assert source[:, 120:360].mean() > 30


def test_in_a_dissolve_both_are_seen(shows, talk):
    show, _ = shows
    tracks = {"V1": [clip(1, 1, 0, (0, 20)), clip(3, 1, 20, (50, 80))]}
    cut = project(talk, tracks)
    dissolve = Dissolve(id=DissolveId("d5"), left="c1", right="c3", before=4, after=4)
    soft = with_track(cut, "V1", dissolves=(dissolve,))
    assert np.array_equal(show(soft, 15).source, show(cut, 15).source)
    assert np.array_equal(show(soft, 24).source, show(cut, 24).source)
    whole_clip = project(talk, {"V1": [clip(1, 1, 0, (0, 60))]})
    left, right = show(whole_clip, 18).source.astype(float), show(cut, 20).source
    other = show(project(talk, {"V1": [clip(3, 1, 0, (48, 80))]}), 0).source
    mixed = show(soft, 18).source
    assert np.abs(mixed - (left * (1 - 2.5 / 8) + other * (2.5 / 8))).max() <= 1
    assert right.shape == mixed.shape


def test_a_proxy_comes_at_once_with_its_patches_and_the_exact_frame_later(home, talk, plain):
    from latentsync_studio.services.media_bin.content import content_digest

    with open_services(home) as services:
        digest = content_digest(path_of(talk[0]), None, services)
        item = replace(talk[0], digest=digest)
        make_proxy(item, services, CallbackProgress())
        known = replace(plain, media=(item, talk[1]))
        server = FrameServer(services, 64 * MIB)
        quick = server.show(known, SEQUENCE, 33, exact=False, max_size=(160, 160))
        exact = server.show(known, SEQUENCE, 33, exact=True)
        server.close()
    assert (quick.is_proxy, quick.is_exact, quick.state) == (True, False, "ready")
    assert quick.result.shape == (160, 160, 3)
    assert (exact.is_proxy, exact.is_exact) == (False, True)
    small = exact.result.reshape(160, 2, 160, 2, 3).mean((1, 3))
    assert np.abs(small - quick.result).mean() < 4
    drawn = np.abs(quick.result.astype(int) - quick.source).sum((0, 1))
    assert (drawn > 0).all()


def test_far_from_everything_a_stand_in_comes_at_once(shows, plain):
    show, server = shows
    show(plain, 30)
    near = show(plain, 41, exact=False)
    assert near.source is not None
    assert show(plain, 41).is_exact
    for frame in range(42, 60):  # playing forwards decodes every frame
        assert show(plain, frame, exact=False).is_exact
    assert server.decoded >= 20


def test_without_the_result_no_take_is_opened(services, plain):
    server = FrameServer(services, 64 * MIB)
    shown = server.show(plain, SEQUENCE, 3, exact=True, want_result=False)
    assert shown.result is shown.source
    assert not server._takes._takes
    server.close()


def test_a_frame_drawn_meanwhile_is_seen_after_invalidate(services, talk):
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize

    tracks = {"V1": [clip(1, 1, 0, (0, 32))], "A1": [clip(2, 2, 0, (0, 32))]}
    cut = project(talk, tracks)
    server = FrameServer(services, 64 * MIB)
    assert server.show(cut, SEQUENCE, 3, exact=True).state == "missing"
    request = SynthesisRequest(project=cut, sequence=SEQUENCE, frames=FrameRange(0, 16))
    synthesize(request, services, CallbackProgress())
    server.invalidate()
    assert server.show(cut, SEQUENCE, 3, exact=True).state == "ready"
    assert server.show(cut, SEQUENCE, 20, exact=True).state == "missing"
    assert not engines(server)
    server.close()


def test_a_smaller_exact_frame_is_right_but_not_in_full_and_looks_the_same(shows, plain):
    show, server = shows
    full, decoded = show(plain, 21), server.decoded
    small = show(plain, 21, max_size=(200, 160))
    assert (small.is_exact, small.is_right, full.is_exact, full.is_right) == (
        False,
        True,
        True,
        True,
    )
    assert small.result.shape == (160, 160, 3)
    assert server.decoded == decoded
    for mine, whole_one in ((small.source, full.source), (small.result, full.result)):
        wanted = whole_one.reshape(160, 2, 160, 2, 3).mean((1, 3))
        assert np.abs(mine - wanted).mean() < 1.5
    assert not np.array_equal(small.source, small.result)


def test_the_face_is_told_as_shares_of_the_frame(shows, plain, talk):
    show, _ = shows
    face = show(plain, 21).face
    assert 0 < face[0] < face[2] < 1
    assert 0 < face[1] < face[3] < 1.1  # the chin lies below the picture
    small = show(plain, 21, max_size=(160, 160)).face
    assert small == pytest.approx(face, abs=0.01)
    tracks = {"V1": [clip(1, 1, 0, (0, 30))], "A1": [clip(2, 2, 0, (0, 30))]}
    wide = show(project(talk, tracks, size=(640, 320)), 21).face
    assert wide[0] == pytest.approx(0.25 + face[0] / 2, abs=0.01)
    assert wide[1] == pytest.approx(face[1], abs=0.01)
    assert show(plain, FRAMES).face is None


def test_high_dynamic_range_is_shown_toned_down(services, tmp_path):
    path = tmp_path / "hdr.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"x264-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = 9, 9, 16
        context.color_range = 1
        frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 148, np.uint8), format="rgb24")
        frame = frame.reformat(format="yuv420p10le")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    item = item_of(path, 1)
    server = FrameServer(services, 64 * MIB)
    shown = server.show(project((item,), {"V1": [clip(1, 1, 0, (0, 1))]}), SEQUENCE, 0, exact=True)
    with FrameReader(path) as reader:
        coded = whole(reader.read(0))
    middle = shown.source[160, 160]
    assert np.abs(coded[32, 32].astype(int) - 148).max() <= 2
    assert np.array_equal(middle, tone_mapped(coded, "pq")[32, 32])
    assert middle.max() > 220  # 203 nits are white, and would look like mid gray otherwise
    server.close()

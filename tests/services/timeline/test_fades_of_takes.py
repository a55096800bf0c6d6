"""Where a take begins or ends both mouths are shown: the same in viewer and movie, never drawn."""

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.engine import FadedPatch
from latentsync_studio.core.picture import Box
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.plan import Segment
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.core.timeline.edits.takes import add_take, release_takes
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.quality.of_clip import measure_clip
from latentsync_studio.services.takes.making import synthesis_of
from latentsync_studio.services.takes.naming import TakeRef
from latentsync_studio.services.timeline.cut_pieces import CutCounts, CutPieces, Scene
from latentsync_studio.services.timeline.laid import weight_of
from latentsync_studio.services.timeline.movie_target import cut_target
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.timeline.spans import clip_spans
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE

SPAN = FrameRange(48, 64)  # a whole window: the fades reach into those beside it
BEFORE, AFTER = range(44, 48), range(48, 52)


@pytest.fixture(scope="module")
def taken(plain):
    """Return the project with a take of smaller mouths on SPAN."""
    return add_take(plain, "c1", {"mouthbank.expression": 0.45}, SPAN)


@pytest.fixture(scope="module")
def desk(home, taken):
    """Return services and takes; what the take needs is drawn."""
    with open_services(home) as services:
        takes = TakeCache(services)
        clip = taken.sequences[0].tracks[0].clips[0]
        ref = TakeRef(SEQUENCE, clip.id, clip.takes[0].id, SPAN)
        [request] = synthesis_of(taken, [ref])
        report = synthesize(request, services, CallbackProgress(), takes=takes)
        assert request.frames == FrameRange(44, 68)
        assert report.engine_calls == 3, "its window, and the two that fade"
        yield services, takes
        takes.clear()


@pytest.fixture
def server(desk):
    """Return a server of frames."""
    server = FrameServer(desk[0], 1 << 27, desk[1])
    yield server
    server._pictures.close()


def shown(server, project, frame):
    return server.show(project, SEQUENCE, frame, exact=True)


def composed(desk, project, frames):
    """The pictures of a movie, before encoding."""
    _, takes = desk
    sequence, whole = project.sequences[0], FrameRange(0, FRAMES)
    target = cut_target(project, sequence, whole, takes.book, project.settings.encode, ".mp4")
    scene = Scene(
        project=project,
        sequence=sequence,
        frames=whole,
        target=target.video,
        fmt=target.fmt,
        takes=takes,
    )
    pieces = CutPieces(scene, CallbackProgress(), None, CutCounts())
    try:
        made = [w() for w in pieces.of(Segment(frames=frames, windows=()), CallbackProgress())]
    finally:
        pieces.readers.close()
    assert pieces.counts.engine_calls == 0
    return {n: p for piece in made for n, p in zip(piece.frames, piece.pictures, strict=True)}


def test_all_of_it_is_drawn_and_its_windows_have_the_keys_that_they_have_alone(desk, taken, plain):
    services, takes = desk
    found = clip_spans(taken, SEQUENCE, "c1", services, takes, CallbackProgress())
    assert [span.state for span in found] == ["ready"]
    [face] = takes.get(taken, SEQUENCE, "c1", CallbackProgress()).faces
    [own] = takes.get(plain, SEQUENCE, "c1", CallbackProgress()).faces
    left, right = face.key(FrameRange(44, 48)).split("+")
    assert left == own.key(FrameRange(32, 48))
    assert right != left
    parts = [FrameRange(*part) for part in ((32, 44), (44, 48), (48, 52), (52, 60))]
    assert list(face.windows_of(range(40, 60))) == parts
    assert face.together(parts) == [parts[:2], parts[2:]], "each draws two windows"
    request = SynthesisRequest(project=release_takes(taken, "c1"), sequence=SEQUENCE)
    assert synthesize(request, services, CallbackProgress(), takes=takes).engine_calls == 0


def test_the_mouths_go_over_into_each_other_frame_by_frame(server, taken, plain):
    whole = add_take(plain, "c1", {"mouthbank.expression": 0.45}, FrameRange(32, 64))
    cut = set_settings(taken, replace(taken.settings, take_fade=0))
    whole = set_settings(whole, replace(whole.settings, take_fade=0))
    for number, frame in enumerate((*BEFORE, *AFTER)):
        own = shown(server, plain, frame).result.astype(np.float32)
        new = shown(server, whole, frame).result.astype(np.float32)
        share = (number + 0.5) / 8
        seen = shown(server, taken, frame).result
        off = np.abs(seen - (own + share * (new - own)))
        assert off.mean() < 0.1, frame
        assert (off > 3).sum() < 100, "few colors lie beyond what RGB can show"
        hard = shown(server, cut, frame).result
        assert np.array_equal(hard, own if frame in BEFORE else new), frame


def test_a_fading_frame_of_the_viewer_is_that_of_the_movie(server, desk, taken, talk):
    movie = composed(desk, taken, FrameRange(40, 72))
    for frame in (43, 44, 47, 48, 51, 52, 60, 67, 68):
        picture = movie[frame]
        whole = Box(x0=0, y0=0, x1=picture.width, y1=picture.height)
        assert np.array_equal(shown(server, taken, frame).result, window_rgb(picture, whole))
    with FrameReader(talk[0].path) as reader:
        for old, new in zip(reader.read(48).planes, movie[48].planes, strict=True):
            assert np.array_equal(old[: len(old) // 4], new[: len(new) // 4]), "outside it is exact"


def test_a_look_of_its_own_fades_too_and_the_mask_that_is_shown(server, plain, desk):
    soft = add_take(plain, "c1", {"compose.strength": 0.0}, SPAN)
    full, gone = shown(server, plain, 49), shown(server, soft, 56)
    assert np.array_equal(gone.result, gone.source)
    mixed = shown(server, soft, 49)
    assert not np.array_equal(mixed.result, full.result)
    size = mixed.result.shape[1], mixed.result.shape[0]
    weight = weight_of(mixed.laid, size).astype(np.float32)
    usual = weight_of(full.laid, size).astype(np.float32)
    assert np.abs(weight - usual * (1 - 5.5 / 8)).max() <= 1
    assert desk[1].get(soft, SEQUENCE, "c1", CallbackProgress()).faces[0].ran()[0][0] == "mouthbank"


def test_fading_frames_are_measured_on_both_mouths(desk, taken):
    services, takes = desk
    found = measure_clip(taken, SEQUENCE, "c1", services, takes, CallbackProgress())
    assert np.nanmin(found.curve("outside_psnr").result) == np.inf
    assert np.isfinite(found.curve("strength").result[44:68]).any()
    [face] = takes.get(taken, SEQUENCE, "c1", CallbackProgress()).faces
    assert all(isinstance(patch, FadedPatch) for patch in face.stored(FrameRange(44, 48)))

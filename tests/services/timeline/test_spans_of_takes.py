"""Takes of spans: chosen ones hold on their frames, and choosing draws nothing that is stored."""

import numpy as np
import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.takes import add_take, release_takes
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.timeline.spanned import SpannedFace
from latentsync_studio.services.timeline.spans import clip_spans
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE

SPAN = FrameRange(37, 60)  # begins and ends within windows of 16 frames


@pytest.fixture
def desk(home):
    """Return opened services and takes."""
    with open_services(home) as services:
        takes = TakeCache(services)
        yield services, takes
        takes.clear()


@pytest.fixture(scope="module")
def wide(plain):
    """Return the project with a take of wider mouths on SPAN."""
    return add_take(plain, "c1", {"mouthbank.expression": 1.5, "compose.lips": 0.5}, SPAN)


@pytest.fixture(scope="module")
def drawn(home, wide):
    """Draw what the take needs; return the states before, and the report."""
    with open_services(home) as services:
        found = states((services, None), wide)
        request = SynthesisRequest(project=wide, sequence=SEQUENCE, frames=SPAN)
        return found, synthesize(request, services, CallbackProgress())


def states(desk, project):
    services, takes = desk
    found = clip_spans(project, SEQUENCE, "c1", services, takes, CallbackProgress())
    return [(span.state, span.frames.start, span.frames.stop) for span in found]


def results(desk, project, frames):
    """What the viewer shows."""
    services, takes = desk
    server = FrameServer(services, 1 << 26, takes)
    try:
        return [server.show(project, SEQUENCE, frame, exact=True).result for frame in frames]
    finally:
        server.close()


def test_only_the_span_and_its_fades_are_stale_and_only_its_windows_are_drawn(drawn, desk, wide):
    before, report = drawn
    assert before == [("ready", 0, 33), ("stale", 33, 64), ("ready", 64, FRAMES)]
    assert report.frames == 23
    assert report.engine_calls == 2  # 32..47 and 48..63: whole windows, whatever is shown of them
    assert states(desk, wide) == [("ready", 0, FRAMES)]


def test_switching_between_takes_draws_nothing(drawn, desk, wide, plain):
    services, takes = desk
    for project in (release_takes(wide, "c1"), wide, plain):
        assert states(desk, project) == [("ready", 0, FRAMES)]
        request = SynthesisRequest(project=project, sequence=SEQUENCE)
        assert synthesize(request, services, CallbackProgress(), takes=takes).engine_calls == 0


def test_the_viewer_shows_the_take_on_its_frames_only(drawn, desk, wide, plain):
    frames = (32, 33, 37, 47, 48, 59, 63, 64)
    own, taken = results(desk, plain, frames), results(desk, wide, frames)
    same = [np.array_equal(a, b) for a, b in zip(own, taken, strict=True)]
    assert same == [True, *[False] * 6, True]


def test_windows_of_a_spanned_face_are_parts_of_whole_ones(drawn, desk, wide):
    _, takes = desk
    [face] = takes.get(wide, SEQUENCE, "c1", CallbackProgress()).faces
    assert isinstance(face, SpannedFace)
    shown = face.windows_of(range(FRAMES))
    assert FrameRange(32, 33) in shown
    assert FrameRange(41, 48) in shown
    keys = [face.key(FrameRange(*part)) for part in ((32, 33), (33, 37), (37, 41), (41, 48))]
    assert keys[1] == keys[2] == f"{keys[0]}+{keys[3]}"
    assert [frame for window in shown for frame in window] == list(range(FRAMES))
    patches = face.patches(FrameRange(41, 48), lambda _: [], CallbackProgress())
    assert [patch.frame for patch in patches] == list(range(41, 48))
    assert face.specs()[0].id == "mouthbank"
    assert len(face.ran()) == 2


def test_a_take_that_differs_in_its_look_only_needs_no_engine(drawn, desk, plain):
    soft = add_take(plain, "c1", {"compose.feather": 9}, SPAN)
    assert states(desk, soft) == [("ready", 0, FRAMES)]
    services, takes = desk
    [face] = takes.get(soft, SEQUENCE, "c1", CallbackProgress()).faces
    assert not isinstance(face, SpannedFace)
    [clip] = soft.sequences[0].tracks[0].clips
    look = LookPlan.of(soft, clip, services.paintings)
    assert [look.settings_at(frame).feather for frame in (36, 37, 59, 60)] == [0, 9, 9, 0]
    assert look.key(range(33)) == look.compose
    assert look.key(range(30, 40)) != look.key(range(31, 41))
    assert look.key(range(41, 56)).feather == 9


def test_a_failure_belongs_to_the_take_that_failed(drawn, desk, wide, monkeypatch):
    from latentsync_studio.core.errors import StorageError
    from latentsync_studio.services.timeline import face_take

    services, takes = desk
    bad = add_take(wide, "c1", {"mouthbank.expression": 0.7}, FrameRange(80, 90))

    def broken(*_):
        raise StorageError("The disk went away.", remedy="Plug it in.")

    with monkeypatch.context() as patch:
        patch.setattr(face_take.FaceTake, "patches", broken)
        request = SynthesisRequest(project=bad, sequence=SEQUENCE)
        with pytest.raises(StorageError):
            synthesize(request, services, CallbackProgress(), takes=takes)
    assert states(desk, bad) == [("ready", 0, 76), ("failed", 76, 94), ("ready", 94, FRAMES)]
    assert states(desk, wide) == [("ready", 0, FRAMES)]

"""The engine's session: which frames it sees, what its keys cover, and patches that fit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as with_values

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.latentsync import LatentSyncSilence
from latentsync_studio.core.weights import MissingWeightsError
from tests.engines.latentsync.takes import QUICK, drawn, engine_on, small_pictures, small_take
from tests.engines.latentsync.weight_files import write_tiny_set

FIRST, MIDDLE, LAST = FrameRange(0, 16), FrameRange(16, 32), FrameRange(32, 42)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_tiny_set(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def engine(weights):
    return engine_on(weights)


@pytest.fixture(scope="module")
def pictures():
    return small_pictures()


@pytest.fixture(scope="module")
def opened(engine, pictures):
    """Return (session, patches of all three windows)."""
    take = small_take()
    session = engine.open(take, CallbackProgress())
    return session, {w: drawn(session, w, pictures, take) for w in (FIRST, MIDDLE, LAST)}


def open_with(engine, **settings):
    take = small_take(settings=with_values(QUICK, **settings))
    return engine.open(take, CallbackProgress()), take


def same(first, second, most=0):
    for a, b in zip(first, second, strict=True):
        assert (a.frame, a.alpha.shape) == (b.frame, b.alpha.shape)
        assert int(np.abs(a.pixels.astype(int) - b.pixels).max()) <= most
        np.testing.assert_array_equal(a.alpha, b.alpha)
    return True


def test_every_frame_gets_a_square_that_is_soft_at_its_edge_and_lies_on_the_face(opened):
    _, patches = opened
    assert [patch.frame for patch in patches[LAST]] == list(LAST)
    for patch in (*patches[FIRST], *patches[LAST]):
        assert patch.pixels.shape == (64, 64, 3)
        edge = [patch.alpha[0], patch.alpha[-1], patch.alpha[:, 0], patch.alpha[:, -1]]
        assert not any(side.any() for side in edge)
        assert patch.alpha.max() == 255
        mouth = small_take().face.landmarks[patch.frame, 13, :2]
        corner, far = patch.transform[:, 2], patch.transform @ (64, 64, 1)
        assert (corner < mouth).all()
        assert (mouth < far).all()


def test_the_last_window_of_a_run_is_seen_with_sixteen_frames(opened):
    session, _ = opened
    assert session.reads(FIRST) == FIRST
    assert session.reads(LAST) == FrameRange(26, 42)
    assert len(session.reads(LAST)) == 16


def test_a_run_shorter_than_sixteen_frames_is_drawn_with_its_mirror_image(engine, pictures):
    usable = np.zeros(42, np.float32)
    usable[3:8] = 1.0
    take = small_take()
    take = replace(take, face=replace(take.face, usable=usable))
    session = engine.open(take, CallbackProgress())
    window = FrameRange(3, 8)
    assert session.reads(window) == window
    assert [p.frame for p in drawn(session, window, pictures, take)] == [3, 4, 5, 6, 7]


def test_windows_come_out_the_same_in_any_order_and_from_two_threads(engine, opened, pictures):
    take = small_take()
    session = engine.open(take, CallbackProgress())
    with ThreadPoolExecutor(2) as pool:
        windows = (LAST, FIRST, MIDDLE)
        made = list(pool.map(lambda window: drawn(session, window, pictures, take), windows))
    for window, patches in zip(windows, made, strict=True):
        assert same(patches, opened[1][window])


def test_keys_need_no_network(engine):
    session = engine.open(small_take(), CallbackProgress())
    assert session.digest(FIRST) != session.digest(MIDDLE)
    assert session.running().rung == ""
    assert session._atelier is None


def test_a_change_of_the_speech_reaches_only_the_windows_near_it(engine):
    pcm = np.zeros(16_000 * 20, np.float32)
    take = small_take(
        pcm=pcm,
        seconds=np.arange(42) * 0.4,
        shapes=replace(
            small_take().shapes,
            channels=np.ones((2000, 7), np.float32),
            loudness=np.ones(2000, np.float32),
        ),
    )
    edited = pcm.copy()
    edited[16_000 * 15 :] = 0.1
    before, after = (
        engine.open(replace(take, pcm=each), CallbackProgress()) for each in (pcm, edited)
    )
    assert before.digest(FIRST) == after.digest(FIRST)
    assert before.digest(LAST) != after.digest(LAST)


@pytest.mark.parametrize(
    "values",
    [
        {"steps": 3},
        {"guidance": 2.0},
        {"cache_interval": 1},
        {"scheduler": "unipc"},
        {"vae": "sample"},
        {"overlap": 4},
        {"precision": "bf16"},
        {"exact_audio": True},
        {"silence": LatentSyncSilence(policy="hear")},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_shapes_pixels_is_part_of_the_key(engine, values):
    assert open_with(engine, **values)[0].digest(LAST) != open_with(engine)[0].digest(LAST)


def test_seed_and_faces_are_part_of_the_key_and_costs_are_not(engine):
    known = open_with(engine)[0].digest(FIRST)
    cheap = {"memory_limit": 9.0, "compile": True, "window_batch": 3}
    assert open_with(engine, **cheap)[0].digest(FIRST) == known
    assert engine.open(small_take(seed=1), CallbackProgress()).digest(FIRST) != known
    take = small_take()
    moved = replace(take.face, landmarks=take.face.landmarks + np.float32(0.25))
    assert engine.open(replace(take, face=moved), CallbackProgress()).digest(FIRST) != known


def test_other_weights_are_another_engine(engine, tmp_path):
    other = engine_on(write_tiny_set(tmp_path / "other", seed=5))
    assert other.spec.weights_digest != engine.spec.weights_digest
    assert engine.spec.device == "cpu"


def test_overlapping_windows_fade_into_each_other(engine, opened, pictures):
    session, take = open_with(engine, overlap=4)
    assert session.reads(MIDDLE) == FrameRange(12, 40)
    faded = drawn(session, MIDDLE, pictures, take)
    assert [patch.frame for patch in faded] == list(MIDDLE)
    shown = session._layout.chunks(MIDDLE)
    assert [chunk.frames[0] for chunk in shown] == [12, 24]
    for frame in MIDDLE:
        assert sum(chunk.weight(frame) for chunk in shown) == pytest.approx(1.0)


def test_where_nobody_speaks_the_clips_own_mouth_can_be_kept(engine, pictures):
    session, take = open_with(engine, silence=LatentSyncSilence(policy="source", fade_ms=0.0))
    patches = drawn(session, LAST, pictures, take)
    assert not any(patch.alpha.any() for patch in patches)
    assert session._atelier is None  # nothing of the window is seen: nothing is drawn
    session, take = open_with(engine, silence=LatentSyncSilence(policy="source", fade_ms=400.0))
    fading = [int(patch.alpha.max()) for patch in drawn(session, LAST, pictures, take)]
    assert 200 < fading[0] <= 255
    assert fading[-1] < 60
    assert fading == sorted(fading, reverse=True)


def test_a_stop_is_heard_at_the_next_step_and_leaves_all_well(engine, opened, pictures):
    class StopsAt(CallbackProgress):
        def __init__(self, number):
            super().__init__()
            self.left = number

        def check(self):
            self.left -= 1
            if self.left == 0:
                raise Cancelled("Stopped.")

    take = small_take()
    session = engine.open(take, CallbackProgress())
    for number in (1, 2, 3, 4):
        with pytest.raises(Cancelled):
            drawn(session, FIRST, pictures, take, StopsAt(number))
    assert same(drawn(session, FIRST, pictures, take), opened[1][FIRST])


def test_it_says_what_it_runs_on(opened):
    running = opened[0].running()
    assert running.precision == "fp32"
    assert running.weights == "test weights, 64 px"
    assert "64 px" in running.rung


def test_without_weights_it_says_which_and_where_to_put_them(tmp_path):
    engine = engine_on(tmp_path, home=tmp_path)
    obstacle = engine.obstacle()
    assert isinstance(obstacle, MissingWeightsError)
    assert "latentsync_unet.pt" in str(obstacle)
    with pytest.raises(MissingWeightsError):
        engine.open(small_take(), CallbackProgress())

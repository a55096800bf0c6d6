"""Memory that runs out at any moment costs a rung, never a window and never the job.

Errors are injected where a GPU raises them: when a layer of the real networks is called.
"""

import gc
from contextlib import contextmanager
from weakref import ref

import numpy as np
import pytest
import torch

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.engines.latentsync.devices import GIB
from latentsync_studio.engines.latentsync.ladder import DeviceMemoryError, Ladder, Remembered
from latentsync_studio.engines.latentsync.placement import rungs_of
from latentsync_studio.storage.machine_notes import NotesFile
from tests.engines.latentsync.takes import drawn, engine_on, small_pictures, small_take
from tests.engines.latentsync.weight_files import write_tiny_set

CPU = torch.device("cpu")
WINDOW = FrameRange(0, 16)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_tiny_set(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def engine(weights):
    """An engine whose networks are loaded anew for every test."""
    return engine_on(weights)


@pytest.fixture(scope="module")
def pictures():
    return small_pictures()


def synthesized(engine, pictures):
    """Return (session, patches of a window), with networks of its own."""
    take = small_take()
    session = engine.open(take, CallbackProgress())
    return session, drawn(session, WINDOW, pictures, take)


@contextmanager
def memory_runs_out(when):
    """Raise as a GPU does before the layer calls for which when(number) is true, from 1."""
    calls = [0]

    def full(_module, _inputs):
        calls[0] += 1
        if when(calls[0]):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    hook = torch.nn.modules.module.register_module_forward_pre_hook(full)
    try:
        yield calls
    finally:
        hook.remove()


@pytest.fixture(scope="module")
def untroubled(engine, pictures):
    """Return (patches, number of layer calls of a window)."""
    with memory_runs_out(lambda _: False) as calls:
        _, patches = synthesized(engine, pictures)
    return patches, calls[0]


def apart(first, second):
    """Largest difference of any pixel."""
    pairs = zip(first, second, strict=True)
    return max(int(np.abs(a.pixels.astype(int) - b.pixels).max()) for a, b in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("part", [0.0, 0.001, 0.1, 0.5, 1.0])
def test_out_of_memory_at_any_call_costs_one_rung_and_no_window(engine, pictures, untroubled, part):
    patches, count = untroubled
    at = 1 + round(part * (count - 1))
    with memory_runs_out(lambda number: number == at):
        session, again = synthesized(engine, pictures)
    assert apart(again, patches) <= 1
    assert session.running().rung == rungs_of([64])[1].words
    assert session._atelier._drawer.host.has_descended


@pytest.mark.slow
@pytest.mark.parametrize("rung", [2, 3])
def test_every_rung_of_a_size_draws_the_same_picture(engine, pictures, untroubled, rung):
    take = small_take()
    session = engine.open(take, CallbackProgress())
    with memory_runs_out(lambda _: _stands_above(session, rung)):
        again = drawn(session, WINDOW, pictures, take)
    assert apart(again, untroubled[0]) <= 1
    assert session.running().rung == rungs_of([64])[rung].words


def _stands_above(session, rung):
    host = session._atelier._drawer.host
    return host._ladder is not None and host._ladder.number < rung


@pytest.mark.slow
def test_where_nothing_fits_it_refuses_with_numbers(engine, pictures):
    take = small_take()
    session = engine.open(take, CallbackProgress())
    with memory_runs_out(lambda _: True), pytest.raises(DeviceMemoryError) as caught:
        drawn(session, WINDOW, pictures, take)
    assert "GiB" in str(caught.value)
    assert "too little memory" in str(caught.value)
    assert "mouthbank" in caught.value.remedy
    assert len(drawn(session, WINDOW, pictures, take)) == 16  # the next one is tried again


@pytest.mark.slow
def test_smaller_weights_are_the_last_resort_and_every_key_says_so(weights, tmp_path, pictures):
    engine, other = engine_on(write_tiny_set(tmp_path, seed=4, resolution=128)), engine_on(weights)
    for each in (engine, other):
        each.prepare(CallbackProgress())
    engine._sets = {**engine._sets, **other._sets}
    take = small_take()
    session = engine.open(take, CallbackProgress())
    before, spec = session.digest(WINDOW), session.spec_for(WINDOW)
    with memory_runs_out(lambda _: _stands_above(session, 4)):
        patches = drawn(session, WINDOW, pictures, take)
    assert patches[0].pixels.shape == (64, 64, 3)
    assert session.digest(WINDOW) != before
    assert session.spec_for(WINDOW).weights_digest == other.spec.weights_digest
    assert session.spec_for(WINDOW) != spec
    assert "64 px" in session.running().weights


def test_networks_are_let_go_of_with_the_last_session(engine, pictures):
    session, _ = synthesized(engine, pictures)
    host = ref(session._atelier._drawer.host)
    gc.disable()
    try:
        del session
        assert host() is None
    finally:
        gc.enable()


@pytest.mark.slow
def test_what_was_learnt_is_kept_for_the_next_run(weights, pictures, tmp_path):
    notes = NotesFile(tmp_path / "machine.json")
    with memory_runs_out(lambda number: number == 1):
        synthesized(engine_on(weights, notes=notes), pictures)
    again = engine_on(weights, notes=NotesFile(tmp_path / "machine.json"))
    session, _ = synthesized(again, pictures)
    assert session.running().rung == rungs_of([64])[1].words


# the ladder by itself


def failing(ladder, fits):
    def draw():
        if not fits(ladder):
            raise torch.OutOfMemoryError("full")
        return ladder.words

    return draw


def test_fewer_windows_at_once_come_before_any_rung():
    ladder = Ladder(rungs_of([512]), 0, batch=4)
    words = ladder.run(CPU, failing(ladder, lambda found: found.batch == 1), lambda: "")
    assert (ladder.number, ladder.batch) == (0, 1)
    assert "512 px" in words


def test_after_some_calm_windows_one_more_is_drawn_at_once_up_to_what_was_wanted():
    ladder = Ladder(rungs_of([512]), 0, batch=2)
    ladder.run(CPU, failing(ladder, lambda found: found.batch == 1), lambda: "")
    for _ in range(15):
        ladder.run(CPU, lambda: None, lambda: "")
    assert ladder.batch == 2
    for _ in range(40):
        ladder.run(CPU, lambda: None, lambda: "")
    assert ladder.batch == 2


def test_other_errors_go_through():
    ladder = Ladder(rungs_of([512]), 0)
    with pytest.raises(ValueError, match="not memory"):
        ladder.run(CPU, lambda: (_ for _ in ()).throw(ValueError("not memory")), lambda: "")
    assert ladder.number == 0


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("MPS backend out of memory"), torch.OutOfMemoryError("x")],
    ids=["processor", "mps", "cuda"],
)
def test_every_device_has_its_own_way_to_say_it(error):
    ladder = Ladder(rungs_of([512]), 0)
    seen = []

    def draw():
        seen.append(ladder.number)
        if len(seen) == 1:
            raise error

    ladder.run(CPU, draw, lambda: "")
    assert seen == [0, 1]


def test_with_much_more_free_memory_the_climb_is_tried_again(tmp_path):
    kept = Remembered(NotesFile(tmp_path / "machine.json"), "card/driver")
    kept.keep_rung(3, 4 * GIB)
    kept.keep_batch(2)
    assert kept.rung() == kept.rung(4 * GIB) == kept.rung(5 * GIB) == 3
    assert kept.rung(6 * GIB) == 0
    assert kept.batch() == 2
    assert Remembered(NotesFile(tmp_path / "machine.json"), "other card").rung() == 0
    assert Remembered(None, "nothing is kept").batch() == 1


def test_nothing_of_a_failed_try_is_held_while_the_next_one_runs():
    ladder = Ladder(rungs_of([512]), 0)
    alive = []

    class Large:
        def __del__(self):
            alive.append("gone")

    def draw():
        large = Large()
        if ladder.number == 0:
            raise torch.OutOfMemoryError("full")
        del large
        return list(alive)

    assert ladder.run(CPU, draw, lambda: "") == ["gone", "gone"]

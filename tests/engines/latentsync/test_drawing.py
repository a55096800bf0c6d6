"""Chunks that wait together are drawn together; who stops waiting stops nobody else."""

from dataclasses import dataclass
from threading import Event, Thread

import pytest
import torch

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.engines.latentsync.drawing import Drawer
from latentsync_studio.engines.latentsync.host import Host, HostOptions
from latentsync_studio.engines.latentsync.models import Models
from latentsync_studio.engines.latentsync.sampler import SamplerOptions
from tests.engines.latentsync.takes import drawn, engine_on, small_pictures, small_take
from tests.engines.latentsync.tiny import tiny_unet
from tests.engines.latentsync.tiny_models import WIDTH, tiny_vae, tiny_whisper
from tests.engines.latentsync.weight_files import write_tiny_set

CPU = torch.device("cpu")
TWO_STEPS = SamplerOptions(steps=2, cache_interval=2)


@dataclass(eq=False)
class Order:
    """A chunk of random squares."""

    number: int
    options: SamplerOptions = TWO_STEPS
    seed: int = 0
    stops: bool = False

    def _random(self, *shape):
        return torch.randn(shape, generator=torch.Generator().manual_seed(self.number))

    def conditions(self, networks):
        return self._random(16, 4, 8, 8), self._random(16, 4, 8, 8)

    def context(self, networks):
        return self._random(16, 50, WIDTH)

    def check(self):
        if self.stops:
            raise Cancelled("Stopped.")


@pytest.fixture(scope="module")
def models():
    unet = tiny_unet(0, cross_attention_dim=WIDTH)
    return Models(
        unet=unet, vae=tiny_vae(), whisper=tiny_whisper(), resolution=64, digest="", is_test=True
    )


def drawer(models, batch=1):
    options = HostOptions(device=CPU, dtype=torch.float32, batch=batch)
    return Drawer(Host({64: lambda: models}, options))


def in_line(drawer, orders):
    """Draw orders from a thread each, all in line before the first is drawn."""
    results, errors = {}, {}

    def work(order):
        try:
            results[order.number] = drawer.draw(order)
        except Cancelled as error:
            errors[order.number] = error

    with drawer._changed:
        drawer._is_led = True  # nobody leads before all are there
    threads = [Thread(target=work, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    while len(drawer._line) < len(orders):
        Event().wait(0.005)
    with drawer._changed:
        drawer._is_led = False
        drawer._changed.notify_all()
    for thread in threads:
        thread.join()
    return results, errors


def test_chunks_in_line_are_drawn_in_one_batch_with_the_same_results(models, monkeypatch):
    alone = drawer(models)
    wanted = [alone.draw(Order(number)).latents for number in (1, 2, 3)]
    sizes = []
    from latentsync_studio.engines.latentsync import drawing

    sample = drawing.sample

    def counted(denoiser, conditions, *more):
        sizes.append(len(conditions.masked))
        return sample(denoiser, conditions, *more)

    monkeypatch.setattr(drawing, "sample", counted)
    results, _ = in_line(drawer(models, batch=3), [Order(number) for number in (1, 2, 3)])
    assert sizes == [3]
    for number, latents in zip((1, 2, 3), wanted, strict=True):
        assert torch.allclose(results[number].latents, latents, atol=1e-4)


def test_who_stops_is_let_go_and_the_others_are_drawn(models):
    orders = [Order(1), Order(2, stops=True), Order(3)]
    results, errors = in_line(drawer(models, batch=3), orders)
    assert set(results) == {1, 3}
    assert set(errors) == {2}


def test_chunks_of_other_settings_or_seeds_are_not_mixed(models):
    orders = [Order(1), Order(2, seed=5), Order(3, options=SamplerOptions(steps=1))]
    results, _ = in_line(drawer(models, batch=3), orders)
    assert len(results) == 3
    assert not torch.equal(results[1].latents, results[2].latents)


@pytest.mark.slow
def test_squares_are_cut_while_the_device_is_busy(tmp_path):
    """The second window is aligned, up to the line, while the first one is being denoised."""
    engine = engine_on(write_tiny_set(tmp_path))
    take, pictures = small_take(), small_pictures()
    session = engine.open(take, CallbackProgress())
    ready = Event()

    class Waits(CallbackProgress):
        """Holds the first window's denoising until the second one stands in the line."""

        def check(self):
            drawer = session._atelier._drawer if session._atelier else None
            if drawer is not None and drawer._is_led:
                assert ready.wait(60)

    first = Thread(target=drawn, args=(session, FrameRange(0, 16), pictures, take, Waits()))
    second = Thread(target=drawn, args=(session, FrameRange(16, 32), pictures, take))
    first.start()
    while session._atelier is None or not session._atelier._drawer._is_led:
        Event().wait(0.005)
    second.start()
    while not session._atelier._drawer._line:
        Event().wait(0.005)  # it has cut its squares and waits for the device
    ready.set()
    first.join()
    second.join()

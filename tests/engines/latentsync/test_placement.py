"""What a window needs on each rung, and where on the ladder a device begins."""

import pytest
import torch

from latentsync_studio.core.errors import InputError
from latentsync_studio.engines.latentsync import devices
from latentsync_studio.engines.latentsync.devices import GIB, Room
from latentsync_studio.engines.latentsync.placement import (
    Sizes,
    first_fitting,
    needed,
    rungs_of,
    sizes_of,
    usable,
)
from tests.engines.latentsync.tiny import tiny_unet
from tests.engines.latentsync.tiny_models import tiny_vae, tiny_whisper

FULL = Sizes(unet=int(2.36 * GIB), rest=int(0.2 * GIB), largest=int(0.1 * GIB), number=2)
RUNGS = rungs_of([512, 256])


def test_every_rung_of_a_size_needs_less_than_the_one_before():
    needs = [needed(rung, FULL) for rung in rungs_of([512])]
    assert needs == sorted(needs, reverse=True)
    assert needs[0] < 6 * GIB
    assert needs[2] < 4.5 * GIB
    assert needs[3] < 2 * GIB
    assert needed(RUNGS[4], FULL) < needed(RUNGS[0], FULL)


@pytest.mark.parametrize(("room", "rung"), [(80, 0), (7.4, 0), (4.8, 2), (3.0, 3), (0.2, 7)])
def test_a_card_begins_on_the_first_rung_that_fits(room, rung):
    assert first_fitting(RUNGS, FULL, int(room * GIB)) == rung


def test_more_windows_at_once_and_longer_numbers_need_more():
    rung = RUNGS[1]
    assert needed(rung, FULL, windows=2) > needed(rung, FULL)
    wide = Sizes(unet=FULL.unet, rest=FULL.rest, largest=FULL.largest, number=4)
    assert needed(rung, wide) > needed(rung, FULL)


def test_a_reserve_is_left_and_the_users_limit_is_kept():
    card = Room(free=8 * GIB, total=8 * GIB)
    assert usable(card, "cuda", 0) == pytest.approx(7.6 * GIB)
    assert usable(card, "cuda", 4 * GIB) == 4 * GIB
    assert usable(Room(free=0, total=8 * GIB), "cuda", 0) == 0
    large = Room(free=80 * GIB, total=80 * GIB)
    assert usable(large, "cuda", 0) == 79 * GIB


def test_sizes_are_those_of_the_networks_themselves():
    unet, vae, whisper = tiny_unet(), tiny_vae(), tiny_whisper()
    sizes = sizes_of(unet, vae, whisper, 4)
    assert sizes.unet >= sum(p.numel() * 4 for p in unet.parameters())
    assert 0 < sizes.largest < sizes.unet
    assert sizes.channels == (16, 8)


def test_rungs_say_what_they_are():
    assert RUNGS[0].words == "512 px, 4 frames at once through the VAE"
    assert "two passes" in RUNGS[2].words
    assert "one by one" in RUNGS[3].words


# devices


def test_the_processor_is_always_there_and_computes_in_single_precision():
    device = devices.choose_device("cpu")
    assert devices.dtype_of("auto", device) == torch.float32
    assert devices.name_of(torch.bfloat16) == "bf16"
    assert devices.title_of(device)
    assert devices.room_of(device).total > devices.room_of(device).free > 0
    devices.limit_memory(device, 0)
    devices.give_back(device)


@pytest.mark.parametrize("name", ["cuda:99", "99", "gpu", "cpu:1", "mps:2"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(name):
    with pytest.raises(InputError, match="this machine has") as caught:
        devices.choose_device(name)
    assert "cpu" in str(caught.value)


def test_half_precision_is_taken_where_it_is_asked_for():
    assert devices.dtype_of("fp16", torch.device("cpu")) == torch.float16
    assert devices.dtype_of("auto", torch.device("mps")) == torch.float16


def test_only_memory_errors_count_as_such():
    assert devices.is_out_of_memory(torch.OutOfMemoryError("x"))
    assert devices.is_out_of_memory(RuntimeError("MPS backend out of memory"))
    assert not devices.is_out_of_memory(RuntimeError("a shape is wrong"))

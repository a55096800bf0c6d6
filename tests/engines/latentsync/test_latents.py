"""Squares to latents and back: slices, chance that belongs to frames, the cache."""

import numpy as np
import pytest
import torch

from latentsync_studio.engines.latentsync.latents import (
    LatentCache,
    decode,
    encode,
    posterior_noise,
    redrawn,
    to_pixels,
)
from tests.engines.latentsync.tiny_models import tiny_vae


@pytest.fixture(scope="module")
def vae():
    return tiny_vae()


@pytest.fixture(scope="module")
def squares():
    return np.random.default_rng(3).integers(0, 256, (7, 64, 64, 3)).astype(np.uint8)


def test_bytes_become_numbers_around_zero():
    shades = np.array([0, 255, 127, 128], np.uint8).reshape(4, 1, 1, 1).repeat(3, axis=3)
    shades.flags.writeable = False
    pixels = to_pixels(shades)
    assert pixels.shape == (4, 3, 1, 1)
    assert pixels[:2, 0, 0, 0].tolist() == [-1, 1]
    assert float(pixels[2, 0, 0, 0]) == pytest.approx(-float(pixels[3, 0, 0, 0]), abs=1e-6)


@pytest.mark.parametrize("slice_size", [1, 3, 16])
def test_slices_equal_the_whole(vae, squares, slice_size):
    pixels = to_pixels(squares)
    noise = posterior_noise(1, range(7), "masked", 64)
    whole, sampled = (
        encode(vae, pixels, slice_size=7),
        encode(vae, pixels, slice_size=7, noise=noise),
    )
    assert torch.allclose(encode(vae, pixels, slice_size=slice_size), whole, atol=1e-5)
    part = encode(vae, pixels, slice_size=slice_size, noise=noise)
    assert torch.allclose(part, sampled, atol=1e-5)
    back = decode(vae, whole, slice_size=7)
    assert torch.allclose(decode(vae, whole, slice_size=slice_size), back, atol=1e-5)
    levels = redrawn(vae, whole, slice_size=slice_size).astype(int)
    assert np.abs(levels - redrawn(vae, whole, slice_size=7)).max() <= 1


def test_the_mode_is_scaled_and_a_sample_lies_around_it(vae, squares):
    pixels = to_pixels(squares[:2])
    with torch.no_grad():
        posterior = vae.encode(pixels).latent_dist
    mode = encode(vae, pixels, slice_size=2)
    assert mode.shape == (2, 4, 8, 8)
    assert torch.allclose(mode, 0.18215 * posterior.mode(), atol=1e-6)
    noise = posterior_noise(5, [8, 9], "reference", 64)
    found = encode(vae, pixels, slice_size=2, noise=noise)
    wanted = 0.18215 * (posterior.mean + posterior.std * noise)
    assert torch.allclose(found, wanted, atol=1e-6)


def test_what_was_encoded_is_decoded_by_the_same_scale(vae, squares):
    latents = encode(vae, to_pixels(squares[:2]), slice_size=1)
    with torch.no_grad():
        wanted = vae.decode(latents / 0.18215).sample
    pixels = decode(vae, latents, slice_size=1)
    assert torch.allclose(pixels, wanted, atol=1e-5)
    pictures = redrawn(vae, latents, slice_size=1)
    assert (pictures.shape, pictures.dtype) == ((2, 64, 64, 3), np.uint8)
    shades = (pixels.clamp(-1, 1) * 127.5 + 127.5).round().permute(0, 2, 3, 1).numpy()
    assert np.array_equal(pictures, shades.astype(np.uint8))


def test_chance_belongs_to_a_frame_and_not_to_an_order_of_work():
    all_of_them = posterior_noise(7, range(10, 20), "masked", 64)
    assert torch.equal(posterior_noise(7, [17, 12], "masked", 64), all_of_them[[7, 2]])
    assert not torch.equal(posterior_noise(8, [17], "masked", 64), all_of_them[[7]])
    assert not torch.equal(posterior_noise(7, [17], "reference", 64), all_of_them[[7]])
    assert abs(float(all_of_them.std()) - 1) < 0.05
    before = torch.get_rng_state()
    posterior_noise(7, [1], "masked", 64)
    assert torch.equal(torch.get_rng_state(), before)


class Maker:
    """Makes latents of 1 KiB and remembers of what."""

    def __init__(self, keys):
        self.keys = keys
        self.made = []

    def __call__(self, places):
        self.made += [self.keys[place] for place in places]
        return torch.stack([torch.full((4, 8, 8), float(self.keys[place])) for place in places])


def fetch(cache, keys):
    maker = Maker(keys)
    found = cache.fetch(keys, maker)
    assert found[:, 0, 0, 0].tolist() == keys
    return maker.made


def test_every_frame_is_made_once():
    cache = LatentCache(1 << 20)
    assert fetch(cache, [1, 2, 3, 2, 1]) == [1, 2, 3]
    assert fetch(cache, [3, 4, 3, 2]) == [4]
    assert cache.n_bytes == 4 * 1024
    cache.clear()
    assert cache.n_bytes == 0
    assert fetch(cache, [1]) == [1]


def test_the_least_recently_used_are_forgotten_within_the_limit():
    cache = LatentCache(3 * 1024 + 100)
    fetch(cache, [1, 2, 3])
    fetch(cache, [1])
    assert fetch(cache, [4]) == [4]
    assert cache.n_bytes == 3 * 1024
    assert fetch(cache, [1, 3, 4]) == []
    assert fetch(cache, [2]) == [2]
    assert fetch(cache, list(range(10, 30))) == list(range(10, 30))  # more than fit, in one go
    assert cache.n_bytes <= 3 * 1024 + 100


def test_without_room_nothing_is_held():
    cache = LatentCache(0)
    assert fetch(cache, [1, 1]) == [1]
    assert fetch(cache, [1]) == [1]
    assert cache.n_bytes == 0


def test_what_is_held_does_not_hold_on_to_what_was_made_with_it():
    cache = LatentCache(1 << 20)
    fetch(cache, [1, 2])
    assert all(held.untyped_storage().nbytes() == 1024 for held in cache._held.values())

"""LPIPS with random weights: the formula, step by step, and what its loader refuses."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.perceptual.loading import load_perceptual
from latentsync_studio.engines.perceptual.network import CHANNELS

CONVOLUTIONS = {0: (64, 3, 11, 11), 3: (192, 64, 5, 5), 6: (384, 192, 3, 3),
                8: (256, 384, 3, 3), 10: (256, 256, 3, 3)}  # fmt: skip
DENSE = {1: (4096, 9216), 4: (4096, 4096), 6: (1000, 4096)}


def backbone_state(seed=0):
    """Of torchvision's names and shapes; the classifier takes no room, as nobody runs it."""
    rng = torch.manual_seed(seed)
    state = {}
    for number, shape in CONVOLUTIONS.items():
        spread = (2 / np.prod(shape[1:])) ** 0.5
        state[f"features.{number}.weight"] = torch.randn(shape, generator=rng) * spread
        state[f"features.{number}.bias"] = 0.1 * torch.randn(shape[0], generator=rng)
    for number, shape in DENSE.items():
        state[f"classifier.{number}.weight"] = torch.zeros(1).expand(shape)
        state[f"classifier.{number}.bias"] = torch.zeros(1).expand(shape[0])
    return state


def head_state():
    rng = torch.manual_seed(1)
    return {
        f"lin{number}.model.1.weight": torch.rand(1, channels, 1, 1, generator=rng)
        for number, channels in enumerate(CHANNELS)
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lpips")
    torch.save(backbone_state(), folder / "alexnet-owt-7be5be79.pth")
    torch.save(head_state(), folder / "alex.pth", _use_new_zipfile_serialization=False)
    return folder / "alexnet-owt-7be5be79.pth", folder / "alex.pth"


@pytest.fixture(scope="module")
def network(files):
    return load_perceptual(*files)


@pytest.fixture(scope="module")
def pictures():
    rng = torch.manual_seed(3)
    one = torch.randint(0, 256, (2, 3, 96, 80), generator=rng)
    return one, (one + torch.randint(-40, 40, one.shape, generator=rng)).clamp(0, 255)


def distance(network, one, other):
    with torch.inference_mode():
        return network.distances(network.features(one), network.features(other))


def step_by_step(one, other):
    """The paper's formula on one pair, (3, H, W) of 0..255 each."""
    state, heads = backbone_state(), head_state()
    layers = []
    for picture in (one, other):
        shift, scale = torch.tensor([[-0.030, -0.088, -0.188], [0.458, 0.448, 0.450]])
        seen = ((picture / 127.5 - 1 - shift[:, None, None]) / scale[:, None, None])[None]
        taken = []
        for number in CONVOLUTIONS:
            options = {"stride": 4 if number == 0 else 1, "padding": {0: 2, 3: 2}.get(number, 1)}
            if number in {3, 6}:
                seen = functional.max_pool2d(seen, 3, 2)
            weight, bias = (state[f"features.{number}.{name}"] for name in ("weight", "bias"))
            seen = functional.conv2d(seen, weight, bias, **options).relu()
            taken.append(seen[0] / seen[0].norm(dim=0))
        layers.append(taken)
    total = 0.0
    for number, (a, b) in enumerate(zip(*layers, strict=True)):
        weights = heads[f"lin{number}.model.1.weight"][0, :, 0, 0]
        total += float(torch.einsum("chw,c->hw", (a - b) ** 2, weights).mean())
    return total


def test_the_formula_step_by_step_gives_the_same(network, pictures):
    one, other = pictures
    expected = [step_by_step(a.float(), b.float()) for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(distance(network, one, other), expected, rtol=1e-4)


def test_a_picture_against_itself_is_nothing_and_more_noise_is_more(network, pictures):
    one, other = pictures
    assert distance(network, one, one).tolist() == [0.0, 0.0]
    half = (one + other) // 2
    assert (distance(network, one, half) < distance(network, one, other)).all()
    np.testing.assert_allclose(distance(network, one, other), distance(network, other, one))


def test_what_is_loaded_has_no_classifier_and_does_not_learn(network):
    assert sum(each.numel() for each in network.backbone.parameters()) == 2_469_696
    assert not any(each.requires_grad for each in network.parameters())
    assert not network.training
    with pytest.raises(ValueError, match="40"):
        network.features(torch.zeros(1, 3, 40, 40))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda b, h: b.pop("classifier.6.bias"), "1 missing: classifier.6.bias"),
        (lambda b, h: b.update(more=torch.zeros(1)), "1 left over: more"),
        (lambda b, h: b["features.0.bias"].fill_(float("inf")), "no numbers"),
        (lambda b, h: h.pop("lin4.model.1.weight"), "heads of LPIPS"),
        (
            lambda b, h: h.update({"lin1.model.1.weight": torch.zeros(1, 128, 1, 1)}),
            "another shape",
        ),
        (lambda b, h: h["lin0.model.1.weight"].neg_(), "negative"),
    ],
)
def test_other_networks_are_refused_with_what_is_wrong(tmp_path, change, told):
    backbone, heads = backbone_state(), head_state()
    change(backbone, heads)
    torch.save(backbone, tmp_path / "a.pth")
    torch.save(heads, tmp_path / "b.pth")
    with pytest.raises(WeightsError, match=told):
        load_perceptual(tmp_path / "a.pth", tmp_path / "b.pth")

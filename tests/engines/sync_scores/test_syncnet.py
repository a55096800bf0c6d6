"""SyncNet itself with random weights: its size, its windows, and what its loader refuses."""

import collections

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.sync_scores.cepstrum import as_16_bit, cepstra
from latentsync_studio.engines.sync_scores.distances import mean_distances, score_of
from latentsync_studio.engines.sync_scores.loading import load_syncnet
from latentsync_studio.engines.sync_scores.network import PARAMETERS, SyncNet
from latentsync_studio.engines.sync_scores.streams import LipStream, sound_features, track_score


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return SyncNet().eval()


def state_of(network):
    """As old versions of torch store it: without counters."""
    whole = network.state_dict()
    return collections.OrderedDict((k, v) for k, v in whole.items() if "batches" not in k)


def test_it_has_the_published_number_of_parameters_in_the_published_places(network):
    assert sum(each.numel() for each in network.parameters()) == PARAMETERS == 13_631_616
    shapes = {name: tuple(each.shape) for name, each in network.state_dict().items()}
    assert shapes["netcnnlip.0.weight"] == (96, 3, 5, 7, 7)
    assert shapes["netcnnlip.18.weight"] == (512, 256, 1, 6, 6)
    assert shapes["netcnnaud.18.weight"] == (512, 256, 5, 4)
    assert shapes["netcnnaud.19.running_var"] == (512,)
    assert shapes["netfcaud.3.weight"] == shapes["netfclip.3.weight"] == (1024, 512)


def test_a_stretch_at_once_gives_what_its_windows_give(network):
    pictures = torch.randint(0, 256, (7, 3, 224, 224), generator=torch.manual_seed(1)).float()
    with torch.inference_mode():
        whole = network.lips(pictures)
        last = network.lips(pictures[2:])
    assert whole.shape == (3, 1024)
    np.testing.assert_allclose(last[0], whole[2], atol=1e-4)


def test_a_window_of_sound_is_twenty_cepstra_four_a_frame(network):
    rows = np.random.default_rng(0).standard_normal((40, 13))
    found = sound_features(network, rows, 6)
    assert found.shape == (6, 1024)
    one = torch.from_numpy(rows[20:40].T[None, None].astype(np.float32))
    with torch.inference_mode():
        np.testing.assert_allclose(network.sound(one)[0], found[5], atol=1e-5)


class Slow(nn.Module):
    """Stands for the network of lips where only the stream is tested: the mean of five pictures."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def lips(self, pictures):
        means = pictures.mean(dim=(1, 2, 3))
        return means.unfold(0, 5, 1).mean(dim=1)[:, None].expand(-1, 1024)


@pytest.mark.parametrize("count", [4, 5, 20, 21, 57])
def test_pictures_that_come_one_by_one_are_seen_in_windows_without_a_seam(count):
    stream = LipStream(Slow())
    for level in range(count):
        stream.add(np.full((224, 224, 3), 3 * level, np.uint8))
    expected = 3 * (np.arange(max(count - 4, 0)) + 2)
    np.testing.assert_allclose(stream.features()[:, 0], expected, rtol=1e-6)
    assert stream.frames == count


def test_a_track_is_scored_over_the_windows_that_both_have(network):
    rng = np.random.default_rng(5)
    lips = LipStream(network)
    for _ in range(9):
        lips.add(rng.integers(0, 256, (224, 224, 3), np.uint8))
    pcm = (0.2 * rng.standard_normal(16_000)).astype(np.float32)
    sound = sound_features(network, cepstra(as_16_bit(pcm[: 9 * 640])), 4)
    expected = score_of(mean_distances(lips.features()[:4], sound))
    assert track_score(network, lips, pcm) == expected
    assert track_score(network, lips, pcm[: 5 * 640 + 639]) is None
    assert track_score(network, lips, pcm[:0]) is None


def test_the_published_form_and_its_conversion_load_to_the_same(network, tmp_path):
    old, new = tmp_path / "syncnet_v2.model", tmp_path / "syncnet_v2.safetensors"
    torch.save(state_of(network), old, _use_new_zipfile_serialization=False)
    save_file(dict(state_of(network)), new)
    for path in (old, new):
        loaded = load_syncnet(path)
        assert not loaded.training
        assert not any(each.requires_grad for each in loaded.parameters())
        for name, tensor in network.state_dict().items():
            assert torch.equal(loaded.state_dict()[name], tensor), name


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.pop("netfclip.3.bias"), "1 missing: netfclip.3.bias"),
        (lambda s: s.update(more=torch.zeros(1)), "1 left over: more"),
        (lambda s: s.update({"netfcaud.0.bias": torch.zeros(256)}), "1 of another shape"),
        (lambda s: s["netfclip.0.bias"].fill_(float("nan")), "no numbers"),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_what_is_wrong(network, tmp_path, change, told):
    state = {name: tensor.clone() for name, tensor in state_of(network).items()}
    change(state)
    path = tmp_path / "syncnet_v2.safetensors"
    save_file(state, path)
    with pytest.raises(WeightsError, match=told):
        load_syncnet(path)


def test_a_file_that_holds_code_is_not_opened(network, tmp_path):
    path = tmp_path / "syncnet_v2.model"
    torch.save(network.netfclip, path)
    with pytest.raises(WeightsError, match="could run code"):
        load_syncnet(path)

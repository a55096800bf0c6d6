"""A set of weights is loaded whole, and its parts have to go together."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.weights import MissingWeights, WeightsError
from latentsync_studio.engines.latentsync.models import load_models
from latentsync_studio.services.weights import find_weights, settle
from tests.engines.latentsync.tiny import tiny_unet
from tests.engines.latentsync.tiny_models import WIDTH
from tests.engines.latentsync.weight_files import (
    write_tiny_set,
    write_tiny_vae,
    write_tiny_whisper,
)

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_tiny_set(tmp_path_factory.mktemp("made"), 3)


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "weights of a test, ü")


def test_a_whole_set_is_loaded_with_its_digest_and_without_the_network(folder, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was used"))
    found = settle(find_weights("latentsync", folder), CallbackProgress())
    models = load_models(found, CPU, torch.float32)
    assert models.resolution == 64
    assert models.is_test
    assert len(models.digest) == 64
    made = tiny_unet(3, cross_attention_dim=WIDTH).state_dict()
    for name, tensor in models.unet.state_dict().items():
        assert torch.equal(tensor, made[name])


def test_half_precision_is_half_precision_in_every_part(folder):
    models = load_models(find_weights("latentsync", folder), CPU, torch.bfloat16)
    for model in (models.unet, models.vae, models.whisper):
        assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}


def test_the_digest_is_that_of_the_contents_wherever_they_lie(folder, tmp_path):
    before = settle(find_weights("latentsync", folder), CallbackProgress()).digest
    shutil.copytree(folder, tmp_path / "copy")
    copied = settle(find_weights("latentsync", tmp_path / "copy"), CallbackProgress())
    assert copied.digest == before
    write_tiny_vae(folder / "vae", 9)
    after = settle(find_weights("latentsync", folder), CallbackProgress()).digest
    assert after != before


def test_a_speech_encoder_of_another_width_does_not_go_with_the_unet(folder):
    write_tiny_whisper(folder / "whisper", 0, width=32)
    with pytest.raises(WeightsError, match=r"hears states 16 wide.*tells 32"):
        load_models(find_weights("latentsync", folder), CPU, torch.float32)


def test_weights_do_not_work_at_a_resolution_they_were_not_trained_at(folder):
    found = find_weights("latentsync", folder)
    with pytest.raises(WeightsError, match="says 64 px, but 128 px"):
        load_models(replace(found, resolution=128), CPU, torch.float32)
    refused = find_weights("latentsync", folder, resolution=128)
    assert isinstance(refused, MissingWeights)
    assert "trained at 64 px; 128 px are asked for" in refused.text()


def test_a_config_that_was_changed_by_hand_is_refused(folder):
    config = folder / "unet" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_bytes()), "resolution": 128}))
    with pytest.raises(WeightsError, match="a resolution of 128 px"):
        load_models(find_weights("latentsync", folder), CPU, torch.float32)

"""Weights as use cases: found, settled with their digest, listed, and told where to put them."""

import shutil
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from latentsync_studio.core.errors import UnknownNameError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.weights import MissingWeights, MissingWeightsError, WeightsError
from latentsync_studio.services.weights import (
    find_model,
    find_weights,
    list_models,
    model_path,
    settle,
    verify_models,
)
from latentsync_studio.services.weights_change import fetch_models
from latentsync_studio.storage.weights import cards
from latentsync_studio.storage.weights.fetching import FetchError
from tests.storage.weights.hub_server import hub_server
from tests.storage.weights.weight_stubs import TENSORS, config, saved, test_set, unet

NOTHING = CallbackProgress()


@pytest.fixture
def small(monkeypatch):
    """Publish small files: every card's weights have 1000 bytes, and nobody knows their digests."""
    changed = []
    for size, card in enumerate(cards.CARDS, start=1_000):
        files = tuple(
            msgspec.structs.replace(
                file, size=size if file.name != "config.json" else None, sha256=""
            )
            for file in card.files
        )
        changed.append(msgspec.structs.replace(card, files=files, accepted=()))
    monkeypatch.setattr(cards, "CARDS", tuple(changed))
    return {card.id: card.files[0].size for card in changed}


@pytest.fixture
def models(own_data_home, small):
    """A usable set in the program's own folder."""
    folder = own_data_home / "models"
    unet(folder / "latentsync-1.6" / "unet", 512, model="latentsync-1.6")
    vae = folder / "sd-vae-ft-mse"
    config(vae / "config.json", scaling_factor=0.18215)
    (vae / TENSORS).write_bytes(small_tensors(small["sd-vae-ft-mse"]))
    saved(folder / "whisper-tiny" / "whisper" / "tiny.pt", small["whisper-tiny"])
    return folder


def small_tensors(size):
    header = f'{{"w":{{"dtype":"U8","shape":[{size - 108}],"data_offsets":[0,{size - 108}]}}}}'
    return (100).to_bytes(8, "little") + header.encode().ljust(100) + bytes(size - 108)


def test_only_engines_that_need_weights_are_asked_for():
    with pytest.raises(UnknownNameError):
        find_weights("mouthbank")


def test_a_home_without_weights_is_left_as_it_was(own_data_home):
    assert isinstance(find_weights("latentsync"), MissingWeights)
    assert isinstance(find_model("syncnet-v2"), MissingWeights)
    assert {row.state for row in list_models()} == {"missing"}
    assert list(own_data_home.iterdir()) == []


def test_a_set_in_the_data_folder_is_found_and_settled(models):
    found = find_weights("latentsync")
    assert found.resolution == 512
    assert not found.is_test
    settled = settle(found, NOTHING)
    assert len(settled.digest) == 64
    assert settle(find_weights("latentsync"), NOTHING) == settled


def test_a_file_that_changed_since_it_was_first_used_stops_the_work(models):
    settle(find_weights("latentsync"), NOTHING)
    path = models / "whisper-tiny" / "whisper" / "tiny.pt"
    data = bytearray(path.read_bytes())
    data[500] = 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="has changed") as refused:
        settle(find_weights("latentsync"), NOTHING)
    assert refused.value.code == "weights-mismatch"
    assert "models verify --accept" in refused.value.remedy
    verify_models(["whisper-tiny"], NOTHING, accept=True)
    settle(find_weights("latentsync"), NOTHING)


def test_weights_of_ones_own_may_be_trained_further(models, tmp_path):
    unet(tmp_path / "mine" / "unet", 256)
    digests = set()
    for fill in (b"1", b"2"):
        path = tmp_path / "mine" / "unet" / TENSORS
        path.write_bytes(path.read_bytes()[:-1] + fill)
        digests.add(settle(find_weights("latentsync", tmp_path / "mine"), NOTHING).digest)
    assert len(digests) == 2


def test_test_weights_say_so_in_every_report(tmp_path):
    folder = test_set(tmp_path / "set")
    found = find_weights("latentsync", folder)
    assert found.is_test
    rows = [row for row in list_models(folder) if row.origin]
    assert [row.state for row in rows] == ["test weights"] * 3
    verdicts, unusable = verify_models([], NOTHING, folder=folder)
    assert {each.verdict for each in verdicts} == {"test"}
    assert not unusable


def test_the_list_tells_what_is_wrong_with_what_is_there(models, small, tmp_path):
    (models / "whisper-tiny" / "whisper" / "tiny.pt").write_bytes(b"<html>")
    rows = {row.id: row for row in list_models()}
    assert rows["latentsync-1.6"].state == "found"
    assert rows["latentsync-1.5"].state == "missing"
    assert rows["whisper-tiny"].state == "mismatch"
    assert "a web page" in rows["whisper-tiny"].detail
    _, unusable = verify_models([], NOTHING)
    assert len(unusable) == 1


def test_verifying_what_is_not_here_is_an_error_that_says_where_to_get_it(own_data_home):
    with pytest.raises(MissingWeightsError, match=r"syncnet_v2\.model"):
        verify_models(["syncnet-v2"], NOTHING)
    with pytest.raises(UnknownNameError):
        verify_models(["syncnet"], NOTHING)


def test_a_model_that_only_measures_is_found_by_its_id(models, small):
    path = models / "syncnet-v2" / "auxiliary" / "syncnet_v2.model"
    saved(path, small["syncnet-v2"])
    assert find_model("syncnet-v2").weights == path
    assert model_path("syncnet-v2") == path


def test_the_place_of_a_model_is_told_before_it_is_there(own_data_home):
    assert model_path(None) == own_data_home / "models"
    expected = own_data_home / "models" / "latentsync-1.6" / "latentsync_unet.pt"
    assert model_path("latentsync-1.6") == expected


@pytest.fixture
def hub(small, monkeypatch):
    """A Hub that serves the small files of two models."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with hub_server() as server:
        for card in cards.CARDS:
            for file in card.files:
                content = b"PK" + bytes(file.size - 2) if file.size else b"{}"
                server.files[f"{card.repository}/resolve/{card.revision}/{file.name}"] = content
        yield server


def test_models_are_fetched_once_noted_and_found(hub, own_data_home):
    ids = ["sd-vae-ft-mse", "whisper-tiny"]
    done = fetch_models(ids, NOTHING, endpoint=hub.endpoint)
    assert [each.state for each in done] == ["fetched"] * 3
    for each in done:
        assert each.sha256 == sha256(Path(each.file).read_bytes()).hexdigest()
    asked = len(hub.asked)
    again = fetch_models(ids, NOTHING, endpoint=hub.endpoint)
    assert [each.state for each in again] == ["already here"] * 3
    assert len(hub.asked) == asked


def test_a_unet_that_was_converted_is_not_fetched_again(hub, own_data_home, monkeypatch):
    digest = "1" * 64
    changed = []
    for card in cards.CARDS:
        if card.id == "latentsync-1.5":
            files = (msgspec.structs.replace(card.files[0], sha256=digest),)
            card = msgspec.structs.replace(card, files=files)  # noqa: PLW2901
        changed.append(card)
    monkeypatch.setattr(cards, "CARDS", tuple(changed))
    folder = own_data_home / "models" / "latentsync-1.5" / "unet"
    unet(folder, 256, source_sha256=digest)
    (done,) = fetch_models(["latentsync-1.5"], NOTHING, endpoint=hub.endpoint)
    assert (done.state, done.file) == ("converted before", str(folder / TENSORS))
    assert not hub.asked


def test_a_file_that_the_hub_changed_since_the_first_fetch_is_told(hub, own_data_home):
    fetch_models(["whisper-tiny"], NOTHING, endpoint=hub.endpoint)
    shutil.rmtree(own_data_home / "models")
    (path,) = [name for name in hub.files if name.endswith("tiny.pt")]
    hub.files[path] = hub.files[path][:-1] + b"!"
    with pytest.raises(WeightsError, match="arrived with the SHA-256"):
        fetch_models(["whisper-tiny"], NOTHING, endpoint=hub.endpoint)


def test_a_damaged_file_is_fetched_anew(hub, own_data_home):
    (done,) = fetch_models(["whisper-tiny"], NOTHING, endpoint=hub.endpoint)
    Path(done.file).write_bytes(b"PK")
    (done,) = fetch_models(["whisper-tiny"], NOTHING, endpoint=hub.endpoint)
    assert done.state == "fetched"


def test_offline_all_missing_files_are_told_with_their_places(own_data_home, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FetchError) as refused:
        fetch_models(["latentsync-1.5", "sd-vae-ft-mse"], NOTHING)
    text = str(refused.value)
    for name in ("latentsync-1.5/latentsync_unet.pt", "sd-vae-ft-mse/config.json"):
        assert str(own_data_home / "models" / name) in text
    assert TENSORS in text
    assert "put them there" in refused.value.remedy

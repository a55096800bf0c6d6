"""Weights that only measure: found by name and size, brought by users, refused when damaged."""

import pytest

from latentsync_studio.core.errors import UnknownNameError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.weights import MissingWeightsError, WeightsError
from latentsync_studio.services.weights import list_models, model_path, usable_model
from latentsync_studio.services.weights_change import fetch_models
from latentsync_studio.storage.weights.cards import CARDS, card, url_of
from latentsync_studio.storage.weights.headers import DamagedWeightsError, check_weights
from tests.storage.weights.weight_stubs import published, safetensors, saved

BROUGHT = ("lpips-alex", "alexnet", "sface")


def onnx(path, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(b"\x08\x07")
        file.truncate(size)
    return path


@pytest.fixture
def models(own_data_home):
    return own_data_home / "models"


def test_every_measure_that_needs_weights_names_cards_that_exist():
    from latentsync_studio.core.quality.measures import MEASURES
    from latentsync_studio.services.quality.weighted import GROUPS

    needed = {each.id: each.needs for each in MEASURES if each.needs}
    made = {name: group.models for group in GROUPS.values() for name in group.measures}
    assert set(needed) == set(made)
    for measure, model in needed.items():
        assert model in made[measure]
        for each in made[measure]:
            assert card(each).files


@pytest.mark.parametrize(
    "name", ["auxiliary/syncnet_v2.model", "syncnet_v2.model", "syncnet-v2/syncnet_v2.model"]
)
def test_syncnet_is_found_where_it_is_published_and_beside_everything_else(models, name):
    path = published("syncnet-v2", models, name)
    assert usable_model("syncnet-v2").weights == path == model_path("syncnet-v2")
    assert [row.state for row in list_models() if row.id == "syncnet-v2"] == ["found"]


def test_a_conversion_of_syncnet_is_known_by_its_name(models, tmp_path):
    path = safetensors(models / "syncnet-v2" / "syncnet_v2.safetensors", 4_000)
    assert usable_model("syncnet-v2").weights == path
    chosen = safetensors(tmp_path / "mine" / "syncnet_v2.safetensors", 5_000)
    assert usable_model("syncnet-v2", tmp_path / "mine").weights == chosen


def test_what_users_bring_is_found_in_its_folder_and_never_fetched(models, own_data_home):
    for model in BROUGHT:
        with pytest.raises(MissingWeightsError) as caught:
            fetch_models([model], CallbackProgress(), home=own_data_home)
        assert url_of(card(model), card(model).files[0].name) in str(caught.value)
        assert str(models / model) in str(caught.value)
    rows = {row.id: row for row in list_models()}
    assert all(rows[model].detail.startswith("Load https://") for model in BROUGHT)
    published("lpips-alex", models / "lpips-alex")
    published("alexnet", models / "alexnet")
    sface = onnx(models / "sface" / card("sface").files[0].name, card("sface").files[0].size)
    assert usable_model("sface").weights == sface
    assert usable_model("lpips-alex").weights == models / "lpips-alex" / "alex.pth"
    assert usable_model("alexnet").weights.parent == models / "alexnet"


def test_what_is_not_what_it_should_be_is_told_instead_of_missing(models):
    saved(models / "syncnet-v2" / "auxiliary" / "syncnet_v2.model", 1_000)
    with pytest.raises(WeightsError, match=r"has 1,000 bytes; SyncNet v2 .* has 54,573,114"):
        usable_model("syncnet-v2")
    with pytest.raises(UnknownNameError):
        usable_model("syncnet")


def test_a_web_page_is_no_onnx_file(tmp_path):
    page = tmp_path / "face.onnx"
    page.write_bytes(b"<html>")
    with pytest.raises(DamagedWeightsError, match="web page"):
        check_weights(page)
    page.write_bytes(b"PK\3\4")
    with pytest.raises(DamagedWeightsError, match="no ONNX"):
        check_weights(page)
    check_weights(onnx(page, 100))


def test_cards_of_other_places_than_the_hub_say_where(models):
    for each in CARDS:
        assert bool(each.repository) != bool(each.source)
        assert url_of(each, each.files[0].name).startswith("https://")

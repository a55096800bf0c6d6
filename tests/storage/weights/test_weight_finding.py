"""Weights are found in one order, and what is wrong with them is told, not passed over."""

import pytest

from latentsync_studio.storage.weights.cards import card
from latentsync_studio.storage.weights.finding import Search, complete, find_part, find_parts
from latentsync_studio.storage.weights.missing import describe_missing
from tests.storage.weights.weight_stubs import (
    TENSORS,
    config,
    hub_file,
    published,
    safetensors,
    saved,
    test_set,
    unet,
)

KNOWN_16 = card("latentsync-1.6").files[0].sha256


@pytest.fixture
def search(tmp_path):
    """Where to look, in a machine without weights."""

    def made(folder=None, **changes):
        places = {"models": tmp_path / "models", "hub_cache": tmp_path / "hub", "folder": folder}
        return Search(**{**places, **changes})

    return made


def look(search):
    parts, note = find_parts(search)
    return complete(parts) or describe_missing("latentsync", parts, search, note)


def problem(search, role="unet"):
    """The one reason why a part is not used."""
    found = find_part(role, search)
    assert found.model is None
    ((message, remedy),) = found.problems
    return f"{message} {remedy}"


def fill_models(models):
    """Put a usable real set into the program's own folder; return it."""
    unet(models / "latentsync-1.6" / "unet", 512, model="latentsync-1.6", source_sha256=KNOWN_16)
    published("sd-vae-ft-mse", models / "sd-vae-ft-mse")
    published("whisper-tiny", models / "whisper-tiny")
    return models


def test_a_machine_without_weights_is_told_every_file_its_size_license_and_place(search, tmp_path):
    told = look(search())
    assert [file.name for file in told.files] == [
        "latentsync_unet.pt",
        TENSORS,
        "config.json",
        "whisper/tiny.pt",
    ]
    text = told.text()
    for part in (
        "4 files, 5.5 GB",
        "latentsync_unet.pt, 5.1 GB, license OpenRAIL++-M",
        f"-> {tmp_path / 'models' / 'latentsync-1.6' / 'latentsync_unet.pt'}",
        "https://huggingface.co/stabilityai/sd-vae-ft-mse/resolve/",
        "license MIT: results may be used commercially",
    ):
        assert part in text
    assert "models fetch latentsync-1.6 sd-vae-ft-mse whisper-tiny" in told.remedy
    assert "--engine mouthbank works now" in told.remedy
    error = told.error()
    assert error.code == "weights-missing"
    assert str(error) == text


def test_files_for_a_chosen_folder_are_to_be_put_there(search, tmp_path):
    chosen = tmp_path / "meine Gewichte ü"
    told = look(search(chosen, resolution=256))
    places = {file.name: file.place for file in told.files}
    assert places["latentsync_unet.pt"] == str(chosen / "latentsync_unet.pt")
    assert places["config.json"] == str(chosen / "vae" / "config.json")
    assert places["whisper/tiny.pt"] == str(chosen / "whisper" / "tiny.pt")
    assert told.files[0].model == "latentsync-1.5"
    assert f"{chosen} is no folder." in told.text()
    assert told.remedy.startswith("Put them there, or choose no folder and get them with")


def test_a_chosen_folder_with_nothing_in_it_is_not_passed_over(search, tmp_path):
    fill_models(tmp_path / "models")
    assert look(search()).resolution == 512
    (tmp_path / "empty").mkdir()
    assert (
        f"{tmp_path / 'empty'} holds none of these files."
        in look(search(tmp_path / "empty")).text()
    )


def test_a_file_that_may_not_be_looked_at_is_told(search, tmp_path):
    chosen = tmp_path / ("a" * 300)  # no file system has such a name; any other refusal is alike
    assert "cannot be read: File name too long" in look(search(chosen)).text()


@pytest.mark.parametrize("below", [".", "checkpoints"])
def test_a_chosen_folder_comes_first_also_in_its_authors_layout(search, tmp_path, below):
    fill_models(tmp_path / "models")
    test_set(tmp_path / "ein Ordner" / below)
    found = look(search(tmp_path / "ein Ordner"))
    assert {model.origin for model in found.models} == {"chosen folder"}
    assert found.is_test
    assert found.resolution == 64


def test_the_programs_folder_may_be_copied_and_chosen_elsewhere(search, tmp_path):
    copied = fill_models(tmp_path / "copy")
    found = look(search(copied))
    assert [model.card for model in found.models] == [
        "latentsync-1.6",
        "sd-vae-ft-mse",
        "whisper-tiny",
    ]
    assert not found.is_test


def test_parts_that_a_chosen_folder_lacks_come_from_the_other_places(search, tmp_path):
    fill_models(tmp_path / "models")
    unet(tmp_path / "chosen" / "unet", 256)
    found = look(search(tmp_path / "chosen"))
    assert [model.origin for model in found.models] == [
        "chosen folder",
        "data folder",
        "data folder",
    ]
    assert (found.unet.card, found.resolution) == ("", 256)


def test_the_hub_cache_comes_last_and_is_read_as_it_lies(search, tmp_path):
    cache = tmp_path / "hub"
    vae = card("sd-vae-ft-mse")
    hub_file(cache, vae.repository, published(vae.id, tmp_path), "0" * 40)
    hub_file(cache, vae.repository, config(tmp_path / "config.json", a=1), "0" * 40)
    found = find_part("vae", search()).model
    assert (found.origin, found.card) == ("hub cache", "sd-vae-ft-mse")
    assert found.config is not None
    fill_models(tmp_path / "models")
    assert find_part("vae", search()).model.origin == "data folder"


def test_a_hub_cache_without_a_main_branch_is_read_at_the_published_commit(search, tmp_path):
    tiny = card("whisper-tiny-hf")
    for file in (published(tiny.id, tmp_path), config(tmp_path / "config.json")):
        hub_file(tmp_path / "hub", tiny.repository, file, tiny.revision, ref="pr")
    assert find_part("whisper", search()).model.form == "transformers"


def test_a_published_unet_in_the_hub_cache_waits_for_conversion(search, tmp_path):
    model = card("latentsync-1.5")
    file = published(model.id, tmp_path)
    hub_file(tmp_path / "hub", model.repository, file, model.revision)
    told = look(search())
    assert "is not converted yet" in told.text()
    assert "models convert latentsync-1.5" in told.remedy
    assert "latentsync_unet.pt" not in [each.name for each in told.files]


def test_what_is_damaged_in_a_chosen_folder_is_not_replaced_by_something_else(search, tmp_path):
    fill_models(tmp_path / "models")
    chosen = test_set(tmp_path / "chosen")
    path = chosen / "vae" / TENSORS
    path.write_bytes(path.read_bytes()[:-1])
    told = look(search(chosen))
    assert "cut off after 199 of 200 bytes" in told.text()
    assert told.problems


def test_what_is_damaged_in_the_programs_folder_is_told_too(search, tmp_path):
    models = fill_models(tmp_path / "models")
    with (models / "sd-vae-ft-mse" / TENSORS).open("r+b") as file:
        file.truncate(1_000_000)
    assert "cut off after 1,000,000 of 334,643,276 bytes" in problem(search(), "vae")


def test_an_unconverted_unet_in_a_chosen_folder_does_not_give_way(search, tmp_path):
    fill_models(tmp_path / "models")
    chosen = tmp_path / "chosen"
    saved(chosen / "latentsync_unet.pt")
    told = look(search(chosen))
    assert f'models convert "{chosen / "latentsync_unet.pt"}"' in told.remedy
    assert told.reason.endswith("must be converted once before they are used:")


def test_the_conversion_of_the_very_same_file_is_used_instead_of_it(search, tmp_path):
    fill_models(tmp_path / "models")
    path = published("latentsync-1.6", tmp_path / "chosen")
    recalled = {path: KNOWN_16}
    assert look(search(path.parent, recalled=recalled.get)).unet.origin == "data folder"
    told = look(search(path.parent, recalled={path: "0" * 64}.get))
    assert "is not converted yet" in told.text()
    told = look(search(path.parent, recalled=recalled.get, resolution=256))
    assert "is not converted yet" in told.text()


def test_a_unet_that_is_not_converted_does_not_hide_one_that_is(search, tmp_path):
    models = fill_models(tmp_path / "models")
    published("latentsync-1.6", models / "latentsync-1.6")
    unet(models / "latentsync-1.5" / "unet", 256, model="latentsync-1.5")
    assert look(search()).resolution == 512
    assert look(search(resolution=256)).resolution == 256
    (models / "latentsync-1.6" / "unet" / TENSORS).unlink()
    assert look(search()).resolution == 256
    assert "is not converted yet" in look(search(resolution=512)).text()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"resolution": 512, "model": "latentsync-1.5"}, "LatentSync 1.5, which were trained at"),
        ({"resolution": 256, "source_sha256": KNOWN_16}, "LatentSync 1.6, which were trained at"),
        ({"resolution": 304}, "exists for 256 and 512 px"),
        ({}, "does not say which resolution"),
        ({"resolution": True}, "does not say which resolution"),
        ({"resolution": "512"}, "does not say which resolution"),
    ],
)
def test_weights_and_config_that_contradict_each_other_are_refused(
    search, tmp_path, fields, reason
):
    config(tmp_path / "unet" / "config.json", **fields)
    safetensors(tmp_path / "unet" / TENSORS)
    assert reason in problem(search(tmp_path))


def test_a_unet_without_its_config_cannot_be_told(search, tmp_path):
    safetensors(tmp_path / "unet" / TENSORS)
    assert "no config.json" in problem(search(tmp_path))


def test_a_model_in_the_folder_of_another_one_is_refused(search, tmp_path):
    models = tmp_path / "models"
    unet(models / "latentsync-1.5" / "unet", 512, source_sha256=KNOWN_16)
    assert "it holds LatentSync 1.6" in problem(search())
    saved(models / "whisper-tiny" / "whisper" / "tiny.pt", 1_000)
    assert "has 1,000 bytes; Whisper tiny" in problem(search(), "whisper")


def test_the_published_unets_are_told_apart_by_their_sizes(search, tmp_path):
    published("latentsync-1.5", tmp_path / "chosen")
    found = find_part("unet", search(tmp_path / "chosen"))
    assert [(each.card, each.resolution) for each in found.waiting] == [("latentsync-1.5", 256)]

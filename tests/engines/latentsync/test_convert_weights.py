"""A published U-Net is converted once, as what it is, and never by halves."""

import json
import os
import shutil
import signal
import threading
from hashlib import sha256
from pathlib import Path
from threading import Event

import msgspec
import pytest
import torch

from latentsync_studio.core.errors import (
    Cancelled,
    DiskFullError,
    InputError,
    MissingFileError,
    StorageError,
)
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.weights import MissingWeightsError, WeightsError
from latentsync_studio.engines.latentsync.checkpoint import load_unet
from latentsync_studio.services.weights import find_weights, list_models
from latentsync_studio.services.weights_change import convert_checkpoint
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.weights import cards
from tests.engines.latentsync.tiny import tiny_config, tiny_unet
from tests.engines.latentsync.tiny_models import WIDTH
from tests.engines.latentsync.weight_files import write_tiny_checkpoint
from tests.storage.faulty_files import in_child
from tests.storage.weights.weight_stubs import TENSORS

NETWORK = tiny_config(cross_attention_dim=WIDTH)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_tiny_checkpoint(tmp_path_factory.mktemp("made") / "latentsync_unet.pt", 6)


@pytest.fixture
def checkpoint(made, tmp_path):
    """A U-Net in its authors' layout, in a folder with a difficult name."""
    folder = tmp_path / "heruntergeladen 1.6 ü"
    folder.mkdir()
    return Path(shutil.copy(made, folder))


@pytest.fixture
def known_as(checkpoint, monkeypatch):
    """Publish the checkpoint as the file of a card."""

    def publish(model):
        digest = sha256(checkpoint.read_bytes()).hexdigest()
        size = checkpoint.stat().st_size
        changed = []
        for card in cards.CARDS:
            if card.id == model:
                file = msgspec.structs.replace(card.files[0], sha256=digest, size=size)
                card = msgspec.structs.replace(card, files=(file,))  # noqa: PLW2901
            changed.append(card)
        monkeypatch.setattr(cards, "CARDS", tuple(changed))

    return publish


def convert(source, resolution=64, progress=None, **options):
    return convert_checkpoint(
        str(source),
        progress or CallbackProgress(),
        resolution=resolution,
        network=NETWORK,
        **options,
    )


def test_the_conversion_computes_what_the_published_numbers_do(checkpoint):
    done = convert(checkpoint)
    folder = checkpoint.parent / "unet"
    assert (done.folder, done.model, done.state) == (str(folder), "", "converted")
    assert done.source_sha256 == sha256(checkpoint.read_bytes()).hexdigest()
    unet, made = load_unet(folder, CPU, torch.float32), tiny_unet(6, cross_attention_dim=WIDTH)
    generator = torch.Generator().manual_seed(0)
    sample = torch.randn(1, 13, 2, 8, 8, generator=generator)
    heard = torch.randn(2, 50, WIDTH, generator=generator)
    with torch.inference_mode():
        assert torch.equal(unet(sample, 1, heard).sample, made(sample, 1, heard).sample)
    config = json.loads((folder / "config.json").read_bytes())
    assert (config["resolution"], config["test"]) == (64, True)
    assert not find_weights("latentsync", checkpoint.parent).problems  # the others are missing


def test_a_second_conversion_finds_the_first(checkpoint):
    convert(checkpoint)
    before = (checkpoint.parent / "unet" / TENSORS).stat()
    assert convert(checkpoint.parent).state == "already here"
    assert (checkpoint.parent / "unet" / TENSORS).stat().st_ino == before.st_ino


def test_a_conversion_of_other_weights_or_a_damaged_one_is_made_anew(checkpoint):
    convert(checkpoint)
    tensors = checkpoint.parent / "unet" / TENSORS
    tensors.write_bytes(tensors.read_bytes()[:-1])
    assert convert(checkpoint).state == "converted"
    config = tensors.with_name("config.json")
    config.write_text(json.dumps({**json.loads(config.read_bytes()), "source_sha256": "0" * 64}))
    assert convert(checkpoint).state == "converted"


def test_a_folder_with_something_else_in_it_is_not_replaced(checkpoint, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-mother.txt").write_text("dear")
    with pytest.raises(InputError, match="is no converted U-Net"):
        convert(checkpoint, output=tmp_path / "letters")
    assert (tmp_path / "letters" / "to-mother.txt").exists()


def test_weights_that_nobody_knows_need_a_word_on_their_resolution(checkpoint):
    with pytest.raises(WeightsError, match="whether it works at 256 or at 512 px") as refused:
        convert(checkpoint, None)
    assert "--resolution 256" in refused.value.remedy
    with pytest.raises(InputError, match="no model for 300 px"):
        convert_checkpoint(str(checkpoint), CallbackProgress(), resolution=300)


def test_the_published_weights_are_known_by_their_digest(checkpoint, known_as, own_data_home):
    known_as("latentsync-1.5")
    done = convert_checkpoint(str(checkpoint), CallbackProgress(), network=NETWORK)
    assert (done.model, done.resolution) == ("latentsync-1.5", 256)
    assert done.folder == str(own_data_home / "models" / "latentsync-1.5" / "unet")


def test_published_weights_are_not_converted_for_a_resolution_they_do_not_know(
    checkpoint, known_as
):
    known_as("latentsync-1.5")
    with pytest.raises(WeightsError, match=r"LatentSync 1\.5, which were trained at 256 px"):
        convert(checkpoint, 512)
    known_as("latentsync-1.6")
    with pytest.raises(WeightsError, match=r"LatentSync 1\.6, which were trained at 512 px"):
        convert(checkpoint, 256)
    assert not (checkpoint.parent / "unet").exists()


def test_a_model_that_needs_no_conversion_is_told(checkpoint, known_as):
    known_as("whisper-tiny")
    with pytest.raises(WeightsError, match="it is used as it is"):
        convert(checkpoint)


def test_weights_of_the_first_version_are_refused_by_name(checkpoint):
    held = torch.load(checkpoint, weights_only=True)
    state = {name: t for name, t in held["state_dict"].items() if "motion_modules" not in name}
    torch.save({"state_dict": state}, checkpoint)
    with pytest.raises(WeightsError, match=r"LatentSync 1\.0"):
        convert(checkpoint)
    assert [path.name for path in checkpoint.parent.iterdir()] == [checkpoint.name]


def test_a_missing_source_is_told(tmp_path):
    with pytest.raises(MissingFileError, match="no file"):
        convert(tmp_path / "none.pt")
    with pytest.raises(InputError, match=r"no latentsync_unet\.pt in"):
        convert(tmp_path)
    with pytest.raises(MissingWeightsError, match="is not on this machine"):
        convert("latentsync-1.6")


def test_a_file_that_is_cut_off_is_refused_before_it_is_opened(checkpoint):
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="cut off"):
        convert(checkpoint)


def test_the_list_tells_that_a_published_file_is_no_longer_needed(
    checkpoint, known_as, own_data_home
):
    known_as("latentsync-1.5")
    models = own_data_home / "models" / "latentsync-1.5"
    models.mkdir(parents=True)
    shutil.copy(checkpoint, models)
    rows = {row.where: row for row in list_models()}
    assert rows[str(models / "latentsync_unet.pt")].state == "not converted"
    done = convert_checkpoint("latentsync-1.5", CallbackProgress(), network=NETWORK)
    config = models / "unet" / "config.json"
    held = json.loads(config.read_bytes())
    config.write_text(json.dumps({**held, "test": False}))  # as a real one says of itself
    rows = {row.where: row for row in list_models()}
    assert rows[str(models / "latentsync_unet.pt")].state == "converted"
    assert rows[f"{done.folder}/{TENSORS}"].state == "found"


def test_a_stopped_conversion_leaves_nothing(checkpoint):
    stop = Event()

    def notify(report):
        if report.stage == "convert" and report.done:
            stop.set()

    with pytest.raises(Cancelled):
        convert(checkpoint, progress=CallbackProgress(notify, stop))
    assert [path.name for path in checkpoint.parent.iterdir()] == [checkpoint.name]


def test_a_full_disk_is_told_before_the_work_and_leaves_nothing(checkpoint, monkeypatch):
    monkeypatch.setattr(FileOps, "free_bytes", lambda *_: 1_000_000)
    with pytest.raises(DiskFullError, match=r"needed, 1\.0 MB free"):
        convert(checkpoint)
    assert [path.name for path in checkpoint.parent.iterdir()] == [checkpoint.name]


def test_a_folder_that_cannot_be_written_is_told(checkpoint, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be used") as refused:
        convert(checkpoint, output=tmp_path / "file" / "unet")
    assert "-o FOLDER" in refused.value.remedy


def test_two_conversions_at_once_leave_one_whole_folder(checkpoint):
    states, failures = [], []

    def work():
        try:
            states.append(convert(checkpoint).state)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(states) == ["already here", "converted"]
    names = sorted(path.name for path in checkpoint.parent.iterdir())
    assert names == ["latentsync_unet.pt", "unet"]


def test_a_killed_conversion_leaves_no_folder_that_could_be_taken_for_a_model(checkpoint):
    def notify(report):
        if report.stage == "convert" and report.done:
            os.kill(os.getpid(), signal.SIGKILL)

    died = in_child(lambda: convert(checkpoint, progress=CallbackProgress(notify)))
    assert died == -signal.SIGKILL
    assert not (checkpoint.parent / "unet").exists()
    assert "is not converted yet" in find_weights("latentsync", checkpoint.parent).text()
    assert convert(checkpoint).state == "converted"

"""Digests: as published, as first seen, or changed since; remembered where that is possible."""

from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.weights import CardFile, FoundModel
from latentsync_studio.storage import digests
from latentsync_studio.storage.weights import cards
from latentsync_studio.storage.weights.ledger import Ledger
from latentsync_studio.storage.weights.verifying import suspicion, verify_model
from tests.storage.weights.weight_stubs import config, safetensors, saved


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def ledger(home):
    with Ledger(home) as opened:
        yield opened


@pytest.fixture
def whisper(tmp_path):
    path = saved(tmp_path / "tiny.pt", 500)
    return FoundModel(
        role="whisper",
        card="whisper-tiny",
        form="openai",
        weights=path,
        config=None,
        origin="chosen folder",
    )


def publish(monkeypatch, model, digest=None):
    """Change what is published of a model: its file has `digest`, or nobody knows it."""
    changed = []
    for each in cards.CARDS:
        if each.id == model:
            file = CardFile(name=each.files[0].name, sha256=digest or "")
            each = msgspec.structs.replace(each, files=(file,), accepted=())  # noqa: PLW2901
        changed.append(each)
    monkeypatch.setattr(cards, "CARDS", tuple(changed))


def verdicts(model, ledger, **options):
    return [each.verdict for each in verify_model(model, ledger, **options)]


def test_a_file_as_it_was_published_is_told_so(ledger, whisper, monkeypatch):
    publish(monkeypatch, "whisper-tiny", sha256(whisper.weights.read_bytes()).hexdigest())
    (told,) = verify_model(whisper, ledger, CallbackProgress())
    assert (told.verdict, told.size, told.model) == ("published", 500, "whisper-tiny")


def test_a_file_that_is_not_what_was_published_can_never_be_accepted(ledger, whisper):
    assert verdicts(whisper, ledger) == ["wrong"]
    assert verdicts(whisper, ledger, accept=True) == ["wrong"]


def test_a_file_nobody_published_a_digest_of_is_trusted_from_first_use(
    ledger, whisper, monkeypatch
):
    publish(monkeypatch, "whisper-tiny")
    assert verdicts(whisper, ledger) == ["recorded"]
    assert verdicts(whisper, ledger) == ["unchanged"]
    saved(whisper.weights, 501)
    (told,) = verify_model(whisper, ledger)
    assert told.verdict == "changed"
    assert "has changed" in told.detail
    assert verdicts(whisper, ledger, accept=True) == ["recorded"]
    assert verdicts(whisper, ledger) == ["unchanged"]


def test_the_digest_of_a_model_holds_wherever_its_file_lies(ledger, whisper, tmp_path, monkeypatch):
    publish(monkeypatch, "whisper-tiny")
    assert verdicts(whisper, ledger) == ["recorded"]
    other = saved(tmp_path / "elsewhere" / "tiny.pt", 502)
    assert verdicts(replace(whisper, weights=other), ledger) == ["changed"]


def test_weights_of_ones_own_are_known_by_their_place(ledger, tmp_path):
    config(tmp_path / "unet" / "config.json", resolution=256)
    path = safetensors(tmp_path / "unet" / "diffusion_pytorch_model.safetensors")
    own = FoundModel(
        role="unet",
        card="",
        form="diffusers",
        weights=path,
        config=path.with_name("config.json"),
        origin="chosen folder",
        resolution=256,
    )
    assert verdicts(own, ledger) == ["recorded", "recorded"]
    safetensors(path, 300)
    assert verdicts(own, ledger) == ["changed", "unchanged"]


def test_test_weights_are_told_as_such_and_never_noted(ledger, whisper, home):
    tested = replace(whisper, card="", is_test=True)
    assert verdicts(tested, ledger) == ["test"]
    assert not (home / "known_weights.sqlite").exists()


def test_what_was_read_once_is_suspected_without_reading_it_again(ledger, whisper, monkeypatch):
    monkeypatch.setattr(digests, "_SETTLED_S", 0.0)  # a file this young may still change unseen
    assert suspicion(whisper, ledger) == ""
    assert verdicts(whisper, ledger) == ["wrong"]
    assert "its publisher states" in suspicion(whisper, ledger)
    assert ledger.recalled(whisper.weights) == ledger.sha256(whisper.weights)


def test_looking_alone_writes_nothing(ledger, whisper, home):
    assert ledger.recalled(whisper.weights) is None
    assert ledger.known("whisper-tiny", "tiny.pt") is None
    assert not home.exists()


def test_a_data_folder_that_cannot_be_made_remembers_nothing_and_still_answers(
    tmp_path, whisper, monkeypatch
):
    publish(monkeypatch, "whisper-tiny")
    (tmp_path / "blocked").write_bytes(b"")
    with Ledger(tmp_path / "blocked" / "home") as ledger:
        for _ in range(2):
            (told,) = verify_model(whisper, ledger, CallbackProgress())
            assert told.verdict == "recorded"
            assert "read-only" in told.detail
        assert told.sha256 == sha256(whisper.weights.read_bytes()).hexdigest()
        assert suspicion(whisper, ledger) == ""

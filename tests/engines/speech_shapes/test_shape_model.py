import hashlib
import shutil

import msgspec
import pytest

from latentsync_studio.core.errors import StorageError
from latentsync_studio.engines.speech_shapes.model import ModelCard, load_model, models_folder


@pytest.fixture
def copied(tmp_path):
    for name in ("speech_shapes.npz", "speech_shapes.card.json"):
        shutil.copy(models_folder() / name, tmp_path / name)
    return tmp_path / "speech_shapes.npz", tmp_path / "speech_shapes.card.json"


def test_the_shipped_weights_match_their_card():
    card = msgspec.json.decode(
        (models_folder() / "speech_shapes.card.json").read_bytes(), type=ModelCard
    )
    raw = (models_folder() / "speech_shapes.npz").read_bytes()
    assert card.files == {"speech_shapes.npz": hashlib.sha256(raw).hexdigest()}
    assert card.license == "Apache-2.0"
    assert len(raw) <= 400_000
    assert card.made_by
    assert card.metrics


def test_a_flipped_bit_is_found(copied):
    weights, card = copied
    raw = bytearray(weights.read_bytes())
    raw[100_000] ^= 1
    weights.write_bytes(raw)
    with pytest.raises(StorageError, match="is damaged") as caught:
        load_model(weights, card)
    assert caught.value.remedy


def test_missing_weights_are_told(copied):
    weights, card = copied
    weights.unlink()
    with pytest.raises(StorageError, match="cannot be read"):
        load_model(weights, card)


@pytest.mark.parametrize("content", [b"", b"{}", b"not json"])
def test_a_broken_card_is_told(copied, content):
    weights, card = copied
    card.write_bytes(content)
    with pytest.raises(StorageError, match="cannot be read"):
        load_model(weights, card)


def test_foreign_content_with_a_fitting_card_is_told(copied):
    weights, card = copied
    weights.write_bytes(b"something else")
    known = msgspec.json.decode(card.read_bytes(), type=ModelCard)
    files = {"speech_shapes.npz": hashlib.sha256(b"something else").hexdigest()}
    card.write_bytes(msgspec.json.encode(msgspec.structs.replace(known, files=files)))
    with pytest.raises(StorageError, match="is no speech model"):
        load_model(weights, card)

import json

import numpy as np
import pytest

from latentsync_studio.core.errors import StorageError
from latentsync_studio.engines.face_mesh import models


@pytest.mark.parametrize("model", [models.DETECTOR, models.MESH])
def test_shipped_files_are_what_their_cards_say(model):
    found = models.card(model)
    assert found.id == model
    assert found.license == "Apache-2.0"
    assert models.verified_bytes(model, ".onnx")
    text = json.loads(models.resource(f"models/{model}.card.json").read_text())
    for name in ("source", "source_sha256", "made_by", "input", "outputs", "attribution"):
        assert text[name]


def test_every_model_is_named_in_the_notice():
    notice = (models.resource("models/face_detector.onnx").parents[2] / "NOTICE").read_text()
    assert "face_detector.onnx" in notice
    assert "face_mesh_478.onnx" in notice


def test_a_changed_model_is_refused(tmp_path, monkeypatch):
    for suffix in (".onnx", ".card.json"):
        data = bytearray(models.resource(f"models/face_detector{suffix}").read_bytes())
        if suffix == ".onnx":
            data[1000] ^= 1
        (tmp_path / f"face_detector{suffix}").write_bytes(data)
    monkeypatch.setattr(models, "resource", lambda name: tmp_path / name.split("/")[1])
    with pytest.raises(StorageError, match=r"face_detector\.onnx has the SHA-256") as caught:
        models.load_network(models.DETECTOR)
    assert "Install" in caught.value.remedy


def test_a_missing_file_is_named():
    with pytest.raises(StorageError, match=r"resources/models/none\.onnx is missing"):
        models.resource("models/none.onnx")


def test_refined_points_are_landmarks_and_cover_the_lips():
    points = models.refined_points()
    assert {name: len(v) for name, v in points.items()} == {
        "lips": 80,
        "left_eye": 71,
        "right_eye": 71,
    }
    assert {13, 14, 61, 291} <= set(points["lips"])
    assert max(max(v) for v in points.values()) < 468


def test_loading_writes_nothing_on_the_terminal(capfd):
    network = models.load_network(models.MESH)
    network.setInput(np.zeros((1, 3, 192, 192), np.float32))
    assert len(network.forward(["mesh", "presence"])) == 2
    assert capfd.readouterr() == ("", "")

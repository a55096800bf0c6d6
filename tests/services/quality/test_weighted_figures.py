"""Measures with networks: real networks of random weights on a drawn film, and what is missing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from latentsync_studio.core.errors import Cancelled, UnknownNameError
from latentsync_studio.core.face.track import FaceTrack
from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.engines.sync_scores import crops
from latentsync_studio.services.quality.weighted import (
    GROUPS,
    Side,
    Wanted,
    weighted_figures,
    why_not,
)
from latentsync_studio.services.quality.weighted_sync import shown_at
from latentsync_studio.storage.weights import cards
from tests.engines.face_identity.onnx_files import write_recognizer

RGB = PixelFormat(name="gbrp", bits=8, sub_x=0, sub_y=0, matrix="rgb", full_range=True)
MESH = Path(__file__).parents[2] / "engines" / "mouthbank" / "face.npy"
FRAMES = 13
NOTHING = CallbackProgress()


class Film:
    """Pictures of moving noise with a face somewhere."""

    def __init__(self, seed=0, size=(240, 240)):
        rng = np.random.default_rng(seed)
        self.size = size
        self.planes = rng.integers(0, 255, (FRAMES, 3, size[1], size[0]), np.uint8)

    def frames(self, start=0, stop=None):
        for index in range(start, FRAMES if stop is None else stop):
            yield Picture(planes=tuple(self.planes[index]), format=RGB, index=index, pts=index)


def face(scale=1.0):
    mesh = np.load(MESH).astype(np.float32)[:478, :3]
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    mesh = (mesh - [*low, 0]) * (130 * scale / float((high - low).max()))
    mesh[:, :2] += 50 * scale
    nothing = np.zeros(FRAMES, np.float32)
    return FaceTrack(
        id=0,
        landmarks=np.stack([mesh.astype(np.float32)] * FRAMES),
        present=np.ones(FRAMES, bool),
        shot=np.zeros(FRAMES, np.int32),
        angles=np.zeros((FRAMES, 3), np.float32),
        eye_distance=nothing + 60,
        occlusion=nothing,
        usable=nothing + 1,
        reason=np.zeros(FRAMES, np.uint8),
    )


def side(film, **changes):
    noise = 0.1 * np.random.default_rng(9).standard_normal(FRAMES * 640)
    told = {"face": face(), "pcm": noise.astype(np.float32), "size": film.size, **changes}
    return Side(frames=film, starts=np.arange(FRAMES) / 25, end_s=FRAMES / 25, **told)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A folder with networks of random weights."""
    import torch
    from safetensors.torch import save_file

    from latentsync_studio.engines.sync_scores.network import SyncNet
    from tests.engines.perceptual.test_lpips import backbone_state, head_state

    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    save_file(SyncNet().state_dict(), folder / "syncnet_v2.safetensors")
    (folder / "lpips").mkdir()
    torch.save(head_state(), folder / "lpips" / "alex.pth")
    torch.save(backbone_state(), folder / "alexnet-owt-7be5be79.pth")
    write_recognizer(folder / "face_recognition_sface_2021dec.onnx")
    return folder


@pytest.fixture
def published(weights, monkeypatch):
    """These files are what is published, of digests that nobody knows; tracks may be short."""
    names = {path.name: path.stat().st_size for path in weights.rglob("*.*") if path.is_file()}
    changed = []
    for card in cards.CARDS:
        files = tuple(
            msgspec.structs.replace(file, size=names[file.name], sha256="")
            if file.name in names
            else file
            for file in card.files
        )
        changed.append(msgspec.structs.replace(card, files=files))
    monkeypatch.setattr(cards, "CARDS", tuple(changed))
    monkeypatch.setattr(crops, "LEAST_FRAMES", 5)
    return weights


def everything(weights=None):
    return Wanted.of(GROUPS, weights)


def test_names_are_told_with_commas_or_one_by_one():
    assert Wanted.of(["identity,lse", "lpips"]).groups == ("lse", "lpips", "identity")
    assert Wanted.of([]).groups == ()
    with pytest.raises(UnknownNameError, match="beauty"):
        Wanted.of(["lse,beauty"])


def test_what_is_missing_is_told_by_file_and_folder_and_leaves_all_else(own_data_home):
    film = Film()
    found = weighted_figures(side(film), side(film), everything(), NOTHING)
    assert found.figures == {}
    assert found.reasons == why_not(everything())
    assert set(found.reasons) == {name for group in GROUPS.values() for name in group.measures}
    models = own_data_home / "models"
    for measure, file, folder in (
        ("lse_c", "syncnet_v2.model", models / "syncnet-v2" / "auxiliary"),
        ("lpips", "alex.pth", models / "lpips-alex"),
        ("face_identity", "face_recognition_sface_2021dec.onnx", models / "sface"),
    ):
        assert found.reasons[measure].startswith(f"{file} is missing: put it into {folder} (http")
    assert len(found.notes()) == 3
    assert not own_data_home.exists() or list(own_data_home.iterdir()) == []


@pytest.mark.slow
def test_a_film_against_itself_is_at_the_ideal_of_every_measure(published, own_data_home):
    film = Film()
    told = []
    progress = CallbackProgress(lambda report: told.append((report.stage, report.done)))
    found = weighted_figures(side(film), side(film), everything(published), progress)
    assert found.reasons == {}
    for name in GROUPS["lse"].measures:
        figure = found.figures[name]
        assert np.isfinite(figure.result)
        assert figure.result == figure.source
    assert found.figures["lpips"].result == 0
    assert found.figures["lpips"].source > 0  # noise of one frame is not that of the next sample
    assert found.figures["face_identity"].result == pytest.approx(1)
    assert found.figures["face_identity"].source < 0.9999
    assert told[-1] == ("networks", FRAMES)


def test_another_film_and_another_size_are_told_apart(published, own_data_home):
    film, other = Film(), Film(seed=4, size=(480, 480))
    double = side(other, face=face(scale=2.0))
    found = weighted_figures(double, side(film), Wanted.of(["lpips,identity"], published), NOTHING)
    assert found.figures["lpips"].result > 0.001
    assert found.figures["face_identity"].result < 0.9999
    assert found.reasons == {}


@pytest.mark.parametrize(
    ("group", "changes", "told"),
    [
        ("lse", {"pcm": None}, "no sound"),
        ("lse", {"face": None}, "No face was found in the result"),
        ("lse", {"pcm": np.zeros(1000, np.float32)}, "more than 2 seconds of one shot"),
        ("identity", {"face": None}, "No face was found in the result"),
    ],
)
def test_films_that_cannot_be_measured_are_told_why(
    published, own_data_home, monkeypatch, group, changes, told
):
    monkeypatch.setattr(crops, "LEAST_FRAMES", 50)
    film = Film()
    wanted = Wanted.of([group], published)
    found = weighted_figures(side(film, **changes), side(film), wanted, NOTHING)
    assert found.figures == {}
    assert told in found.reasons[GROUPS[group].measures[0]]


def test_without_a_reference_only_what_needs_none_is_measured(published, own_data_home):
    found = weighted_figures(side(Film()), None, everything(published), NOTHING)
    assert set(found.reasons) == {"lpips", "face_identity"}
    assert np.isfinite(found.figures["lse_d"].result)
    assert np.isnan(found.figures["lse_d"].source)


def test_files_that_are_something_else_leave_only_their_own_measure_unknown(
    published, own_data_home, tmp_path
):
    from safetensors.numpy import save_file

    for path in published.rglob("*.*"):
        if path.is_file() and "syncnet" not in path.name:
            (tmp_path / path.name).symlink_to(path)
    save_file({"w": np.zeros(3, np.float32)}, tmp_path / "syncnet_v2.safetensors")
    film = Film()
    wanted = Wanted.of(["lse", "identity"], tmp_path)
    found = weighted_figures(side(film), side(film), wanted, NOTHING)
    assert "is not SyncNet v2" in found.reasons["lse_c"]
    assert set(found.figures) == {"face_identity"}
    save_file({"w": np.ones(3, np.float32)}, tmp_path / "syncnet_v2.safetensors")
    found = weighted_figures(side(film), side(film), Wanted.of(["lse"], tmp_path), NOTHING)
    assert "has changed" in found.reasons["lse_c"]


def test_the_user_can_stop_it(published, own_data_home):
    progress = CallbackProgress(lambda report: progress.stop.set() if report.done == 3 else None)
    film = Film()
    with pytest.raises(Cancelled):
        weighted_figures(side(film), side(film), Wanted.of(["identity"], published), progress)


def test_films_of_any_rate_are_looked_at_25_times_a_second():
    assert shown_at(np.arange(50) / 25, 2.0).tolist() == list(range(50))
    assert shown_at(np.arange(60) / 30, 2.0)[:6].tolist() == [0, 1, 3, 4, 5, 6]
    assert shown_at(np.arange(25) / 12.5, 2.0)[:6].tolist() == [0, 0, 1, 1, 2, 2]
    assert shown_at(np.array([0.0, 0.2]), 0.3).tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert len(shown_at(np.arange(3) / 25, 0.0)) == 0

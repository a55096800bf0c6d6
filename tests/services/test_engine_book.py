"""Engines of a process: made once, on the weights and the device of the user's choice."""

from pathlib import Path

import pytest

from latentsync_studio.core.errors import InputError, UnknownNameError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.preferences import PerformancePreferences, Preferences
from latentsync_studio.core.weights import MissingWeightsError
from latentsync_studio.services.engines import WEIGHTS_VARIABLE, EngineBook
from latentsync_studio.services.preferences import with_engines
from tests.engines.latentsync.weight_files import write_tiny_set


def test_an_engine_is_made_once_and_shared(tmp_path):
    book = EngineBook(tmp_path)
    assert book.get("latentsync") is book.get("latentsync")
    assert book.ready("mouthbank", CallbackProgress()).obstacle() is None


def test_an_unknown_engine_is_told_with_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError) as caught:
        EngineBook(tmp_path).obstacle("mouthbnk")
    assert "mouthbank" in caught.value.remedy


def test_the_same_choice_is_the_same_book_and_keeps_its_engines(tmp_path):
    book = EngineBook(tmp_path)
    assert book.chosen() is book
    other = book.chosen(tmp_path / "w", "cpu")
    assert other is book.chosen(tmp_path / "w", "cpu") is not book
    assert (other.weights, other.device) == (tmp_path / "w", "cpu")


def test_the_environment_names_a_folder_that_a_choice_overrides(tmp_path, monkeypatch):
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "from environment"))
    assert EngineBook(tmp_path).weights == tmp_path / "from environment"
    assert EngineBook(tmp_path, weights=Path("mine")).weights == Path("mine")


def test_weights_that_arrive_are_seen_without_a_restart(tmp_path, monkeypatch):
    from latentsync_studio.engines.latentsync import engine

    book = EngineBook(tmp_path, weights=tmp_path / "w")
    assert isinstance(book.obstacle("latentsync"), MissingWeightsError)
    write_tiny_set(tmp_path / "w")
    monkeypatch.setattr(engine.time, "monotonic", lambda: 1e12)
    assert book.obstacle("latentsync") is None


def test_a_device_that_is_not_there_is_told_when_it_is_needed(tmp_path):
    book = EngineBook(tmp_path, weights=write_tiny_set(tmp_path / "w"), device="cuda:9")
    assert book.obstacle("latentsync") is None
    with pytest.raises(InputError, match="cuda:9"):
        _ = book.ready("latentsync", CallbackProgress()).spec


def test_preferences_choose_weights_and_device(services):
    wanted = PerformancePreferences(weights="/w", device="cpu")
    book = with_engines(services, Preferences(performance=wanted)).engines
    assert (book.weights, book.device) == (Path("/w"), "cpu")
    assert with_engines(services, Preferences()).engines is services.engines

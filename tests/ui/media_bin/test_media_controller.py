"""Importing and facts of media, with real files and the real services."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from latentsync_studio.core.timeline.rate import FrameRate

SAMPLE = Path(__file__).parents[3] / "resources" / "sample"
CLIP, SPEECH = SAMPLE / "portrait.mp4", SAMPLE / "speech.wav"


@pytest.fixture
def files(tmp_path):
    """Clip and speech in a folder whose name is no plain ASCII."""
    folder = tmp_path / "Ordner mit ü und Leerzeichen"
    folder.mkdir()
    return [Path(shutil.copy(each, folder / each.name)) for each in (CLIP, SPEECH)]


@pytest.fixture
def no_proxies(bench):
    bench.preferences.set("performance.proxies", value=False)


@pytest.fixture
def imported(bench, files, qtbot, no_proxies):
    got = []
    bench.media.import_paths(files, got.extend)
    qtbot.waitUntil(lambda: len(got) == 2, timeout=20_000)
    return got


def test_files_become_media_in_one_undo_step(bench, imported):
    assert [item.name for item in bench.store.project.media] == ["portrait.mp4", "speech.wav"]
    clip, speech = imported
    assert clip.video.n_frames > 100
    assert clip.id
    assert speech.video is None
    assert speech.audio.rate_hz > 0
    assert bench.store.undo_stack.count() == 1
    bench.store.undo_stack.undo()
    assert bench.store.project.media == ()


def test_what_is_there_already_is_given_back_and_not_added_again(bench, imported, files, qtbot):
    again = []
    bench.media.import_paths(files[:1], again.extend)
    qtbot.waitUntil(lambda: bool(again), timeout=20_000)
    assert again == imported[:1]
    assert len(bench.store.project.media) == 2


def test_one_bad_file_is_told_and_stops_no_other(bench, files, tmp_path, qtbot, no_proxies):
    bad = tmp_path / "text.mp4"
    bad.write_text("this is no movie")
    told, got = [], []
    bench.message.connect(lambda text, level, buttons: told.append((level, text)))
    bench.media.import_paths([bad, files[1]], got.extend)
    qtbot.waitUntil(lambda: bool(got), timeout=20_000)
    assert [item.name for item in got] == ["speech.wav"]
    level, text = told[-1]
    assert level == "error"
    assert "text.mp4" in text


def test_a_file_that_goes_away_is_offline(bench, imported, files, qtbot):
    qtbot.waitUntil(lambda: bench.media.state_of(imported[0]) is not None, timeout=20_000)
    assert bench.media.state_of(imported[0]).state == "online"
    files[0].unlink()
    bench.media.look_again()
    qtbot.waitUntil(lambda: bench.media.state_of(imported[0]).state == "offline", timeout=20_000)
    assert "portrait.mp4" in bench.media.state_of(imported[0]).text


def test_relinking_finds_the_moved_file_and_its_neighbour(bench, imported, files, tmp_path, qtbot):
    moved = tmp_path / "moved"
    shutil.move(files[0].parent, moved)
    bench.media.look_again()
    bench.media.relink(imported[0], moved / "portrait.mp4")
    qtbot.waitUntil(
        lambda: all(Path(item.path).exists() for item in bench.store.project.media),
        timeout=20_000,
    )
    assert [Path(item.path).parent for item in bench.store.project.media] == [moved, moved]
    assert bench.store.undo_stack.undoText()


def test_thumbnails_and_waveforms_come_after_they_were_asked_for(bench, imported, qtbot):
    clip, speech = imported
    rate = FrameRate(25)
    assert bench.media.thumbnail(clip, 30, rate, 60) is None
    qtbot.waitUntil(lambda: bench.media.thumbnail(clip, 30, rate, 60) is not None, timeout=20_000)
    image = bench.media.thumbnail(clip, 30, rate, 60)
    assert image.height() == 60
    assert image.width() > 0
    assert bench.media.thumbnail(speech, 0, rate, 60) is None
    assert bench.media.waveform(speech) is None
    qtbot.waitUntil(lambda: bench.media.waveform(speech) is not None, timeout=20_000)
    tile = bench.media.waveform(speech).tile(0, 100.0, 200)
    assert tile.shape == (200, 2)
    assert tile.max() > 0.05

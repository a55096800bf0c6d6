"""Importing and facts of media, with real files and the real services."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from latentsync_studio.core.progress import ProgressReport
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.media_bin.relinking import FOLDER
from latentsync_studio.ui.widgets.file_dialogs import last_folder, remember_folder

SAMPLE = Path(__file__).parents[3] / "resources" / "sample"
CLIP, SPEECH = SAMPLE / "portrait.mp4", SAMPLE / "speech.wav"


def listened(bench):
    """All that is told from now on, as (level, text, buttons)."""
    told = []
    bench.message.connect(lambda text, level, buttons: told.append((level, text, dict(buttons))))
    return told


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


def test_a_folder_is_searched_for_all_that_is_missing_and_the_result_is_told(
    bench, imported, files, tmp_path, qtbot
):
    told = listened(bench)
    (tmp_path / "moved" / "deep").mkdir(parents=True)
    shutil.move(files[0], tmp_path / "moved" / "deep" / "renamed.mp4")
    files[1].unlink()
    bench.media.relinking.search_folder(tmp_path / "moved")
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    level, text, buttons = told[-1]
    assert level == "warning"
    assert "1 file(s) found again" in text
    assert "Still missing: speech.wav" in text
    assert "Find in a folder..." in buttons
    assert bench.store.project.media[0].name == "renamed.mp4"
    assert bench.store.undo_stack.count() == 2
    assert last_folder(bench.preferences, FOLDER) == tmp_path / "moved"
    assert bench.media.relinking.waiting is None


def test_a_search_shows_how_far_it_is_and_can_be_stopped(bench, imported, files, tmp_path, qtbot):
    told = listened(bench)
    shutil.move(files[0], tmp_path / "portrait.mp4")
    relinking = bench.media.relinking
    relinking.search_folder(tmp_path)
    waiting = relinking.waiting
    waiting.open()
    waiting.show_report(ProgressReport(stage="relink", done=1, total=4, note="/a/folder"))
    assert (waiting.bar.value(), waiting.bar.maximum(), waiting.note.text()) == (1, 4, "/a/folder")
    waiting.button.click()
    qtbot.waitUntil(lambda: bench.background.pending == 0, timeout=20_000)
    assert relinking.waiting is None
    assert "stopped" in told[-1][1]
    assert bench.store.undo_stack.count() == 1


def test_where_to_look_is_asked_for_in_the_last_folder(bench, imported, files, tmp_path, qtbot):
    moved = tmp_path / "moved v1.2"
    shutil.move(files[0].parent, moved)
    relinking = bench.media.relinking
    remember_folder(bench.preferences, FOLDER, moved)
    relinking.ask_folder()
    assert relinking.dialog.fileMode() == QFileDialog.FileMode.Directory
    assert Path(relinking.dialog.directory().path()) == moved
    relinking.dialog.fileSelected.emit(str(moved))
    assert relinking.dialog is None
    qtbot.waitUntil(
        lambda: all(Path(item.path).parent == moved for item in bench.store.project.media),
        timeout=20_000,
    )
    relinking.ask_file(imported[0])
    assert relinking.dialog.fileMode() == QFileDialog.FileMode.ExistingFile
    relinking.dialog.reject()
    assert relinking.dialog is None


@pytest.mark.parametrize("count", [3, 5])
def test_every_bad_file_is_told_with_its_reason(bench, files, tmp_path, qtbot, no_proxies, count):
    told, got = listened(bench), []
    bad = [tmp_path / f"bad {k}.mp4" for k in range(count)]
    for each in bad:
        each.write_text("this is no movie")
    bench.media.import_paths([*bad, files[1]], got.extend)
    qtbot.waitUntil(lambda: bool(got), timeout=20_000)
    _, text, buttons = told[-1]
    assert "1 file(s) imported" in text
    if count > 3:
        assert "5 file(s) could not be imported" in text
        buttons["Details..."]()
        text = bench.media.details.text.toPlainText()
        assert bench.media.details.isVisible()
        bench.media.details.close()
    assert all(each.name in text for each in bad)


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

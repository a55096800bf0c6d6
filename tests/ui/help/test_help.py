"""Palette, about, guide and the report of a problem."""

from __future__ import annotations

import getpass
import zipfile
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt

from latentsync_studio.services.problem_report import scrubbed, write_report
from latentsync_studio.ui.help.about import AboutDialog
from latentsync_studio.ui.help.guide import GuideDialog
from latentsync_studio.ui.help.palette import CommandPalette, match
from latentsync_studio.ui.help.report import ReportDialog


def test_the_palette_finds_a_command_by_its_words_and_runs_it(workbench, qtbot):
    done = []
    for command in ("sequence.razor", "sequence.razor_all", "edit.copy"):
        workbench.actions.bind(command, lambda name=command: done.append(name))
    palette = CommandPalette(workbench.actions)
    qtbot.addWidget(palette)
    assert set(palette.found()) == {"sequence.razor", "sequence.razor_all", "edit.copy"}
    qtbot.keyClicks(palette.line, "spl all")
    assert palette.found() == ["sequence.razor_all"]
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert done == ["sequence.razor_all"]


def test_keys_move_in_the_list_while_typing(workbench, qtbot):
    done = []
    for command in ("sequence.razor", "sequence.razor_all"):
        workbench.actions.bind(command, lambda name=command: done.append(name))
    palette = CommandPalette(workbench.actions)
    qtbot.addWidget(palette)
    qtbot.keyClicks(palette.line, "split")
    second = palette.found()[1]
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert done == [second]


@pytest.mark.parametrize(
    ("wanted", "text", "rank"),
    [
        ("", "Undo", 0),
        ("rip del", "Ripple delete Edit", 0),
        ("plit", "Split at playhead", 1),
        ("rdl", "Ripple delete", 2),
        ("xyz", "Undo", None),
    ],
)
def test_letters_fit_a_text_better_or_worse(wanted, text, rank):
    assert match(wanted, text) == rank


def test_about_names_every_model_with_its_license(qtbot):
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    text = dialog.text.toPlainText()
    assert text.count("Apache-2.0") >= 3
    assert "face_mesh_478.onnx" in text


def test_the_guide_shows_the_keys_as_they_are_set(workbench, qtbot):
    workbench.actions.use_keys("premiere", {"file.export_movie": ("Ctrl+Alt+E",)})
    dialog = GuideDialog(workbench.actions)
    qtbot.addWidget(dialog)
    assert "Ctrl+Alt+E" in dialog.text.toPlainText()


def test_a_report_tells_versions_but_no_folders_and_no_names(workbench, qtbot, tmp_path):
    dialog = ReportDialog(workbench)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=10_000)
    text = dialog.text.toPlainText()
    assert "LatentSync Studio 0." in text
    assert "PySide6" in text
    assert str(Path.home()) not in text
    dialog.save(str(tmp_path / "report.zip"))
    qtbot.waitUntil((tmp_path / "report.zip").exists, timeout=10_000)
    with zipfile.ZipFile(tmp_path / "report.zip") as bundle:
        assert bundle.read("report.txt").decode() == text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cannot read '/home/jane doe/geheim/clip one.mp4' now", "cannot read '(path).mp4' now"),
        (
            "…: /home/bob/My Films/Client Acme/secret take 1.mp4 is not there.",
            "…: (path).mp4 is not there.",
        ),
        (r"open C:\Users\Jane\my b.mov", "open (path).mov"),
        (r"share \\nas\films\a b.wav!", "share (path).wav!"),
        ("/secret.lsp", "(path).lsp"),
        ("in ~/clients/acme/x", "in (path)"),
        (
            '  File "/home/jane/dev/latentsync_studio/ui/app.py", line 7, in run',
            '  File ".../latentsync_studio/ui/app.py", line 7, in run',
        ),
        ("24/25 frames, 3 and/or 4, a / b", "24/25 frames, 3 and/or 4, a / b"),
    ],
)
def test_paths_are_scrubbed_down_to_their_ending(line, expected):
    assert scrubbed(line) == expected


def test_the_user_s_name_is_scrubbed(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "jane")
    assert scrubbed("asked by jane, not by janet") == "asked by (user), not by janet"


def test_a_report_is_told_of_though_its_dialog_is_gone(workbench, qtbot, tmp_path):
    said, gone = [], []
    workbench.message.connect(lambda text, *_: said.append(text))
    hurried = ReportDialog(workbench)
    hurried.destroyed.connect(lambda: gone.append("hurried"))
    hurried.show()
    hurried.close()  # before anything is collected
    qtbot.waitUntil(lambda: gone == ["hurried"] and workbench.background.pending == 0)
    dialog = ReportDialog(workbench)
    dialog.destroyed.connect(lambda: gone.append("saved"))
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=10_000)
    dialog.show()
    path = tmp_path / "report.zip"
    dialog.save(str(path))
    shiboken6.delete(dialog)  # as Qt does once the event is done with
    qtbot.waitUntil(lambda: said != [])
    assert said == [f"The report is saved as {path}."]
    assert gone == ["hurried", "saved"]
    assert workbench.background.pending == 0


def test_a_report_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path):
    from latentsync_studio.core.errors import StorageError

    with pytest.raises(StorageError) as caught:
        write_report(tmp_path / "missing" / "report.zip", "x")
    assert caught.value.remedy

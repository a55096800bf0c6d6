"""Small facts about a machine: kept, never missed."""

import subprocess
import sys

import pytest
from filelock import FileLock

from latentsync_studio.storage import machine_notes
from latentsync_studio.storage.machine_notes import NotesFile

WRITER = """
import sys
from pathlib import Path
from latentsync_studio.storage.machine_notes import NotesFile
notes = NotesFile(Path(sys.argv[1]))
input()
for number in range(40):
    notes.write(f"{sys.argv[2]} {number}", {"rung": float(number)})
"""


def test_what_was_written_is_read_by_the_next_program(tmp_path):
    path = tmp_path / "home" / "machine.json"
    NotesFile(path).write("card", {"rung": 2.0})
    NotesFile(path).write("other", {"rung": 0.0})
    NotesFile(path).write("card", {"rung": 3.0})
    assert NotesFile(path).read("card") == {"rung": 3.0}
    assert NotesFile(path).read("other") == {"rung": 0.0}
    assert NotesFile(path).read("nobody") == {}


def test_a_damaged_file_counts_as_empty_and_is_written_anew(tmp_path, caplog):
    path = tmp_path / "machine.json"
    path.write_text("{", encoding="utf-8")
    assert NotesFile(path).read("card") == {}
    assert "machine.json" in caplog.text
    NotesFile(path).write("card", {"rung": 1.0})
    assert NotesFile(path).read("card") == {"rung": 1.0}


def test_where_nothing_can_be_written_it_goes_on(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    NotesFile(blocked / "machine.json").write("card", {"rung": 1.0})
    assert "cannot be written" in caplog.text


def test_the_oldest_names_are_forgotten(tmp_path):
    notes = NotesFile(tmp_path / "machine.json")
    for number in range(205):
        notes.write(f"card {number}", {"rung": float(number)})
    assert notes.read("card 0") == {}
    assert notes.read("card 204") == {"rung": 204.0}


@pytest.mark.slow
def test_two_processes_that_write_at_once_lose_no_name(tmp_path):
    path = tmp_path / "machine.json"
    words = [sys.executable, "-c", WRITER, str(path)]
    writers = [
        subprocess.Popen([*words, card], stdin=subprocess.PIPE, text=True) for card in ("a", "b")
    ]
    for each in writers:
        each.stdin.write("\n")
        each.stdin.flush()
    for each in writers:
        each.communicate(timeout=60)
        assert each.returncode == 0
    known = NotesFile(path).below("")
    assert {f"{card} {number}" for card in "ab" for number in range(40)} == set(known)


def test_a_turn_that_does_not_come_is_told_and_holds_nobody_up(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(machine_notes, "_PATIENCE_S", 0.01)
    path = tmp_path / "machine.json"
    with FileLock(tmp_path / "machine.json.lock"):
        NotesFile(path).write("card", {"rung": 1.0})
    assert "cannot be written" in caplog.text
    NotesFile(path).write("card", {"rung": 2.0})
    assert NotesFile(path).read("card") == {"rung": 2.0}

import errno
import json
import os
import subprocess
import sys

import pytest
from faulty_files import FaultyFiles
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from latentsync_studio.core.errors import DiskFullError, StudioError
from latentsync_studio.core.render.budget import budget_of
from latentsync_studio.core.settings.fields import apply, describe
from latentsync_studio.core.settings.preferences import (
    AppearancePreferences,
    EditingPreferences,
    PerformancePreferences,
    Preferences,
    ShortcutPreferences,
)
from latentsync_studio.services.preferences import load_preferences, save_preferences, within_limits
from latentsync_studio.services.wiring import open_services
from latentsync_studio.storage.preferences import (
    preferences_from,
    read_preferences,
    write_preferences,
)

CHANGED = Preferences(
    appearance=AppearancePreferences(theme="light", scale=125),
    editing=EditingPreferences(snapping=False, still_seconds=2.5),
    performance=PerformancePreferences(memory_limit=4096, preview_quality="quarter"),
    shortcuts=ShortcutPreferences(preset="resolve", overrides={"edit.razor": ("B", "Ctrl+B")}),
).with_layout("dock", b"\x00\xff state")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "preferences.json"


def test_without_a_file_all_have_their_defaults(own_data_home):
    assert load_preferences() == Preferences()
    assert list(own_data_home.iterdir()) == []


def test_what_is_saved_is_loaded_again(own_data_home):
    save_preferences(own_data_home, CHANGED)
    assert load_preferences(own_data_home) == load_preferences() == CHANGED
    assert load_preferences().layout_of("dock") == b"\x00\xff state"
    assert load_preferences().layout_of("other") == b""


def test_fields_of_a_newer_program_survive_at_every_level(path):
    write_preferences(path, CHANGED)
    saved = json.loads(path.read_text())
    saved["cloud"] = {"on": True, "hosts": ["a"]}
    saved["appearance"]["accent"] = "teal"
    path.write_text(json.dumps(saved))
    read = read_preferences(path)
    assert read.warnings == ()
    assert read.appearance == CHANGED.appearance
    write_preferences(path, replace(read, editing=EditingPreferences()))
    again = json.loads(path.read_text())
    assert again["cloud"] == saved["cloud"]
    assert again["appearance"] == {"theme": "light", "scale": 125, "accent": "teal"}
    assert again["editing"]["snapping"] is True
    assert "warnings" not in again
    assert "unknown" not in again


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"layout": ' + b"9" * 5000 + b"}",
        b'{"editing": {"still_seconds": NaN}}',
    ],
)
def test_a_damaged_file_is_kept_and_never_stops_the_start(path, content, caplog):
    path.parent.mkdir()
    path.write_bytes(content)
    for _ in range(2):  # the second start keeps no second copy
        read = read_preferences(path)
        assert replace(read, warnings=()) == Preferences()
        assert "damaged" in read.warnings[0]
        assert f"{path.name}.bak" in read.warnings[-1]
    assert {held.name for held in path.parent.iterdir()} == {path.name, f"{path.name}.bak"}
    assert path.with_name(f"{path.name}.bak").read_bytes() == content
    write_preferences(path, replace(read, editing=EditingPreferences(snapping=False)))
    assert read_preferences(path).warnings == ()
    assert "damaged" in caplog.text


def test_one_bad_value_has_its_default_and_the_others_stay(path):
    write_preferences(path, CHANGED)
    saved = json.loads(path.read_text())
    saved["appearance"]["scale"] = 10_000
    saved["performance"] = "fast"
    path.write_text(json.dumps(saved))
    read = read_preferences(path)
    assert read.appearance == AppearancePreferences(theme="light")
    assert read.performance == PerformancePreferences()
    assert read.shortcuts == CHANGED.shortcuts
    assert "appearance.scale" in read.warnings[0]
    assert "performance" in read.warnings[1]
    assert len(read.warnings) == 3


def test_a_file_that_cannot_be_read_is_told(path):
    path.parent.mkdir()
    path.mkdir()
    read = read_preferences(path)
    assert str(path) in read.warnings[0]
    assert read.appearance == AppearancePreferences()


def test_a_save_whose_nth_operation_fails_leaves_the_old_or_the_new(path):
    for nth in range(1, 30):
        write_preferences(path, CHANGED)
        files = FaultyFiles(nth, errno.ENOSPC)
        try:
            write_preferences(path, Preferences(), files)
            returned = True
        except StudioError as error:
            assert isinstance(error, DiskFullError)
            returned = False
        assert read_preferences(path) in ([Preferences()] if returned else [CHANGED, Preferences()])
        if not files.struck:
            break
    assert not files.struck


def test_a_layout_that_is_no_base64_is_none():
    assert Preferences(layout={"dock": "ä!"}).layout_of("dock") == b""


@pytest.mark.parametrize(
    "page", [AppearancePreferences, EditingPreferences, PerformancePreferences]
)
def test_forms_can_be_made_of_the_pages(page):
    for field in describe(page):
        assert field.title
        assert apply(page(), {field.key: str(field.default)}) == page()


TEXT = st.text("aé\udce9", max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=4,
)
NAMES = st.sampled_from(["appearance", "editing", "layout", "shortcuts", "other"])


@given(saved=st.dictionaries(NAMES, JSON | st.dictionaries(st.sampled_from(["theme", "x"]), JSON)))
def test_any_object_is_read_with_defaults_for_what_makes_no_sense(saved):
    read, wrong = preferences_from(saved)
    assert isinstance(read, Preferences)
    for name, value in saved.items():
        if name == "other":
            assert read.unknown["other"] == value
    assert all(text.endswith(".") for text in wrong)


def test_work_keeps_to_what_the_user_allows(own_data_home):
    performance = PerformancePreferences(memory_limit=1024, worker_threads=3)
    with open_services(own_data_home) as services:
        limited = within_limits(services, Preferences(performance=performance))
    assert limited.budget == budget_of(performance)
    assert limited.budget.in_flight_bytes < services.budget.in_flight_bytes
    assert limited.store is services.store


def test_loading_preferences_imports_nothing_heavy():
    script = (
        "import sys; from latentsync_studio.services.preferences import load_preferences;"
        "load_preferences(); heavy = {'torch', 'cv2', 'av', 'scipy', 'librosa', 'PySide6'};"
        "print(*heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")

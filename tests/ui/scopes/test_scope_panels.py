"""Panels of graphs: the timeline's axis, hovering, what is exported, and that closing ends all."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.machine import GpuNow, MachineNow
from latentsync_studio.services.timeline.timing import WindowTime
from latentsync_studio.ui.scopes.light_panel import LightPanel
from latentsync_studio.ui.scopes.machine_numbers import ROWS, History, Work
from latentsync_studio.ui.scopes.machine_panel import MachinePanel
from latentsync_studio.ui.scopes.machine_words import reading
from latentsync_studio.ui.scopes.quality_panel import QualityPanel
from latentsync_studio.ui.scopes.speech_panel import SpeechPanel
from latentsync_studio.ui.scopes.timing_panel import TimingPanel


@pytest.fixture
def shown(known, qtbot):
    """Make a panel of a class, seen, with its graph."""
    made = []

    def show(kind):
        panel = kind(known)
        made.append(panel)
        panel.resize(1176, 320)
        panel.show()
        qtbot.waitExposed(panel)
        panel.be_seen(True)
        qtbot.waitUntil(lambda: panel.is_made)
        return panel

    yield show
    for panel in made:
        panel.close_panel()
        panel.close()
        shiboken6.delete(panel)


@pytest.fixture
def quality(shown, qtbot):
    panel = shown(QualityPanel)
    qtbot.waitUntil(lambda: bool(panel.rows.strips))
    qtbot.waitUntil(lambda: panel.rows.strips["sharpness"].width() > 500)
    return panel


def seen_by(strip):
    seen = strip.lines._seen  # what was drawn
    return seen.left(), seen.right()


def test_the_axis_of_time_is_the_timelines_both_ways(quality, known, qtbot):
    strip, canvas = quality.rows.strips["sharpness"], known.tracks
    canvas.show_frames(50, 150)
    qtbot.waitUntil(lambda: seen_by(strip) == pytest.approx(quality.link.seen))
    assert seen_by(strip)[0] < 60
    place = QPointF(strip.width() / 2, 20)
    before = canvas.view.scale
    QApplication.sendEvent(strip, wheel(place, 120, Qt.KeyboardModifier.ControlModifier))
    assert canvas.view.scale > before
    left = canvas.view.left
    QApplication.sendEvent(strip, wheel(place, -120, Qt.KeyboardModifier.NoModifier))
    assert canvas.view.left > left


def wheel(place, steps, keys):
    return QWheelEvent(
        place,
        place,
        QPoint(),
        QPoint(0, steps),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )


def test_a_click_puts_the_playhead_and_hovering_tells_values(quality, known, qtbot):
    strip = quality.rows.strips["sharpness"]
    x = next(x for x in range(50, strip.width()) if strip.frame_at(QPointF(x, 20)) >= 70)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
    assert known.session.playhead == 70
    assert strip.playhead == 70
    words = quality.rows._headers["sharpness"]._words
    assert "0.2" in words.text()
    strip.hovered.emit(5.0)
    assert words.text() == "no measured clip"
    assert all(each.pointer == 5.0 for each in quality.rows.strips.values())
    strip.hovered.emit(-1.0)
    assert "0.2" in words.text()
    assert "Picture late 3 frames (source 0)" in quality.figures.text()


def test_scales_and_names_beside_the_graphs_are_no_frames(quality, known, qtbot):
    known.tracks.show_frames(50, 150)
    strip, ruler = quality.rows.strips["sharpness"], quality.rows.ruler
    qtbot.waitUntil(lambda: seen_by(strip) == pytest.approx(quality.link.seen))
    known.session.seek(100)
    for widget in (strip, ruler):
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert known.session.playhead == 100
    for x, is_frame in ((300.0, True), (20.0, False)):
        move_to(strip, QPointF(x, 10))
        assert (strip.pointer >= 0) is is_frame


def move_to(widget, place):
    button, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    moved = QMouseEvent(
        QEvent.Type.MouseMove, place, widget.mapToGlobal(place), button, button, keys
    )
    QApplication.sendEvent(widget, moved)


def test_measures_are_chosen_and_remembered(quality, known, qtbot):
    quality.choose("flicker", shown=False)
    quality.choose("yaw", shown=True)
    qtbot.waitUntil(lambda: "yaw" in quality.rows.strips)
    assert "flicker" not in quality.rows.strips
    assert bytes(known.preferences.layout("quality.measures")).decode().split() == list(
        quality.names
    )
    quality._fill_menu()
    texts = {action.text(): action for action in quality._menu.actions()}
    assert texts["Sharpness of the mouth"].isChecked()
    assert "Turned to the side (not measured)" in texts


def test_what_is_shown_is_exported_as_picture_and_numbers(quality, known, qtbot, tmp_path):
    for kind in ("png", "csv", "json"):
        path = tmp_path / f"out.{kind}"
        quality.export.write(kind, path)
        qtbot.waitUntil(path.exists)
        qtbot.waitUntil(lambda: not known.background.pending)
    image = QImage(str(tmp_path / "out.png"))
    assert image.width() == quality.width()
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[70]["sharpness"]) == pytest.approx(0.2)
    assert rows[5]["sharpness"] == ""
    told = json.loads((tmp_path / "out.json").read_bytes())
    assert told["columns"]["sharpness"][5] is None
    assert told["figures"][0]["lag_ms"]["result"] == 120.0
    quality.export.write("csv", tmp_path / "no folder" / "x" / "out.csv")
    qtbot.waitUntil((tmp_path / "no folder" / "x" / "out.csv").exists)


def test_themes_change_while_it_is_seen(quality, known):
    known.look.use("light")
    strip = quality.rows.strips["sharpness"]
    assert strip.theme is known.look.theme
    known.look.use("dark")


def test_the_light_of_the_picture_is_shown_off_the_gui_thread(shown, known, qtbot):
    panel = shown(LightPanel)
    assert panel.note.isVisible()
    source = np.full((40, 60, 3), 40, np.uint8)
    result = np.full((40, 60, 3), 255, np.uint8)
    known.playback.pictures.current = SimpleNamespace(frame=7, source=source, result=result)
    known.playback.shown.emit(None)
    qtbot.waitUntil(lambda: panel.light is not None)
    assert panel.light.bright == 1.0
    panel.side.setCurrentIndex(1)
    qtbot.waitUntil(lambda: panel.light.side == "source" and panel.light.mean == pytest.approx(40))
    panel.mode.setCurrentIndex(1)
    qtbot.waitUntil(lambda: panel.light.trace.shape[0] > 60)  # three with gaps
    assert "mean 40" in panel.figures.text()
    table = panel.export_table()()
    assert table.columns[1][40] == pytest.approx(1.0)
    assert table.about == {"frame": 7, "picture": "source"}
    known.playback.pictures.current = None
    known.playback.shown.emit(None)
    assert panel.light is None


def machine(at, **changed):
    given = {
        "at_s": float(at),
        "cpu": 0.5,
        "own_cpu": 0.25,
        "ram_mib": 2048.0,
        "ram_total_mib": 8192.0,
        "own_mib": 512.0,
        "read_mib_s": 1.0,
        "write_mib_s": 2.0,
        "free_mib": 10240.0,
        "cpu_temperature_c": None,
        "gpus": (),
        "no_gpu": "No NVIDIA driver.",
    }
    return MachineNow(**{**given, **changed})


def test_the_dashboard_looks_while_it_is_seen_and_says_what_is_not_there(shown, known, qtbot):
    panel = shown(MachinePanel)
    qtbot.waitUntil(lambda: len(panel.history) > 0, timeout=10_000)
    assert "GPU" in panel._texts["gpu_percent"].text()
    known.jobs.running, known.jobs.queue = "j1", [SimpleNamespace(state="queued")] * 2
    known.jobs.now = SimpleNamespace(rate=12.5, unit="frames", stage="synthesize")
    known.jobs.progressed.emit("j1")
    panel._on_seen(machine(panel.history.now[0].at_s + 1))
    assert panel._texts["frames_per_second"].text().endswith("12.5")
    assert panel._texts["queued_jobs"].text().endswith("2")
    assert panel._texts["gpu_percent"].text() == "GPU: No NVIDIA driver."
    assert not panel._texts["gpu_memory_mib"].isVisible()
    assert "synthesize" in panel.stages.text()
    table = panel.export_table()()
    assert table.titles == ("seconds", *(row.id for row in ROWS))
    panel.be_seen(False)
    assert panel._timer.isActive()  # the job still runs
    known.jobs.running = None
    known.jobs.jobs_changed.emit()
    assert not panel._timer.isActive()


def test_a_gpu_tells_what_its_driver_offers():
    gpu = GpuNow(name="H200", used=0.9, memory_mib=1024.0, memory_total_mib=2048.0, power_w=300.0)
    now = machine(0, gpus=(gpu,), no_gpu="")
    assert reading("gpu_percent", now, Work()) == "90 %, H200"
    assert reading("gpu_memory_mib", now, Work()) == "1.0 of 2.0 GiB"
    assert reading("gpu_power_w", now, Work()) == "300 W"
    assert reading("temperature_c", now, Work()) == "not offered"


def test_stages_of_a_job_are_summed_until_another_begins():
    history = History()
    for stage, at in (("analyse", 0), ("synthesize", 4), ("analyse", 10), ("analyse", 11)):
        history.stage("j1", stage, at)
    history.stage("", "", 12)
    history.stage("", "", 50)
    assert history.stages == {"analyse": 6.0, "synthesize": 6.0}
    history.stage("j2", "render", 60)
    assert history.stages == {"render": 0.0}


def test_timing_and_speech_say_why_there_is_nothing_and_timing_shows_windows(shown, known, qtbot):
    speech, timing = shown(SpeechPanel), shown(TimingPanel)
    qtbot.waitUntil(lambda: speech.view is not None, timeout=20_000)
    assert "No speech drives" in speech.note.text()
    qtbot.waitUntil(
        lambda: not timing._own.pending and not timing._timer.isActive(), timeout=20_000
    )
    assert timing.windows == ()
    window = WindowTime(
        frames=FrameRange(20, 36), seconds=2.0, at=5.0, is_stored=True, engine="mouthbank"
    )
    timing.windows = (window,)
    timing._show_sums()
    assert "1 of 1 windows stored" in timing.sums.text()
    assert "slowest 2.00 s at 00:00:00:20" in timing.sums.text()
    table = timing.export_table()()
    assert [column[0] for column in table.columns] == [20, 36, 2.0, 1, 0, "mouthbank"]

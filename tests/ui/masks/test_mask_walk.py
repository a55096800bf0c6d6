"""Masks and keys through the real window: painted by mouse, seen, undone, animated, saved."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.project_files import new_untitled
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.ui.app import make_window
from tests.services.conftest import cut_clip, cut_speech
from tests.services.timeline.projects import SEQUENCE, clip, item_of, project

pytestmark = pytest.mark.slow

FRAMES, SHOWN = 16, 8
PATIENCE = 60_000


@pytest.fixture
def saved(tmp_path, services, own_data_home):
    """A project file with a synthesized clip."""
    video = item_of(cut_clip(tmp_path / "talk.mp4", FRAMES), 1)
    audio = item_of(cut_speech(tmp_path / "speech.wav", FRAMES / 25), 2)
    whole = (0, FRAMES)
    made = project(
        (video, audio),
        {"V1": [clip(1, 1, 0, whole)], "A1": [clip(2, 2, 0, whole)]},
    )
    made = replace(made, next_id=20)
    synthesize(SynthesisRequest(project=made, sequence=SEQUENCE), services, CallbackProgress())
    path = tmp_path / "masks.lsp"
    opened = new_untitled(own_data_home)
    opened.save_as(path, made)
    opened.close()
    return path


@pytest.fixture
def opened(qtbot, qapp, services, own_data_home):
    """Open windows on a project; those that a test leaves open are shut."""
    windows = []

    def make(path):
        window = make_window(qapp, services, own_data_home)
        window.resize(1440, 900)
        windows.append(window)
        window.show()
        window.begin([path])
        bench = window.workbench
        qtbot.waitUntil(lambda: bench.focus.face is not None, timeout=PATIENCE)
        bench.session.seek(SHOWN)
        settle(qtbot, bench)
        return window

    yield make
    for window in windows:
        if not window.is_shut:
            window.shut()
        window.close()
        window.deleteLater()


def settle(qtbot, bench):
    qtbot.waitUntil(
        lambda: (
            bench.masks.queue.is_empty
            and bench.playback.pictures.is_exact
            and bench.playback.pictures.current.frame == bench.session.playhead
        ),
        timeout=PATIENCE,
    )


def on_canvas(window, x, y):
    """Widget px of a place of the picture."""
    placed = window.panels["masks"].stage.placed
    at = placed.to_device(x, y)
    return QPoint(round(at.x() / placed.ratio), round(at.y() / placed.ratio))


def stroke(window, *places):
    """Draw through places of the picture with the left button."""
    canvas = window.workbench.canvas
    points = [on_canvas(window, *place) for place in places]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])


def result(window):
    return window.workbench.playback.pictures.current.result.astype(int)


def difference(one, other):
    return np.abs(one - other).max(axis=2)


def paint_half_a_mouth(qtbot, window):
    """A stroke over half of the mouth protects it there, and nowhere else."""
    bench, masks = window.workbench, window.workbench.masks
    source, before = bench.playback.pictures.current.source.astype(int), result(window)
    assert difference(before, source).max() > 10
    bench.actions.trigger("mask.brush")
    masks.state.use(size=26.0, hardness=1.0, pressure_size=False, pressure_opacity=False)
    qtbot.waitUntil(lambda: masks.work is not None, timeout=PATIENCE)
    x0, y0 = bench.focus.landmarks()[61, :2]
    stroke(window, (x0, y0 - 12), (x0 + 4, y0), (x0, y0 + 12))
    assert masks.work.shown.max() == 255  # seen before it is stored
    settle(qtbot, bench)
    (layer,) = masks.layers
    assert (layer.role, layer.space, masks.layer_id) == ("protect", "face", layer.id)
    assert bench.store.undo_stack.undoText() == "Paint mask"
    painted = result(window)
    qtbot.waitUntil(lambda: masks.seen is not None, timeout=PATIENCE)
    covered = masks.seen.covered
    assert difference(painted, source)[covered == 255].max() <= 2
    assert difference(painted, before)[covered == 0].max() <= 2
    assert difference(painted, before).max() > 10
    return before, painted


def take_strokes_back(qtbot, window, before, painted):
    """Esc takes a stroke back while it is drawn, undo one that was stored."""
    bench, canvas, masks = window.workbench, window.workbench.canvas, window.workbench.masks
    layers = masks.clip.masks
    x, y = bench.focus.landmarks()[[61, 291], :2].mean(axis=0)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=on_canvas(window, x, y))
    QTest.mouseMove(canvas, on_canvas(window, x, y + 20))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=on_canvas(window, x, y + 20))
    assert masks.queue.is_empty
    assert masks.clip.masks == layers
    bench.actions.trigger("edit.undo")
    settle(qtbot, bench)
    assert not masks.layers
    assert np.array_equal(result(window), before)
    bench.actions.trigger("edit.redo")
    settle(qtbot, bench)
    assert np.array_equal(result(window), painted)


def see_all_together(qtbot, window):
    """The view of all together covers exactly what the result shows of the new mouth."""
    bench, stage = window.workbench, window.panels["masks"].stage
    bench.actions["mask.view_whole"].setChecked(True)
    qtbot.waitUntil(lambda: stage.result.mask is not None, timeout=PATIENCE)
    seen, source = stage.result.mask, bench.playback.pictures.current.source.astype(int)
    changed = difference(result(window), source)
    assert seen.shape == changed.shape
    assert seen.max() > 200
    assert changed[seen == 0].max() <= 2, "the chroma of a pixel beside it"
    assert not seen[bench.masks.seen.covered == 255].any(), "what is protected does not show"
    bench.actions.trigger("mask.view_alpha")
    assert np.array_equal(stage.overlay._pixels & 255, seen)
    bench.session.select(["c1"])
    bench.session.seek(FRAMES)  # behind the clip
    qtbot.waitUntil(lambda: bench.playback.pictures.current.frame == FRAMES, timeout=PATIENCE)
    assert stage.result.mask is None
    bench.session.select([])
    bench.session.seek(SHOWN)
    qtbot.waitUntil(lambda: stage.result.mask is not None, timeout=PATIENCE)
    bench.actions.trigger("mask.view_overlay")
    bench.actions["mask.view_whole"].setChecked(False)
    assert stage.result.mask is None


def undo_before_it_is_stored(qtbot, window):
    """Undo and redo are of the strokes that were drawn, stored already or not."""
    bench, masks = window.workbench, window.workbench.masks
    x, y = bench.focus.landmarks()[61, :2]
    (first,) = masks.layers
    stroke(window, (x + 40, y - 12), (x + 40, y + 12))
    assert not masks.queue.is_empty
    bench.actions.trigger("edit.undo")
    stroke(window, (x + 60, y - 12), (x + 60, y + 12))
    bench.actions.trigger("edit.undo")
    bench.actions.trigger("edit.redo")
    assert masks.layers == (first,), "nothing is done before its turn"
    assert bench.project.is_modified
    settle(qtbot, bench)
    assert [each.id for each in masks.layers] == [first.id]
    assert not bench.actions["edit.redo"].isEnabled()
    row = round(y)
    qtbot.waitUntil(lambda: masks.seen.painted[row, round(x + 60)] == 255, timeout=PATIENCE)
    assert masks.seen.painted[row, round(x + 40)] == 0
    bench.actions.trigger("edit.undo")
    settle(qtbot, bench)
    assert masks.layers == (first,)


def change_the_space_between_strokes(qtbot, window):
    """The layer changes its space in its turn, between the strokes before and after it."""
    bench, masks = window.workbench, window.workbench.masks
    x, y = bench.focus.landmarks()[61, :2]
    (first,) = masks.layers
    assert first.space == "face"
    stroke(window, (x + 40, y - 12), (x + 40, y + 12))
    masks.ride(False)
    stroke(window, (x + 60, y - 12), (x + 60, y + 12))
    assert masks.layers == (first,), "nothing is done before its turn"
    settle(qtbot, bench)
    (layer,) = masks.layers
    assert (layer.id, layer.space) == (first.id, "frame")
    at = [round(x + 40), round(x + 60)]
    qtbot.waitUntil(lambda: masks.seen.painted[round(y), at].min() > 230, timeout=PATIENCE)
    for _ in range(3):
        bench.actions.trigger("edit.undo")
    settle(qtbot, bench)
    assert masks.layers == (first,)


def undo_the_stroke_that_makes_a_layer(qtbot, window):
    """There is nothing else to undo, and another stroke makes a layer anew."""
    bench, masks = window.workbench, window.workbench.masks
    bench.actions.trigger("edit.undo")
    settle(qtbot, bench)
    bench.store.undo_stack.clear()
    assert not bench.actions["edit.undo"].isEnabled()
    x, y = bench.focus.landmarks()[61, :2]
    for at in (x, x + 5):
        stroke(window, (at, y - 12), (at, y + 12))
        assert bench.actions["edit.undo"].isEnabled()
        bench.actions.trigger("edit.undo")
    settle(qtbot, bench)
    assert not masks.layers
    assert not bench.actions["edit.undo"].isEnabled()
    stroke(window, (x, y - 12), (x, y + 12))
    stroke(window, (x + 5, y - 12), (x + 5, y + 12))
    settle(qtbot, bench)
    assert len(masks.layers) == 1


def animate_lips(qtbot, window):
    """The slider of an animated strength sets keys, the graph moves them; returns the moved one."""
    bench, inspector = window.workbench, window.panels["inspector"]
    assert not bench.session.clips
    editor = inspector.forms["blend"].editors["compose.lips"]
    inspector.keys.diamonds["compose.lips"].click()
    assert bench.session.clips == {"c1"}, "the slider is of the clip that has the key"
    assert [key.frame for key in bench.curves.keys("compose.lips")] == [SHOWN]
    bench.session.seek(SHOWN + 4)
    editor.spin.setValue(0.25)
    keys = bench.curves.keys("compose.lips")
    assert [(key.frame, key.value) for key in keys] == [(SHOWN, 1.0), (SHOWN + 4, 0.25)]
    window.show_panel("curves")
    panel = window.panels["curves"]
    qtbot.waitUntil(lambda: panel.graph is not None, timeout=PATIENCE)
    drag_key(qtbot, panel.graph, (SHOWN + 4, 25.0), (SHOWN + 6, 50.0))
    (_, moved) = bench.curves.keys("compose.lips")
    assert moved.frame == SHOWN + 6
    assert moved.value == pytest.approx(0.5, abs=0.06)
    assert bench.store.undo_stack.undoText() == "Move keys"
    bench.session.seek(SHOWN + 6)
    assert editor.value() == pytest.approx(moved.value, abs=0.01)
    return moved


def test_masks_and_keys_from_the_mouse_to_the_file(qtbot, opened, saved):
    window = opened(saved)
    bench = window.workbench
    before, painted = paint_half_a_mouth(qtbot, window)
    see_all_together(qtbot, window)
    take_strokes_back(qtbot, window, before, painted)
    moved = animate_lips(qtbot, window)
    bench.session.seek(SHOWN)
    settle(qtbot, bench)
    last, layers = result(window), bench.masks.clip.masks
    bench.actions.trigger("file.save")
    qtbot.waitUntil(lambda: not bench.project.is_modified, timeout=PATIENCE)
    window.close()
    qtbot.waitUntil(lambda: window.is_shut, timeout=PATIENCE)
    again = opened(saved)
    assert again.workbench.focus.clip.masks == layers
    assert again.workbench.focus.clip.curves[0].keys[1] == moved
    assert np.array_equal(result(again), last)


def test_strokes_on_their_way_are_undone_saved_and_closed_like_stored_ones(qtbot, opened, saved):
    window = opened(saved)
    bench = window.workbench
    paint_half_a_mouth(qtbot, window)
    undo_before_it_is_stored(qtbot, window)
    change_the_space_between_strokes(qtbot, window)
    undo_the_stroke_that_makes_a_layer(qtbot, window)
    x, y = bench.focus.landmarks()[61, :2]
    stroke(window, (x + 9, y - 12), (x + 9, y + 12))
    bench.actions.trigger("file.save")
    qtbot.waitUntil(lambda: not bench.project.is_modified, timeout=PATIENCE)
    layers = bench.masks.clip.masks
    stroke(window, (x - 9, y - 12), (x - 9, y + 12))
    assert not window.close(), "it asks about a stroke that is not stored yet as well"
    qtbot.waitUntil(bench.project.asker.show_again, timeout=PATIENCE)
    assert bench.masks.clip.masks != layers
    bench.project.asker.close()


def drag_key(qtbot, graph, start, stop):
    """Drag in the graph from one (frame, value) to another."""
    qtbot.waitUntil(graph.isVisible)
    view, scene = graph.getViewBox(), graph.viewport()
    points = [
        QPointF(graph.mapFromScene(view.mapViewToScene(QPointF(*place)))) for place in (start, stop)
    ]
    kinds, left = QEvent.Type, Qt.MouseButton.LeftButton

    def send(kind, at, button, buttons):
        keys = Qt.KeyboardModifier.NoModifier
        there = scene.mapToGlobal(at)
        QApplication.sendEvent(scene, QMouseEvent(kind, at, there, button, buttons, keys))

    none = Qt.MouseButton.NoButton
    send(kinds.MouseMove, points[0], none, none)
    send(kinds.MouseButtonPress, points[0], left, left)
    for step in range(1, 4):
        qtbot.wait(15)  # pyqtgraph sees one move in 10 ms
        send(kinds.MouseMove, points[0] + (points[1] - points[0]) * (step / 3), none, left)
    send(kinds.MouseButtonRelease, points[1], left, none)

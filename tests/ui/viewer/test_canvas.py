"""The canvas paints true pixels at any scale of the screen and answers mouse and wheel."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from latentsync_studio.ui.viewer.canvas import Canvas
from latentsync_studio.ui.viewer.views import Composed

WIDTH, HEIGHT = 90, 60


def noise(seed, width=WIDTH, height=HEIGHT):
    draw = np.random.default_rng(seed)
    return draw.integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture
def canvas(qtbot, look):
    made = Canvas(look)
    made.resize(300, 200)
    qtbot.addWidget(made)
    made.show()
    return made


def pixels(widget, ratio=1.0):
    """What the widget paints on a screen of `ratio` device px a px."""
    image = QImage(widget.size() * ratio, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(ratio)
    widget.render(image)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def drag(canvas, start, stop, button):
    QTest.mousePress(canvas, button, pos=start)
    QTest.mouseMove(canvas, stop)
    QTest.mouseRelease(canvas, button, pos=stop)


def turn(canvas, at, notches):
    event = QWheelEvent(
        QPointF(at),
        canvas.mapToGlobal(QPointF(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_at_100_percent_every_pixel_is_itself(canvas):
    picture = noise(1)
    canvas.show_picture(Composed(picture), (WIDTH, HEIGHT))
    canvas.zoom_to(1.0)
    x, y, width, height = (int(v) for v in canvas.area)
    assert np.array_equal(pixels(canvas)[y : y + height, x : x + width], picture)


def test_an_odd_width_does_not_slant_the_picture(canvas):
    picture = noise(2, width=61)
    canvas.show_picture(Composed(picture), (61, HEIGHT))
    canvas.zoom_to(1.0)
    x, y, width, height = (int(v) for v in canvas.area)
    assert np.array_equal(pixels(canvas)[y : y + height, x : x + width], picture)


def test_above_400_percent_pixels_are_squares(canvas):
    picture = noise(3)
    canvas.show_picture(Composed(picture), (WIDTH, HEIGHT))
    canvas.zoom_to(8.0)
    x, y = (int(v) for v in canvas.area[:2])
    shown = pixels(canvas)
    for column, row in ((40, 25), (45, 30), (50, 35)):
        left, top = x + 8 * column, y + 8 * row
        assert (shown[top : top + 8, left : left + 8] == picture[row, column]).all()


def test_the_surround_is_neutral(canvas, look):
    canvas.show_picture(Composed(noise(4)), (WIDTH, HEIGHT))
    canvas.zoom_to(1.0)
    corner = pixels(canvas)[4, 4]
    assert corner[0] == corner[1] == corner[2] == look.theme.color("surround").red()


def test_a_small_stand_in_fills_the_same_place(canvas):
    small = np.full((HEIGHT // 3, WIDTH // 3, 3), 200, np.uint8)
    canvas.show_picture(Composed(small), (WIDTH, HEIGHT))
    canvas.zoom_to(1.0)
    x, y, width, height = (int(v) for v in canvas.area)
    assert (pixels(canvas)[y : y + height, x : x + width] == 200).all()


def test_the_wheel_zooms_at_the_cursor(canvas):
    canvas.show_picture(Composed(noise(5)), (WIDTH, HEIGHT))
    before = canvas.area
    at = QPoint(200, 90)
    turn(canvas, at, 2)
    after = canvas.area
    assert after.width == pytest.approx(before.width * 1.44, abs=1)
    share = (at.x() - before.x) / before.width
    assert after.x + share * after.width == pytest.approx(at.x(), abs=1.5)
    turn(canvas, at, -2)
    assert canvas.area.width == pytest.approx(before.width, abs=1)


def test_middle_drag_and_hand_tool_pan(canvas):
    canvas.show_picture(Composed(noise(6)), (WIDTH, HEIGHT))
    canvas.zoom_to(6.0)
    for button, hand in ((Qt.MouseButton.MiddleButton, False), (Qt.MouseButton.LeftButton, True)):
        canvas.use_hand(hand)
        before = canvas.area
        drag(canvas, QPoint(100, 100), QPoint(120, 90), button)
        assert (canvas.area.x - before.x, canvas.area.y - before.y) == (20, -10)


def test_without_the_hand_tool_a_left_drag_moves_nothing(canvas):
    canvas.show_picture(Composed(noise(6)), (WIDTH, HEIGHT))
    before = canvas.area
    drag(canvas, QPoint(100, 100), QPoint(120, 90), Qt.MouseButton.LeftButton)
    assert canvas.area == before


def test_the_wipe_shows_source_left_and_result_right_and_follows_the_mouse(qtbot, canvas):
    result, source = np.full((2, HEIGHT, WIDTH, 3), 40, np.uint8)
    source[:] = 220
    canvas.show_picture(Composed(result, left=source), (WIDTH, HEIGHT))
    canvas.wipe_moved.connect(canvas.show_wipe)
    area = canvas.area
    row = int(area.y + 12)
    shown = pixels(canvas)[row]
    assert shown[int(area.x) + 20, 0] == 220
    assert shown[int(area.x + area.width) - 20, 0] == 40
    line = QPoint(int(area.x + area.width / 2), 60)
    drag(canvas, line, QPoint(int(area.x + area.width * 0.25), 60), Qt.MouseButton.LeftButton)
    assert canvas.wipe == pytest.approx(0.25, abs=0.01)
    assert pixels(canvas)[row, int(area.x + area.width * 0.4), 0] == 40


def test_ctrl_and_arrows_pan(canvas):
    canvas.show_picture(Composed(noise(6)), (WIDTH, HEIGHT))
    canvas.zoom_to(6.0)
    before = canvas.area
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert (canvas.area.x - before.x, canvas.area.y - before.y) == (-30, 20)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.area.x - before.x == -30


def test_double_click_goes_to_100_percent_and_back(canvas):
    canvas.show_picture(Composed(noise(7)), (WIDTH, HEIGHT))
    for zoom in (1.0, None, 1.0):
        QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 100))
        assert canvas.placing.zoom == zoom


@pytest.mark.parametrize("safe", [True, False])
def test_safe_areas_are_drawn_where_they_belong(canvas, safe):
    canvas.show_picture(Composed(np.zeros((HEIGHT, WIDTH, 3), np.uint8)), (WIDTH, HEIGHT))
    canvas.show_safe_areas(safe)
    shown = pixels(canvas)
    for share in (0.93, 0.90):
        frame = canvas.area.inset(share)
        row = shown[round(frame.y) - 1 : round(frame.y) + 2, 120:180]
        assert (row.max() > 150) == safe


def test_a_missing_picture_is_a_checker_with_a_reason_and_a_gap_is_black(canvas):
    canvas.show_picture(Composed(None), (WIDTH, HEIGHT), "clip.mp4 is offline.")
    x, y = (int(v) for v in canvas.area[:2])
    shown = pixels(canvas)[y + 2 : y + 22, x + 2 : x + 22]
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) == 2
    canvas.show_picture(Composed(None), (WIDTH, HEIGHT))
    assert pixels(canvas)[y + 30, x + 30].max() == 0


def test_zoom_is_in_pixels_of_the_screen(canvas, monkeypatch):
    monkeypatch.setattr(canvas, "devicePixelRatioF", lambda: 2.0)
    picture = noise(8)
    canvas.show_picture(Composed(picture), (WIDTH, HEIGHT))
    canvas.zoom_to(1.0)
    assert canvas.canvas_size == (600, 400)
    x, y, width, height = (int(v) for v in canvas.area)
    assert np.array_equal(pixels(canvas, 2.0)[y : y + height, x : x + width], picture)


class Painted(QObject):
    """Notes which part of a widget is painted."""

    def __init__(self, widget):
        super().__init__(widget)
        self.boxes = []
        widget.installEventFilter(self)

    def eventFilter(self, _watched, event):
        if event.type() == QEvent.Type.Paint:
            self.boxes.append(event.region().boundingRect())
        return False


def test_the_next_frame_paints_nothing_of_what_lies_around_it(canvas, qtbot):
    tall = (HEIGHT, 10 * HEIGHT)
    painted = Painted(canvas)
    for seed in range(3):
        painted.boxes.clear()
        canvas.show_picture(Composed(noise(seed, *tall)), tall)
        qtbot.waitUntil(lambda: bool(painted.boxes))
    assert painted.boxes[-1].width() < canvas.width() / 3
    assert painted.boxes[-1].contains(QPoint(canvas.width() // 2, 5))
    painted.boxes.clear()
    canvas.show_picture(Composed(None), tall, "It is not there.")
    qtbot.waitUntil(lambda: bool(painted.boxes))
    assert painted.boxes[-1].width() == canvas.width()

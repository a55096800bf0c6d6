"""Lines as they are painted: pixel for pixel, over each other, with gaps, filled and dashed."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from latentsync_studio.ui.scopes.drawn_lines import DrawnLines, path_of
from latentsync_studio.ui.scopes.lines import Line
from latentsync_studio.ui.theme.colors import DARK

WIDTH, HEIGHT = 90, 40  # px for 900 frames and values 0..40


@pytest.fixture
def painted(qapp):
    """Paint lines; (HEIGHT, WIDTH) whether each pixel is inked."""

    def paint(*lines, frames=900, ratio=1):
        item = DrawnLines()
        item.show_lines(lines, DARK)
        item.see(QRectF(0, 0, frames, HEIGHT), WIDTH)
        image = QImage(WIDTH * ratio, HEIGHT * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(0)
        painter = QPainter(image)
        item.paint(painter, QRectF(0, 0, WIDTH, HEIGHT))
        painter.end()
        shape = (HEIGHT * ratio, WIDTH * ratio, 4)
        return np.array(image.constBits()).reshape(shape)[..., :3].max(axis=2)

    return paint


def curve(**changed):
    values = np.full(900, 10.0, np.float32)
    values[455], values[300:400] = 30, np.nan
    line = Line.of("a", values, "accent")
    return Line(**{**vars(line), **changed})


def test_a_single_frame_of_an_hour_is_a_whole_column_and_a_gap_is_one(painted):
    inked = painted(curve()) > 0
    rows = np.flatnonzero(inked[:, 45])
    assert (rows.min(), rows.max()) == (HEIGHT - 30, HEIGHT - 10)
    assert len(rows) == 21
    assert not inked[:, 30:40].any()
    assert inked[HEIGHT - 10, 29]
    assert inked[HEIGHT - 10, 40]
    assert inked[:, :30].sum() == 30


def test_what_is_filled_reaches_the_bottom_faintly(painted):
    inked = painted(curve(is_filled=True))
    column = inked[:, 10].astype(int)
    assert (column[: HEIGHT - 10] == 0).all()
    assert column[HEIGHT - 10] > 2 * column[-1] > 0
    assert (column[HEIGHT - 9 :] == column[-1]).all()


def test_dense_lines_still_differ_by_more_than_their_color(painted):
    solid, dash, dot = (
        int((painted(curve(style=style))[HEIGHT - 10, :30] > 0).sum())
        for style in ("solid", "dash", "dot")
    )
    assert (solid, dash, dot) == (30, 21, 16)


def test_a_line_below_another_is_seen_through_it(painted):
    under = Line.of("b", np.full(900, 10.0, np.float32), "warning")
    above, both = painted(curve()), painted(under, curve())
    assert both[HEIGHT - 10, 5] != above[HEIGHT - 10, 5]
    assert both[HEIGHT - 10, 35] > 0  # in the gap


def test_with_two_pixels_a_point_everything_is_where_it_was(painted):
    inked = painted(curve(), ratio=2) > 0
    rows = np.flatnonzero(inked[:, 91])
    assert (rows.min(), rows.max()) == (2 * (HEIGHT - 30), 2 * (HEIGHT - 10) + 1)


def test_a_close_look_is_a_path_with_the_same_gap(painted):
    values = np.full(30, 10.0, np.float32)
    values[10:20] = np.nan
    inked = painted(Line.of("a", values, "accent"), frames=30) > 0
    assert inked[HEIGHT - 11 : HEIGHT - 8, 5:28].any(axis=0).all()
    assert not inked[:, 32:58].any()


def test_points_become_a_path_with_its_gaps():
    nan = np.nan
    path = path_of(np.arange(6.0), np.array([nan, 1, 2, nan, 4, 5]))
    found = [
        (path.elementAt(k).type.value, path.elementAt(k).x, path.elementAt(k).y) for k in range(4)
    ]
    assert path.elementCount() == 4
    assert found == [(0, 1, 1), (1, 2, 2), (0, 4, 4), (1, 5, 5)]
    path.lineTo(6, 6)  # goes on where it ended
    assert path.elementCount() == 5
    assert path_of(np.arange(3.0), np.full(3, nan)).isEmpty()

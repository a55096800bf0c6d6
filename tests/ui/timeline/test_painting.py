"""What is painted: everything without complaint, and only what changed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QColor, QImage, QPainter

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.clips import enable
from latentsync_studio.core.timeline.edits.dissolves import set_dissolve
from latentsync_studio.core.timeline.edits.marks import add_marker, set_work_area
from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.core.timeline.edits.trim import trim_tail
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.services.timeline.spans import Span
from latentsync_studio.ui.timeline.painting.overlay import words_place
from latentsync_studio.ui.timeline.painting.spans import PATTERNS, SIGNS
from latentsync_studio.ui.timeline.painting.tiles import wave_image
from tests.ui.timeline.scenes import A1, STILL, TALK, V1, many
from tests.ui.timeline.standins import waves

STATES = ("ready", "missing", "stale", "failed", "passed")


def picture(canvas, rect=None):
    image = QImage(canvas.viewport().size(), QImage.Format.Format_RGB32)
    image.fill(QColor("magenta"))
    painter = QPainter(image)
    rect = rect or canvas.viewport().rect()
    painter.setClipRect(rect)
    for _ in range(40):
        canvas.painter.begin()
        canvas.painter.paint(painter, canvas.scene(), rect)
        if not canvas.painter.clips.tiles.is_behind:
            break
    painter.end()
    return image


@pytest.fixture
def painted(canvas, monkeypatch):
    """The rectangles that were painted since."""
    found = []
    paint = canvas.painter.paint
    monkeypatch.setattr(
        canvas.painter, "paint", lambda p, s, rect: (found.append(rect), paint(p, s, rect))
    )
    return found


def test_everything_at_once_is_painted(bench, canvas):
    sequence = bench.session.sequence.id
    bench.media.offline = {STILL}
    bench.media.states_changed.emit()
    for change in (
        lambda p: set_dissolve(p, "c100", 10, 10),
        lambda p: enable(p, ["c101"], enabled=False),
        lambda p: set_work_area(p, sequence, FrameRange(30, 300)),
        lambda p: add_marker(p, sequence, FrameRange(40, 60), "A", "red"),
        lambda p: switch_track(p, A1, muted=True, locked=True),
    ):
        assert bench.store.edit("Edit", change)
    bench.spans._spans = {
        "c100": tuple(
            Span(frames=FrameRange(25 + 40 * n, 65 + 40 * n), state=state, text="")
            for n, state in enumerate(STATES)
        )
    }
    bench.session.select({"c100", "c105"})
    image = picture(canvas)
    assert QColor(image.pixel(5, 5)) != QColor("magenta")
    theme = bench.look.theme
    row = canvas.rows.by_track[V1]
    strip = 40 + row.bottom - 4
    x = round(canvas.view.x_of(45)) + 14
    assert QColor(image.pixel(x, strip)) == theme.color("ready")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("scale", [0.01, 0.2, 1.0, 4.0, 60.0])
def test_a_strip_that_is_painted_again_looks_like_before(bench, canvas, theme, scale):
    bench.look.use(theme)
    bench.store.open(many(800))
    bench.session.select({"c1010", "c2600"})
    canvas._set_scale(scale)
    canvas.scroll_to(round(700 * scale), 0)
    picture(canvas)
    whole = picture(canvas)  # copied from here on
    rect = canvas.viewport().rect().adjusted(333, 0, 0, 0)
    rect.setWidth(20)
    kept = picture(canvas, rect)
    canvas.painter.rows.clear()
    part = picture(canvas, rect)
    assert part.copy(rect) == whole.copy(rect) == kept.copy(rect)


def test_rows_that_are_kept_look_like_rows_that_are_painted(bench, canvas):
    bench.media.offline = {STILL}
    bench.media.states_changed.emit()
    clear, spans = canvas.painter.rows.clear, bench.spans._spans
    clear()
    steps = (
        lambda: bench.session.select({"c100"}),
        lambda: bench.store.edit("Off", lambda p: enable(p, ["c101"], enabled=False)),
        lambda: bench.store.edit("Lock", lambda p: switch_track(p, A1, muted=True, locked=True)),
        lambda: spans.update(c100=(Span(frames=FrameRange(25, 99), state="ready", text=""),)),
        lambda: spans.update(c100=(Span(frames=FrameRange(25, 99), state="stale", text=""),)),
        lambda: canvas.scroll_to(13, 0),
        lambda: canvas.zoom(1.1),
        lambda: canvas.set_height(A1, 77),
        lambda: bench.look.use("light"),
        lambda: bench.media.offline.clear() or bench.media.states_changed.emit(),
        lambda: bench.session.seek(60),
        bench.store.undo_stack.undo,
    )
    before = picture(canvas)
    for step in steps:
        step()
        painted, made, kept = (picture(canvas) for _ in range(3))
        assert painted == made == kept
        clear()
        assert kept == picture(canvas)
        assert kept != before
        before = kept


STATE_SPANS = tuple(
    Span(frames=FrameRange(25 + 40 * n, 65 + 40 * n), state=state, text="")
    for n, state in enumerate(STATES)
)


@pytest.mark.parametrize("scale", [0.02, 0.7, 1.3, 5.3])
def test_rows_that_are_scrolled_look_like_rows_that_are_painted(bench, canvas, scale):
    crowd = many(800)
    first, second, *others = crowd.sequences[0].tracks
    shown = replace(
        crowd.sequences[0],
        tracks=(replace(first, is_locked=True), replace(second, is_muted=True), *others),
    )
    bench.store.open(replace(crowd, sequences=(shown,)))
    some = [clip.id for clip in others[1].clips[::3]]
    bench.store.edit("Off", lambda p: enable(p, some, enabled=False))
    bench.media.offline = {STILL}
    bench.session.select({clip.id for clip in second.clips[::4]})
    bench.spans._spans = {clip.id: STATE_SPANS for clip in others[0].clips}
    canvas._set_scale(scale)
    at = 400
    canvas.scroll_to(at, 0)
    picture(canvas)
    for by in (7, 1, 60, -13, -100, 333, -2, 5000, -5000):
        at += by
        canvas.scroll_to(at, 0)
        assert canvas.view.left == min(at, canvas.horizontalScrollBar().maximum())
        moved = picture(canvas)
        canvas.painter.rows.clear()
        picture(canvas)
        fresh = picture(canvas)
        assert moved == fresh, f"scrolled by {by} px"


def test_a_better_picture_of_a_medium_is_shown_once_its_proxy_is_there(bench, canvas):
    before = picture(canvas)
    pictures = canvas.painter.clips.pictures
    assert pictures.kept
    white = QImage(160, 90, QImage.Format.Format_RGB32)
    white.fill(QColor("white"))
    bench.media._images.clear()
    bench.media.thumbnail = lambda *_: white
    assert picture(canvas) == before
    bench.media.proxy_ready.emit(TALK)
    assert picture(canvas) != before


@pytest.mark.parametrize(
    ("room", "shown"), [(200, "interview"), (30, "inte"), (20, "int"), (11, None)]
)
def test_a_name_is_cut_where_dots_would_take_the_room_of_letters(canvas, room, shown):
    text = canvas._texts.of("interview", room)
    if shown is None:
        assert text is None
    else:
        assert text.text()[: len(shown) - 1] == shown[: len(shown) - 1]
        assert "\N{HORIZONTAL ELLIPSIS}" not in text.text()
    assert (
        "\N{HORIZONTAL ELLIPSIS}"
        in canvas._texts.of("interview take 3 of the second day", 90).text()
    )


def test_a_row_with_pictures_that_are_yet_to_come_is_not_kept(bench, canvas, monkeypatch):
    canvas.painter.clips.pictures.kept.clear()
    canvas.painter.rows.clear()
    thumbnail = bench.media.thumbnail
    monkeypatch.setattr(bench.media, "thumbnail", lambda *_: None)
    empty = picture(canvas)
    assert picture(canvas) == empty
    monkeypatch.setattr(bench.media, "thumbnail", thumbnail)
    full = picture(canvas)
    assert full != empty
    canvas.painter.rows.clear()
    assert picture(canvas) == full


def test_a_moving_playhead_repaints_two_strips(bench, canvas, painted, qtbot):
    bench.session.seek(100)
    qtbot.wait(100)  # what is still to be painted since it was shown
    painted.clear()
    bench.session.seek(200)
    qtbot.waitUntil(lambda: len(painted) == 2)
    assert sum(rect.width() for rect in painted) <= 40


def test_an_edit_repaints_the_rows_that_changed(bench, canvas, painted, qtbot):
    canvas.viewport().update()
    qtbot.waitUntil(lambda: bool(painted))  # what is still to be painted since it was shown
    qtbot.waitUntil(lambda: not (canvas.painter.clips.tiles.is_behind or canvas._later.isActive()))
    qtbot.wait(50)
    painted.clear()
    bench.store.edit("Trim", lambda p: trim_tail(p, "c105", -5, linked=False))
    qtbot.waitUntil(lambda: bool(painted))
    assert all(rect.height() <= canvas.rows.rows[0].height for rect in painted)


def test_drop_frame_and_folded_tracks_are_painted(bench, canvas):
    project = bench.store.project
    shown = replace(project.sequences[0], rate=FrameRate(30_000, 1001), is_drop=True)
    bench.store.open(replace(project, sequences=(shown,)))
    bench.store.edit("Fold", lambda p: switch_track(p, V1, hidden=True))
    picture(canvas)
    assert ";" in canvas.clock.label(0)


def test_a_wave_is_as_high_as_its_peaks():
    peaks = waves(8000, 120).tile(0, 50, 64)
    image = wave_image(peaks, 41, QColor("#ffffff"))
    for x in range(64):
        filled = [y for y in range(41) if image.pixelColor(x, y).alpha()]
        assert filled[0] == int(20 - peaks[x, 1] * 20)
        assert abs(filled[-1] - (20 - peaks[x, 0] * 20)) < 1


def test_states_differ_in_more_than_color():
    assert len({PATTERNS[state] for state in STATES}) == len(STATES)
    assert len({SIGNS[state] for state in STATES}) == len(STATES)


def test_words_beside_the_mouse_stay_in_the_widget():
    assert words_place((10, 10), (100, 30), (400, 300)) == (24, 28)
    assert words_place((395, 295), (100, 30), (400, 300)) == (296, 257)


def test_ten_thousand_clips_fit(bench, canvas):
    bench.store.open(many(10_000))
    canvas.zoom_fit()
    image = picture(canvas)
    row = canvas.rows.rows[0]
    fill = bench.look.theme.color("video_clip")
    assert QColor(image.pixel(200, 40 + row.top + 20)) == fill


def test_an_empty_timeline_says_what_to_do(bench, canvas):
    bench.store.open(replace(bench.store.project, sequences=()))
    assert canvas.scene() is None
    assert '","' in canvas._empty_text()
    canvas.viewport().grab()

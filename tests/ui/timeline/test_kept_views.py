"""What the timeline looked like is found again, of each project its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import shiboken6
from msgspec.structs import replace

from latentsync_studio.ui.timeline.canvas import TimelineCanvas
from latentsync_studio.ui.timeline.geometry import FIRST_HEIGHTS, RULER, TALLEST, Heights
from latentsync_studio.ui.timeline.kept_views import PROJECTS, KeptViews
from latentsync_studio.ui.timeline.panel import TimelinePanel
from tests.ui.timeline.scenes import A1, V1, many, talk


def show(bench, path, project):
    """Open a project as the controller does: the path is known first and told last."""
    bench.project.path = Path(path)
    bench.store.open(project)
    bench.project.title_changed.emit()


@pytest.fixture
def start(bench, qtbot):
    """Makes a canvas as at the start of the program; the one before is closed."""
    made = []

    def make():
        if made:
            close(made.pop())
        bench.project.path = None
        canvas = TimelineCanvas(bench)
        made.append(canvas)
        canvas.resize(900, 300)
        canvas.show()
        qtbot.waitExposed(canvas)
        return canvas

    yield make
    while made:
        close(made.pop())


def close(canvas):
    canvas.close_canvas()
    canvas.close()
    shiboken6.delete(canvas)


def test_zoom_scroll_and_heights_are_found_again_at_the_next_start(bench, start):
    canvas = start()
    show(bench, "/films/a.lss", talk())
    canvas.zoom(6)
    canvas.scroll_to(120, 0)
    canvas.set_height(A1, 90)
    canvas.scale_heights(1.25)
    scale, heights = canvas.view.scale, [row.height for row in canvas.rows.rows]
    canvas = start()
    show(bench, "/films/a.lss", talk())
    assert (canvas.view.scale, canvas.view.left) == (pytest.approx(scale), 120)
    assert [row.height for row in canvas.rows.rows] == heights
    assert canvas.rows.by_track[A1].height > canvas.rows.by_track[V1].height


def test_playheads_and_the_shown_sequence_are_found_again(bench, start):
    project = talk()
    both = replace(
        project, sequences=(*project.sequences, replace(project.sequences[0], id="s5", name="B"))
    )
    start()
    show(bench, "/films/a.lss", both)
    assert bench.session.playhead == 0
    bench.session.seek(70)
    bench.session.show_sequence("s5")
    assert bench.session.playhead == 0
    bench.session.seek(33)
    show(bench, "/films/b.lss", both)
    assert (bench.session.sequence.id, bench.session.playhead) == ("s4", 0)
    canvas = start()
    show(bench, "/films/a.lss", both)
    assert (bench.session.sequence.id, bench.session.playhead) == ("s5", 33)
    bench.session.show_sequence("s4")
    assert bench.session.playhead == 70
    canvas.close_canvas()
    show(bench, "/films/c.lss", project)
    start()
    show(bench, "/films/a.lss", project)  # B is gone
    assert (bench.session.sequence.id, bench.session.playhead) == ("s4", 70)


def test_each_project_has_its_own_and_a_new_one_is_shown_as_a_whole(bench, start):
    canvas = start()
    show(bench, "/films/a.lss", talk())
    canvas.zoom(6)
    canvas.set_height(V1, 120)
    scale = canvas.view.scale
    show(bench, "/films/b.lss", talk())
    assert canvas.view.x_of(375) <= canvas.view.width
    assert canvas.rows.by_track[V1].height == FIRST_HEIGHTS["video"]
    show(bench, "/films/a.lss", talk())
    assert canvas.view.scale == pytest.approx(scale)
    assert canvas.rows.by_track[V1].height == 120


def test_a_project_that_is_saved_under_a_name_is_kept_under_it(bench, start):
    canvas = start()
    bench.store.open(talk())
    canvas.set_height(V1, 130)
    bench.project.path = Path("/films/new.lss")
    bench.project.title_changed.emit()
    canvas = start()
    show(bench, "/films/new.lss", talk())
    assert canvas.rows.by_track[V1].height == 130


def test_what_cannot_be_read_or_be_so_is_left_aside(bench, start):
    bench.preferences.set_layout("timeline", b"not json")
    heights = Heights()
    KeptViews(bench).begin(heights)
    assert heights.of_kind == FIRST_HEIGHTS
    bench.preferences.set_layout(
        "timeline",
        b'{"video": 9999, "projects": {"/a": {"heights": {"t13": 1}, "places": {"s4": [0, -3]}}}}',
    )
    canvas = start()
    show(bench, "/a", talk())
    assert canvas.heights.of_kind["video"] == TALLEST
    assert canvas.view.scale > 0
    assert canvas.view.left >= 0


def test_the_oldest_projects_are_forgotten(bench, start):
    canvas = start()
    for number in range(PROJECTS + 3):
        show(bench, f"/films/{number}.lss", talk())
    canvas.close_canvas()
    kept = KeptViews(bench)._read().projects
    assert list(kept) == [f"/films/{number}.lss" for number in range(3, PROJECTS + 3)]


def test_the_smallest_panel_shows_a_picture_and_its_sound(bench, qtbot):
    panel = TimelinePanel(bench)
    bench.store.open(many(16, n_tracks=2))
    panel.show()
    qtbot.waitExposed(panel)
    panel.resize(700, 10)
    canvas = panel.canvas
    assert RULER + canvas.rows.rows[-1].bottom <= canvas.viewport().height()
    panel.close_panel()
    panel.close()
    shiboken6.delete(panel)

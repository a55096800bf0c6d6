"""The export dialog: where to, which part, how, and what is in the way."""

import pytest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.marks import set_work_area
from latentsync_studio.services.timeline.spans import Span
from latentsync_studio.ui.export.forecast import remember_speed
from latentsync_studio.ui.widgets.file_dialogs import remember_folder
from tests.ui.jobs.conftest import FRAMES, desk, laid, pair  # noqa: F401 - fixtures


@pytest.fixture
def dialog(qtbot, desk):  # noqa: F811 - the fixture
    def ask():
        desk.workbench.actions.trigger("file.export_movie")
        shown = desk.jobs.commands.dialog
        qtbot.waitUntil(lambda: shown.is_checked, timeout=20_000)
        return shown

    return ask


def test_a_good_place_can_be_exported_to_and_is_remembered(qtbot, desk, dialog, tmp_path):  # noqa: F811
    shown = dialog()
    assert shown.line.text().endswith("clip.mp4")
    shown.line.setText(str(tmp_path / "my movie.mp4"))
    assert not shown.export_button.isEnabled()  # until it was looked at
    qtbot.waitUntil(lambda: shown.is_checked)
    assert "GiB free" in shown.room.text()
    assert "Nothing is in the way" in shown.trouble.text()
    shown.form.editors["quality"].spin.setValue(25)
    qtbot.waitUntil(lambda: shown.is_checked)
    shown.export_button.click()
    assert desk.jobs.commands.dialog is None
    assert desk.workbench.store.project.settings.encode.quality == 25
    assert desk.workbench.store.undo_stack.undoText() == "Export settings"
    qtbot.waitUntil(lambda: len(desk.jobs.jobs()) == 1)
    (job,) = desk.jobs.jobs()
    assert job.title == "Export my movie.mp4"
    assert job.wanted.output == str(tmp_path / "my movie.mp4")
    again = dialog()
    assert again.output.parent == tmp_path
    again.reject()


def test_the_folder_of_the_project_is_suggested_and_never_one_of_its_media(
    qtbot,
    desk,  # noqa: F811 - the fixture
    dialog,
    tmp_path,
    pair,  # noqa: F811 - the fixture
):
    remember_folder(desk.workbench.preferences, "export", tmp_path)
    beside = pair[0].parent / "my cut.lsp"
    for path, name in ((beside, "my cut.mp4"), (pair[0].with_suffix(".lsp"), "clip movie.mp4")):
        desk.project._open.save_as(path, desk.workbench.store.project)
        shown = dialog()
        assert shown.output == pair[0].parent / name
        assert not shown.problems
        shown.reject()


def test_what_is_in_the_way_is_said_with_its_remedy(qtbot, dialog, tmp_path):
    shown = dialog()
    shown.line.setText(str(tmp_path / "no such folder" / "a.mp4"))
    qtbot.waitUntil(lambda: shown.is_checked)
    assert "no such folder" in shown.trouble.text()
    assert not shown.export_button.isEnabled()
    qtbot.waitUntil(lambda: shown.height() >= shown.layout().totalHeightForWidth(shown.width()))
    (tmp_path / "a.mp4").write_bytes(b"x")
    shown.line.setText(str(tmp_path / "a.mp4"))
    qtbot.waitUntil(lambda: shown.is_checked)
    assert "will be replaced" in shown.trouble.text()
    assert shown.export_button.isEnabled()
    shown.reject()


def test_the_work_area_is_a_range_to_choose(qtbot, desk, dialog):  # noqa: F811
    shown = dialog()
    assert not shown.work_area.isEnabled()
    shown.reject()
    sequence = desk.workbench.session.sequence.id
    desk.workbench.store.edit(
        "Work area", lambda project: set_work_area(project, sequence, FrameRange(4, 10))
    )
    shown = dialog()
    assert shown.frames is None
    shown.work_area.setChecked(True)
    assert shown.frames == FrameRange(4, 10)
    shown.reject()


def test_the_time_is_told_once_this_machine_was_measured(desk, dialog):  # noqa: F811
    clip = desk.workbench.session.sequence.tracks[0].clips[0].id
    missing = Span(frames=FrameRange(0, 10), state="missing", text="")
    desk.workbench.spans.found = {clip: (missing,)}
    shown = dialog()
    assert "10 frame" in shown.time.text()
    assert "after the first export" in shown.time.text()
    shown.reject()
    remember_speed(desk.workbench.preferences, "export", FRAMES / 60)
    remember_speed(desk.workbench.preferences, "synthesize", 10 / 120)
    shown = dialog()
    assert "About 3 min" in shown.time.text()
    shown.reject()

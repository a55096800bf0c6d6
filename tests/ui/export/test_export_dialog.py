"""The export dialog: where to, which part, how, and what is in the way."""

import pytest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.marks import set_work_area
from latentsync_studio.services.delivery.requests import USUAL_FORMATS
from latentsync_studio.services.timeline.spans import Span
from latentsync_studio.ui.export.forecast import remember_speed, writing_kind
from latentsync_studio.ui.export.page import Found
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
    assert shown.movie.line.text().endswith("clip.mp4")
    shown.movie.line.setText(str(tmp_path / "my movie.mp4"))
    assert not shown.export_button.isEnabled()  # until it was looked at
    qtbot.waitUntil(lambda: shown.is_checked)
    assert "GiB free" in shown.report.room.text()
    assert "Nothing is in the way" in shown.report.trouble.text()
    shown.movie.form.editors["quality"].spin.setValue(25)
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
    assert again.movie.output.parent == tmp_path
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
        assert shown.movie.output == pair[0].parent / name
        assert not shown.problems
        shown.reject()


def test_what_is_in_the_way_is_said_with_its_remedy(qtbot, dialog, tmp_path):
    shown = dialog()
    shown.movie.line.setText(str(tmp_path / "no such folder" / "a.mp4"))
    qtbot.waitUntil(lambda: shown.is_checked)
    assert "no such folder" in shown.report.trouble.text()
    assert not shown.export_button.isEnabled()
    (tmp_path / "a.mp4").write_bytes(b"x")
    shown.movie.line.setText(str(tmp_path / "a.mp4"))
    qtbot.waitUntil(lambda: shown.is_checked)
    assert "will be replaced" in shown.report.trouble.text()
    assert shown.export_button.isEnabled()
    shown.reject()


def test_every_page_fits_a_small_screen_and_the_buttons_stay_in_view(qtbot, dialog):
    shown = dialog()
    shown.resize(1024, 576 - 40)  # 1280 x 720 at 125 %, without the window's title
    for number in range(3):
        shown.tabs.setCurrentIndex(number)
        qtbot.waitUntil(lambda: shown.is_checked, timeout=20_000)
        shown.report.show_found(Found((), tuple(f"Loss {k}." for k in range(6)), None, False))
        assert (shown.width(), shown.height()) == (1024, 576 - 40)
        assert shown.rect().contains(
            shown.export_button.geometry().translated(shown.export_button.parentWidget().pos())
        )
        page = shown.page.parentWidget()  # wide enough, so that nothing is cut at the side
        assert shown.page.width() <= page.width()
        shown.resize(shown.width(), 360)  # and lower still
        assert shown.height() == 360
        shown.resize(1024, 576 - 40)
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
    assert shown.asked.frames is None
    shown.work_area.setChecked(True)
    assert shown.asked.frames == FrameRange(4, 10)
    shown.reject()


def test_the_time_is_told_once_this_machine_was_measured(qtbot, desk, dialog):  # noqa: F811
    clip = desk.workbench.session.sequence.tracks[0].clips[0].id
    missing = Span(frames=FrameRange(0, 10), state="missing", text="")
    desk.workbench.spans.found = {clip: (missing,)}
    shown = dialog()
    assert "10 frame" in shown.report.time_text.text()
    assert "after the first time" in shown.report.time_text.text()
    shown.reject()
    sequence = desk.workbench.session.sequence
    pixels = FRAMES * sequence.width * sequence.height
    remember_speed(desk.workbench.preferences, writing_kind("libx264"), pixels / 60)
    remember_speed(desk.workbench.preferences, "synthesize", 10 / 120)
    shown = dialog()
    qtbot.waitUntil(lambda: shown.is_tried, timeout=20_000)
    assert "About 3 min" in shown.report.time_text.text()
    assert "encoded for a trial" in shown.report.size_text.text()
    shown.reject()


def test_a_preset_sets_all_of_the_encoding_and_the_ending(qtbot, desk, dialog, tmp_path):  # noqa: F811
    shown = dialog()
    page = shown.movie
    assert page.preset.currentData() == "source"
    page.line.setText(str(tmp_path / "a.mp4"))

    def choose(name):
        page.preset.setCurrentIndex(page.preset.findData(name))
        page.preset.activated.emit(page.preset.currentIndex())

    choose("prores-hq")
    assert (page.output.name, page.encode.codec, page.encode.audio) == ("a.mov", "prores", "pcm24")
    assert not page.form.editors["quality"].isEnabled()
    choose("png-sequence")
    assert page.output.name == "a"
    assert not page.form.editors["chapters"].isEnabled()
    page.form.edited.emit("codec", "vp9")
    assert (page.output.name, page.preset.currentData()) == ("a.webm", "")
    page.line.setText(str(tmp_path / "b.mp4"))
    qtbot.waitUntil(lambda: shown.is_checked, timeout=20_000)
    assert shown.export_button.isEnabled()  # VP9 goes into MP4 too
    assert not shown.report.lost.text()
    page.line.setText(str(tmp_path / "b.mov"))
    qtbot.waitUntil(lambda: shown.is_checked and bool(shown.problems), timeout=20_000)
    assert "VP9 does not go into a .mov file" in shown.report.trouble.text()
    assert "not known" in shown.report.size_text.text()
    shown.reject()


def test_selected_clips_are_a_range_and_what_a_package_renders(qtbot, desk, dialog, tmp_path):  # noqa: F811
    clip = desk.workbench.session.sequence.tracks[0].clips[0]
    desk.workbench.session.select(clips=[clip.id])
    shown = dialog()
    shown.selection.setChecked(True)
    assert shown.asked.frames == clip.placed
    shown.tabs.setCurrentIndex(1)
    page = shown.package
    page.line.setText(str(tmp_path / "for them"))
    page.clips.setChecked(False)
    page.handles.setValue(0.5)
    page.consent.setText("signed")
    qtbot.waitUntil(lambda: shown.is_checked, timeout=20_000)
    assert shown.export_button.text() == "&Make package"
    qtbot.waitUntil(lambda: shown.is_tried, timeout=20_000)
    assert "as such pictures usually take" in shown.report.size_text.text()
    assert "not known" in shown.report.time_text.text()
    request = page.request(shown.asked)
    assert (request.clips, request.parts, request.handles_s) == ((clip.id,), ("patch",), 0.5)
    assert set(USUAL_FORMATS) - {"edl"} <= {*request.formats}
    assert "layers/clip" in shown.report.lost.text()  # what they lose is told beforehand
    assert request.frames is None
    shown.export_button.click()
    qtbot.waitUntil(lambda: len(desk.jobs.jobs()) == 1)
    (job,) = desk.jobs.jobs()
    assert (job.kind, job.title) == ("package", "Package for them")
    assert job.wanted.output == str(tmp_path / "for them")
    desk.jobs.cancel(job.id)
    qtbot.waitUntil(
        lambda: desk.jobs.job(job.id).state in {"interrupted", "failed"}, timeout=30_000
    )


def test_a_timeline_tells_what_it_does_not_hold_before_it_is_written(
    qtbot,
    desk,  # noqa: F811 - the fixture
    dialog,
    tmp_path,
):
    shown = dialog()
    shown.tabs.setCurrentIndex(2)
    page = shown.timeline
    row = page.format.findData("ale")
    page.format.setCurrentIndex(row)
    page.format.activated.emit(row)
    page.line.setText(str(tmp_path / "cut.ale"))
    qtbot.waitUntil(lambda: shown.is_checked, timeout=20_000)
    assert shown.report.lost.text()
    assert not shown.report.time_text.text()
    shown.export_button.click()
    qtbot.waitUntil(lambda: desk.said("Not in it"))
    assert (tmp_path / "cut.ale").is_file()
    assert not desk.jobs.jobs()
    again = dialog()
    assert again.page is again.timeline  # the page that was used last comes first
    again.timeline.line.setText(str(tmp_path / "nowhere" / "cut.xml"))
    qtbot.waitUntil(lambda: again.is_checked, timeout=20_000)
    assert "does not exist" in again.report.trouble.text()
    again.reject()

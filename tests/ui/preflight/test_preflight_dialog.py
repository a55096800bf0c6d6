"""Before a job the window tells what speaks against it; its buttons act, and it is in no way."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QScrollBar, QWidget

from latentsync_studio.core.preflight import Finding, Forecast, Preflight
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.trim import trim_tail
from latentsync_studio.services.preflight import sequence as service
from latentsync_studio.services.timeline.requests import SynthesisRequest
from latentsync_studio.ui.preflight.actions import END, REPEAT
from latentsync_studio.ui.preflight.controller import PreflightController
from tests.ui.jobs.conftest import FRAMES, desk, laid, pair  # noqa: F401 - fixtures

GOOD = Preflight(
    findings=(Finding(id="time", severity="info", sentence="Soon."),),
    forecast=Forecast(draw=12.0),
    frames=20,
)


def warned(*more, **changes):
    plain = {"id": "face-turned", "severity": "warning", "sentence": "Turned."}
    return Preflight(findings=(Finding(**(plain | changes)), *more, *GOOD.findings))


@pytest.fixture
def found(monkeypatch):
    """What services find, as the test wants it: `found.answer`; `asked` are the requests."""

    class Found:
        def __init__(self):
            self.answer, self.asked = GOOD, []

        def look(self, request, services, progress):
            self.asked.append(request)
            return self.answer

    told = Found()
    monkeypatch.setattr(service, "preflight_sequence", told.look)
    return told


@pytest.fixture
def gate(desk):  # noqa: F811 - the fixture
    made = PreflightController(desk.workbench)
    yield made
    made.close()


@pytest.fixture
def shown(qtbot, desk, gate, found):  # noqa: F811
    """Return a function that asks for a synthesis and gives the dialog."""

    def show(answer):
        found.answer = answer
        desk.workbench.actions.trigger("clip.synthesize_all")
        qtbot.waitUntil(lambda: gate.dialog is not None)
        return gate.dialog

    return show


def test_a_job_against_which_nothing_speaks_begins_without_a_question(qtbot, desk, gate, found):  # noqa: F811
    desk.workbench.actions.trigger("clip.synthesize_all")
    qtbot.waitUntil(lambda: bool(desk.jobs.jobs()))
    assert gate.dialog is None
    assert len(found.asked) == 1


def test_warnings_are_shown_and_the_job_waits_for_the_user(qtbot, desk, gate, shown):  # noqa: F811
    dialog = shown(warned())
    assert not desk.jobs.jobs()
    assert "1 warning" in dialog.summary.text()
    assert "Warning" in dialog.rows["face-turned"].kind.text()
    dialog.reject()
    assert gate.dialog is None
    dialog = shown(warned())
    dialog.begin_button.click()
    qtbot.waitUntil(lambda: bool(desk.jobs.jobs()))
    assert gate.dialog is None
    assert gate.is_asking


def test_a_synthesis_in_another_document_is_looked_at_as_that_has_it(qtbot, desk, gate, found):  # noqa: F811
    found.answer, begun = warned(), []
    project = desk.workbench.store.project
    other = project_renamed(project)
    request = SynthesisRequest(
        project=other, sequence=other.sequences[0].id, frames=FrameRange(2, 9), clips=()
    )
    made = []
    gate.before_request(lambda p: made.append(p) or request, lambda: begun.append(True))
    qtbot.waitUntil(lambda: gate.dialog is not None)
    assert made == [project]
    [asked] = found.asked
    assert (asked.project, asked.frames, asked.to_draw) == (other, FrameRange(2, 9), None)
    assert begun == []
    gate.dialog.begin_button.click()
    assert begun == [True]


def test_it_asks_no_more_where_that_is_wanted(qtbot, desk, gate, shown, found):  # noqa: F811
    dialog = shown(warned())
    dialog.quiet.setChecked(True)
    dialog.begin_button.click()
    qtbot.waitUntil(lambda: len(desk.jobs.jobs()) == 1)
    assert not gate.is_asking
    count = len(found.asked)
    began = []
    gate.before_synthesis((), lambda: began.append(True))
    assert began == [True]
    assert len(found.asked) == count
    desk.workbench.actions.trigger("clip.preflight")  # and yet it can be looked at
    qtbot.waitUntil(lambda: gate.dialog is not None)
    assert gate.dialog.begin_button is None
    assert gate.dialog.quiet.isHidden()


def test_what_blocks_cannot_be_begun_until_it_is_done(qtbot, desk, gate, shown, found):  # noqa: F811
    blocked = warned(id="missing-file", severity="blocking", actions=("relink",))
    dialog = shown(blocked)
    assert not dialog.begin_button.isEnabled()
    assert "Must be done" in dialog.rows["missing-file"].kind.text()
    found.answer = GOOD
    desk.workbench.store.edit("Anything", project_renamed)
    qtbot.waitUntil(dialog.begin_button.isEnabled)
    assert "missing-file" not in dialog.rows
    assert "Nothing speaks against it" in dialog.summary.text()


def project_renamed(project):
    from msgspec.structs import replace

    return replace(project, sequences=(replace(project.sequences[0], name="other"),))


def test_places_are_gone_to_one_after_the_other(desk, gate, shown):  # noqa: F811
    clip = desk.workbench.session.sequence.tracks[0].clips[0].id
    dialog = shown(warned(actions=("jump",), spans=((3, 6), (11, 14)), subject_id=clip))
    button = dialog.rows[f"face-turned {clip}"].buttons["jump"]
    seen = []
    for _ in range(3):
        button.click()
        seen.append(desk.workbench.session.playhead)
    assert seen == [3, 11, 3]
    assert desk.workbench.session.clips == {clip}
    assert dialog.windowModality() == Qt.WindowModality.NonModal


def test_the_buttons_change_engine_and_speed(qtbot, desk, shown):  # noqa: F811
    store = desk.workbench.store
    dialog = shown(warned(actions=("other-engine", "faster")))
    row = dialog.rows["face-turned"]
    row.buttons["faster"].click()
    assert store.project.settings.encode.quality == 23
    assert store.undo_stack.undoText() == "One step faster"
    row.buttons["other-engine"].click()
    qtbot.waitUntil(lambda: desk.said("No other engine can run"))
    from latentsync_studio.core.settings.fields import apply
    from latentsync_studio.core.timeline.edits.media import set_settings

    store.edit("e", lambda p: set_settings(p, apply(p.settings, {"engine": "latentsync"})))
    qtbot.waitUntil(lambda: bool(dialog.rows))
    dialog.rows["face-turned"].buttons["other-engine"].click()
    assert store.project.settings.engine == "mouthbank"


@pytest.mark.parametrize("key", [REPEAT, END])
def test_the_length_is_asked_for(desk, gate, shown, key):  # noqa: F811
    store = desk.workbench.store
    sequence = store.project.sequences[-1]
    clip = sequence.tracks[0].clips[0]
    store.edit("Trim", lambda project: trim_tail(project, clip.id, -8))
    dialog = shown(warned(id="speech-unseen", actions=("length-policy",)))
    dialog.rows["speech-unseen"].buttons["length-policy"].click()
    gate.actions.question.choose(key)
    after = store.project.sequences[-1]
    if key == REPEAT:
        assert [c.start for c in after.tracks[0].clips] == [0, FRAMES - 8]
    else:
        assert after.work_area == FrameRange(0, FRAMES - 8)


def test_another_output_is_asked_for_in_the_export_dialog(qtbot, desk, gate, found):  # noqa: F811
    found.answer = warned(id="disk-full", severity="blocking", actions=("choose-output",))
    gate.before_export(None, None, (), lambda: None)
    qtbot.waitUntil(lambda: gate.dialog is not None)
    gate.dialog.rows["disk-full"].buttons["choose-output"].click()
    assert gate.dialog is None
    assert desk.jobs.commands.dialog is not None
    desk.jobs.commands.dialog.reject()


def test_the_export_dialog_asks_the_gate(qtbot, desk, gate, found, tmp_path):  # noqa: F811
    desk.workbench.actions.trigger("file.export_movie")
    dialog = desk.jobs.commands.dialog
    dialog.movie.line.setText(str(tmp_path / "movie.mp4"))
    qtbot.waitUntil(lambda: dialog.is_checked, timeout=20_000)
    found.answer = warned()
    dialog.export_button.click()
    qtbot.waitUntil(lambda: gate.dialog is not None)
    assert found.asked[-1].output == tmp_path / "movie.mp4"
    assert not desk.jobs.jobs()
    gate.dialog.begin_button.click()
    qtbot.waitUntil(lambda: bool(desk.jobs.jobs()))
    assert desk.jobs.jobs()[0].wanted.output == str(tmp_path / "movie.mp4")


def test_a_look_that_fails_keeps_no_job_from_beginning(qtbot, desk, gate, monkeypatch):  # noqa: F811
    from latentsync_studio.core.errors import StorageError

    def broken(*_):
        raise StorageError("The disk is gone.")

    monkeypatch.setattr(service, "preflight_sequence", broken)
    began = []
    gate.before_synthesis((), lambda: began.append(True))
    qtbot.waitUntil(lambda: bool(began))
    assert desk.said("The disk is gone")


def test_everything_can_be_read_out_and_nothing_is_wider_than_the_dialog(qtbot, shown):
    long = "The engine needs weights:\n  a: /very/long/" + "x" * 200
    dialog = shown(
        warned(
            Finding(id="weights-missing", severity="blocking", sentence=long, subject="clip"),
            actions=("jump", "choose-face", "other-engine"),
            spans=((1, 2),),
        )
    )
    dialog.resize(640, 560)
    for widget in dialog.findChildren(QWidget):
        if isinstance(widget, QAbstractButton):
            assert widget.text() or widget.accessibleName()
    row = dialog.rows["weights-missing"]
    assert row.text.text() == "The engine needs weights."
    assert row.toolTip() == long
    bar = dialog.area.findChild(QScrollBar)
    assert bar is not None
    inside = dialog.area.widget()
    assert inside.minimumSizeHint().width() <= dialog.area.viewport().width()

"""The panel of jobs: what it says of each, and its buttons, keys, menu and dragging."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from latentsync_studio.core.job_frames import PLAN
from latentsync_studio.core.progress import ProgressReport
from latentsync_studio.services.memory_watch import MemoryNow
from latentsync_studio.services.queue import JobQueue
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.storage.job_rows import Wanted
from latentsync_studio.storage.sizes import disk_full
from latentsync_studio.ui.jobs import model
from latentsync_studio.ui.jobs.live import Live
from latentsync_studio.ui.jobs.panel import JobsPanel
from latentsync_studio.ui.jobs.words import (
    clock,
    live_progress_words,
    live_words,
    memory_words,
    size,
)
from tests.ui.jobs.test_jobs_controller import PATIENCE, fail_at_once

TIDY_AND_OUTPUT = ("Remove finished", "Open", "Show in folder")


class Opened(QObject):
    """Takes what the desktop would open."""

    def __init__(self):
        super().__init__()
        self.paths = []
        QDesktopServices.setUrlHandler("file", self, "take")

    @Slot(QUrl)
    def take(self, url):
        self.paths.append(url.toLocalFile())


@pytest.fixture
def opened():
    taker = Opened()
    yield taker.paths
    QDesktopServices.unsetUrlHandler("file")


@pytest.fixture
def panel(qtbot, desk):
    shown = JobsPanel(desk.workbench)
    desk.setCentralWidget(shown)
    desk.resize(320, 600)
    return shown


def put(services, name, end=None, **said):
    """A job in the table that is queued, or ended in some way."""
    clip = Path("/nowhere") / f"{name}.mp4"
    request = RenderRequest(video=clip, audio=clip, output=Path(f"/nowhere/out {name}.mp4"))
    job = JobQueue(services).enqueue(request, f"Render {name}")
    if end is not None:
        getattr(services.jobs, end)(job.id, *said.pop("message", ()), **said)
    return job.id


def shown(qtbot, desk, count):
    desk.jobs.refresh()
    qtbot.waitUntil(lambda: len(desk.jobs.jobs()) == count)


def test_a_job_of_the_command_line_says_so(qtbot, desk, panel, services):
    words = ("render", "/nowhere/a.mp4", "/nowhere/a.wav", "-o", "/nowhere/out a.mp4")
    wanted = Wanted(arguments=words, inputs=words[1:3], output=words[-1])
    services.jobs.begin("ab" * 20, wanted)
    services.jobs.fail("ab" * 20, "The disk is full.", code="x", remedy="!")
    shown(qtbot, desk, 1)
    assert panel.model.index(0).data() == "Command line: render out a.mp4"


def test_an_empty_queue_says_what_it_is_for(panel, desk):
    desk.show()
    assert panel.empty.isVisible()
    assert not panel.view.isVisible()
    assert all(not action.isEnabled() for action in panel.actions_by_name.values())


def test_every_job_is_said_in_words(qtbot, desk, panel, services):
    first = put(services, "a", "fail", message=("The disk is full.",), code="x", remedy="!")
    put(services, "b", "finish")
    put(services, "c", "pause")
    services.jobs.hint(first, "analyse", 30, 90, 1536.0)
    shown(qtbot, desk, 3)
    rows = [panel.model.index(row) for row in range(3)]
    said = [row.data(Qt.ItemDataRole.AccessibleTextRole) for row in rows]
    faces = "30 of 90 frames \N{MIDDLE DOT} Looking at faces"
    assert said == [
        f"Render a, failed, {faces}, The disk is full. !, RAM peak 1.5 GiB",
        "Render b, done",
        "Render c, paused",
    ]
    assert [row.data(model.FRACTION) for row in rows] == [pytest.approx(1 / 3), 1.0, None]


def test_the_running_job_tells_speed_time_left_and_memory():
    seconds = iter(range(100))
    seen = iter([MemoryNow(rss_mib=900.0, gpu_mib=2000.0), *[MemoryNow(rss_mib=600.0)] * 99])
    now = [0.0]
    live = Live(lambda: next(seen), lambda: now[0])
    for done in range(0, 44, 4):
        now[0] = float(next(seconds))
        live.feed(ProgressReport(stage="synthesize", done=done, total=500))
    assert live_words(live) == "4.0 frames/s \N{MIDDLE DOT} 1:55 left"
    assert memory_words(live) == "RAM 600 MiB, peak 900"
    assert live.gpu_peak_mib == 2000.0
    live.feed(ProgressReport(stage="speech", done=3, total=9))
    assert live_words(live) == "1:55 left"
    assert live_progress_words(live) == (
        "40 of 500 frames \N{MIDDLE DOT} Listening to the speech, 3 of 9 s"
    )


def test_looking_at_faces_is_neither_done_nor_time_of_the_job():
    now = [0.0]
    live = Live(lambda: MemoryNow(rss_mib=1.0), lambda: now[0])

    def feed(at, stage, done, total):
        now[0] = float(at)
        live.feed(ProgressReport(stage=stage, done=done, total=total))

    feed(0, PLAN, 0, 295)
    assert live_progress_words(live) == "0 of 295 frames \N{MIDDLE DOT} Getting ready"
    for at in range(1, 6):
        feed(at, "analyse", at * 50, 250)
    assert (live.done, live.total, live.left) == (0, 295, None)
    assert live_progress_words(live) == (
        "0 of 295 frames \N{MIDDLE DOT} Looking at faces, 250 of 250"
    )
    assert live_words(live) == "50.0 frames/s \N{MIDDLE DOT} time left not known yet"
    for at in range(6):
        feed(6 + at, "synthesize", at * 9, 295)
    feed(12, "speech", 0, 0)
    feed(112, "speech", 8, 8)
    feed(112, "synthesize", 45, 295)  # the second clip begins
    for at in range(1, 6):
        feed(112 + at, "synthesize", 45 + at * 9, 295)
    assert live_progress_words(live) == "90 of 295 frames \N{MIDDLE DOT} Drawing mouths"
    assert live.rate == pytest.approx(9.0, rel=0.15)  # the wait for the speech is none of it
    assert live.left.low <= (295 - 90) / 9 <= live.left.high + 4


def test_times_and_sizes_read_well():
    assert [clock(s) for s in (7, 130, 3730)] == ["0:07", "2:10", "1:02:10"]
    assert [size(mib) for mib in (640, 1434)] == ["640 MiB", "1.4 GiB"]


def test_a_failed_job_shows_its_remedy_with_a_button_that_does_it(qtbot, desk, panel, services):
    job_id = put(
        services, "a", "fail", message=("It broke.",), code="storage", remedy="Look at the disk."
    )
    shown(qtbot, desk, 1)
    assert panel.details.text.text() == "Render a\nIt broke. Look at the disk."
    assert [button.text() for button in panel.details.buttons] == ["Try again"]
    panel.details.buttons[0].click()
    qtbot.waitUntil(lambda: "no file" in desk.jobs.job(job_id).message, timeout=PATIENCE)


def test_another_output_is_asked_for_and_the_job_takes_its_place(
    qtbot, desk, panel, services, tmp_path
):
    put(services, "a", "fail", message=("No.",), code="bad-output", remedy="Choose another.")
    put(services, "b", "finish")
    shown(qtbot, desk, 2)
    panel.details.buttons[0].click()
    dialog = desk.jobs.commands.remedies.dialog
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("new.mp4")
    dialog.accept()
    wanted = [str(tmp_path / "new.mp4"), "/nowhere/out b.mp4"]
    qtbot.waitUntil(lambda: [job.wanted.output for job in desk.jobs.jobs()] == wanted)
    qtbot.waitUntil(lambda: desk.jobs.jobs()[0].state == "failed", timeout=PATIENCE)


def test_what_to_do_is_said_for_the_window_and_not_for_a_terminal(qtbot, desk, panel, services):
    error = disk_full(10**9, 10**6, Path("/nowhere"))
    put(services, "a", "fail", message=(str(error),), code=error.code, remedy=error.remedy)
    shown(qtbot, desk, 1)
    for text in (panel.details.text.text(), panel.model.index(0).data(model.NUMBERS)):
        assert "(Preferences, Performance, Clear the cache), then try again" in text
        assert "command" not in text


def test_clearing_the_cache_frees_room_and_tries_again(qtbot, desk, panel, services):
    services.store.put("ab" * 20, "test", b"data" * 1000)
    put(services, "a", "fail", message=("Full.",), code="disk-full", remedy="Free some room.")
    shown(qtbot, desk, 1)
    panel.details.buttons[0].click()
    clearing = desk.jobs.commands.remedies.clearing
    qtbot.waitUntil(lambda: clearing.dialog is not None, timeout=PATIENCE)
    clearing.dialog.choose("clear")
    qtbot.waitUntil(lambda: desk.said("are free again"), timeout=PATIENCE)
    assert desk.workbench.spans.looks == desk.workbench.playback.looks == 1
    assert services.store.get("ab" * 20) is None
    qtbot.waitUntil(lambda: desk.said("no file"), timeout=PATIENCE)


def test_a_finished_export_can_be_opened_and_shown_in_its_folder(
    qtbot, desk, panel, services, opened
):
    put(services, "a", "finish")
    shown(qtbot, desk, 1)
    for button in panel.details.buttons:
        button.click()
    assert opened == ["/nowhere/out a.mp4", "/nowhere"]


def test_keys_move_pause_and_remove_the_chosen_job(qtbot, desk, panel, services):
    ids = [put(services, name) for name in "abc"]
    shown(qtbot, desk, 3)
    desk.show()
    panel.view.setFocus()
    panel.choose(ids[2])
    QTest.keyClick(panel.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    order = [ids[0], ids[2], ids[1]]
    qtbot.waitUntil(lambda: [job.id for job in desk.jobs.jobs()] == order)
    assert panel.chosen.id == ids[2]  # it stays chosen where it goes
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel.chosen.state == "paused")
    assert panel.buttons["resume"].isVisible()
    assert not panel.buttons["pause"].isVisible()
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(desk.jobs.jobs()) == 2)


def test_dragging_a_row_moves_the_job(qtbot, desk, panel, services):
    ids = [put(services, name) for name in "abc"]
    shown(qtbot, desk, 3)
    data = panel.model.mimeData([panel.model.index(0)])
    assert isinstance(data, QMimeData)
    panel.model.dropMimeData(data, Qt.DropAction.MoveAction, 3, 0, QModelIndex())
    qtbot.waitUntil(lambda: [job.id for job in desk.jobs.jobs()] == [ids[1], ids[2], ids[0]])


def test_the_menu_offers_what_the_job_allows(qtbot, desk, panel, services):
    put(services, "a", "finish")
    shown(qtbot, desk, 1)
    menu = panel.make_menu()
    titles = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert titles == ["Retry", "Move up", "Move down", "Remove", *TIDY_AND_OUTPUT]
    menu.deleteLater()


def test_buttons_have_names_and_say_their_keys(panel):
    for button in panel.buttons.values():
        assert button.accessibleName()
        assert "(" in button.toolTip()


def test_a_new_job_is_chosen_and_brought_into_view(qtbot, desk, panel, services):
    for number in range(20):
        put(services, f"{number}", "pause")
    desk.show()
    shown(qtbot, desk, 20)
    panel.choose(desk.jobs.jobs()[0].id)
    fail_at_once(desk)
    qtbot.waitUntil(lambda: panel.chosen is not None and "gone.mp4" in panel.chosen.title)
    qtbot.waitUntil(
        lambda: panel.view.viewport().rect().contains(panel.view.visualRect(panel.model.index(20)))
    )
    qtbot.waitUntil(lambda: panel.chosen.state == "failed", timeout=PATIENCE)


def test_finished_jobs_are_removed_in_one_go(qtbot, desk, panel, services):
    put(services, "a", "finish")
    kept = put(services, "b", "pause")
    put(services, "c", "finish")
    shown(qtbot, desk, 3)
    panel.remove_done.trigger()
    qtbot.waitUntil(lambda: [job.id for job in desk.jobs.jobs()] == [kept])
    assert not panel.remove_done.isEnabled()


def test_jobs_of_the_same_name_are_told_apart_by_a_number(qtbot, desk, panel, services):
    for name in "abc":
        request = RenderRequest(
            video=Path(f"/{name}"), audio=Path("/b"), output=Path(f"/{name}.mp4")
        )
        JobQueue(services).enqueue(request, "Synthesize")
    JobQueue(services).enqueue(request, "Synthesize")  # the same once more
    shown(qtbot, desk, 3)
    assert [job.title for job in desk.jobs.jobs()] == [
        "Synthesize",
        "Synthesize (2)",
        "Synthesize (3)",
    ]

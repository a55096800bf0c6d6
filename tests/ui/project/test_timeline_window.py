"""A cut of another program comes into the real window: asked, searched, one undo step, told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.cut import Clip, Cut, Medium, Track
from latentsync_studio.interchange.edl.write import write as write_edl
from latentsync_studio.interchange.fcp7.write import write as write_fcp7
from latentsync_studio.interchange.output import Options
from latentsync_studio.ui.app import make_window
from latentsync_studio.ui.project import questions
from tests.interchange.id_movies import write_id_movie
from tests.ui.test_accessibility import nameless

RATE = FrameRate(25)
PATIENCE = 20_000


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """A folder with talk.mov, of 40 frames."""
    folder = tmp_path_factory.mktemp("footage ü #1%")
    write_id_movie(folder / "talk.mov", 0, 40, 25)
    return folder


@pytest.fixture
def window(qtbot, qapp, services, own_data_home):
    made = make_window(qapp, services, own_data_home)
    made.resize(1440, 900)
    made.show()
    made.begin(())
    made.said = []
    made.workbench.message.connect(lambda text, *_: made.said.append(text))
    yield made
    made.shut()
    made.close()
    made.deleteLater()


def medium(number, path):
    return Medium(id=f"m{number}", name=path.name, path=str(path), rate=RATE, frames=40)


@pytest.fixture
def cut(media, tmp_path):
    """Writes a cut of talk.mov and of gone.mov, which is nowhere, into a folder of its own."""

    def make(write=write_fcp7, name="cut.xml"):
        found = (medium(1, media / "talk.mov"), medium(2, media / "gone.mov"))
        clips = tuple(
            Clip(id=f"c{n}", name=each.name, medium=each.id, start=n * 10, length=10, source=5)
            for n, each in enumerate(found)
        )
        track = Track(kind="video", name="V1", clips=clips)
        made = Cut(
            name="cut",
            rate=RATE,
            width=160,
            height=96,
            audio_hz=48_000,
            media=found,
            tracks=(track,),
        )
        path = tmp_path / "edit" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(write(made, Options(name=name)).files[0].data)
        return path

    return make


def importer(window):
    return window.workbench.project.commands.timelines


def choose(qtbot, window, path):
    """Open a timeline by the menu; the dialog that asks how to read it."""
    window.workbench.actions.trigger("file.import_timeline")
    asked = importer(window).dialog
    assert isinstance(asked, QFileDialog)
    asked.setDirectory(str(path.parent))
    asked.selectFile(path.name)
    asked.accept()
    return look(qtbot, window)


def look(qtbot, window):
    dialog = importer(window).dialog
    qtbot.waitUntil(lambda: dialog.kind.text() != "Looking...", timeout=PATIENCE)
    return dialog


def answer(qtbot, window, key):
    asker = window.workbench.project.asker
    qtbot.waitUntil(lambda: asker.dialog is not None, timeout=PATIENCE)
    text = asker.dialog.accessibleDescription()
    asker.dialog.buttons[key].click()
    return text


def details(qtbot, window):
    qtbot.waitUntil(lambda: importer(window).details is not None, timeout=PATIENCE)
    return importer(window).details


def states(window):
    bench = window.workbench
    found = {item.name: bench.media.state_of(item) for item in bench.store.project.media}
    return {name: state.state for name, state in found.items() if state is not None}


def test_a_cut_comes_in_as_one_step_and_what_is_missing_can_be_found(
    qtbot, window, cut, media, tmp_path
):
    bench = window.workbench
    dialog = choose(qtbot, window, cut())
    assert "Final Cut Pro 7 XML" in dialog.kind.text()
    assert not dialog.rate.isVisible()
    assert not nameless(dialog)
    dialog.add_folder(media)
    dialog.import_button.click()
    told = details(qtbot, window)
    assert "Missing: gone.mov" in told.text.toPlainText()
    assert not nameless(told)
    told.copy_button.click()
    assert "Missing: gone.mov" in QGuiApplication.clipboard().text()
    assert bench.session.sequence.name == "cut"
    assert bench.store.undo_stack.count() == 1
    qtbot.waitUntil(lambda: states(window) == {"talk.mov": "online", "gone.mov": "offline"})
    new = tmp_path / "found"
    new.mkdir()
    os.link(media / "talk.mov", new / "gone.mov")
    told.close()
    item = next(each for each in bench.store.project.media if each.name == "gone.mov")
    bench.media.relink(item, new / "gone.mov")
    qtbot.waitUntil(lambda: set(states(window).values()) == {"online"}, timeout=PATIENCE)
    for _ in range(2):
        bench.store.undo_stack.undo()
    assert (bench.store.project.media, bench.store.project.sequences) == ((), ())


def test_files_elsewhere_are_opened_only_when_the_user_says_so(qtbot, window, cut, media):
    store = window.workbench.store
    for key, wanted in ((questions.LEAVE, ""), (questions.OPEN, str(media / "talk.mov"))):
        choose(qtbot, window, cut()).import_button.click()
        assert str(media / "talk.mov") in answer(qtbot, window, key)
        told = details(qtbot, window)
        assert ("talk.mov" in told.text.toPlainText()) is (key == questions.LEAVE)
        paths = {item.path for item in store.project.media if Path(item.path).is_file()}
        assert paths == ({wanted} if wanted else set())
        told.close()
        importer(window).details = None
        store.undo_stack.undo()
    choose(qtbot, window, cut()).import_button.click()
    answer(qtbot, window, questions.CANCEL)
    assert store.project.sequences == ()
    assert "nothing was changed" in window.said[-1]


def test_of_a_list_the_rate_is_asked(qtbot, window, cut, media):
    window.workbench.project.open_paths([cut(write_edl, "cut.edl")])
    dialog = look(qtbot, window)
    stated = dialog.kind.text()
    dialog.reject()
    assert "does not stand" not in stated
    path = cut(write_edl, "plain.edl")
    lines = path.read_text("ascii").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("* ")), "ascii")
    dialog = choose(qtbot, window, path)
    assert "does not stand" in dialog.kind.text()
    assert dialog.rate.isVisible()
    dialog.rate.setCurrentIndex(dialog.rate.findData("50"))
    dialog.import_button.click()
    details(qtbot, window).close()
    assert window.workbench.session.sequence.rate == FrameRate(50)


def test_a_damaged_file_is_refused_before_anything_is_asked(qtbot, window, cut):
    path = cut()
    path.write_bytes(path.read_bytes()[:300])
    dialog = choose(qtbot, window, path)
    if dialog.import_button.isEnabled():  # only reading all of it shows the damage
        dialog.import_button.click()
        qtbot.waitUntil(lambda: "line" in window.message_bar.text, timeout=PATIENCE)
        assert window.message_bar.level == "error"
    path.write_text("no timeline")
    path = path.rename(path.with_suffix(".txt"))
    dialog = choose(qtbot, window, path)
    assert "no timeline file" in dialog.kind.text()
    assert not dialog.import_button.isEnabled()
    dialog.reject()
    assert window.workbench.store.project.sequences == ()


def test_an_edit_made_meanwhile_is_kept_and_an_import_can_be_stopped(qtbot, window, cut, media):
    bench, path = window.workbench, cut()
    dialog = choose(qtbot, window, path)
    dialog.add_folder(media)
    dialog.import_button.click()
    bench.store.edit("Name", lambda now: replace(now, next_id=now.next_id + 100))
    told = details(qtbot, window)
    told.close()
    assert bench.store.undo_stack.count() == 2
    assert bench.store.project.next_id > 100
    dialog = choose(qtbot, window, path)
    dialog.import_button.click()
    importer(window).waiting.button.click()
    assert "nothing was changed" in window.said[-1]
    qtbot.waitUntil(lambda: bench.background.pending == 0, timeout=PATIENCE)
    assert len(bench.store.project.sequences) == 1

"""The page that is shown while there is nothing to look at."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentsync_studio.ui.project.welcome import UNSAVED, WelcomePage
from tests.ui.project.test_project_controller import crashed, made, opened


@pytest.fixture
def page(desk):
    shown = WelcomePage(desk.workbench)
    desk.setCentralWidget(shown)
    desk.resize(800, 600)
    return shown


def test_three_large_actions_do_what_they_say(qtbot, desk, page):
    done = []
    for card in page.cards:
        desk.workbench.actions[card.command].triggered.disconnect()
        desk.workbench.actions.bind(card.command, lambda name=card.command: done.append(name))
    desk.show()
    page.cards[0].click()
    page.cards[1].setFocus()
    QTest.keyClick(page.cards[1], Qt.Key.Key_Space)
    QTest.keyClick(page.cards[2], Qt.Key.Key_Return)
    assert done == ["file.clip_and_speech", "file.open", "file.try_sample"]
    assert all(card.accessibleName() and card.accessibleDescription() for card in page.cards)


@pytest.mark.parametrize("way", ["click", "double click", "key"])
def test_recent_projects_are_listed_and_open_as_the_cards_do(qtbot, desk, page, tmp_path, way):
    desk.show()
    assert not page.recent.isVisible()
    path = made(tmp_path / "talk.lsp")
    opened(qtbot, desk, path)
    qtbot.waitUntil(lambda: page.recent.count() == 1)
    assert page.recent.isVisible()
    desk.project.new()
    page.recent.setCurrentRow(0)
    chosen = []
    page.recent.chosen.connect(chosen.append)
    view, place = page.recent.viewport(), page.recent.visualItemRect(page.recent.item(0)).center()
    if way == "key":
        QTest.keyClick(page.recent, Qt.Key.Key_Return)
    else:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    if way == "double click":
        QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseRelease(desk, Qt.MouseButton.LeftButton)  # the list may be gone by then
    qtbot.waitUntil(lambda: desk.project.path == path)
    assert chosen == [path]


def test_a_recent_project_with_unsaved_work_says_so(qtbot, desk, page, tmp_path):
    path = made(tmp_path / "talk.lsp")
    opened(qtbot, desk, path)
    qtbot.waitUntil(lambda: page.recent.count() == 1)
    assert "unsaved" not in page.recent.item(0).text()
    desk.project.new()
    qtbot.waitUntil(lambda: not has_lock(path))
    crashed(path, 8)
    desk.project.begin()
    qtbot.waitUntil(lambda: desk.project.has_unsaved_work(path))
    assert f"{UNSAVED} unsaved work" in page.recent.item(0).text()
    assert "offers to recover" in page.recent.item(0).toolTip()


def has_lock(path):
    return path.with_name(f".{path.name}.lock").exists()


@pytest.mark.parametrize(("width", "columns"), [(900, 3), (400, 1)])
def test_the_cards_stand_below_each_other_where_it_is_narrow(qtbot, desk, page, width, columns):
    desk.resize(width, 600)
    desk.show()
    qtbot.waitUntil(lambda: len({card.x() for card in page.cards}) == columns)
    assert page.width() == width
    assert all(page.rect().contains(card.geometry()) for card in page.cards)


@pytest.mark.parametrize("height", [240, 330, 420, 700])
def test_in_a_low_window_the_cards_stay_whole(qtbot, desk, page, tmp_path, height):
    for name in "abcdef":
        opened(qtbot, desk, made(tmp_path / f"{name}.lsp"))
    qtbot.waitUntil(lambda: page.recent.count() == 6)
    desk.resize(360, height)
    desk.show()
    qtbot.waitUntil(lambda: page.height() == height)
    qtbot.waitUntil(lambda: all(card.size() == card.sizeHint() for card in page.cards))
    shown = [each for each in (page.title, page.hint, page.recent) if each.isVisible()]
    assert len(shown) == {240: 0, 330: 1, 420: 1, 700: 3}[height]
    placed = [each.geometry() for each in (*page.cards, *shown)]
    assert all(page.rect().contains(each) for each in placed)
    assert not any(a.intersects(b) for a, b in pairwise(sorted(placed, key=lambda at: at.top())))

"""Messages: what has to be read stays, the rest goes by, and nothing moves for it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from latentsync_studio.ui.widgets.message_bar import BELOW, MessageBar


@pytest.fixture
def bar(qtbot):
    host = QWidget()
    host.resize(700, 400)
    qtbot.addWidget(host)
    made = MessageBar(host)
    host.show()
    yield made
    made._waiting.clear()
    made.hide()
    host.close()


def test_it_lies_over_its_host_within_it(bar):
    bar.tell("A sentence. " * 20, "error")
    assert bar.isVisible()
    assert bar.geometry().top() == BELOW
    assert bar.parentWidget().rect().contains(bar.geometry())
    bar.parentWidget().resize(400, 400)
    assert bar.parentWidget().rect().contains(bar.geometry())


def test_information_goes_by_itself_and_errors_stay(bar):
    bar.tell("Done.")
    assert bar._timer.isActive()
    bar.tell("It failed.", "error")
    assert not bar._timer.isActive()
    assert (bar.level, bar.text) == ("error", "It failed.")


def test_what_comes_after_an_error_waits_until_it_was_read(bar, qtbot):
    heard = []
    bar.overheard.connect(heard.append)
    bar.tell("First.", "error")
    bar.tell("Second.", "error")
    bar.tell("Second.", "error")
    bar.tell("By the way.")
    assert bar.text == "First."
    assert heard == ["By the way."]
    assert bar._more.text() == "1 more"
    bar.hide()
    qtbot.waitUntil(lambda: bar.text == "Second." and bar.isVisible())
    bar.hide()
    assert bar.level == ""


def test_a_button_does_its_thing_and_closes_the_bar(bar, qtbot):
    done = []
    bar.tell("Lost?", "info", [("Find", lambda: done.append("found"))])
    (button,) = [each for each in bar.findChildren(QPushButton) if each.text() == "Find"]
    button.click()
    assert done == ["found"]
    assert not bar.isVisible()


def test_a_failure_comes_before_an_offer_which_comes_again(bar, qtbot):
    bar.tell("Shall I?", "info", [("Yes", lambda: None)])
    bar.tell("It failed.", "error")
    assert bar.text == "It failed."
    bar.hide()
    qtbot.waitUntil(lambda: bar.text == "Shall I?" and bar.isVisible())


def test_it_is_as_tall_as_its_words(bar, qtbot):
    bar.tell("Short.", "info", [("Yes", lambda: None)])
    low = bar.height()
    bar.tell("It failed for a reason that takes a few words. " * 6, "error")
    qtbot.waitUntil(lambda: bar.height() >= bar.heightForWidth(bar.width()) > low)


def test_an_offer_that_is_out_of_date_is_taken_back(bar):
    bar.tell("Shall I?", "info", [("Yes", lambda: None)])
    bar.take_back_offer()
    assert bar.level == ""
    bar.tell("It failed.", "error")
    bar.take_back_offer()
    assert bar.level == "error"


def test_what_is_not_so_any_more_is_taken_back(bar, qtbot):
    bar.tell("One failed.", "error")
    bar.tell("Two failed.", "error")
    bar.tell("Three failed.", "error")
    bar.take_back("Two failed.")
    assert bar.text == "One failed."
    bar.take_back("One failed.")
    qtbot.waitUntil(lambda: bar.text == "Three failed." and bar.level == "error")

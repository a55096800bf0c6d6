"""The votes of a project: counted together, written to a table and read from one."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import Qt

from latentsync_studio.core.comparing.votes import Ballot, BallotId, Vote
from latentsync_studio.core.timeline.edits.ballots import add_ballots
from latentsync_studio.ui.takes.table_files import export_votes, import_votes
from latentsync_studio.ui.takes.votes_dialog import VotesDialog
from tests.ui.desk import Desk


def ballot(*choices, pair=("a", "b")):
    votes = tuple(
        Vote(item=f"clip {n}", left=pair[0], right=pair[1], choice=choice)
        for n, choice in enumerate(choices)
    )
    return Ballot(id=BallotId(""), votes=votes, voter="me")


@pytest.fixture
def desk(qtbot, workbench):
    made = Desk(workbench)
    qtbot.addWidget(made)
    yield made
    made.shut()


@pytest.fixture
def dialog(qtbot, desk, workbench):
    """The dialog over two sittings."""
    sittings = [ballot(*["left"] * 9, "tie"), ballot("right", "left", pair=("b", "c"))]
    workbench.store.edit("Votes", lambda p: add_ballots(p, sittings))
    made = VotesDialog(workbench, desk)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    qtbot.waitUntil(lambda: made.outcome.outcome is not None, timeout=20_000)
    yield made
    if shiboken6.isValid(made):  # else it went with its window
        made.done(0)


def cells(table, line):
    return [table.item(line, column).text() for column in range(table.columnCount())]


def test_checked_sittings_are_counted_together(qtbot, dialog):
    outcome = dialog.outcome
    assert outcome.outcome.votes == 12
    assert cells(outcome.pairs, 0)[:5] == ["a - b", "9", "0", "1", "0.004"]
    assert cells(outcome.scale, 0)[:2] == ["1", "a"]
    assert "to" in cells(outcome.scale, 0)[3]
    assert "55 %: 786" in outcome.text.text()
    dialog.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: outcome.outcome.votes == 10)
    assert outcome.scale.isHidden()
    assert "a is preferred to b: 9 of 9 votes, 1 tie" in outcome.text.text()
    dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert outcome.text.text() == "No votes."
    assert not dialog.export_button.isEnabled()


def test_sittings_are_renamed_and_removed_as_undo_steps(dialog, workbench):
    dialog.list.item(0).setText("with headphones")
    assert workbench.store.project.ballots[0].name == "with headphones"
    dialog.list.item(0).setText("  ")
    assert dialog.list.item(0).text() == "with headphones"
    dialog.list.setCurrentRow(1)
    assert "2 vote" in dialog.about.text()
    dialog.remove_button.click()
    assert dialog.list.count() == 1
    workbench.store.undo()
    assert dialog.list.count() == 2


def test_votes_go_out_and_come_back_as_a_table(qtbot, dialog, desk, workbench, tmp_path):
    path = tmp_path / "votes ä.csv"
    export_votes(workbench, path, dialog.checked())
    qtbot.waitUntil(lambda: desk.said("Votes written to"))
    assert path.read_text(encoding="utf-8").startswith("ballot,voter,question,item,left")
    import_votes(workbench, path)
    qtbot.waitUntil(lambda: dialog.list.count() == 4)
    assert desk.said("12 votes came from votes ä.csv")
    kept = workbench.store.project.ballots
    assert [each.votes for each in kept[2:]] == [each.votes for each in kept[:2]]
    workbench.store.undo()
    assert dialog.list.count() == 2

"""What votes say: sentences, the exact test of every pair, and the scale of three or more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.comparing.outcome import outcome_of
from latentsync_studio.core.comparing.votes_csv import merged_votes
from latentsync_studio.core.comparing.words import (
    UNKNOWN,
    probability,
    ranked_words,
    vote_lines,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from latentsync_studio.core.comparing.outcome import Outcome, PairOutcome
    from latentsync_studio.core.comparing.votes import Ballot
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.ui.workbench import Workbench

_NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class OutcomeView(QScrollArea):
    """Shows the result of ballots; counted off the GUI thread.

    Attributes:
        outcome: what is shown, or None.
    """

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName(self.tr("Result of the votes"))
        self._workbench = workbench
        self.outcome: Outcome | None = None
        inside = QWidget(self)
        self.text = QLabel(inside)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.pairs = self._table(
            self.tr("Votes about each pair"),
            (
                self.tr("Pair"),
                self.tr("For the first"),
                self.tr("For the second"),
                self.tr("Ties"),
                self.tr("p, exact sign test"),
                self.tr("p after Holm"),
                self.tr("Votes needed"),
            ),
        )
        self.scale = self._table(
            self.tr("Scale after Bradley and Terry"),
            (
                self.tr("Rank"),
                self.tr("Take"),
                self.tr("Worth"),
                self.tr("95 % interval"),
                self.tr("Preferred"),
            ),
        )
        self.scale_title = QLabel(self.tr("Scale after Bradley and Terry"), inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.pairs, self.scale_title, self.scale, self.text):
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(inside)
        self._show(None)

    def _table(self, name: str, titles: tuple[str, ...]) -> QTableWidget:
        table = QTableWidget(0, len(titles), self)
        table.setAccessibleName(name)
        table.setHorizontalHeaderLabels(titles)
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        return table

    def show_ballots(self, ballots: Sequence[Ballot]) -> None:
        """Count, test and rank the votes of ballots, and show it."""
        votes = merged_votes(ballots)
        self._workbench.background.cancel(self)
        if not votes:
            self._show(None)
            return

        def work(_progress: Progress) -> Outcome:
            return outcome_of(votes)

        self._workbench.background.submit(work, self._show, key=self)

    def close_view(self) -> None:
        """Wait for no answer any more."""
        self._workbench.background.cancel(self)

    def _show(self, outcome: Outcome | None) -> None:
        self.outcome = outcome
        pairs = () if outcome is None else outcome.pairs
        ranking = () if outcome is None else outcome.ranking
        _fill(self.pairs, [_pair_words(pair) for pair in pairs], numbers_from=1)
        _fill(self.scale, [ranked_words(each) for each in ranking], numbers_from=2)
        self.pairs.setVisible(bool(pairs))
        for widget in (self.scale, self.scale_title):
            widget.setVisible(bool(ranking))
        none = self.tr("No votes.")
        self.text.setText(none if outcome is None else "\n".join(vote_lines(outcome)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for table in (self.pairs, self.scale):
            _fit(table)


def _pair_words(pair: PairOutcome) -> tuple[str, ...]:
    counts = pair.counts
    return (
        f"{counts.first} - {counts.second}",
        str(counts.wins),
        str(counts.losses),
        str(counts.ties),
        probability(pair.test.p),
        probability(pair.adjusted),
        UNKNOWN if pair.needed is None else str(pair.needed),
    )


def _fill(table: QTableWidget, rows: Sequence[tuple[str, ...]], *, numbers_from: int) -> None:
    """Show rows and be as tall as they are."""
    table.setRowCount(len(rows))
    for place, row in enumerate(rows):
        for column, text in enumerate(row):
            item = QTableWidgetItem(text)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            if column >= numbers_from:
                item.setTextAlignment(_NUMBERS)
            table.setItem(place, column, item)
    table.resizeRowsToContents()
    table.resizeColumnsToContents()
    _fit(table)


def _fit(table: QTableWidget) -> None:
    """As tall as its rows, with its scroll bar where it is too narrow."""
    height = sum(table.rowHeight(n) for n in range(table.rowCount()))
    header, frame = table.horizontalHeader(), 2 * table.frameWidth()
    is_narrow = header.length() + frame > table.width()
    bar = table.horizontalScrollBar().sizeHint().height() if is_narrow else 0
    table.setFixedHeight(header.sizeHint().height() + height + bar + frame)

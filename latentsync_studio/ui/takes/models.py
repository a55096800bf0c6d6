"""Takes as rows of a table, and their measures as another one with a column a take."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

from latentsync_studio.core.comparing.words import cell_text, is_shared, number, row_title
from latentsync_studio.core.quality.measures import measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from latentsync_studio.core.comparing.measured import Cell, Row
    from latentsync_studio.services.takes.listing import TakeList, TakeRow, TakeState

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
CHOSEN_SIGN: Final = "\N{BLACK CIRCLE}"
NO_RANK: Final = "-"
COLUMNS: Final = ("chosen", "name", "engine", "seed", "preset", "state", "rank")
NAME: Final = COLUMNS.index("name")
_SIGNS: Final[dict[str, str]] = {
    "ready": "\N{CHECK MARK}",
    "partly": "\N{CIRCLE WITH LEFT HALF BLACK}",
    "stale": "\N{WHITE UP-POINTING TRIANGLE}",
    "missing": "\N{WHITE CIRCLE}",
    "failed": "\N{MULTIPLICATION SIGN}",
    "passed": "\N{RIGHTWARDS ARROW}",
}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ALIGNED = {"seed": _RIGHT, "rank": _RIGHT, "chosen": Qt.AlignmentFlag.AlignCenter}


class TakesModel(QAbstractTableModel):
    """One take a row; names can be edited.

    Signals:
        renamed(row, name): somebody typed another name for a take.
    """

    renamed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[TakeRow, ...] = ()
        self._ranks: tuple[int, ...] = ()
        self._reasons: tuple[str, ...] = ()

    def show_takes(self, found: TakeList | None) -> bool:
        """Show takes; False where they are those that are shown."""
        rows = () if found is None else found.rows
        standings = () if found is None else found.measures.standings
        shown = (rows, tuple(s.rank for s in standings), tuple(s.text for s in standings))
        if shown == (self._rows, self._ranks, self._reasons):
            return False
        self.beginResetModel()
        self._rows, self._ranks, self._reasons = shown
        self.endResetModel()
        return True

    def row_at(self, index: Index) -> TakeRow | None:
        """The take of a row."""
        return self._rows[index.row()] if index.isValid() else None

    def reason_at(self, index: Index) -> str:
        """Why a take stands where it does."""
        return self._reasons[index.row()] if index.isValid() and self._reasons else ""

    def place_of(self, take: str) -> int:
        """Row of a take by its id; -1 where it is not shown."""
        return next((n for n, row in enumerate(self._rows) if row.ref.take == take), -1)

    def chosen_row(self) -> int:
        """Row of the take that is chosen, -1 for none."""
        return next((n for n, row in enumerate(self._rows) if row.is_chosen), -1)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:  # noqa: ANN401 - as Qt has it
        if orientation is not Qt.Orientation.Horizontal or role != _Role.DisplayRole:
            return None
        return (
            self.tr("Shown"),
            self.tr("Take"),
            self.tr("Engine"),
            self.tr("Seed"),
            self.tr("Preset"),
            self.tr("State"),
            self.tr("Rank"),
        )[section]

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        row = self.row_at(index)
        if row is not None and row.ref.take and index.column() == NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:  # noqa: ANN401 - as Qt has it
        row = self.row_at(index)
        if row is None:
            return None
        column = COLUMNS[index.column()]
        told: dict[int, Callable[[], Any]] = {
            _Role.DisplayRole: lambda: self._text(index.row(), column),
            _Role.EditRole: lambda: row.name,
            _Role.ToolTipRole: lambda: self._tip(index),
            _Role.FontRole: lambda: _bold() if row.is_chosen else None,
            _Role.TextAlignmentRole: lambda: _ALIGNED.get(column),
            _Role.AccessibleTextRole: lambda: self._spoken(index.row(), column),
        }
        tell = told.get(role)
        return None if tell is None else tell()

    def setData(self, index: Index, value: object, role: int = _Role.EditRole) -> bool:
        row = self.row_at(index)
        if row is None or role != _Role.EditRole:
            return False
        self.renamed.emit(row, str(value))
        return True

    def _text(self, place: int, column: str) -> str:
        row = self._rows[place]
        if column == "state":
            return f"{_SIGNS[row.state]} {self.state_words(row)}"
        rank = self._ranks[place]
        return {
            "chosen": CHOSEN_SIGN if row.is_chosen else "",
            "name": row.name,
            "engine": row.engine,
            "seed": str(row.seed),
            "preset": row.preset,
            "rank": str(rank) if rank else NO_RANK,
        }[column]

    def _spoken(self, place: int, column: str) -> str:
        row = self._rows[place]
        if column == "chosen":
            return self.tr("shown") if row.is_chosen else self.tr("not shown")
        return self.state_words(row) if column == "state" else self._text(place, column)

    def state_words(self, row: TakeRow) -> str:
        """What is drawn of a take."""
        words: dict[TakeState, str] = {
            "ready": self.tr("synthesized"),
            "partly": self.tr("{0} of {1} frames").format(row.drawn, row.wanted),
            "stale": self.tr("stale"),
            "missing": self.tr("not drawn yet"),
            "failed": self.tr("failed"),
            "passed": self.tr("passes through"),
        }
        return words[row.state]

    def _tip(self, index: Index) -> str:
        row, reason = self._rows[index.row()], self.reason_at(index)
        if COLUMNS[index.column()] == "rank":
            return reason
        lines = [
            self.tr("{0}: {1} instead of {2}").format(title, value, own)
            for title, own, value in row.differs
        ]
        stale = self.tr("Something was drawn here, but not with these settings and this speech.")
        note = stale if row.state == "stale" else row.note
        return "\n".join([note, *lines] if note else lines) or row.name


class MeasuresModel(QAbstractTableModel):
    """One measure a row, one take a column: its value with the source's own in brackets."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: TakeList | None = None

    def show_takes(self, found: TakeList | None) -> None:
        """Show what was measured of takes."""
        if found is not self._found:
            self.beginResetModel()
            self._found = found
            self.endResetModel()

    @property
    def _table(self) -> Any:  # noqa: ANN401 - a MeasureTable, or nothing
        return None if self._found is None else self._found.measures

    def rowCount(self, parent: Index | None = None) -> int:
        is_child = parent is not None and parent.isValid()
        return 0 if is_child or self._table is None else len(self._table.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        is_child = parent is not None and parent.isValid()
        return 0 if is_child or self._table is None else len(self._table.names)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:  # noqa: ANN401 - as Qt has it
        if self._table is None:
            return None
        if orientation is Qt.Orientation.Horizontal:
            return self._table.names[section] if role == _Role.DisplayRole else None
        row = self._table.rows[section]
        if role == _Role.DisplayRole:
            return row_title(row)
        if role == _Role.ToolTipRole:
            return measure(row.measure).meaning
        return None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:  # noqa: ANN401 - as Qt has it
        if not index.isValid() or self._table is None:
            return None
        row = self._table.rows[index.row()]
        cell, place = row.cells[index.column()], row.places[index.column()]
        is_best = place == 1 and not is_shared(row)
        told: dict[int, Callable[[], Any]] = {
            _Role.DisplayRole: lambda: cell_text(cell, place, is_alone=is_shared(row)),
            _Role.TextAlignmentRole: lambda: _RIGHT,
            _Role.ToolTipRole: lambda: self._tip(row, cell),
            _Role.FontRole: lambda: _bold() if is_best else None,
        }
        tell = told.get(role)
        return None if tell is None else tell()

    def _tip(self, row: Row, cell: Cell) -> str:
        text = self.tr("{0}: {1}, the source {2}").format(
            row.title, number(cell.result), number(cell.source)
        )
        if isnan(row.limit):
            return text
        held = self.tr("held against the limit: {0} of {1}").format(
            number(cell.judged), number(row.limit)
        )
        return f"{text}; {held}"


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font

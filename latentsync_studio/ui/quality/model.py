"""The findings as rows of a list: a title, a sentence, and what a screen reader says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from latentsync_studio.core.quality.measures import measure
from latentsync_studio.ui.timeline.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject

    from latentsync_studio.ui.quality.findings import Finding

Index = QModelIndex | QPersistentModelIndex
FINDING: Final = Qt.ItemDataRole.UserRole
PLACE: Final = Qt.ItemDataRole.UserRole + 1  # where, in time code
SENTENCE: Final = Qt.ItemDataRole.UserRole + 2
OPEN_SIGN, ACCEPTED_SIGN = "\N{BLACK UP-POINTING TRIANGLE}", "\N{CHECK MARK}"


class FindingsModel(QAbstractListModel):
    """Rows of the list, replaced as a whole; the same rows are left alone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Finding, ...] = ()
        self._clock = Clock.of(None)

    def show_rows(self, rows: Sequence[Finding], clock: Clock) -> bool:
        """Show findings; False where they are those that are shown."""
        if tuple(rows) == self._rows and clock == self._clock:
            return False
        self.beginResetModel()
        self._rows, self._clock = tuple(rows), clock
        self.endResetModel()
        return True

    def row_of(self, clip: str, attention: str) -> int:
        """Row of a finding, -1 where it is not shown."""
        for row, each in enumerate(self._rows):
            if (each.clip.id, each.attention.id) == (clip, attention):
                return row
        return -1

    def finding_at(self, index: Index) -> Finding | None:
        """The finding of a row."""
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        finding = self.finding_at(index)
        told: dict[int, Callable[[Finding], Any]] = {
            FINDING: lambda each: each,
            PLACE: self._place,
            SENTENCE: self._sentence,
            Qt.ItemDataRole.DisplayRole: self._title,
            Qt.ItemDataRole.ToolTipRole: self._tip,
            Qt.ItemDataRole.AccessibleTextRole: self._spoken,
        }
        tell = told.get(role)
        return None if finding is None or tell is None else tell(finding)

    @staticmethod
    def _title(finding: Finding) -> str:
        sign = ACCEPTED_SIGN if finding.is_accepted else OPEN_SIGN
        return f"{sign} {measure(finding.attention.measure).title}"

    def _tip(self, finding: Finding) -> str:
        return f"{measure(finding.attention.measure).meaning}\n{self._sentence(finding)}"

    def _spoken(self, finding: Finding) -> str:
        state = self.tr("accepted") if finding.is_accepted else self.tr("needs you")
        return f"{self._place(finding)}, {state}: {self._sentence(finding)}"

    def _place(self, finding: Finding) -> str:
        placed = finding.placed
        return f"{self._clock.label(placed.start)}, {self._clock.length(len(placed))}"

    def _sentence(self, finding: Finding) -> str:
        reason = finding.attention.reason
        if finding.is_current:
            return reason
        return self.tr("{0} (before the last change)").format(reason)

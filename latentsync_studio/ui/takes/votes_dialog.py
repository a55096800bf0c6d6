"""The votes of the project: sittings, what they say together, tables in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.comparing.votes import BallotId, systems_of
from latentsync_studio.core.timeline.edits.ballots import remove_ballot, rename_ballot
from latentsync_studio.ui.takes.outcome_view import OutcomeView
from latentsync_studio.ui.takes.table_files import ask_export, ask_import

if TYPE_CHECKING:
    from latentsync_studio.core.comparing.votes import Ballot
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.ui.workbench import Workbench

SIZE = QSize(1080, 580)
_ID = Qt.ItemDataRole.UserRole
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class VotesDialog(QDialog):
    """Sittings with a check each; the result is that of the checked ones together."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Votes of blind comparisons"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workbench, self._store = workbench, workbench.store
        self._is_filling = False
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Sittings"))
        self.list.setMinimumWidth(220)
        self.list.itemChanged.connect(self._on_item)
        self.list.currentItemChanged.connect(self._show_about)
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.outcome = OutcomeView(workbench, self)
        self.remove_button = QPushButton(self.tr("Remove"), self)
        self.remove_button.setToolTip(self.tr("Forgets the votes of the sitting"))
        self.remove_button.clicked.connect(self.remove)
        self.import_button = QPushButton(self.tr("Import..."), self)
        self.import_button.clicked.connect(lambda: ask_import(workbench, self))
        self.export_button = QPushButton(self.tr("Export..."), self)
        self.export_button.setToolTip(self.tr("Writes the votes of the checked sittings as CSV"))
        self.export_button.clicked.connect(lambda: ask_export(workbench, self, self.checked()))
        self.close_button = QPushButton(self.tr("Close"), self)
        self.close_button.clicked.connect(self.close)
        self._lay_out()
        self.resize(SIZE)
        self._store.changed.connect(self._on_project)
        self._fill(self._store.project)

    def _lay_out(self) -> None:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 1)
        column.addWidget(self.about)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(left)
        split.addWidget(self.outcome)
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        split.setSizes([240, 720])
        row = QHBoxLayout()
        for button in (self.remove_button, self.import_button, self.export_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        whole = QVBoxLayout(self)
        whole.addWidget(split, 1)
        whole.addLayout(row)

    def checked(self) -> tuple[Ballot, ...]:
        """The sittings that count."""
        wanted = {
            self.list.item(n).data(_ID)
            for n in range(self.list.count())
            if self.list.item(n).checkState() == _CHECKED
        }
        return tuple(each for each in self._store.project.ballots if each.id in wanted)

    def current(self) -> Ballot | None:
        """The sitting that is selected."""
        row = self.list.currentRow()
        wanted = self.list.item(row).data(_ID) if row >= 0 else None
        return next((each for each in self._store.project.ballots if each.id == wanted), None)

    def remove(self) -> None:
        """Forget the selected sitting, as one undo step."""
        ballot = self.current()
        if ballot is not None:
            self._store.edit(self.tr("Remove votes"), lambda p: remove_ballot(p, ballot.id))

    def _on_project(self, before: Project, after: Project) -> None:
        if before.ballots is not after.ballots:
            self._fill(after)

    def _fill(self, project: Project) -> None:
        items = (self.list.item(n) for n in range(self.list.count()))
        off = {item.data(_ID) for item in items if item.checkState() == _UNCHECKED}
        row = self.list.currentRow()
        self._is_filling = True
        self.list.clear()
        for ballot in project.ballots:
            item = QListWidgetItem(ballot.name)
            item.setData(_ID, ballot.id)
            item.setFlags(
                item.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable
            )
            item.setCheckState(_UNCHECKED if ballot.id in off else _CHECKED)
            self.list.addItem(item)
        self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        self._is_filling = False
        self._show_about()
        self._count()

    def _on_item(self, item: QListWidgetItem) -> None:
        """A check was set, or a name typed."""
        if self._is_filling:
            return
        ident = BallotId(str(item.data(_ID)))
        kept = next((each for each in self._store.project.ballots if each.id == ident), None)
        if kept is not None and item.text() != kept.name:
            label, name = self.tr("Rename votes"), item.text()
            if not self._store.edit(label, lambda p: rename_ballot(p, ident, name)):
                self._fill(self._store.project)
        else:
            self._count()

    def _count(self) -> None:
        ballots = self.checked()
        self.export_button.setEnabled(bool(ballots))
        self.outcome.show_ballots(ballots)

    def _show_about(self, *_: object) -> None:
        ballot = self.current()
        self.remove_button.setEnabled(ballot is not None)
        if ballot is None:
            self.about.setText(self.tr("No votes yet: compare takes blindly, or import a table."))
            return
        parts = [self.tr("%n vote(s)", "", len(ballot.votes)), ", ".join(systems_of(ballot.votes))]
        parts += [ballot.voter] if ballot.voter else []
        parts += [ballot.question] if ballot.question else []
        self.about.setText("\n".join(parts))

    def done(self, code: int) -> None:
        self.outcome.close_view()
        super().done(code)

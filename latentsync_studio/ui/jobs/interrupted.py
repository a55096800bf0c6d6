"""Asked at the start: jobs that a crash, a kill or a closed window left unfinished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from latentsync_studio.ui.jobs.words import stage_words, title_of
from latentsync_studio.ui.widgets.choice_dialog import Choice, ChoiceDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.services.queue import Job

RESUME: Final = "resume"
LATER: Final = "later"
REMOVE: Final = "remove"
_ID: Final = Qt.ItemDataRole.UserRole
_WIDTH, _HEIGHT = 620, 190


def _tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("InterruptedDialog", text, "", n)


class InterruptedDialog(ChoiceDialog):
    """A list of jobs with a box each; what is ticked is resumed or removed.

    `picked` are the ids that the answer is about.
    """

    def __init__(self, jobs: tuple[Job, ...], parent: QWidget | None = None) -> None:
        super().__init__(
            _tr("Unfinished jobs"),
            _tr("An earlier run left %n unfinished job(s).", len(jobs)),
            (
                Choice(REMOVE, _tr("Re&move"), _tr("Take the ticked jobs off the list.")),
                Choice(
                    LATER,
                    _tr("&Later"),
                    _tr("They stay in the list of jobs and are asked about again."),
                    is_cancel=True,
                ),
                Choice(
                    RESUME,
                    _tr("&Resume all"),
                    _tr("Go on with the ticked jobs, one after the other."),
                    is_default=True,
                ),
            ),
            detail=_tr(
                "What is finished is kept: only the frames that were in flight are made again."
            ),
            parent=parent,
        )
        self.list = QTreeWidget(self)
        self._fill(jobs)
        self.place(self.list)
        self.list.itemChanged.connect(self._count)

    @property
    def picked(self) -> tuple[str, ...]:
        """Ids of the ticked jobs, in order."""
        items = [self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount())]
        return tuple(
            str(item.data(0, _ID))
            for item in items
            if item is not None and item.checkState(0) == Qt.CheckState.Checked
        )

    def _fill(self, jobs: tuple[Job, ...]) -> None:
        self.list.setAccessibleName(_tr("Unfinished jobs"))
        self.list.setHeaderLabels([_tr("Job"), _tr("Done"), _tr("Missing")])
        self.list.setRootIsDecorated(False)
        self.list.setMinimumSize(_WIDTH, _HEIGHT)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for job in jobs:
            item = QTreeWidgetItem([title_of(job), _done(job), _missing(job)])
            item.setData(0, _ID, job.id)
            item.setCheckState(0, Qt.CheckState.Checked)
            for column in range(3):
                item.setToolTip(column, item.text(column))
            self.list.addTopLevelItem(item)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    def _count(self, *_: object) -> None:
        picked, total = len(self.picked), self.list.topLevelItemCount()
        for key in (RESUME, REMOVE):
            self.buttons[key].setEnabled(picked > 0)
        whole = picked == total
        self.buttons[RESUME].setText(_tr("&Resume all") if whole else _tr("&Resume selected"))


def _done(job: Job) -> str:
    if not job.total:
        return _tr("not begun") if job.state == "queued" else _tr("not known")
    return _tr("{0} of {1} frames").format(f"{job.done:,}", f"{job.total:,}")


def _missing(job: Job) -> str:
    if not job.total:
        return stage_words(job.stage) if job.stage else _tr("everything")
    rest = _tr("%n frame(s)", job.total - job.done)
    return f"{rest} ({stage_words(job.stage)})" if job.stage else rest

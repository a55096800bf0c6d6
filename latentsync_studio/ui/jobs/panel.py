"""The panel of jobs: the queue, buttons for the chosen job, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.ui.jobs.commands import show_file
from latentsync_studio.ui.jobs.delegate import JobDelegate
from latentsync_studio.ui.jobs.model import JobsModel
from latentsync_studio.ui.jobs.remedies import Remedy
from latentsync_studio.ui.jobs.words import title_of
from latentsync_studio.ui.remedy_words import remedy_words
from latentsync_studio.ui.widgets.choice_dialog import window_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent

    from latentsync_studio.services.quality.of_job import JobQuality
    from latentsync_studio.services.queue import Job
    from latentsync_studio.ui.jobs.findings_dialog import FindingsDialog
    from latentsync_studio.ui.workbench import Workbench

_CAN: dict[str, frozenset[str]] = {  # what can be done with a job in which states
    "pause": frozenset({"running", "queued"}),
    "resume": frozenset({"paused", "interrupted"}),
    "cancel": frozenset({"running", "queued", "paused"}),
    "retry": frozenset({"failed", "interrupted", "done"}),
    "up": frozenset({"queued", "running", "paused", "interrupted", "failed", "done"}),
    "down": frozenset({"queued", "running", "paused", "interrupted", "failed", "done"}),
    "remove": frozenset({"queued", "paused", "interrupted", "failed", "done"}),
}
_KEYS = {
    "pause": "Space",
    "resume": "Space",
    "cancel": "Ctrl+.",
    "retry": "Ctrl+R",
    "up": "Alt+Up",
    "down": "Alt+Down",
    "remove": "Del",
}
_SIGNS = {
    "pause": "\N{DOUBLE VERTICAL LINE}",
    "resume": "\N{BLACK RIGHT-POINTING TRIANGLE}",
    "cancel": "\N{BLACK SQUARE}",
    "retry": "\N{CLOCKWISE OPEN CIRCLE ARROW}",
    "up": "\N{UPWARDS ARROW}",
    "down": "\N{DOWNWARDS ARROW}",
    "remove": "\N{MULTIPLICATION SIGN}",
}


class JobsPanel(QWidget):
    """All jobs in their order; the buttons and keys work on the chosen one."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench, self._jobs = workbench, workbench.jobs
        self.model = JobsModel(workbench.jobs, workbench.qualities, self)
        self._chosen = ""  # id, so that it stays chosen when the order changes
        self.view = self._make_view()
        self.actions_by_name = self._make_actions()
        self.buttons = {name: self._button(action) for name, action in self.actions_by_name.items()}
        self.remove_done = QAction(self.tr("Remove finished"), self)
        self.remove_done.setToolTip(
            self.tr("Takes all jobs that are done off the list; their movies stay")
        )
        self.remove_done.triggered.connect(self._jobs.remove_done)
        self.details = _Details(self)
        self.empty = QLabel(
            self.tr("No jobs. Synthesize clips or export a movie, and it appears here."), self
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.dialog: FindingsDialog | None = None
        self._lay_out()
        self.model.modelReset.connect(self._restore_choice)
        self._jobs.job_added.connect(self.choose)
        self.model.dataChanged.connect(self._show_choice)
        self._restore_choice()

    def _make_view(self) -> _JobsView:
        view = _JobsView(self)
        view.setModel(self.model)
        view.setItemDelegate(JobDelegate(self._workbench.look, view))
        view.setAccessibleName(self.tr("Jobs"))
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        view.setDefaultDropAction(Qt.DropAction.MoveAction)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.selectionModel().currentChanged.connect(self._on_current)
        view.pressed_key.connect(self._on_key)
        return view

    def _make_actions(self) -> dict[str, QAction]:
        jobs = self._jobs
        wanted: tuple[tuple[str, str, Callable[[str], object]], ...] = (
            ("pause", self.tr("Pause"), jobs.pause),
            ("resume", self.tr("Resume"), jobs.resume),
            ("cancel", self.tr("Stop"), jobs.cancel),
            ("retry", self.tr("Retry"), jobs.retry),
            ("up", self.tr("Move up"), lambda job_id: self._move(job_id, -1)),
            ("down", self.tr("Move down"), lambda job_id: self._move(job_id, 1)),
            ("remove", self.tr("Remove"), jobs.remove),
        )
        made = {}
        for name, title, do in wanted:
            action = QAction(title, self)
            key = QKeySequence(_KEYS[name]).toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{title} ({key})")
            action.triggered.connect(lambda _checked=False, do=do: self._do(do))
            made[name] = action
        return made

    def _button(self, action: QAction) -> QToolButton:
        name = next(name for name, each in self.actions_by_name.items() if each is action)
        button = QToolButton(self)
        button.setText(_SIGNS[name])
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(action.trigger)
        action.changed.connect(lambda: button.setEnabled(action.isEnabled()))
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(4, 4, 4, 0)
        row.setSpacing(2)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        tidy = QToolButton(self)
        tidy.setDefaultAction(self.remove_done)
        tidy.setAccessibleName(self.remove_done.text())
        tidy.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row.addWidget(tidy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.details)

    # --- the chosen job

    @property
    def chosen(self) -> Job | None:
        """The job that buttons and keys work on."""
        return self._jobs.job(self._chosen)

    def choose(self, job_id: str) -> None:
        """Choose a job and bring it into view."""
        row = self.model.row_of(job_id)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row))
            self.view.follow()

    def _on_current(self) -> None:
        job = self.model.job_at(self.view.currentIndex())
        self._chosen = job.id if job is not None else ""
        self._show_choice()

    def _restore_choice(self) -> None:
        """After the list was filled anew: the same job, else the first."""
        n_rows = self.model.rowCount()
        self.view.setVisible(n_rows > 0)
        self.empty.setVisible(n_rows == 0)
        self.setFocusProxy(cast("QWidget", self.view if n_rows else None))  # so much for the stubs
        if n_rows:
            row = max(0, self.model.row_of(self._chosen))
            self.view.setCurrentIndex(self.model.index(row))
            self.view.follow()
        self._show_choice()

    def _show_choice(self, *_: object) -> None:
        job = self.chosen
        state = job.state if job is not None else ""
        for name, action in self.actions_by_name.items():
            action.setEnabled(state in _CAN[name])
        rests = state in _CAN["resume"]
        self.buttons["resume"].setVisible(rests)
        self.buttons["pause"].setVisible(not rests)
        for name, action in self.actions_by_name.items():
            self.buttons[name].setEnabled(action.isEnabled())
        self.remove_done.setEnabled(any(each.state == "done" for each in self._jobs.jobs()))
        remedies = self._remedies(job) if job is not None else ()
        self.details.show_job(job, remedies, self.model.quality_of(job) if job is not None else "")
        self.view.scheduleDelayedItemsLayout()

    def _remedies(self, job: Job) -> tuple[Remedy, ...]:
        if job.state == "done":
            return (*self._looks(job), *self._ways(job))
        return self._jobs.commands.remedies.of_job(job)

    def _looks(self, job: Job) -> Iterator[Remedy]:
        """The list of what needs somebody in what a job made."""
        found = self._workbench.qualities.of(job)
        if found is not None and (found.needy or found.unmeasured or len(found.parts) > 1):
            label = self.tr("Spans that need you...") if found.needy else self.tr("Quality...")
            yield Remedy(label, lambda: self.show_findings(job, found))

    def _ways(self, job: Job) -> Iterator[Remedy]:
        """Ways to the output of a job that is done."""
        if job.wanted.output:
            output = Path(job.wanted.output)
            yield Remedy(self.tr("Open"), lambda: show_file(output))
            yield Remedy(self.tr("Show in folder"), lambda: show_file(output.parent))

    def show_findings(self, job: Job, found: JobQuality) -> None:
        """Open the list of what needs somebody."""
        from latentsync_studio.ui.jobs.findings_dialog import FindingsDialog

        if self.dialog is not None:
            self.dialog.close()
        parent = window_of(self._workbench) or self
        dialog = self.dialog = FindingsDialog(title_of(job), found, self._workbench, parent)
        dialog.finished.connect(lambda _code: self._forget_dialog(dialog))
        dialog.show()

    def _forget_dialog(self, dialog: FindingsDialog) -> None:
        if self.dialog is dialog:  # not the next one, which is open by then
            self.dialog = None

    def close_panel(self) -> None:
        """Nothing is gone to in a window that was closed."""
        if self.dialog is not None:
            self.dialog.close()

    def _do(self, do: Callable[[str], object]) -> None:
        if self._chosen:
            do(self._chosen)

    def _move(self, job_id: str, by: int) -> None:
        place = self.model.row_of(job_id) + by
        if 0 <= place < self.model.rowCount():
            self._jobs.move(job_id, place)

    def _on_key(self, key: str) -> None:
        for name, wanted in _KEYS.items():
            if wanted == key and self.actions_by_name[name].isEnabled():
                self.actions_by_name[name].trigger()
                return

    def _show_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if not index.isValid():
            return
        self.view.setCurrentIndex(index)
        menu = self.make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.view.viewport().mapToGlobal(place))

    def make_menu(self) -> QMenu:
        """The menu of the chosen job."""
        menu = QMenu(self)
        for action in self.actions_by_name.values():
            if action.isEnabled():
                menu.addAction(action)
        if self.remove_done.isEnabled():
            menu.addAction(self.remove_done)
        job = self.chosen
        remedies = self._remedies(job) if job is not None else ()
        if remedies:
            menu.addSeparator()
        for each in remedies:
            menu.addAction(each.label).triggered.connect(lambda _checked=False, run=each.run: run())
        return menu

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._jobs.refresh()


class _JobsView(QListView):
    """Takes its own keys before the window's shortcuts see them.

    Signals:
        pressed_key(key): one of the panel's, in portable text.
    """

    pressed_key = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._follows = False
        self.verticalScrollBar().actionTriggered.connect(self._let_go)

    def follow(self) -> None:
        """Keep the chosen row in view while rows and room change, until the user scrolls."""
        self._follows = True
        self.scrollTo(self.currentIndex())

    def _let_go(self, _action: int) -> None:
        self._follows = False

    def doItemsLayout(self) -> None:
        super().doItemsLayout()
        if self._follows:
            self.scrollTo(self.currentIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._follows:
            self.scrollTo(self.currentIndex())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and _key_of(event) in _KEYS.values():  # type: ignore[arg-type]  # that type is a QKeyEvent
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = _key_of(event)
        if key in _KEYS.values():
            self.pressed_key.emit(key)
        else:
            super().keyPressEvent(event)


def _key_of(event: QKeyEvent) -> str:
    return QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)


class _Details(QFrame):
    """Message and remedy of the chosen job, with buttons that do it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(self.tr("About the chosen job"))
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.buttons: list[QPushButton] = []
        self._row = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addWidget(self.text)
        column.addLayout(self._row)
        self._shown: tuple[object, ...] = ()
        self.hide()

    def show_job(self, job: Job | None, remedies: tuple[Remedy, ...], quality: str) -> None:
        """Show what is worth saying of a job; nothing of one that waits or runs."""
        text = ""
        if job is not None and job.state in {"failed", "interrupted", "done"}:
            remedy = remedy_words(job.code, job.remedy)
            said = f"{job.message} {remedy}".strip() or job.wanted.output
            known = "\n".join(filter(None, (said, quality)))
            text = f"{title_of(job)}\n{known}" if known else ""
        shown = (job.id if job is not None else "", text, tuple(each.label for each in remedies))
        if shown == self._shown:
            return
        self._shown = shown
        self.text.setText(text)
        for old in self.buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self.buttons = []
        for each in remedies:
            button = QPushButton(each.label, self)
            button.clicked.connect(lambda _checked=False, run=each.run: run())
            self._row.addWidget(button)
            self.buttons.append(button)
        self.setVisible(bool(text))

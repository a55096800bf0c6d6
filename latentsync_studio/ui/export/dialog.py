"""Asks what a sequence is exported as, where to, which part of it, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGroupBox,
    QHBoxLayout,
    QRadioButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.ui.export.forecast import (
    clips_to_draw,
    frames_to_draw,
    seconds_to_draw,
    seconds_to_write,
)
from latentsync_studio.ui.export.movie_page import MoviePage
from latentsync_studio.ui.export.package_page import PackagePage
from latentsync_studio.ui.export.page import Asked
from latentsync_studio.ui.export.report import ReportPanel
from latentsync_studio.ui.export.timeline_page import TimelinePage

if TYPE_CHECKING:
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Clip
    from latentsync_studio.services.delivery.estimate import Estimate
    from latentsync_studio.services.validate import Problem
    from latentsync_studio.ui.export.page import ExportPage, Found
    from latentsync_studio.ui.workbench import Workbench

CHECK_AFTER_MS = 250
_WIDTH = 900  # px where there is room
_SIDE = 320  # px, width of what is common to all pages
_LEAST = 120  # px, height of what scrolls
_FRAME = 40  # px that a window's title and edges take, about
_KEPT_PAGE = "export.page"


class ExportDialog(QDialog):
    """Exports the sequence that was shown when it was opened.

    A page each for movies, packages and timelines; beside them the range and what is found out,
    which are common to them. Both sides scroll where the screen is low, the buttons stay in view.
    On `accept` the page that is shown begins its work.

    `is_checked` tells whether what is shown of problems and room is up to date, `is_tried` whether
    size and time are.
    """

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sequence = workbench.session.sequence
        if sequence is None:
            raise ValueError("There is no sequence to export.")
        self._workbench, self._sequence = workbench, sequence
        self.is_checked = self.is_tried = False
        self.problems: tuple[Problem, ...] = ()
        self._estimate: Estimate | None = None
        self._drawing: float | None = None  # seconds, by a benchmark of this machine
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export"))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CHECK_AFTER_MS)
        self._timer.timeout.connect(self._check)
        self.movie = MoviePage(workbench, sequence, self)
        self.package = PackagePage(workbench, sequence, self)
        self.timeline = TimelinePage(workbench, sequence, self)
        self.pages: tuple[ExportPage, ...] = (self.movie, self.package, self.timeline)
        self.report = ReportPanel(self)
        beside = QHBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(self._make_tabs(), 1)
        beside.addWidget(self._make_side())
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(beside, 1)
        column.addWidget(self._make_buttons())
        for page in self.pages:
            page.changed.connect(self._ask_check)
        self._on_page()
        self._fit()

    # --- what is asked

    @property
    def page(self) -> ExportPage:
        """The page that is shown."""
        return self.pages[self.tabs.currentIndex()]

    @property
    def asked(self) -> Asked:
        """What the range says, and the project as it is now."""
        project = self._workbench.store.project
        if self.work_area.isChecked():
            return Asked(project, self._sequence, self._sequence.work_area, ())
        if self.selection.isChecked():
            clips = self._selected()
            start, stop = min(c.start for c in clips), max(c.stop for c in clips)
            names = tuple(clip.id for clip in clips)
            return Asked(project, self._sequence, FrameRange(start, stop), names)
        return Asked(project, self._sequence, None, ())

    def accept(self) -> None:
        page, asked = self.page, self.asked
        page.remember()
        begin = page.order(asked)
        output = page.output if page is self.movie else None
        super().accept()
        if page is self.timeline:  # is written at once
            begin()
            return
        gate = self._workbench.jobs.commands.gate
        gate.before_export(output, asked.frames, asked.clips, begin)

    def done(self, code: int) -> None:
        self._timer.stop()
        self._workbench.preferences.set_layout(_KEPT_PAGE, str(self.tabs.currentIndex()).encode())
        for key in self._keys():
            self._workbench.background.cancel(key)
        super().done(code)

    def _keys(self) -> tuple[tuple[int, str], ...]:
        """What the work on threads is for."""
        return (id(self), "check"), (id(self), "trial"), (id(self), "drawing")

    # --- widgets

    def _make_tabs(self) -> QTabWidget:
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName(self.tr("Kinds of export"))
        for page in self.pages:
            self.tabs.addTab(_Scrolled(page, self.tabs), page.title)
        kept = self._workbench.preferences.layout(_KEPT_PAGE)
        if kept in {b"0", b"1", b"2"}:
            self.tabs.setCurrentIndex(int(kept))
        self.tabs.currentChanged.connect(self._on_page)
        return self.tabs

    def _make_side(self) -> QWidget:
        """The range, and below it what is found out."""
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._make_range())
        column.addWidget(self.report)
        column.addStretch(1)
        area = _Scrolled(side, self)
        area.setFixedWidth(_SIDE)
        return area

    def _make_range(self) -> QGroupBox:
        box = QGroupBox(self.tr("Range"), self)
        self.whole, self.work_area, self.selection = (QRadioButton(box) for _ in range(3))
        everything, area = FrameRange(0, self._sequence.stop), self._sequence.work_area
        self.whole.setText(self.tr("Whole sequence: {0}").format(self._length(everything)))
        if area is None:
            self.work_area.setText(self.tr("Work area: none is set (keys I and O)"))
        else:
            self.work_area.setText(self.tr("Work area: {0}").format(self._length(area)))
        self.work_area.setEnabled(area is not None)
        clips = self._selected()
        if clips:
            self.selection.setText(self.tr("Selected clips: %n", "", len(clips)))
        else:
            self.selection.setText(self.tr("Selected clips: none are selected"))
        self.selection.setEnabled(bool(clips))
        self.whole.setChecked(True)
        column = QVBoxLayout(box)
        for button in (self.whole, self.work_area, self.selection):
            button.toggled.connect(self._ask_check)
            column.addWidget(button)
        return box

    def _selected(self) -> tuple[Clip, ...]:
        chosen = self._workbench.session.clips
        return tuple(c for t in self._sequence.tracks for c in t.clips if c.id in chosen)

    def _length(self, frames: FrameRange) -> str:
        n = len(frames)
        seconds = n * self._sequence.rate.den / self._sequence.rate.num
        return self.tr("%n frame(s), {0:.1f} s", "", n).format(seconds)

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.export_button = buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    # --- what is found out

    def _on_page(self, *_: object) -> None:
        self.export_button.setText(self.page.verb)
        self._ask_check()

    def _ask_check(self, *_: object) -> None:
        for key in self._keys():  # answers to what was asked before count no more
            self._workbench.background.cancel(key)
        self.is_checked = self.is_tried = False
        self._estimate = self._drawing = None
        self.export_button.setEnabled(False)
        self.report.show_looking(has_size=self.page is not self.timeline)
        self._show_time()
        self._timer.start()

    def _show_time(self) -> None:
        """How long drawing and writing take, as far as that is known."""
        if self.page is self.timeline:
            self.report.hide_time()
            return
        asked, preferences = self.asked, self._workbench.preferences
        frames = asked.frames or FrameRange(0, max(self._sequence.stop, 1))
        to_draw = frames_to_draw(self._sequence, frames, self._workbench.spans)
        writing = None
        if self._estimate is not None and self._estimate.encoder:
            pixels = asked.n_frames * self._sequence.width * self._sequence.height
            measured = seconds_to_write(pixels, self._estimate.encoder, preferences)
            writing = measured if measured is not None else self._estimate.seconds
        drawing = self._drawing if to_draw and self._drawing is not None else None
        if drawing is None:
            drawing = seconds_to_draw(to_draw, preferences)
        self.report.show_time(to_draw, drawing, writing)

    def _check(self) -> None:
        """Find problems, losses and room on a worker thread."""
        work = self.page.check(self.asked)
        key = self._keys()[0]
        self._workbench.background.submit(work, self._on_checked, self._on_failed, key=key)
        self._ask_drawing()

    def _ask_drawing(self) -> None:
        """Ask on a worker thread how long the missing mouths take here."""
        asked, services = self.asked, self._workbench.services
        frames = asked.frames or FrameRange(0, max(self._sequence.stop, 1))
        to_draw = clips_to_draw(self._sequence, frames, self._workbench.spans)

        def work(_progress: Progress) -> float | None:
            from latentsync_studio.services.delivery.estimate import estimate_drawing

            return estimate_drawing(asked.project, asked.sequence.id, to_draw, services)

        key = self._keys()[2]
        self._workbench.background.submit(work, self._on_drawing, self._on_no_drawing, key=key)

    def _on_drawing(self, seconds: float | None) -> None:
        self._drawing = seconds
        self._show_time()

    def _on_no_drawing(self, _error: StudioError) -> None:
        self._on_drawing(None)  # what is in the way is told by the check

    def _on_checked(self, found: Found) -> None:
        self.is_checked = True
        self.problems = found.problems
        self.report.show_found(found)
        self.export_button.setEnabled(not found.problems)
        trial = None if found.problems else self.page.trial(self.asked)
        if trial is None:
            self._on_tried(None)
            return
        key = self._keys()[1]
        self._workbench.background.submit(trial, self._on_tried, self._on_not_tried, key=key)

    def _on_tried(self, estimate: Estimate | None) -> None:
        self.is_tried = True
        self._estimate = estimate
        if self.page is not self.timeline:
            self.report.show_size(estimate)
        self._show_time()

    def _on_not_tried(self, _error: StudioError) -> None:
        self._on_tried(None)  # the size is then not known; what is in the way is told already

    def _on_failed(self, error: StudioError) -> None:
        self.is_checked = True
        self.report.show_failed(error)

    # --- size

    def _fit(self) -> None:
        """Take the size that everything needs, or what the screen has of it."""
        parent = self.parentWidget()
        screen = self.screen() if parent is None else parent.screen()
        room = screen.availableSize() - QSize(0, _FRAME)
        self.resize(self.sizeHint().expandedTo(QSize(_WIDTH, 0)).boundedTo(room))


class _Scrolled(QScrollArea):
    """Widgets that scroll where the screen is too low for them."""

    def __init__(self, held: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(held)

    def sizeHint(self) -> QSize:
        held = self.widget()
        return super().sizeHint() if held is None else held.sizeHint() + self._bar()

    def minimumSizeHint(self) -> QSize:
        held = self.widget()
        width = 0 if held is None else (held.minimumSizeHint() + self._bar()).width()
        return QSize(width, _LEAST)

    def _bar(self) -> QSize:
        """Room for the bar beside them."""
        return QSize(self.verticalScrollBar().sizeHint().width(), 0)

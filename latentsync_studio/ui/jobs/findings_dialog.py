"""The spans of what a job made that need somebody, and the way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from latentsync_studio.core.quality.measures import measure
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.showing import find_placed
from latentsync_studio.ui.jobs.quality_words import figures_of, needy_words, unmeasured_words
from latentsync_studio.ui.jobs.words import DOT
from latentsync_studio.ui.timeline.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.quality.gate import Attention
    from latentsync_studio.core.timeline.model import Clip, Sequence
    from latentsync_studio.services.quality.of_job import JobQuality, MeasuredPart
    from latentsync_studio.ui.workbench import Workbench

_SIZE: Final = QSize(820, 460)
_ROW: Final = Qt.ItemDataRole.UserRole


class FindingsDialog(QDialog):
    """A clip a branch, a span a row. In a sequence of the open project a span can be gone to."""

    def __init__(
        self, title: str, found: JobQuality, workbench: Workbench, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workbench, self._found = workbench, found
        self._sequence = self._open_sequence()
        about = QLabel(self._about(), self)
        about.setWordWrap(True)
        self.list = QTreeWidget(self)
        self.list.setAccessibleName(self.tr("Spans that need you"))
        self.list.setHeaderLabels([self.tr("Where"), self.tr("Length"), self.tr("Why")])
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setUniformRowHeights(True)
        self.list.setRootIsDecorated(len(found.parts) > 1)
        self._fill()
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.go_button = buttons.addButton(
            self.tr("Go there"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.go_button.setToolTip(
            self.tr("Shows the span on the timeline, beside what can be done about it")
            if self._sequence is not None
            else self.tr("Only spans of a sequence of the open project can be gone to")
        )
        self.go_button.clicked.connect(self.go)
        buttons.rejected.connect(self.reject)
        self.list.itemActivated.connect(self.go)
        self.list.currentItemChanged.connect(self._enable)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(self.list, 1)
        column.addWidget(buttons)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() * 0.9))
        self._enable()

    def go(self, *_: object) -> None:
        """Show the chosen span on the timeline, and the list of what can be done."""
        row, clip, sequence = self._chosen(), self._clip(), self._open_sequence()
        if row is None or clip is None or sequence is None:
            return
        attention, session = row[1], self._workbench.session
        session.show_sequence(sequence.id)
        session.select([clip.id])
        here = attention.frames.start - clip.source.start + clip.start
        self._workbench.playback.go_to(min(max(here, clip.placed.start), clip.placed.stop - 1))
        self._workbench.actions["window.attention"].trigger()

    def _fill(self) -> None:
        for part in self._found.parts:
            branch: QTreeWidget | QTreeWidgetItem = self.list
            if len(self._found.parts) > 1:
                figures = f" {DOT} ".join(figures_of(part.quality))
                branch = QTreeWidgetItem(self.list, [part.name, "", figures])
                branch.setExpanded(True)
            for attention in part.attentions:
                item = QTreeWidgetItem(branch, list(self._texts(part, attention)))
                item.setToolTip(2, measure(attention.measure).meaning)
                item.setData(0, _ROW, (part, attention))
            if isinstance(branch, QTreeWidgetItem):
                branch.setExpanded(True)
        for name in self._found.unmeasured:
            QTreeWidgetItem(self.list, [name, "", self.tr("not measured")])
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first.child(0) or first)

    def _texts(self, part: MeasuredPart, attention: Attention) -> Iterator[str]:
        start, length = attention.frames.start + part.at, len(attention.frames)
        if self._found.sequence is not None:
            clock = Clock.of(self._found.sequence)
            yield from (clock.label(start), clock.length(length))
        else:
            rate = float(self._found.rate)
            yield from (
                self.tr("{0} s").format(f"{frames / rate:.2f}") for frames in (start, length)
            )
        yield attention.reason

    def _about(self) -> str:
        found = self._found
        figures = list(figures_of(found.parts[0].quality)) if len(found.parts) == 1 else []
        text = f" {DOT} ".join([*figures, needy_words(found), *unmeasured_words(found)])
        if found.unmeasured:
            text += "\n" + self.tr(
                "Clip > Measure quality measures clips of the open project; their figures appear"
                " here then."
            )
        return text

    def _chosen(self) -> tuple[MeasuredPart, Attention] | None:
        item = self.list.currentItem()
        row: tuple[MeasuredPart, Attention] | None = item.data(0, _ROW) if item else None
        return row

    def _open_sequence(self) -> Sequence | None:
        """The sequence of the job, as the open project has it now."""
        wanted = self._found.sequence
        sequences = self._workbench.store.project.sequences
        return next((each for each in sequences if wanted and each.id == wanted.id), None)

    def _clip(self) -> Clip | None:
        """The clip of the chosen span, as the open project has it now; it shows the same medium."""
        row, sequence = self._chosen(), self._open_sequence()
        if row is None or sequence is None or row[0].clip is None:
            return None
        placed = find_placed(sequence, row[0].clip)
        if placed is None:
            return None
        medium = find_media(self._workbench.store.project, placed[1].media)
        return placed[1] if medium.path == row[0].medium else None

    def _enable(self, *_: object) -> None:
        self.go_button.setEnabled(self._clip() is not None)

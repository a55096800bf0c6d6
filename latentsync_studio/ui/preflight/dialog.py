"""What speaks against a job: a list of findings with buttons; beside the work, not in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.ui.export.room import time_words
from latentsync_studio.ui.preflight.words import SIGNS, action_label, severity_words
from latentsync_studio.ui.remedy_words import remedy_words

if TYPE_CHECKING:
    from latentsync_studio.core.preflight import Finding, Preflight
    from latentsync_studio.ui.workbench import Workbench

_SIZE: Final = QSize(640, 560)
_FRAME: Final = 48  # px that a window's title and edges take, about
_ROLES: Final = {"blocking": "error", "warning": "warning", "info": "dim_text"}


class PreflightDialog(QDialog):
    """Findings, the worst first; notes stand below under a heading.

    `rows` are the shown findings with their buttons. The window behind stays usable, so that one
    can go to a span and look.

    Signals:
        begin_asked(ask_again): begin the job; False: and do not ask before others.
        action_asked(finding, action, number): do something about a finding, for the n-th time.
    """

    begin_asked = Signal(bool)
    action_asked = Signal(object, str, int)

    def __init__(
        self, workbench: Workbench, *, has_job: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._has_job = workbench, has_job
        self.rows: dict[str, FindingRow] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Preflight"))
        self.setAccessibleName(self.tr("Preflight"))
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        font = self.summary.font()
        font.setBold(True)
        self.summary.setFont(font)
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName(self.tr("Findings"))
        self.quiet = QCheckBox(self.tr("Do &not ask again for warnings"), self)
        self.quiet.setToolTip(
            self.tr("Jobs begin at once then; the menu Clip, and the preferences, bring it back.")
        )
        self.quiet.setVisible(has_job)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.summary)
        column.addWidget(self.area, 1)
        column.addWidget(self.quiet)
        column.addWidget(self._make_buttons())
        self._fit()

    def show_looking(self) -> None:
        """Something changed; what is shown may not hold any more."""
        self.summary.setText(self.tr("Looking again..."))
        if self.begin_button is not None:
            self.begin_button.setEnabled(False)

    def show_found(self, found: Preflight) -> None:
        """Show findings in the place of those before."""
        self.summary.setText(self._summed(found))
        kept = self.area.verticalScrollBar().value()
        inside = QWidget(self.area)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        self.rows = {}
        notes = [each for each in found.findings if each.severity == "info"]
        for each in found.warnings:
            self._add_row(column, each, inside)
        if notes:
            heading = QLabel(self.tr("Good to know"), inside)
            heading.setContentsMargins(0, 8, 0, 0)
            column.addWidget(heading)
        for each in notes:
            self._add_row(column, each, inside)
        column.addStretch(1)
        self.area.setWidget(inside)
        self.area.verticalScrollBar().setValue(kept)
        if self.begin_button is not None:
            self.begin_button.setEnabled(not found.is_blocked)
            tip = self.tr("Something must be done first.") if found.is_blocked else ""
            self.begin_button.setToolTip(tip)

    def _add_row(self, column: QVBoxLayout, finding: Finding, parent: QWidget) -> None:
        row = FindingRow(finding, self._workbench, parent)
        row.action_asked.connect(self.action_asked)
        self.rows[f"{finding.id} {finding.subject_id}".strip()] = row
        column.addWidget(row)

    def _make_buttons(self) -> QDialogButtonBox:
        kind = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kind.Cancel if self._has_job else kind.Close, self)
        self.begin_button: QPushButton | None = None
        if self._has_job:
            begin = buttons.addButton(
                self.tr("&Begin all the same"), QDialogButtonBox.ButtonRole.AcceptRole
            )
            begin.setDefault(True)
            self.begin_button = begin
        buttons.accepted.connect(self._begin)
        buttons.rejected.connect(self.reject)
        return buttons

    def _begin(self) -> None:
        self.begin_asked.emit(not self.quiet.isChecked())
        self.accept()

    def _summed(self, found: Preflight) -> str:
        """How many findings of which kind, and how long it takes."""
        blocking = sum(each.severity == "blocking" for each in found.findings)
        warnings = len(found.warnings) - blocking
        parts = []
        if blocking:
            parts.append(self.tr("%n thing(s) must be done first.", "", blocking))
        if warnings:
            parts.append(self.tr("%n warning(s).", "", warnings))
        if not parts:
            parts.append(self.tr("Nothing speaks against it."))
        total = found.forecast.total
        if found.frames and total:
            told = self.tr("About {0} for %n frame(s).", "", found.frames)
            parts.append(told.format(time_words(total)))
        return " ".join(parts)

    def _fit(self) -> None:
        parent = self.parentWidget()
        screen = self.screen() if parent is None else parent.screen()
        self.resize(_SIZE.boundedTo(screen.availableSize() - QSize(0, _FRAME)))


class FindingRow(QFrame):
    """One finding: its kind as a sign and a word, what it is about, the sentence, and buttons.

    Signals:
        action_asked(finding, action, number): a button was pressed, for the n-th time from 0.
    """

    action_asked = Signal(object, str, int)

    def __init__(self, finding: Finding, workbench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self.finding = finding
        self._pressed: dict[str, int] = {}
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.kind = QLabel(f"{SIGNS[finding.severity]} {severity_words(finding.severity)}", self)
        self._tint(workbench)
        self.subject = QLabel(finding.subject, self)
        self.subject.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.text = QLabel(self._sentence(), self)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self.subject, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 8, 10, 8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.kind, 0, 0)
        grid.addWidget(self.subject, 0, 1)
        grid.addWidget(self.text, 1, 0, 1, 2)
        self.buttons: dict[str, QPushButton] = {}
        self._add_buttons(grid)
        spoken = (self.kind.text(), finding.subject, self.text.text())
        self.setAccessibleName(" ".join(part for part in spoken if part))

    def _sentence(self) -> str:
        """Of several lines the first one; all of them are in the tool tip."""
        finding = self.finding
        first, _, rest = finding.sentence.partition("\n")
        if rest:
            first = f"{first.rstrip(':')}."
            self.setToolTip(finding.sentence)
            self.setAccessibleDescription(finding.sentence)
        remedy = remedy_words(finding.id, finding.remedy) if finding.remedy else ""
        is_told = finding.id in {"time", "face-samples"}  # their sentences say it
        about = self.tr("Estimated.") if finding.estimated and not is_told else ""
        return " ".join(part for part in (first, remedy, about) if part)

    def _tint(self, workbench: Workbench) -> None:
        """The sign in the color of its kind, as messages have it; the word says it as well."""
        palette = self.kind.palette()
        color = workbench.look.theme.color(_ROLES[self.finding.severity])
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self.kind.setPalette(palette)

    def _add_buttons(self, grid: QGridLayout) -> None:
        finding = self.finding
        row = QHBoxLayout()
        for action in finding.actions:
            if action == "jump" and not finding.spans:
                continue
            button = QPushButton(action_label(action, finding), self)
            button.setAutoDefault(False)
            button.setAccessibleDescription(finding.sentence)
            button.clicked.connect(lambda _checked=False, name=action: self._press(name))
            row.addWidget(button)
            self.buttons[action] = button
        row.addStretch(1)
        if self.buttons:
            grid.addLayout(row, 2, 0, 1, 2)

    def _press(self, action: str) -> None:
        number = self._pressed.get(action, 0)
        self._pressed[action] = number + 1
        if action == "jump":
            self.buttons[action].setText(action_label(action, self.finding, number + 1))
        self.action_asked.emit(self.finding, action, number)

"""Asks what is compared blindly: which takes, over which spans, how often, and how it is shown."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
)

from latentsync_studio.core.comparing.outcome import needed_line
from latentsync_studio.core.comparing.trials import MOST_TRIALS
from latentsync_studio.core.errors import StudioError
from latentsync_studio.ui.takes.around import near
from latentsync_studio.ui.takes.blind_window import BlindWindow
from latentsync_studio.ui.takes.contests import chosen_refs, contests, systems_in, trials_of
from latentsync_studio.ui.widgets.form_dialog import fill_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.ui.takes.contests import Contest, System
    from latentsync_studio.ui.workbench import Workbench

_NAME = Qt.ItemDataRole.UserRole
_FIRST_HEIGHT = 60  # px, until it is known what there is
_MOST_REPEATS = 20
_VOTER = "votes.voter"  # in the preferences


class BlindSetup(QDialog):
    """Two takes or more, or takes and the source; `begin(window)` is called with what is made."""

    def __init__(
        self, workbench: Workbench, parent: QWidget | None, begin: Callable[[QDialog], object]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Compare takes blindly"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workbench, self._begin = workbench, begin
        self._project = workbench.store.project
        self._found: tuple[Contest, ...] = ()
        self.systems = QListWidget(self)
        self.systems.setFixedHeight(_FIRST_HEIGHT)
        self.systems.itemChanged.connect(self._show_plan)
        self.scope = QComboBox(self)
        self.scope.addItem(self.tr("The span under the playhead"), True)
        self.scope.currentIndexChanged.connect(self._show_systems)
        self.way = QComboBox(self)
        self.way.addItem(self.tr("Side by side"), "beside")
        self.way.addItem(self.tr("One after the other, large"), "in turn")
        self.repeats = QSpinBox(self)
        self.repeats.setRange(1, _MOST_REPEATS)
        self.repeats.valueChanged.connect(self._show_plan)
        self.question = QLineEdit(self.tr("Which mouth follows the speech better?"), self)
        self.voter = QLineEdit(workbench.preferences.layout(_VOTER).decode(), self)
        self.voter.setPlaceholderText(self.tr("A name or a pseudonym; may stay empty"))
        self.plan, self.note = QLabel(self), QLabel(self)
        for label in (self.plan, self.note):
            label.setWordWrap(True)
        self.note.setText(needed_line())
        self._lay_out()
        self._look()

    def _lay_out(self) -> None:
        rows = (
            (self.tr("Takes"), self.systems),
            (self.tr("Spans"), self.scope),
            (self.tr("Repeats"), self.repeats),
            (self.tr("Shown"), self.way),
            (self.tr("Question"), self.question),
            (self.tr("Who votes"), self.voter),
        )
        labels = (self.plan, self.note)
        self.begin_button = fill_form(self, rows, labels, self.tr("Begin"), width=520)
        self.begin_button.setEnabled(False)
        self.plan.setText(self.tr("Looking for takes..."))

    def _look(self) -> None:
        """Find out in the background what is drawn."""
        bench, clip = self._workbench, self._workbench.takes.clip
        sequence = bench.session.sequence
        if clip is None or sequence is None:
            self.plan.setText(self.tr("Select a clip with a picture first."))
            return
        here = sequence.id, clip.id, near(clip, bench.focus.near_frame)
        project, services, box = self._project, bench.services, bench.takes.box

        def work(progress: Progress) -> tuple[Contest, ...]:
            return contests(project, here, (services, box.opened()), progress)

        bench.background.submit(work, self._on_found, self._on_failed, key=self)

    def _on_failed(self, error: StudioError) -> None:
        self.plan.setText(f"{error} {error.remedy}".strip())

    def _on_found(self, found: tuple[Contest, ...]) -> None:
        self._found = found
        if len(found) > 1:
            title = self.tr("All %n spans of the sequence", "", len(found))
            self.scope.addItem(title, False)
        self._show_systems()

    def _in_scope(self) -> tuple[Contest, ...]:
        is_here = self.scope.currentData()
        return tuple(each for each in self._found if each.is_here or not is_here)

    def _show_systems(self) -> None:
        """Names that can be compared; those that are drawn are chosen, but for the source."""
        known = {self._item(n).data(_NAME): self._item(n).checkState() for n in self._places()}
        source = self._found[0].takes[-1].name if self._found else ""
        systems = systems_in(self._in_scope())
        drawn = sum(each.ready > 0 for each in systems if each.name != source)
        blocked = self.systems.blockSignals(True)
        self.systems.clear()
        for each in systems:
            item = QListWidgetItem(self._words(each))
            item.setData(_NAME, each.name)
            flags = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
            if each.ready:
                flags |= Qt.ItemFlag.ItemIsEnabled
            item.setFlags(flags)
            wanted = bool(each.ready) and (each.name != source or drawn == 1)
            first = Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked
            item.setCheckState(known.get(each.name, first) if each.ready else first)
            self.systems.addItem(item)
        self.systems.blockSignals(blocked)
        rows = min(max(len(systems), 3), 8)
        self.systems.setFixedHeight(rows * max(self.systems.sizeHintForRow(0), 18) + 6)
        self._show_plan()
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _words(self, system: System) -> str:
        if not system.ready:
            return self.tr("{0}: not synthesized").format(system.name)
        if system.spans == 1:
            return system.name
        return self.tr("{0}: {1} of {2} spans synthesized").format(
            system.name, system.ready, system.spans
        )

    def _places(self) -> range:
        return range(self.systems.count())

    def _item(self, place: int) -> QListWidgetItem:
        return self.systems.item(place)

    def chosen(self) -> frozenset[str]:
        """Names that are compared."""
        items = (self._item(place) for place in self._places())
        return frozenset(
            str(item.data(_NAME)) for item in items if item.checkState() == Qt.CheckState.Checked
        )

    def _show_plan(self, *_: object) -> None:
        if not self._found:
            return
        trials = trials_of(self._in_scope(), self.chosen(), self.repeats.value())
        if not trials:
            text = self.tr("Choose two that are synthesized in the same span.")
        elif trials > MOST_TRIALS:
            text = self.tr("{0} trials are more than anybody decides.").format(trials)
        else:
            text = self.tr("%n trial(s); sides are hidden and change evenly.", "", trials)
        self.plan.setText(text)
        self.begin_button.setEnabled(0 < trials <= MOST_TRIALS)

    def accept(self) -> None:
        """Make the comparison and show it."""
        from latentsync_studio.services.takes.blind import blind_session

        refs = chosen_refs(self._in_scope(), self.chosen())
        try:
            session = blind_session(
                self._project,
                refs,
                seed=secrets.randbits(31),
                repeats=self.repeats.value(),
                voter=self.voter.text().strip(),
                question=self.question.text().strip(),
            )
        except StudioError as error:
            self.plan.setText(f"{error} {error.remedy}".strip())
            return
        self._workbench.preferences.set_layout(_VOTER, self.voter.text().strip().encode())
        way = self.way.currentData()
        super().accept()
        parent = self.parentWidget()
        self._begin(BlindWindow(self._workbench, self._project, session, way, parent))

    def done(self, code: int) -> None:
        self._workbench.background.cancel(self)
        super().done(code)

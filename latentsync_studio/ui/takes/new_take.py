"""Asks for a new take: where, with which engine, seed and preset."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QSpinBox,
)

from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.services.inspect import list_engines
from latentsync_studio.ui.takes.around import asked_at, near
from latentsync_studio.ui.timeline.clock import Clock
from latentsync_studio.ui.widgets.form_dialog import fill_form
from latentsync_studio.ui.widgets.setting_words import translated

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import SettingValue
    from latentsync_studio.services.inspect import EngineListing
    from latentsync_studio.ui.workbench import Workbench

_MOST_SEED = 2**31 - 1  # of a spin box


class _Known(NamedTuple):
    """A preset as far as a take can have it."""

    name: str
    notes: str
    values: dict[str, SettingValue]
    skipped: tuple[str, ...]


class NewTakeDialog(QDialog):
    """A take begins as the clip's present settings; what is chosen here differs."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New take"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        clip = workbench.takes.clip
        assert clip is not None, "a take needs a clip"  # noqa: S101 - the command looked
        self._workbench, self._clip = workbench, clip
        self._own = settings_of(workbench.store.project, clip)
        self._presets: tuple[_Known, ...] = ()
        self.name = QLineEdit(self)
        self.name.setPlaceholderText(self.tr("Take and a number"))
        self.span = self._make_spans()
        self.preset = QComboBox(self)
        self.preset.addItem(self.tr("None: the inspector's present settings"))
        self.preset.currentIndexChanged.connect(self._on_preset)
        self.engine, self._engines = QComboBox(self), QStandardItemModel(self)
        self.engine.setModel(self._engines)
        self.engine.currentIndexChanged.connect(self._show_note)
        self.seed = QSpinBox(self)
        self.seed.setRange(0, _MOST_SEED)
        self.seed.setValue(self._own.seed)
        self.at_once = QCheckBox(self.tr("Synthesize it at once"), self)
        self.at_once.setChecked(True)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self._lay_out()
        self._on_listed(list_engines())
        self._choose_engine(self._own.engine)
        self._look()

    def _make_spans(self) -> QComboBox:
        """The span of present takes, what is marked in and out, or all that the clip uses."""
        box = QComboBox(self)
        clip, sequence = self._clip, self._workbench.session.sequence
        clock = Clock.of(sequence)
        frame = near(clip, self._workbench.focus.near_frame)
        offers: list[tuple[str, FrameRange]] = [
            (self.tr("Takes at the playhead"), span)
            for span in sorted(asked_at(clip, frame), key=len)[:1]
        ]
        marked = None if sequence is None else sequence.work_area
        part = None if marked is None else marked.intersection(clip.placed)
        if part is not None:
            shift = clip.source.start - clip.start
            offers.append((self.tr("From in to out"), part.shifted(shift)))
        offers.append((self.tr("All of the clip"), clip.source))
        for title, span in offers:
            first = clock.label(span.start - clip.source.start + clip.start)
            box.addItem(f"{title}: {clock.length(len(span))}, {first}", span)
        return box

    def _lay_out(self) -> None:
        rows = (
            (self.tr("Name"), self.name),
            (self.tr("Span"), self.span),
            (self.tr("Preset"), self.preset),
            (self.tr("Engine"), self.engine),
            (self.tr("Seed"), self.seed),
            ("", self.at_once),
        )
        self.make_button = fill_form(self, rows, (self.note,), self.tr("Make take"), width=460)

    # ---- lists --------------------------------------------------------------------------

    def _look(self) -> None:
        """Ask in the background which engines can run and which presets there are."""
        engines = self._workbench.services.engines

        def work(_progress: Progress) -> tuple[tuple[EngineListing, ...], tuple[_Known, ...]]:
            from latentsync_studio.services.presets import list_presets
            from latentsync_studio.services.takes.making import values_of_preset

            found = []
            for saved in list_presets():
                values, skipped = values_of_preset(saved.preset)
                found.append(_Known(saved.preset.name, saved.preset.notes, values, skipped))
            return list_engines(engines), tuple(found)

        self._ticket = self._workbench.background.submit(work, self._on_looked, key="new-take")

    def _on_looked(self, found: tuple[tuple[EngineListing, ...], tuple[_Known, ...]]) -> None:
        self._on_listed(found[0])
        self._presets = found[1]
        for known in self._presets:
            self.preset.addItem(known.name)
            row = self.preset.count() - 1
            self.preset.setItemData(row, known.notes, Qt.ItemDataRole.ToolTipRole)
        self._show_note()

    def _on_listed(self, listed: tuple[EngineListing, ...]) -> None:
        for engine in listed:
            row = self.engine.findData(engine.id)
            item = self._engines.item(row) if row >= 0 else QStandardItem(engine.id)
            why_not = "" if engine.available else f"{engine.reason}\n{engine.remedy}".strip()
            item.setData(engine.id, Qt.ItemDataRole.UserRole)
            item.setText(self.tr("{0} (cannot run)").format(engine.id) if why_not else engine.id)
            item.setEnabled(not why_not)
            item.setToolTip(why_not or translated(engine.title))
            item.setData(item.toolTip(), Qt.ItemDataRole.AccessibleDescriptionRole)
            if row < 0:
                self._engines.appendRow(item)

    def _choose_engine(self, engine: str) -> None:
        if self.engine.findData(engine) < 0:
            self._on_listed(())
            self.engine.addItem(engine, engine)
        self.engine.setCurrentIndex(self.engine.findData(engine))

    def _on_preset(self) -> None:
        known = self._known()
        values = {} if known is None else known.values
        self._choose_engine(str(values.get("engine", self._own.engine)))
        self.seed.setValue(int(values.get("seed", self._own.seed)))
        self._show_note()

    def _known(self) -> _Known | None:
        row = self.preset.currentIndex() - 1
        return self._presets[row] if 0 <= row < len(self._presets) else None

    def _show_note(self) -> None:
        """What the take will not have of the preset, or why it cannot be drawn here."""
        known, item = self._known(), self._engines.item(self.engine.currentIndex())
        parts = []
        if known is not None and known.skipped:
            parts.append(
                self.tr("A take cannot have these settings of the preset: {0}.").format(
                    ", ".join(known.skipped)
                )
            )
        is_free = item.isEnabled()
        if not is_free:
            parts.append(item.toolTip().partition("\n")[0])
        self.at_once.setEnabled(is_free)
        self.note.setText(" ".join(parts))

    # ---- the take -----------------------------------------------------------------------

    def values(self) -> dict[str, SettingValue]:
        """Settings in which the take differs from the clip's present ones."""
        known = self._known()
        values: dict[str, SettingValue] = {} if known is None else dict(known.values)
        values["engine"] = str(self.engine.currentData())
        if self.seed.value() != min(self._own.seed, _MOST_SEED) or "seed" in values:
            values["seed"] = self.seed.value()
        return values

    def accept(self) -> None:
        """Make the take as one undo step; the dialog stays where it is refused."""
        known, clip, bench = self._known(), self._clip, self._workbench
        span: FrameRange = self.span.currentData()
        made = bench.takes.add(
            clip.id,
            span,
            self.values(),
            name=self.name.text(),
            preset="" if known is None else known.name,
        )
        if not made:
            return
        if self.at_once.isChecked() and self.at_once.isEnabled():
            bench.takes.synthesize_last(clip.id)
        super().accept()

    def done(self, code: int) -> None:
        self._ticket.cancel()
        super().done(code)

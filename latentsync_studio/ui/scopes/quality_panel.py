"""The panel of quality curves: chosen measures along the timeline, with limits and the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QMenu, QToolButton

from latentsync_studio.core.quality.laid import measured_names
from latentsync_studio.core.quality.measures import CLIP_MEASURES, FRAME_MEASURES, measure
from latentsync_studio.ui.scopes.quality_strips import Measured, chosen_names, table_of
from latentsync_studio.ui.scopes.scope_panel import ScopePanel, numbers_of
from latentsync_studio.ui.scopes.time_link import TimeLink
from latentsync_studio.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.laid import Laid
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.services.tables_out import Table
    from latentsync_studio.ui.scopes.lines import StripSpec
    from latentsync_studio.ui.scopes.strip_rows import StripRows
    from latentsync_studio.ui.workbench import Workbench

_KEPT = "quality.measures"  # part of the layout
_WORK = "quality-strips"


class QualityPanel(ScopePanel):
    """Curves of what was measured on the shown sequence."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench, "quality", "")
        self.setAccessibleName(self.tr("Quality"))
        self.quality = workbench.quality
        self.link = TimeLink(workbench, self)
        self.rows: StripRows | None = None
        self._shown: tuple[object, ...] = ()
        kept = bytes(workbench.preferences.layout(_KEPT)).decode("ascii", "replace")
        self.names = chosen_names(kept)
        self.choice = QToolButton(self.bar)
        self.choice.setText(self.tr("Measures"))
        self.choice.setAutoRaise(True)
        self.choice.setAccessibleName(self.tr("Measures that are shown"))
        self.choice.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.choice)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.choice.setMenu(self._menu)
        self.measure = QToolButton(self.bar)
        self.measure.setAutoRaise(True)
        self.measure.setDefaultAction(workbench.actions["clip.measure"])
        self.networks = QToolButton(self.bar)
        self.networks.setAutoRaise(True)
        self.networks.setDefaultAction(workbench.actions["clip.measure_networks"])
        self.figures = ElidedLabel(self)
        self.figures.setContentsMargins(8, 2, 8, 2)
        self.figures.setAccessibleName(self.tr("Figures of the clip at the playhead"))
        self.finish_bar(self.choice, self.measure, self.networks)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self.figures)
        self.quality.changed.connect(self.refresh)
        self.link.playhead_moved.connect(self._show_figures)
        self.tell(self._why_nothing())

    def make(self) -> None:
        from latentsync_studio.ui.scopes.strip_rows import StripRows

        self.rows = StripRows(self.link, self._workbench.look, self)
        self.body.addWidget(self.rows)

    def seen_changed(self) -> None:
        if self.rows is not None:
            self.rows.be_seen(self.is_seen)
        if self.is_seen:
            self.refresh()

    def choose(self, name: str, *, shown: bool) -> None:
        """Show a measure, or no longer."""
        chosen = set(self.names) | {name} if shown else set(self.names) - {name}
        self.names = tuple(each for each in FRAME_MEASURES if each in chosen)
        self._workbench.preferences.set_layout(_KEPT, " ".join(self.names).encode("ascii"))
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now; curves are made on a worker's thread."""
        if not self.is_seen or self.rows is None:
            return
        self.tell(self._why_nothing())
        self._show_figures()
        measured = self._measured()
        mark = (measured.parts, measured.stop, measured.limits, measured.marked, self.names)
        if mark == self._shown:
            return
        self._shown, names = mark, self.names

        def work(_progress: Progress) -> tuple[StripSpec, ...]:
            return measured.specs(names)

        self._workbench.background.submit(work, self._on_made, key=_WORK)

    def _on_made(self, specs: tuple[StripSpec, ...]) -> None:
        if self.rows is not None:
            self.rows.show_specs(specs)

    def _measured(self) -> Measured:
        marked: dict[str, tuple[FrameRange, ...]] = {}
        for finding in self.quality.findings():
            name = finding.attention.measure
            if measure(name).per == "frame" and not finding.is_accepted:
                marked[name] = (*marked.get(name, ()), finding.placed)
        return Measured(
            parts=self.quality.laid(),
            stop=self.link.stop,
            limits=self._workbench.store.project.settings.quality,
            marked=marked,
            most=max(2, round(float(self.link.clock.rate.fraction) / 2)),
            words={
                "result": self.tr("result"),
                "source": self.tr("source"),
                "limit": self.tr("limit"),
                "exact": self.tr("exact"),
                "nothing": self.tr("no measured clip"),
                "passes": self.tr("not redrawn here"),
                "unmeasured": self.tr("not measured"),
                "unknown": self.tr("not known here"),
                "attention": self.tr("needs you"),
            },
        )

    def _why_nothing(self) -> str:
        if self.quality.laid():
            return "" if self.names else self.tr("Choose measures to show.")
        return self.tr(
            "Nothing is measured yet. Synthesize clips: they are measured after that, or when you"
            " choose Clip > Measure quality."
        )

    def _fill_menu(self) -> None:
        known = measured_names(self.quality.laid())
        self._menu.clear()
        for name in FRAME_MEASURES:
            each = measure(name)
            text = each.title if name in known else self.tr("{0} (not measured)").format(each.title)
            action = self._menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(name in self.names)
            action.setToolTip(each.meaning)
            action.toggled.connect(lambda on, name=name: self.choose(name, shown=on))

    # ---- figures of the clip at the playhead ----------------------------------------------

    def _at_playhead(self) -> Laid | None:
        here = self.link.playhead
        found = [part for part in self.quality.laid() if here in part.shown]
        return found[-1] if found else None

    def _show_figures(self) -> None:
        if not self.is_seen:
            return
        part = self._at_playhead()
        words = [] if part is None else list(self._figure_words(part))
        text = " \N{MIDDLE DOT} ".join(words)
        if text != self.figures.text():
            self.figures.setText(text)
            self.figures.setToolTip("\n".join(words))

    def _figure_words(self, part: Laid) -> list[str]:
        found = []
        for name in CLIP_MEASURES:
            figure, each = part.quality.figure(name), measure(name)
            if not np.isfinite(figure.result):
                continue
            text = f"{each.title} {figure.result:.3g} {each.unit}".rstrip()
            if np.isfinite(figure.source):
                text = self.tr("{0} (source {1})").format(text, f"{figure.source:.3g}")
            found.append(text)
        return [*found, *part.quality.notes]

    def export_table(self) -> Callable[[], Table]:
        parts, stop, names = self.quality.laid(), self.link.stop, self.names
        rate = float(self.link.clock.rate.fraction)

        def make() -> Table:
            titles, columns = table_of(parts, stop, names)
            frames = np.arange(stop)
            about = [part.quality.to_json_object()["figures"] for part in parts]
            placed = [[part.shown.start, part.shown.stop] for part in parts]
            return numbers_of(
                ("frame", "seconds", *titles),
                (frames, frames / rate, *columns),
                clips=placed,
                figures=about,
            )

        return make

    def close_panel(self) -> None:
        super().close_panel()
        self.link.close()
        self._workbench.background.cancel(_WORK)

"""The inspector panel: sections for what is selected, from the presets down to the blend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGroupBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.settings.fields import describe
from latentsync_studio.core.settings.latentsync import values_of as speed_values
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.settings.preferences import PerformancePreferences
from latentsync_studio.core.settings.quality import LEVELS, shown_level, values_of
from latentsync_studio.ui.curves.form_keys import FormKeys
from latentsync_studio.ui.curves.rows import settings_at, with_value
from latentsync_studio.ui.inspector.engine_box import EngineBox
from latentsync_studio.ui.inspector.face_box import FaceBox
from latentsync_studio.ui.inspector.facts import MediaFactsBox
from latentsync_studio.ui.inspector.live_edit import LiveEdit
from latentsync_studio.ui.inspector.preset_row import PresetRow
from latentsync_studio.ui.inspector.target import Target, takes_at, target_of
from latentsync_studio.ui.inspector.titles import title_of
from latentsync_studio.ui.widgets.setting_words import translated
from latentsync_studio.ui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.ui.workbench import Workbench

_KEYS = tuple(field.key for field in describe(RenderSettings))
BLEND_KEYS = (*(key for key in _KEYS if key.startswith("compose.")), "take_fade")
OUTPUT_KEYS = tuple(key for key in _KEYS if key.startswith("encode."))


class InspectorPanel(QScrollArea):
    """Settings of the selected clips, or of the project; facts of a selected medium."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self._live = LiveEdit(workbench.store)
        self.target = Target()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget(self)
        self.title = QLabel(inside)
        self.title.setWordWrap(True)
        self.facts = MediaFactsBox(workbench, inside)
        self.presets = PresetRow(workbench, inside)
        self.presets.applied.connect(self._on_preset)
        self.presets.reset_asked.connect(self._on_reset)
        self.face = FaceBox(workbench, inside)
        self.engine = EngineBox(workbench, inside)
        self.engine.engine_chosen.connect(self._on_engine)
        self.engine.speed_chosen.connect(self._on_speed)
        self.forms = {
            "blend": SettingsForm(RenderSettings, inside, keys=BLEND_KEYS),
            "output": SettingsForm(RenderSettings, inside, keys=OUTPUT_KEYS),
        }
        self.performance = SettingsForm(PerformancePreferences, inside)
        self.keys = FormKeys(workbench, self.forms["blend"])
        self._settings_forms = (*self.engine.all_forms, *self.forms.values())
        self._align_labels()
        self.performance.edited.connect(self._on_performance)
        workbench.preferences.changed.connect(self._show_performance)
        self._show_performance()
        self.quality, self._quality_text = self._make_quality(inside)
        self.own = QPushButton(inside)
        self.own.clicked.connect(self._drop_own)
        self._lay_out(inside)
        self.setWidget(inside)
        bar = self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(inside.minimumSizeHint().width() + bar + 2 * self.frameWidth())
        for form in self._settings_forms:
            form.changed.connect(self._on_changed)
            form.edited.connect(self._on_edited)
        workbench.store.changed.connect(self._on_store)
        workbench.session.selection_changed.connect(self.show_selection)
        workbench.session.sequence_changed.connect(self.show_selection)
        workbench.session.playhead_changed.connect(self._on_playhead)
        self.show_selection()

    def _align_labels(self) -> None:
        """Let the labels of all forms take equally much room."""
        forms = (*self._settings_forms, self.performance)
        labels = max(form.label_width for form in forms)
        for form in forms:
            form.set_label_width(labels)
        self.engine.label.setMinimumWidth(labels)

    def _make_quality(self, parent: QWidget) -> tuple[QSlider, QLabel]:
        slider = QSlider(Qt.Orientation.Horizontal, parent)
        slider.setRange(0, len(LEVELS) - 1)
        slider.setPageStep(1)
        slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        slider.setAccessibleName(self.tr("Speed or quality of the export"))
        slider.valueChanged.connect(self._on_quality)
        text = QLabel(parent)
        text.setWordWrap(True)
        return slider, text

    def _lay_out(self, inside: QWidget) -> None:
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.facts)
        column.addWidget(self.title)
        column.addWidget(self.presets)
        column.addWidget(self.face)
        self.sections = [self.engine, _section(self.tr("Blend"), self.forms["blend"], inside)]
        output = _section(self.tr("Export"), self.forms["output"], inside)
        layout = output.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(0, self.quality)
            layout.insertWidget(1, self._quality_text)
        self.output = output
        self.speed = _section(self.tr("This computer"), self.performance, inside)
        self.speed.setToolTip(self.tr("Counts for every project; no result looks different for it"))
        for box in (*self.sections, output, self.speed):
            column.addWidget(box)
        column.addWidget(self.own)
        column.addStretch(1)

    # showing

    def show_selection(self) -> None:
        """Show what is selected now."""
        self._live.finish()
        self._find_target()
        self._show_facts()
        self._show()

    def _on_store(self, _before: Project, _after: Project) -> None:
        self._find_target()
        self._show_facts()
        self._show()

    def _find_target(self) -> None:
        session = self._workbench.session
        self.target = target_of(session.sequence, session.clips, session.playhead)

    def _show_facts(self) -> None:
        """Facts of the one medium that is selected, as the project has it now."""
        wanted = self._workbench.session.media
        media = [m for m in self._workbench.store.project.media if m.id in wanted]
        self.facts.show_media(media[0] if len(media) == 1 else None)

    def _show(self) -> None:
        project = self._workbench.store.project
        settings = self._settings(project)
        self.title.setText(title_of(self.target, project))
        own = self.target.own_keys(project)
        for form in self._settings_forms:
            form.set_values(settings)
            form.set_own(own)
        self.engine.show_settings(settings)
        self._show_own(bool(own))
        self.output.setVisible(self.target.is_project)
        self.speed.setVisible(self.target.is_project)
        has_settings = not self.target.is_sound
        for widget in (self.presets, *self.sections):
            widget.setVisible(has_settings)
        self._show_speech()
        self.presets.show_settings(settings)
        shown = shown_level(settings.encode)
        blocked = self.quality.blockSignals(True)
        self.quality.setValue(shown.level)
        self.quality.blockSignals(blocked)
        level = LEVELS[shown.level]
        about = "" if shown.is_exact else self.tr(" (about)")
        self._quality_text.setText(f"{translated(level.name)}{about}: {translated(level.meaning)}")

    def _show_own(self, has_own: bool) -> None:
        is_take = self.target.take is not None
        self.own.setVisible(has_own)
        self.own.setText(
            self.tr("Use the clip's settings") if is_take else self.tr("Use the project's settings")
        )
        self.own.setToolTip(
            self.tr("The take becomes like the clip where it differs, which is shown in bold")
            if is_take
            else self.tr("The clip lets go of its own settings, shown in bold")
        )

    def _show_speech(self) -> None:
        """The face and the sync of one picture, or the lane of sounds that lie on the same one."""
        lanes = {track.id for track, _ in self.target.sounds}
        if self.target.is_sound and len(lanes) == 1:
            self.face.show_sound(self.target.sounds[0][0])
        else:
            self.face.show_clip(self.target.clips[0] if len(self.target.clips) == 1 else None)

    def _settings(self, project: Project) -> RenderSettings:
        """The settings of the target; what is animated as it is at the playhead."""
        settings, clips = self.target.settings(project), self.target.clips
        return (
            settings_at(settings, clips[0], self._workbench.session.playhead) if clips else settings
        )

    def _on_playhead(self, frame: int) -> None:
        if takes_at(self.target.clips, frame) != self.target.takes:
            self.show_selection()
        elif self.target.clips and self.target.clips[0].curves:
            self.forms["blend"].set_values(self._settings(self._workbench.store.project))

    # changing

    def _on_changed(self, key: str, value: Value) -> None:
        target, playhead = self.target, self._workbench.session.playhead
        self._live.show(
            key,
            self.tr("Change setting"),
            lambda project: with_value(project, target, key, value, playhead),
        )

    def _on_edited(self, _key: str, _value: Value) -> None:
        self._live.finish()

    def _on_engine(self, engine: str) -> None:
        target = self.target
        self._workbench.store.edit(
            self.tr("Change engine"),
            lambda project: target.with_values(project, {"engine": engine}),
        )

    def _on_speed(self, level: int) -> None:
        target, values = self.target, speed_values(level)
        self._workbench.store.edit(
            self.tr("Change quality of the mouth"),
            lambda project: target.with_values(project, values),
        )

    def _on_quality(self, level: int) -> None:
        values = values_of(level)
        target = self.target
        self._workbench.store.edit(
            self.tr("Change export quality"),
            lambda project: target.with_values(
                project, {"encode.speed": values.speed, "encode.quality": values.quality}
            ),
        )

    def _on_performance(self, key: str, value: Value) -> None:
        self._workbench.preferences.set(f"performance.{key}", value)

    def _show_performance(self) -> None:
        self.performance.set_values(self._workbench.preferences.current.performance)

    def _on_preset(self, values: dict[str, Value], name: str) -> None:
        target = self.target
        self._workbench.store.edit(
            self.tr("Apply preset {0}").format(name),
            lambda project: target.with_values(project, values, preset=name),
        )

    def _on_reset(self) -> None:
        self._workbench.store.edit(self.tr("Reset all settings"), self.target.with_defaults)

    def _drop_own(self) -> None:
        target = self.target
        self._workbench.store.edit(
            self.own.text(),
            lambda project: target.without_own(project, target.own_keys(project)),
        )

    def close_panel(self) -> None:
        """End a drag that is still open."""
        self._live.finish()


def _section(title: str, form: SettingsForm, parent: QWidget) -> QGroupBox:
    box = QGroupBox(title, parent)
    column = QVBoxLayout(box)
    column.addWidget(form)
    return box

"""Forms made of settings pages show, change and reset values."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtTest import QTest

from latentsync_studio.core.settings.fields import apply, describe, value_of
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.ui.widgets.setting_editors import (
    ChoiceEditor,
    NumberEditor,
    SwitchEditor,
)
from latentsync_studio.ui.widgets.setting_words import allowed_words, choice_word
from latentsync_studio.ui.widgets.settings_form import SettingsForm


@pytest.fixture
def form(qtbot):
    widget = SettingsForm(RenderSettings)
    qtbot.addWidget(widget)
    widget.set_values(RenderSettings())
    return widget


def test_every_setting_has_a_row_with_name_help_limits_and_default(form):
    fields = {field.key: field for field in describe(RenderSettings)}
    assert set(form.editors) == set(fields)
    spin = form.editors["compose.feather"].spin
    assert spin.accessibleName() == "Feather"
    assert "0 to 64 source px" in spin.toolTip()
    assert "default 0" in spin.toolTip()
    assert spin.suffix() == " source px"


def test_every_value_of_a_page_is_shown_and_read_back(form):
    settings = apply(
        RenderSettings(),
        {
            "compose.lips": 0.35,
            "compose.feather": 12.5,
            "encode.codec": "h265",
            "encode.quality": 7,
            "mouthbank.silence.governor": False,
            "seed": 4711,
        },
    )
    form.set_values(settings)
    for key, editor in form.editors.items():
        wanted = value_of(settings, key)
        expected = wanted if isinstance(wanted, str) else pytest.approx(wanted)
        assert editor.value() == expected, key


def test_showing_values_tells_nobody(form):
    told = []
    form.changed.connect(lambda key, value: told.append(key))
    form.set_values(apply(RenderSettings(), {"compose.lips": 0.5, "encode.codec": "h264"}))
    assert told == []


def test_a_dragged_slider_tells_live_and_once_at_its_end(form, qtbot):
    changed, edited = [], []
    form.changed.connect(lambda key, value: changed.append((key, value)))
    form.edited.connect(lambda key, value: edited.append((key, value)))
    editor = form.editors["compose.lips"]
    assert isinstance(editor, NumberEditor)
    editor.slider.setSliderDown(True)
    editor.slider.setValue(700)
    editor.slider.setValue(400)
    assert changed == [("compose.lips", 0.7), ("compose.lips", 0.4)]
    assert edited == []
    editor.slider.setSliderDown(False)
    assert edited == [("compose.lips", 0.4)]
    assert editor.spin.value() == pytest.approx(0.4)


def test_shares_are_shown_and_typed_as_per_cent(form, qtbot):
    edited = []
    form.edited.connect(lambda key, value: edited.append((key, value)))
    spin = form.editors["compose.jaw"].spin
    assert spin.text() == "100 %"
    assert "; default 100 %." in spin.toolTip()
    spin.selectAll()
    QTest.keyClicks(spin, "x3y0z0")
    assert spin.text() == "30 %", "what is no share cannot be typed"
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert edited == [("compose.jaw", pytest.approx(0.3))]
    QTest.keyClick(spin, Qt.Key.Key_Up)
    assert spin.text() == "35 %"
    spin.clear()
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert spin.value() == pytest.approx(0.35), "nothing typed is no change"


def test_keys_and_clicks_change_switches_and_lists(form, qtbot):
    edited = []
    form.edited.connect(lambda key, value: edited.append((key, value)))
    switch = form.editors["mouthbank.silence.governor"]
    assert isinstance(switch, SwitchEditor)
    qtbot.keyClick(switch.box, Qt.Key.Key_Space)
    choice = form.editors["encode.codec"]
    assert isinstance(choice, ChoiceEditor)
    choice.box.setCurrentIndex(2)
    choice.box.activated.emit(2)
    assert edited == [("mouthbank.silence.governor", False), ("encode.codec", "h265")]


def test_reset_goes_back_to_the_default_and_is_off_there(form, qtbot):
    edited = []
    form.edited.connect(lambda key, value: edited.append((key, value)))
    reset = form.resets["compose.jaw"]
    assert not reset.isEnabled()
    form.set_values(apply(RenderSettings(), {"compose.jaw": 0.2}))
    assert reset.isEnabled()
    reset.click()
    assert edited == [("compose.jaw", 1.0)]
    assert not reset.isEnabled()


def test_own_settings_are_marked(form):
    form.set_own({"compose.jaw"})
    assert form._labels["compose.jaw"].font().bold()
    assert not form._labels["compose.lips"].font().bold()


class Shouting(QTranslator):
    """A language in which the words of settings are written in capitals."""

    def translate(self, context, source, _disambiguation=None, _n=-1):
        return source.upper() if context == "Setting" else None

    def isEmpty(self):
        return False


def test_titles_help_units_and_choices_are_in_the_users_language(qtbot, qapp):
    translator = Shouting(qapp)
    qapp.installTranslator(translator)
    try:
        form = SettingsForm(RenderSettings)
    finally:
        qapp.removeTranslator(translator)
        translator.deleteLater()
    qtbot.addWidget(form)
    assert form._labels["compose.feather"].text() == "FEATHER"
    spin = form.editors["compose.feather"].spin
    assert spin.accessibleName() == "FEATHER"
    assert spin.suffix() == " SOURCE PX"
    assert "A NUMBER FROM 0 TO 64 SOURCE PX; DEFAULT 0." in spin.toolTip()
    assert "SUPERFAST" in words(form.editors["encode.speed"])
    assert form.resets["encode.speed"].toolTip().endswith("SUPERFAST")


def words(editor):
    return [editor.box.itemText(k) for k in range(editor.box.count())]


def test_choices_are_shown_in_words_and_kept_as_they_are(form):
    assert words(form.editors["encode.codec"])[:4] == ["Auto", "H.264", "H.265", "AV1"]
    assert words(form.editors["length_policy"])[0] == "Cut"
    assert form.editors["encode.codec"].box.itemData(1) == "h264"
    assert choice_word("very-slow") == "Very slow"
    tip = form.editors["encode.codec"].box.toolTip()
    assert "One of Auto, H.264, H.265, AV1, " in tip
    assert "; default Auto." in tip


def test_every_limit_is_told(form):
    described = {field.key: allowed_words(field) for field in describe(RenderSettings)}
    assert described["mouthbank.silence.governor"] == "On or off"
    assert described["compose.jaw"] == "A number from 0 to 100 %"
    field = next(f for f in describe(RenderSettings) if f.key == "compose.feather")
    assert allowed_words(field._replace(kind="text")) == "A text"
    assert allowed_words(field._replace(high=None)) == "A number of 0 or more source px"
    assert allowed_words(field._replace(low=None, kind="int")) == (
        "A whole number of 64 or less source px"
    )
    assert allowed_words(field._replace(low=None, high=None, unit="")) == "A number"

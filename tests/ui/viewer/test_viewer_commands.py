"""What the viewer's buttons, sliders and commands do beside the picture itself."""

from __future__ import annotations

import dataclasses

import pytest

from latentsync_studio.ui.viewer.placing import FIT


def test_the_volume_slider_tells_decibels_and_lets_muted_sound_be_heard(panel, playback):
    panel.transport.mute.setChecked(True)
    assert playback.is_muted
    panel.transport.volume.setValue(50)
    assert playback.volume == 0.5
    assert not playback.is_muted
    assert panel.transport.volume.toolTip() == "Volume 50 % (-18 dB)"
    panel.transport.volume.setValue(0)
    assert "silent" in panel.transport.volume.toolTip()


def test_following_a_job_is_a_command_too_and_both_show_it(panel, workbench):
    action = workbench.actions["view.follow_job"]
    assert action.isChecked()
    action.trigger()
    assert not panel.follower.is_following
    assert not panel.views.follow.isChecked()
    panel.views.follow.click()
    assert panel.follower.is_following
    assert action.isChecked()


def test_zooming_to_a_face_that_nobody_knows_says_why(panel, workbench):
    told = []
    workbench.message.connect(lambda text, level, _buttons: told.append((level, text)))
    workbench.actions.trigger("view.face")
    assert told[0][0] == "warning"
    assert "No face is known" in told[0][1]
    assert panel.canvas.placing == FIT


def test_a_face_and_what_is_around_it_fills_the_canvas(panel, workbench, playback):
    pictures = playback.pictures
    pictures.current = dataclasses.replace(pictures.current, face=(0.4, 0.4, 0.5, 0.6))
    workbench.actions.trigger("view.face")
    area, (wide, tall) = panel.canvas.area, panel.canvas.canvas_size
    middle = area.x + 0.45 * area.width, area.y + 0.5 * area.height
    assert middle == pytest.approx((wide / 2, tall / 2), abs=2)
    assert min(wide / (0.15 * area.width), tall / (0.3 * area.height)) == pytest.approx(1, abs=0.05)

"""Measuring with networks from the editor: greyed with the reason, or done in the background."""

from __future__ import annotations

import pytest

from latentsync_studio.core.quality.curves import Figure
from latentsync_studio.services.quality import of_clip, weighted
from latentsync_studio.ui.quality.networks import COMMAND, NetworkMeasuring
from tests.ui.quality.bench import measured


@pytest.fixture
def networks(known, own_data_home, qtbot):
    made = known.networks = NetworkMeasuring(known)
    qtbot.waitUntil(lambda: "SyncNet" in known.actions[COMMAND].toolTip())
    yield made
    made.close()


def test_without_weights_the_command_is_greyed_and_says_which_files_go_where(networks, known):
    action = known.actions[COMMAND]
    assert not action.isEnabled()
    assert action.text() == "Measure with networks (no weights)"
    assert "lse: syncnet_v2.model is missing: put it into" in action.toolTip()
    assert "identity: face_recognition_sface" in action.toolTip()


def test_what_is_there_measures_the_selected_clips_and_is_shown_with_the_rest(
    networks, known, qtbot, monkeypatch
):
    lacking = {"face_identity": "No weights."}
    monkeypatch.setattr(weighted, "why_not", lambda _wanted: lacking)
    networks.look()
    qtbot.waitUntil(known.actions[COMMAND].isEnabled)
    assert known.actions[COMMAND].text() == "Measure with networks"
    assert known.actions[COMMAND].toolTip().endswith("identity: No weights.")
    asked = []

    def measure(_project, _sequence, clip, *_more, wanted):
        asked.append((clip, wanted and wanted.groups))
        return measured(figures={"lpips": Figure(0.1, 0.2)})

    monkeypatch.setattr(of_clip, "measure_clip", measure)
    known.session.select(clips=["c21"])
    known.actions.trigger(COMMAND)
    qtbot.waitUntil(lambda: known.quality.measuring is None)
    assert asked == [("c21", ("lse", "lpips", "identity"))]
    assert known.quality.known_of("c21").quality.figure("lpips") == Figure(0.1, 0.2)
    known.actions.trigger("clip.measure")
    qtbot.waitUntil(lambda: known.quality.measuring is None)
    assert asked[-1] == ("c21", None), "networks only when they are asked for"

"""Takes that are really drawn: switched without an engine, measured, ranked, compared blindly."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.quality.curves import Figure
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.takes import add_take
from latentsync_studio.core.timeline.model import ClipId
from latentsync_studio.engines.mouthbank.session import MouthBankSession
from latentsync_studio.services.quality import clip_networks
from latentsync_studio.services.quality.of_clip import open_clip
from latentsync_studio.services.quality.weighted import Weighted
from latentsync_studio.services.takes.making import synthesis_of
from latentsync_studio.services.takes.naming import refs_of
from latentsync_studio.services.timeline.synthesize import synthesize
from latentsync_studio.ui.takes.blind_setup import BlindSetup
from latentsync_studio.ui.takes.models import COLUMNS
from latentsync_studio.ui.takes.panel import TakesPanel
from tests.services.conftest import cut_clip, cut_speech
from tests.services.timeline.projects import SEQUENCE, clip, item_of
from tests.services.timeline.projects import project as project_with

pytestmark = pytest.mark.slow

FRAMES, CLIP, SPAN = 32, ClipId("c1"), FrameRange(8, 24)
PATIENCE = 60_000


@pytest.fixture
def project(tmp_path):
    """Somebody who talks, with three takes of half a second; the first is chosen."""
    video = item_of(cut_clip(tmp_path / "talk.mp4", FRAMES), 1)
    audio = item_of(cut_speech(tmp_path / "speech.wav", FRAMES / 25), 2)
    whole = (0, FRAMES)
    made = project_with(
        (video, audio), {"V1": [clip(1, 1, 0, whole)], "A1": [clip(2, 2, 0, whole)]}
    )
    made = add_take(made, CLIP, {"mouthbank.expression": 1.4}, SPAN, name="wide")
    made = add_take(made, CLIP, {"mouthbank.expression": 0.4}, SPAN, name="small", chosen=False)
    return add_take(made, CLIP, {"seed": 9}, SPAN, name="never drawn", chosen=False)


@pytest.fixture
def drawn(desk, workbench, project):
    """The same with the first two takes drawn."""
    _, *takes, _ = refs_of(project, SEQUENCE, CLIP, SPAN)
    for request in synthesis_of(project, takes):
        synthesize(request, workbench.services, CallbackProgress())
    return takes


def key_of(workbench, project):
    """Under which figures of the clip are kept, as it is shown now."""
    takes = workbench.takes.box.opened()
    return open_clip(project, SEQUENCE, CLIP, takes, CallbackProgress()).key()


def look_with_networks(qtbot, panel, monkeypatch):
    """As where there are weights; what networks would say is given."""
    takes = panel.takes

    def look(_result, _source, _wanted, _progress):
        found = Weighted(figures={"lpips": Figure(0.1, 0.2)})
        found.deny("identity", "No face.")
        return found

    monkeypatch.setattr(clip_networks, "weighted_figures", look)
    panel._networks.setEnabled(True)
    panel.buttons["networks"].click()
    qtbot.waitUntil(lambda: takes.measuring is None and takes.is_settled, timeout=PATIENCE)
    table = panel.measures
    titles = [table.headerData(n, Qt.Orientation.Vertical) for n in range(table.rowCount())]
    assert any("LPIPS" in title for title in titles)


def test_drawn_takes_are_ranked_switched_and_compared_without_an_engine(
    qtbot, desk, workbench, project, drawn, monkeypatch
):
    monkeypatch.setattr(MouthBankSession, "synthesize", pytest.fail)
    panel = TakesPanel(workbench)
    qtbot.addWidget(panel)
    panel.be_seen(True)
    takes, model = workbench.takes, panel.model
    qtbot.waitUntil(lambda: takes.is_settled and model.rowCount() == 4, timeout=PATIENCE)
    qtbot.waitUntil(lambda: takes.is_settled and not takes.unmeasured(), timeout=PATIENCE)
    ranks = [model.index(n, COLUMNS.index("rank")).data() for n in range(1, 4)]
    assert ranks[2] == "-"
    assert set(ranks[:2]) <= {"1", "2", "3"}
    assert panel.measures.rowCount() > 5
    assert "wide:" in panel.reason.text()
    assert model.index(3, COLUMNS.index("state")).data().endswith("not drawn yet")
    look_with_networks(qtbot, panel, monkeypatch)
    assert any("No face." in text for _, text in desk.messages)

    before = key_of(workbench, project)
    panel.view.setCurrentIndex(model.index(2, 1))
    panel.choose()
    assert key_of(workbench, workbench.store.project) != before, "other mouths, other figures"
    qtbot.waitUntil(
        lambda: (
            workbench.playback.pictures.is_exact
            and workbench.playback.pictures.current.engine == "mouthbank"
        ),
        timeout=PATIENCE,
    )

    begun = []
    setup = BlindSetup(workbench, desk, begun.append)
    qtbot.waitUntil(setup.begin_button.isEnabled, timeout=PATIENCE)
    items = {setup.systems.item(n).text(): setup.systems.item(n) for n in range(5)}
    assert "never drawn: not synthesized" in items
    assert setup.chosen() >= {"wide", "small"}
    for name in ("wide", "small", "Source"):
        items.pop(name).setCheckState(Qt.CheckState.Checked)
    for other in items.values():
        other.setCheckState(Qt.CheckState.Unchecked)
    assert setup.plan.text().startswith("3 trial")
    setup.accept()
    [window] = begun
    window.open()
    shown = []
    window.player.shown.connect(lambda each: shown.append((each.source, each.result)))
    qtbot.waitUntil(window.buttons["tie"].isEnabled, timeout=PATIENCE)
    assert not any(np.array_equal(left, right) for left, right in shown)
    window.decide("left")
    window.done(0)
    assert workbench.store.project.ballots == ()

"""A workbench with the timeline's panel on it, shown in a window of a known size."""

from __future__ import annotations

import pytest
import shiboken6

from latentsync_studio.ui.timeline.panel import TimelinePanel
from latentsync_studio.ui.timeline.spans import SpansController
from tests.ui.timeline.scenes import talk
from tests.ui.timeline.standins import Jobs, Media


@pytest.fixture
def bench(workbench):
    """The workbench with the controllers that the timeline listens to."""
    workbench.media, workbench.jobs = Media(), Jobs()
    workbench.spans = SpansController(workbench)
    yield workbench
    workbench.spans.close()


@pytest.fixture
def panel(bench, qtbot):
    """The panel with picture, own sound and speech, 4 px a frame."""
    bench.store.open(talk())
    made = TimelinePanel(bench)
    bench.actions.attach(made)
    made.resize(1200, 420)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.zoom(2.0 / made.canvas.view.scale)
    made.canvas.scroll_to(0, 0)
    yield made
    made.close_panel()
    made.close()
    shiboken6.delete(made)

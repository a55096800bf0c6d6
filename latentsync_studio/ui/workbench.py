"""What the panels of one window share: project, session, actions, threads and services.

Panels know the workbench, never each other. Controllers hang here under the name of what they do;
they are made by the window in the order of `main_window.CONTROLLERS` before any panel is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentsync_studio.ui.actions.registry import ActionRegistry
from latentsync_studio.ui.preferences.controller import PreferencesController
from latentsync_studio.ui.remedy_words import error_words
from latentsync_studio.ui.session import Session
from latentsync_studio.ui.store import ProjectStore
from latentsync_studio.ui.workers.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.ui.clip_focus import ClipFocus
    from latentsync_studio.ui.curves.controller import CurvesController
    from latentsync_studio.ui.jobs.controller import JobsController
    from latentsync_studio.ui.jobs.qualities import JobQualities
    from latentsync_studio.ui.masks.controller import MasksController
    from latentsync_studio.ui.media_bin.controller import MediaController
    from latentsync_studio.ui.preflight.controller import PreflightController
    from latentsync_studio.ui.project.controller import ProjectController
    from latentsync_studio.ui.quality.controller import QualityController
    from latentsync_studio.ui.quality.networks import NetworkMeasuring
    from latentsync_studio.ui.takes.controller import TakesController
    from latentsync_studio.ui.theme.style import Look
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.spans import SpansController
    from latentsync_studio.ui.viewer.canvas import Canvas
    from latentsync_studio.ui.viewer.keeper import FrameKeeper
    from latentsync_studio.ui.viewer.playback import Playback


class Workbench(QObject):
    """The shared parts of one window.

    Signals:
        message(text, level, buttons): something to say in the bar at the top of the window; level
            is "info", "warning" or "error", buttons are (label, callable).
    """

    message = Signal(str, str, object)

    media: MediaController
    spans: SpansController
    jobs: JobsController
    project: ProjectController
    preflight: PreflightController
    playback: Playback
    keeper: FrameKeeper
    focus: ClipFocus
    curves: CurvesController
    masks: MasksController
    quality: QualityController
    qualities: JobQualities
    networks: NetworkMeasuring
    takes: TakesController
    canvas: Canvas  # that of the viewer
    tracks: TimelineCanvas  # of the timeline, whose axis of time others share

    def __init__(self, services: Services, look: Look, home: Path | None = None) -> None:
        super().__init__()
        self.services = services
        self.look = look
        self.home = home  # data folder, None for the user's
        self.store = ProjectStore(parent=self)
        self.session = Session(self.store, parent=self)
        self.actions = ActionRegistry(self)
        self.background = Background(parent=self)
        self.preferences = PreferencesController(self.background, home, parent=self)
        self.preferences.failed.connect(self.tell_error)
        self.store.refused.connect(self.tell_refused)
        self.background.failed.connect(self.tell_error)

    def tell(
        self,
        text: str,
        level: str = "info",
        buttons: Sequence[tuple[str, Callable[[], object]]] = (),
    ) -> None:
        """Say something in the message bar."""
        self.message.emit(text, level, tuple(buttons))

    def tell_refused(self, error: StudioError) -> None:
        """Nothing is wrong: an edit was not possible, and why."""
        self.tell(f"{error} {error.remedy}".strip(), "warning")

    def tell_error(
        self,
        error: StudioError,
        buttons: Sequence[tuple[str, Callable[[], object]]] = (),
    ) -> None:
        """Say what failed and what to do about it; also a slot for signals that carry an error."""
        self.tell(error_words(error), "error", buttons)

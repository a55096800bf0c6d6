"""The panel of the speech: its sound, the visemes that are heard, and the mouth that follows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QTimer

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.speech.shapes import CHANNELS
from latentsync_studio.ui.scopes.scope_panel import ScopePanel, numbers_of
from latentsync_studio.ui.scopes.speech_strips import SHAPES, speech_view
from latentsync_studio.ui.scopes.time_link import TimeLink
from latentsync_studio.ui.timeline.spans import driven, same_mark
from latentsync_studio.ui.workers.background import Background
from latentsync_studio.ui.workers.open_takes import OpenTakes

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.laid import Laid
    from latentsync_studio.core.timeline.model import ClipId, Project, Sequence
    from latentsync_studio.services.tables_out import Table
    from latentsync_studio.services.timeline.heard import Heard
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.ui.scopes.speech_strips import SpeechView
    from latentsync_studio.ui.scopes.strip_rows import StripRows
    from latentsync_studio.ui.scopes.viseme_row import VisemeRow
    from latentsync_studio.ui.timeline.spans import Mark
    from latentsync_studio.ui.workbench import Workbench

SETTLE_MS = 500
log = logging.getLogger(__name__)

_Known = dict["ClipId", tuple["Mark", "Heard | None"]]


class _Asked(NamedTuple):
    project: Project
    sequence: Sequence
    known: _Known
    laid: tuple[Laid, ...]
    stop: int
    words: dict[str, str]


class SpeechPanel(ScopePanel):
    """What is heard under the clips of the shown sequence; listened to when it is looked at."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench, "speech", "")
        self.setAccessibleName(self.tr("Speech"))
        self.link = TimeLink(workbench, self)
        self.rows: StripRows | None = None
        self.visemes: VisemeRow | None = None
        self.view: SpeechView | None = None
        self._known: _Known = {}
        self._own = Background(1, self)  # a long speech takes a while to listen to
        self._takes = OpenTakes(workbench.services)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self.look)
        self.finish_bar()
        workbench.store.changed.connect(self._later)
        workbench.session.sequence_changed.connect(self._later)
        workbench.quality.changed.connect(self._later)
        self.tell(self._why_nothing())

    def make(self) -> None:
        from latentsync_studio.ui.scopes.strip_rows import StripRows
        from latentsync_studio.ui.scopes.viseme_row import VisemeRow

        self.rows = StripRows(self.link, self._workbench.look, self)
        self.visemes = VisemeRow(self.link, self._workbench.look, self.rows.ruler, self.rows)
        self.rows.add_below(self.visemes)
        self.body.addWidget(self.rows)
        self.tell(self._why_nothing())

    def seen_changed(self) -> None:
        if self.rows is not None:
            self.rows.be_seen(self.is_seen)
        self._later()

    def look(self) -> None:
        """Listen to what changed, on the panel's own thread."""
        sequence = self._workbench.session.sequence
        if not self.is_seen or self.rows is None or sequence is None:
            return
        asked = _Asked(
            self._workbench.store.project,
            sequence,
            dict(self._known),
            self._workbench.quality.laid(),
            self.link.stop,
            self._words(),
        )
        services, takes = self._workbench.services, self._takes

        def work(progress: Progress) -> tuple[_Known, SpeechView]:
            known = _listened(asked, services, takes, progress)
            heard = [each for _, each in known.values() if each is not None]
            return known, speech_view(heard, asked.laid, asked.stop, asked.words)

        self._own.submit(work, self._on_view, self._on_failed, key="speech")
        if self.view is None:
            self.tell(self.tr("Listening..."))

    def _on_view(self, answer: tuple[_Known, SpeechView]) -> None:
        self._known, self.view = answer
        is_heard = any(heard is not None for _, heard in self._known.values())
        self.tell("" if is_heard else self._why_nothing())
        if self.rows is not None and self.visemes is not None:
            self.rows.show_specs(self.view.specs)
            self.visemes.show_lane(self.view.lane)

    def _on_failed(self, error: object) -> None:
        self.tell(str(error))

    def _later(self, *_: object) -> None:
        if self.is_seen and self.is_made:
            self._timer.start()

    def _why_nothing(self) -> str:
        return self.tr(
            "No speech drives a clip here. Lay speech under a clip, and let its track drive the"
            " lips (Sequence > Track drives the lips)."
        )

    def _words(self) -> dict[str, str]:
        return {
            "sound": self.tr("Speech"),
            "sound_tip": self.tr("What drives the lips, as the engine hears it"),
            "mouth": self.tr("Mouth opening"),
            "mouth_tip": self.tr(
                "Opening of the lips of result and source, and how far the speech asks them to"
                " open, drawn as high. Marked: lips that should have met"
            ),
            "unit": self.tr("eye distances"),
            "openness": self.tr("speech, drawn as high as the mouth"),
            "source": self.tr("source"),
            "result": self.tr("result"),
            "missed": self.tr("lips did not meet"),
            "nothing": self.tr("nothing heard"),
        }

    def export_table(self) -> Callable[[], Table]:
        view, rate = self.view, float(self.link.clock.rate.fraction)

        def make() -> Table:
            channels = view.channels if view is not None else np.zeros((0, len(CHANNELS)))
            seconds = (np.arange(len(channels)) + 0.5) / (SHAPES * rate)
            return numbers_of(("seconds", *CHANNELS), (seconds, *channels.T))

        return make

    def close_panel(self) -> None:
        super().close_panel()
        self._timer.stop()
        self.link.close()
        self._own.close()
        self._takes.clear()


def _listened(asked: _Asked, services: Services, takes: OpenTakes, progress: Progress) -> _Known:
    """What is heard under each driven clip; clips that did not change are not listened to again."""
    from latentsync_studio.services.timeline.heard import heard_under

    found: _Known = {}
    for wish in driven(asked.project, asked.sequence):
        progress.check()
        mark, before = wish.mark, asked.known.get(wish.clip.id)
        if before is not None and same_mark(before[0], mark):
            found[wish.clip.id] = before
            continue
        heard = None
        try:
            heard = heard_under(
                asked.project, asked.sequence.id, wish.clip.id, services, takes.opened().book,
                progress,
            )  # fmt: skip
        except InputError as error:  # offline; the timeline says so
            log.info("speech of %s: %s", wish.clip.id, error)
        found[wish.clip.id] = (mark, heard)
    return found

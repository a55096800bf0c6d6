"""The window of a blind comparison: two sides without names, one decision a trial, then the result.

    trial n of N -> both sides play once (side by side, or one after the other) -> 1, 2 or 0
    last one decided -> the votes go into the project as one undo step -> names and test

A side is named only after the last decision. Nothing can be decided before it was seen whole.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.core.timeline.edits.ballots import add_ballots
from latentsync_studio.ui.takes.outcome_view import OutcomeView
from latentsync_studio.ui.takes.pair_player import PairPlayer
from latentsync_studio.ui.takes.pair_server import Pair
from latentsync_studio.ui.takes.sides import Sides
from latentsync_studio.ui.takes.table_files import ask_export
from latentsync_studio.ui.widgets.choice_dialog import Choice, ChoiceDialog
from latentsync_studio.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QShowEvent

    from latentsync_studio.core.comparing.session import BlindSession
    from latentsync_studio.core.comparing.votes import Ballot
    from latentsync_studio.core.comparing.votes import Choice as Decision
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.viewer.audio_output import Stream
    from latentsync_studio.ui.workbench import Workbench

Way = Literal["beside", "in turn"]
_SIZE: Final = QSize(1160, 680)  # mouths want room
_OF_SCREEN: Final = 0.9  # at most
_SEEN: Final = "votes.seen"  # in the preferences; at first the face
_WHOLE: Final = b"whole"
_KEYS: Final[dict[Decision, str]] = {"left": "1", "tie": "0", "right": "2"}


class BlindWindow(QDialog):
    """Shows the trials of a session and keeps what was decided.

    Attributes:
        ballot: the votes, once they are in the project.
    """

    def __init__(
        self,
        workbench: Workbench,
        project: Project,
        session: BlindSession,
        way: Way,
        parent: QWidget | None = None,
        open_stream: Callable[..., Stream] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("blind_window")
        self.setWindowTitle(self.tr("Blind comparison"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self._workbench, self._project, self._session = workbench, project, session
        self._way = way
        self._left_out = 0  # pictures, in the present showing
        self._pass = 0  # in turn: 0 the first side, 1 the second
        self._is_seen = False  # the trial was shown whole
        self._began, self._replays = 0.0, 0
        self._is_ending = False
        self.ballot: Ballot | None = None
        self.player = PairPlayer(workbench, self, open_stream)
        self.player.shown.connect(self._on_shown)
        self.player.ended.connect(self._on_ended)
        self.player.failed.connect(self._on_failed)
        self.progress, self.told = QLabel(self), ElidedLabel(self)
        self.question = QLabel(session.question, self)
        self.question.setWordWrap(True)
        self.sides = Sides(workbench.look, self._side_names(), self)
        self.sides.resized.connect(self._use_canvas)
        self.buttons = self._make_votes()
        self.replay_button = QPushButton(self.tr("Replay (Space)"), self)
        self.replay_button.clicked.connect(self.replay)
        self.back_button = QPushButton(self.tr("Take back (Backspace)"), self)
        self.back_button.setToolTip(self.tr("Shows the trial before again, to decide it anew"))
        self.back_button.clicked.connect(self.take_back)
        self.face_box = QCheckBox(self.tr("Zoom to the face"), self)
        self.face_box.setToolTip(self.tr("Fills both sides with the face and what is around it"))
        self.face_box.toggled.connect(self._on_face)
        self.face_box.setChecked(bytes(workbench.preferences.layout(_SEEN)) != _WHOLE)
        self.pages = QStackedWidget(self)
        self.outcome = OutcomeView(workbench, self)
        self._lay_out()
        self._make_keys()
        self.resize(_SIZE.boundedTo(self.screen().availableSize() * _OF_SCREEN))
        self.replay_button.setFocus()  # a frame around one side would draw the eye to it

    def _side_names(self) -> tuple[str, str]:
        """Sides are called by where or when they are seen, never by what they are."""
        if self._way == "in turn":
            return self.tr("First"), self.tr("Second")
        return self.tr("Left"), self.tr("Right")

    def _make_votes(self) -> dict[Decision, QPushButton]:
        first, second = self._side_names()
        words: tuple[tuple[Decision, str], ...] = (
            ("left", self.tr("{0} better (1)").format(first)),
            ("tie", self.tr("Tie (0)")),
            ("right", self.tr("{0} better (2)").format(second)),
        )
        buttons: dict[Decision, QPushButton] = {}
        for decision, text in words:
            button = QPushButton(text, self)
            button.setMinimumHeight(36)
            button.clicked.connect(lambda _checked=False, what=decision: self.decide(what))
            buttons[decision] = button
        return buttons

    def _make_keys(self) -> None:
        acts: list[tuple[str, Callable[[], object]]] = [
            (key, self.buttons[decision].click) for decision, key in _KEYS.items()
        ]
        acts += [("Space", self.replay), ("Backspace", self.take_back)]
        self._keys = []
        for key, act in acts:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(act)
            self._keys.append(shortcut)

    def _lay_out(self) -> None:
        for page in (self._trial_page(), self._result_page()):
            self.pages.addWidget(page)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        top = QHBoxLayout()
        top.addWidget(self.question, 1)
        top.addWidget(self.progress)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.pages, 1)

    def _trial_page(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.sides, 1)
        votes = QHBoxLayout()
        for button in self.buttons.values():
            votes.addWidget(button, 1)
        below = QHBoxLayout()
        for widget in (self.replay_button, self.back_button, self.face_box):
            below.addWidget(widget)
        below.addWidget(self.told, 1)
        self.told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(votes)
        column.addLayout(below)
        return page

    def _result_page(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.outcome, 1)
        self.export_button = QPushButton(self.tr("Export votes..."), self)
        self.export_button.clicked.connect(self._export)
        self.close_button = QPushButton(self.tr("Close"), self)
        self.close_button.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.export_button)
        row.addWidget(self.close_button)
        column.addLayout(row)
        return page

    # ---- trials -------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous() and self._began == 0.0 and self.ballot is None:
            self.show_trial()

    def show_trial(self) -> None:
        """Show the trial that comes next, or the result after the last one."""
        current = self._session.current
        if current is None:
            self._finish()
            return
        from latentsync_studio.services.takes.blind import shown_source
        from latentsync_studio.services.takes.naming import TakeRef

        left, right = (shown_source(self._project, each) for each in (current.left, current.right))
        sequence = TakeRef.of(current.left).sequence
        found = find_sequence(self._project, sequence)
        self._size = found.width, found.height
        self._is_seen, self._replays = False, 0
        self._pass = self._left_out = 0
        self._began = perf_counter()
        self.told.setText("")
        self.told.setToolTip("")
        self.progress.setText(self.tr("Trial {0} of {1}").format(current.number, current.total))
        self.sides.clear(self._size)
        self._use_canvas()
        self.player.show(
            Pair(left=left.project, right=right.project, sequence=sequence, frames=left.frames)
        )
        self.player.play()
        self._show_state()

    def replay(self) -> None:
        """Play the trial again from its beginning."""
        if self.ballot is None and self._session.current is not None:
            self._replays += self._is_seen
            self._pass = self._left_out = 0
            self.player.play()
            self._show_state()

    def decide(self, decision: Decision) -> None:
        """Decide the trial, once it was seen whole, and go on to the next."""
        if self.ballot is not None or not self._is_seen or self._session.current is None:
            return
        self.player.stop()
        self._session.decide(decision, perf_counter() - self._began, self._replays)
        self.show_trial()

    def take_back(self) -> None:
        """Show the trial before again."""
        if self.ballot is None and self._session.decided:
            self.player.stop()
            self._session.take_back()
            self.show_trial()

    def _show_state(self) -> None:
        self.sides.show_only(self._pass if self._way == "in turn" else None)
        for button in self.buttons.values():
            button.setEnabled(self._is_seen)
        self.back_button.setEnabled(self._session.decided > 0)
        if not self._is_seen:
            self.told.setText(self.tr("Decide once it was played to its end"))

    # ---- pictures -----------------------------------------------------------------------

    def _on_shown(self, shown: Shown) -> None:
        self.sides.show_pictures(shown.source, shown.result, shown.face)

    def _on_ended(self) -> None:
        self._left_out += self.player.left_out
        if self._way == "in turn" and self._pass == 0:
            self._pass = 1
            self.player.play()
        else:
            self._is_seen = True
            self.told.setText(self._flaws())
            self.told.setToolTip(self._flaws())
        self._show_state()

    def _flaws(self) -> str:
        """What made it harder to judge, on both sides alike."""
        left_out, silence = self._left_out, self.player.silence
        parts = [self.tr("No sound is heard: {0}").format(silence)] if silence else []
        if left_out:
            parts.append(self.tr("%n picture(s) left out on both sides", "", left_out))
        return "; ".join(parts)

    def _on_failed(self, error: object) -> None:
        """A trial that cannot be shown cannot be decided."""
        self._is_seen = False
        remedy = getattr(error, "remedy", "")
        self.sides.clear(self._size, f"{error} {remedy}".strip())
        self._show_state()

    def _on_face(self, zoomed: bool) -> None:
        """Both sides alike, now and the next time."""
        self.sides.zoom_to_face(zoomed)
        self._workbench.preferences.set_layout(_SEEN, b"" if zoomed else _WHOLE)

    def _use_canvas(self) -> None:
        self.player.use_canvas(self.sides.wanted_size)

    # ---- the end ------------------------------------------------------------------------

    def _finish(self) -> None:
        """Keep the votes and tell who was who."""
        ballot = self._session.ballot()
        self.player.stop()
        self._workbench.store.edit(
            self.tr("Votes of a blind comparison"), lambda p: add_ballots(p, [ballot])
        )
        self.ballot = ballot
        self.progress.setText(self.tr("%n vote(s)", "", len(ballot.votes)))
        self.pages.setCurrentIndex(1)
        self.outcome.show_ballots([ballot])
        self.close_button.setDefault(True)  # Return too
        self.close_button.setFocus()

    def _export(self) -> None:
        if self.ballot is not None:
            ask_export(self._workbench, self, [self.ballot])

    def reject(self) -> None:
        """Ask what becomes of votes that were given before the end."""
        if self._session.decided == 0 or self.ballot is not None or self._is_ending:
            self._leave()
            return
        self.player.stop()
        question = ChoiceDialog(
            self.tr("Blind comparison"),
            self.tr("Decided up to now: %n trial(s)", "", self._session.decided),
            (
                Choice("keep", self.tr("Keep the votes"), self.tr("Shows what they say")),
                Choice("drop", self.tr("Drop them")),
                Choice("on", self.tr("Go on"), is_default=True, is_cancel=True),
            ),
            detail=self.tr("To stop as soon as the result pleases makes it worthless."),
            parent=self,
        )
        question.chosen.connect(self._on_leaving)
        self.leaving = question
        question.open()

    def _on_leaving(self, answer: str) -> None:
        if answer == "keep":
            self._finish()
        elif answer == "drop":
            self._leave()

    def _leave(self) -> None:
        self._is_ending = True
        super().reject()

    def done(self, code: int) -> None:
        self.player.close()
        self.outcome.close_view()
        super().done(code)

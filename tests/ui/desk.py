"""A window with the controllers of project and jobs and nothing else, closed as the real one is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from latentsync_studio.ui.jobs.controller import JobsController
from latentsync_studio.ui.jobs.qualities import JobQualities
from latentsync_studio.ui.media_bin.controller import MediaController
from latentsync_studio.ui.project.controller import ProjectController


class Looks:
    """Counts how often something is to be looked at anew."""

    def __init__(self):
        self.looks = 0

    def look_again(self):
        self.looks += 1


class KnownSpans(Looks):
    """Spans as a test wants them; looking them up is the timeline's."""

    def __init__(self):
        super().__init__()
        self.found = {}

    def spans_of(self, clip):
        return self.found.get(clip, ())


class Meter(QObject):
    """Tells when a clip was measured; a test says when."""

    measured = Signal(str)


class Desk(QMainWindow):
    """Opens empty; `messages` are all that was told, as (level, text)."""

    def __init__(self, workbench):
        super().__init__()
        self.workbench = workbench
        self.messages, self.buttons = [], {}
        workbench.message.connect(self._on_message)
        workbench.media = MediaController(workbench)
        workbench.project = ProjectController(workbench)
        workbench.jobs = JobsController(workbench)
        workbench.spans, workbench.playback = KnownSpans(), Looks()
        workbench.quality = Meter(workbench)
        workbench.qualities = JobQualities(workbench)
        self.is_shut = False

    @property
    def project(self):
        return self.workbench.project

    @property
    def jobs(self):
        return self.workbench.jobs

    @property
    def question(self):
        """The question that is open."""
        return self.workbench.project.asker.dialog

    def _on_message(self, text, level, buttons):
        self.messages.append((level, text))
        self.buttons = dict(buttons)

    def said(self, words):
        return any(words in text for _, text in self.messages)

    def shut(self):
        """As a crash of the user's patience: nothing is asked."""
        if not self.is_shut:
            self.is_shut = True
            for each in ("qualities", "jobs", "project", "media"):
                getattr(self.workbench, each).close()

    def closeEvent(self, event):
        if not self.is_shut and not self.workbench.project.may_close(self):
            event.ignore()
            return
        self.shut()
        event.accept()


def answer(qtbot, desk, key):
    """Wait for a question and press one of its buttons."""
    qtbot.waitUntil(lambda: desk.question is not None)
    dialog = desk.question
    dialog.buttons[key].click()
    return dialog


def child_dialogs(kind):
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

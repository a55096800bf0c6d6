"""Buttons beside a failure that do what can be done about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QObject

from latentsync_studio.core.remedies import actions_for, code_of
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.ui.preferences.clearing import CacheClearing
from latentsync_studio.ui.widgets.choice_dialog import window_of
from latentsync_studio.ui.widgets.file_dialogs import FileQuestion, ask_for_file, last_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from PySide6.QtWidgets import QFileDialog

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.remedies import Action
    from latentsync_studio.core.timeline.model import MediaItem, Project
    from latentsync_studio.services.queue import Job
    from latentsync_studio.ui.jobs.controller import JobsController
    from latentsync_studio.ui.workbench import Workbench


class Remedy(NamedTuple):
    """A button: its label, and what it does."""

    label: str
    run: Callable[[], object]


class Remedies(QObject):
    """Finds and does remedies; `dialog` is the file dialog of one while it is open."""

    def __init__(self, jobs: JobsController, workbench: Workbench) -> None:
        super().__init__(jobs)
        self._jobs, self._workbench = jobs, workbench
        self.clearing = CacheClearing(workbench, self)
        self.dialog: QFileDialog | None = None
        self._awaiting: set[str] = set()  # jobs that go on once their media are found
        workbench.store.changed.connect(self._on_project)

    def of_error(self, job: Job, error: StudioError) -> tuple[Remedy, ...]:
        """What can be done about an error that a job has just ended with."""
        return self._of_code(job, code_of(error))

    def of_job(self, job: Job) -> tuple[Remedy, ...]:
        """What can be done about a failed job of the list."""
        return self._of_code(job, job.code) if job.state == "failed" else ()

    def _of_code(self, job: Job, code: str) -> tuple[Remedy, ...]:
        makers: dict[Action, tuple[str, Callable[[Job], object]]] = {
            "clear-cache": (self.tr("Clear the cache..."), self._clear_cache),
            "relink": (self.tr("Find the file..."), self._relink),
            "choose-output": (self.tr("Choose another output..."), self._choose_output),
            "open-weights": (self.tr("Preferences..."), self._open_preferences),
            "show-jobs": (self.tr("Look at the jobs"), lambda _job: self._jobs.refresh()),
            "reset-settings": (self.tr("Reset the settings"), self._reset_settings),
            "report-problem": (self.tr("Report..."), self._report),
            "retry": (self.tr("Try again"), lambda job: self._jobs.retry(job.id)),
        }
        found = []
        for action in actions_for(code):
            if action == "choose-output" and not job.wanted.output:
                continue
            label, do = makers[action]
            found.append(Remedy(label, lambda do=do: do(job)))  # type: ignore[misc]  # mypy cannot infer a default's type
            if action == "relink":
                found.append(
                    Remedy(self.tr("Find in a folder..."), lambda: self._find_in_folder(job))
                )
        return tuple(found)

    def do_anew(self, job: Job) -> bool:
        """Do a job that lacked a medium with the project as it is now; False for any other."""
        lacked = job.state == "failed" and "relink" in actions_for(job.code)
        if lacked:
            self._renew_with_project(job)
        return lacked

    def _clear_cache(self, job: Job) -> None:
        """Ask what is given up, then try again."""
        self.clearing.ask(window_of(self._workbench), lambda: self._jobs.retry(job.id))

    def _relink(self, job: Job) -> None:
        """Find a missing medium at another place, then do the job with the project as it is now."""
        item = self._missing(job)
        if item is None:
            self._renew_with_project(job)
            return
        self._awaiting.add(job.id)
        question = FileQuestion(
            title=self.tr("Where is {0}?").format(item.name),
            filters=self.tr("All files (*)"),
            suggestion=last_folder(self._workbench.preferences, "media"),
        )

        def chosen(path: Path) -> None:
            self._workbench.media.relink(item, path)

        self.dialog = ask_for_file(window_of(self._workbench), question, chosen)

    def _find_in_folder(self, job: Job) -> None:
        self._awaiting.add(job.id)
        self._workbench.media.relinking.ask_folder()

    def _on_project(self, before: Project, after: Project) -> None:
        """A medium has another place: the jobs that waited for that go on."""
        if not self._awaiting or before.media is after.media:
            return
        places = {item.path for item in after.media}
        for job_id in tuple(self._awaiting):
            job = self._jobs.job(job_id)
            if job is None or job.state != "failed":
                self._awaiting.discard(job_id)
            elif any(
                item.path in job.wanted.inputs and item.path not in places for item in before.media
            ):
                self._awaiting.discard(job_id)
                self._renew_with_project(job)

    def _missing(self, job: Job) -> MediaItem | None:
        """A medium of the open project that the job reads and that is not where it was."""
        media = self._workbench.media
        for item in self._workbench.store.project.media:
            state = media.state_of(item)
            if item.path in job.wanted.inputs and state is not None and state.state != "online":
                return item
        return None

    def _choose_output(self, job: Job) -> None:
        """Ask for another file and do the job with it."""
        old = Path(job.wanted.output)
        question = FileQuestion(
            title=self.tr("Write the movie to"),
            filters=self.tr("Movies (*.mp4 *.mov *.mkv *.webm)"),
            is_saving=True,
            suffix=old.suffix.lstrip(".") or "mp4",
            suggestion=last_folder(self._workbench.preferences, "export") / old.name,
        )

        def chosen(path: Path) -> None:
            def change(request: Any) -> Any:  # noqa: ANN401 - requests of several kinds
                return replace(request, output=path)

            self._jobs.renew(job.id, change)

        self.dialog = ask_for_file(window_of(self._workbench), question, chosen)

    def _reset_settings(self, job: Job) -> None:
        """Give the project the default settings, one undo step, and do the job with them."""
        self._workbench.store.edit(
            self.tr("Reset settings"), lambda project: set_settings(project, RenderSettings())
        )
        self._renew_with_project(job)

    def _renew_with_project(self, job: Job) -> None:
        project = self._workbench.store.project

        def change(request: Any) -> Any:  # noqa: ANN401 - as above
            theirs, wanted = getattr(request, "project", None), getattr(request, "sequence", None)
            known = {sequence.id for sequence in project.sequences}
            is_ours = theirs is not None and wanted in known and _is_later(project, theirs)
            return replace(request, project=project) if is_ours else request

        self._jobs.renew(job.id, change)

    def _open_preferences(self, _job: Job) -> None:
        self._workbench.actions.trigger("edit.preferences")

    def _report(self, _job: Job) -> None:
        self._workbench.actions.trigger("help.report")


def _is_later(project: Project, before: Project) -> bool:
    """Whether it is the same project at a later time: ids alone are alike in all projects."""
    now = {item.id: item for item in project.media}
    return all(old.id in now and _is_same(old, now[old.id]) for old in before.media)


def _is_same(old: MediaItem, new: MediaItem) -> bool:
    return old.path == new.path or (bool(old.digest) and old.digest == new.digest)

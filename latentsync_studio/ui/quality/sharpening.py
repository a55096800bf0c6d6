"""The remedy that sharpens a span just as far as its limit asks: solved in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from latentsync_studio.core.timeline.edits.weakening import sharpen
from latentsync_studio.core.timeline.showing import find_placed

if TYPE_CHECKING:
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.quality.sharpening import Sharpening
    from latentsync_studio.ui.quality.findings import Finding
    from latentsync_studio.ui.workbench import Workbench


class SharpeningRemedy(QObject):
    """Finds the least sharpening that is enough, then makes it one undo step."""

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench

    def start(self, finding: Finding) -> None:
        """Solve for a span; it is changed once that is known, if the clip is still the same."""
        bench = self._workbench
        sequence, project = bench.session.sequence, bench.store.project
        if sequence is None:
            return
        services, where = bench.services, (sequence.id, finding.clip.id, finding.frames)

        def work(progress: Progress) -> Sharpening:
            from latentsync_studio.services.quality.sharpening import solve_sharpening
            from latentsync_studio.services.timeline.takes import TakeCache

            takes = TakeCache(services)
            try:
                return solve_sharpening(project, where, services, takes, progress)
            finally:
                takes.clear()

        bench.tell(self.tr("Looking how far this span has to be sharpened..."))
        bench.background.submit(
            work, lambda found: self._done(finding, found), bench.tell_error, key="sharpen"
        )

    def _done(self, finding: Finding, found: Sharpening) -> None:
        bench = self._workbench
        sequence = bench.session.sequence
        placed = None if sequence is None else find_placed(sequence, finding.clip.id)
        if placed is None or placed[1] is not finding.clip or placed[0].is_locked:
            bench.tell(self.tr("The clip was changed meanwhile; it was not sharpened."))
            return
        clip, frames, amount = finding.clip.id, finding.frames, found.amount
        label = self.tr("Sharpen to the source")
        if bench.store.edit(label, lambda project: sharpen(project, clip, frames, amount)):
            bench.tell(
                self.tr("Sharpened by {0} %: from {1} to {2} of the source's sharpness.").format(
                    round(100 * amount), f"{found.before:.2f}", f"{found.after:.2f}"
                )
            )

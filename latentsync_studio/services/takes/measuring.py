"""What was measured on takes: each on just the frames of its span, kept for the next time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.errors import NothingToDoError
from latentsync_studio.services.quality.of_clip import kept_quality, measure_clip
from latentsync_studio.services.takes.naming import alone

if TYPE_CHECKING:
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.quality.weighted import Wanted
    from latentsync_studio.services.takes.listing import Measured
    from latentsync_studio.services.takes.naming import TakeRef
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services


def measure_take(
    project: Project,
    ref: TakeRef,
    services: Services,
    takes: TakeCache,
    progress: Progress,
    *,
    wanted: Wanted | None = None,
) -> ClipQuality:
    """Measure a take on its span, or take it from the store where nothing changed.

    What `wanted` names is measured with networks too, as `measure_clip` does.

    Raises:
        NothingToDoError: nothing of the span is redrawn.
        InputError: the medium is offline or unreadable.
        InvalidEditError: there is no such clip or take.
        Cancelled: the user stopped it.
    """
    shown = alone(project, ref)
    where = shown.project, ref.sequence, ref.clip
    return measure_clip(*where, services, takes, progress, wanted=wanted)


def kept_measures(services: Services, takes: TakeCache, progress: Progress) -> Measured:
    """Look for what was measured on takes; nothing is measured for it."""

    def measured(project: Project, ref: TakeRef) -> ClipQuality | None:
        shown = alone(project, ref)
        try:
            return kept_quality(shown.project, ref.sequence, ref.clip, services, takes, progress)
        except NothingToDoError:
            return None

    return measured

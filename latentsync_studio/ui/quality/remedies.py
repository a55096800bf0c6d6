"""What one click does about a span that needs somebody: an edit of the project, then a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QObject

from latentsync_studio.core.quality.gate import Remedy, has_lag
from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.core.timeline.edits.takes import add_take, settings_spans
from latentsync_studio.core.timeline.edits.tracks import drive_lips
from latentsync_studio.core.timeline.edits.weakening import (
    is_sharpest,
    strength_at,
    weaken,
)
from latentsync_studio.core.timeline.fades import with_fades
from latentsync_studio.core.timeline.showing import drivers_of, find_placed
from latentsync_studio.ui.quality.sharpening import SharpeningRemedy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.timeline.model import Project, SettingValue, Track
    from latentsync_studio.core.timeline.takes import SpanTake
    from latentsync_studio.ui.quality.findings import Finding
    from latentsync_studio.ui.workbench import Workbench

CPU_ENGINE: Final = "mouthbank"
OVERLAP_ENGINE: Final = "latentsync"
OVERLAP_STEP, MOST_OVERLAP = 3, 7  # frames; the limit is that of the setting
WEAKER: Final = 0.6  # share of the strength that is left


class Offer(NamedTuple):
    """A remedy as a button.

    Attributes:
        remedy: which.
        label: of the button.
        tip: what it does, or why it cannot.
        is_possible: False greys it.
    """

    remedy: Remedy
    label: str
    tip: str
    is_possible: bool


class Remedies(QObject):
    """Offers and applies remedies; every one is one undo step."""

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._sharpening = SharpeningRemedy(workbench, self)

    def offers(self, finding: Finding) -> tuple[Offer, ...]:
        """What may help, the most likely first; what cannot be done here comes last."""
        words = self._words()
        found = []
        for remedy in finding.attention.remedies:
            label, does = words[remedy]
            why_not = self.why_not(remedy, finding)
            found.append(Offer(remedy, label, why_not or does, not why_not))
        return tuple(sorted(found, key=lambda offer: not offer.is_possible))

    def why_not(self, remedy: Remedy, finding: Finding) -> str:
        """Why a remedy cannot be applied; "" where it can."""
        if remedy is Remedy.RESTORE:
            return self.tr("Not in this version: no engine here restores faces.")
        track = self._track(finding)
        if track is None:
            return self.tr("The clip is not in the shown sequence any more.")
        if track.is_locked:
            return self.tr("The track {0} is locked.").format(track.name)
        settings = self._held(finding)[0]
        reasons: dict[Remedy, Callable[[], str]] = {
            Remedy.LONGER_OVERLAP: lambda: self._why_no_overlap(settings),
            Remedy.CPU_ENGINE: lambda: self._why_no_cpu(settings),
            Remedy.SYNC_OFFSET: lambda: self._why_no_offset(finding),
            Remedy.LOWER_STRENGTH: lambda: self._why_not_weaker(finding),
            Remedy.SHARPEN: lambda: self._why_not_weaker(finding) or self._why_no_sharper(finding),
            Remedy.PASS_THROUGH: lambda: self._why_not_weaker(finding),
        }
        reason = reasons.get(remedy)
        return "" if reason is None else reason()

    def apply(self, remedy: Remedy, finding: Finding) -> None:
        """Do it; what has to be drawn again for it is put into the queue."""
        if self.why_not(remedy, finding):
            return
        acts: dict[Remedy, Callable[[Finding], None]] = {
            Remedy.OTHER_SEED: self._other_seed,
            Remedy.LONGER_OVERLAP: self._longer_overlap,
            Remedy.PROTECT_MASK: self._protect,
            Remedy.LOWER_STRENGTH: self._weaker,
            Remedy.CPU_ENGINE: self._cpu_engine,
            Remedy.SYNC_OFFSET: self._sync_offset,
            Remedy.PASS_THROUGH: self._pass_through,
            Remedy.SHARPEN: self._sharpening.start,
        }
        acts[remedy](finding)

    def _words(self) -> dict[Remedy, tuple[str, str]]:
        tr = self.tr
        return {
            Remedy.OTHER_SEED: (
                tr("Another seed"),
                tr("Draws this span again with another seed, as a take beside the present one"),
            ),
            Remedy.LONGER_OVERLAP: (
                tr("Longer overlap"),
                tr("Draws this span again with windows that fade into each other for longer"),
            ),
            Remedy.PROTECT_MASK: (
                tr("Protect..."),
                tr("Adds a layer that protects what you paint, and takes the brush, at this span"),
            ),
            Remedy.LOWER_STRENGTH: (
                tr("Less strength"),
                tr("Lets the new mouth show at 60 % of its strength here; nothing is drawn anew"),
            ),
            Remedy.CPU_ENGINE: (
                tr("CPU engine"),
                tr("Draws this span again with the engine mouthbank, as a take"),
            ),
            Remedy.SYNC_OFFSET: (
                tr("Shift the mouth"),
                tr("Moves the mouths that this speech drives by the measured delay, and redraws"),
            ),
            Remedy.SHARPEN: (
                tr("Sharpen to the source"),
                tr(
                    "Adds the source's skin detail and sharpens lips and teeth here, just as far as"
                    " the limit asks; nothing is drawn anew"
                ),
            ),
            Remedy.RESTORE: (tr("Restore face"), ""),
            Remedy.PASS_THROUGH: (
                tr("Pass through"),
                tr("Shows the source in this span, with soft edges; nothing is drawn anew"),
            ),
        }

    # ---- whether ------------------------------------------------------------------------

    def _why_no_overlap(self, settings: RenderSettings) -> str:
        if settings.engine != OVERLAP_ENGINE:
            return self.tr("The engine {0} has no windows that fade into each other.").format(
                settings.engine
            )
        if settings.latentsync.overlap >= MOST_OVERLAP:
            return self.tr("The overlap is {0} frames already, the most there is.").format(
                settings.latentsync.overlap
            )
        return ""

    def _why_no_cpu(self, settings: RenderSettings) -> str:
        if settings.engine == CPU_ENGINE:
            return self.tr("The engine {0} drew it.").format(CPU_ENGINE)
        return ""

    def _why_not_weaker(self, finding: Finding) -> str:
        middle = finding.frames.start + len(finding.frames) // 2
        if strength_at(self._project, finding.clip, middle) <= 0:
            return self.tr("The source is shown here already.")
        return ""

    def _why_no_sharper(self, finding: Finding) -> str:
        middle = finding.frames.start + len(finding.frames) // 2
        if is_sharpest(self._project, finding.clip, middle):
            return self.tr("It is sharpened here as far as can be.")
        return ""

    def _why_no_offset(self, finding: Finding) -> str:
        if not np.isfinite(self._lag_ms(finding)):
            return self.tr("It is not known by how much picture and speech are apart.")
        if finding.attention.measure == "agreement" and not self._is_lag_certain(finding):
            return self.tr("No shift makes this mouth follow the speech.")
        if not self._lanes(finding):
            return self.tr("No audio track drives this clip any more.")
        return ""

    # ---- acts ---------------------------------------------------------------------------

    def _other_seed(self, finding: Finding) -> None:
        from latentsync_studio.services.takes.making import unused_seed

        seed = unused_seed(self._project, finding.clip)
        self._redraw(self.tr("Another seed"), finding, {"seed": seed})

    def _longer_overlap(self, finding: Finding) -> None:
        overlap = self._held(finding)[0].latentsync.overlap + OVERLAP_STEP
        values: dict[str, SettingValue] = {"latentsync.overlap": min(overlap, MOST_OVERLAP)}
        self._redraw(self.tr("Longer overlap"), finding, values)

    def _cpu_engine(self, finding: Finding) -> None:
        self._redraw(self.tr("CPU engine"), finding, {"engine": CPU_ENGINE})

    def _redraw(self, label: str, finding: Finding, values: Mapping[str, SettingValue]) -> None:
        """Add a chosen take of the span, like the one that holds there but for `values`."""
        _, take = self._held(finding)
        kept = {} if take is None else take.values
        clip, frames, merged = finding.clip.id, finding.frames, {**kept, **values}
        if self._workbench.store.edit(label, lambda p: add_take(p, clip, merged, frames)):
            self._workbench.jobs.synthesize([clip], self._to_draw(finding))

    def _to_draw(self, finding: Finding) -> FrameRange:
        """Frames of the sequence: those of the span, and those in which its new take fades."""
        sequence = self._workbench.session.sequence
        found = None if sequence is None else find_placed(sequence, finding.clip.id)
        if found is None:
            return finding.placed
        clip = found[1]
        drawn = with_fades(self._project, clip, finding.frames)
        return drawn.shifted(clip.start - clip.source.start)

    def _weaker(self, finding: Finding) -> None:
        self._weaken(self.tr("Less strength"), finding, WEAKER)

    def _pass_through(self, finding: Finding) -> None:
        self._weaken(self.tr("Pass through"), finding, 0.0)

    def _weaken(self, label: str, finding: Finding, factor: float) -> None:
        clip, frames = finding.clip.id, finding.frames
        self._workbench.store.edit(label, lambda p: weaken(p, clip, frames, factor))

    def _protect(self, finding: Finding) -> None:
        """The user paints what is to be protected."""
        bench = self._workbench
        bench.session.select([finding.clip.id])
        bench.playback.go_to(finding.placed.start + len(finding.placed) // 2)
        for command in ("window.masks", "mask.add_protect", "mask.brush"):
            bench.actions.trigger(command)

    def _sync_offset(self, finding: Finding) -> None:
        lanes, by = self._lanes(finding), round(self._lag_ms(finding))

        def change(project: Project) -> Project:
            for lane in lanes:
                if lane.speech is not None:
                    moved = replace(lane.speech, offset_ms=lane.speech.offset_ms - by)
                    project = drive_lips(project, lane.id, moved)
            return project

        if self._workbench.store.edit(self.tr("Shift the mouth"), change):
            self._workbench.jobs.synthesize([finding.clip.id])

    # ---- inside -------------------------------------------------------------------------

    @property
    def _project(self) -> Project:
        return self._workbench.store.project

    def _track(self, finding: Finding) -> Track | None:
        sequence = self._workbench.session.sequence
        found = None if sequence is None else find_placed(sequence, finding.clip.id)
        return None if found is None else found[0]

    def _lanes(self, finding: Finding) -> tuple[Track, ...]:
        """Audio tracks that drive the clip."""
        sequence, track = self._workbench.session.sequence, self._track(finding)
        if sequence is None or track is None:
            return ()
        drivers = drivers_of(self._project, sequence, track, finding.clip)
        return tuple(dict.fromkeys(lane for driver in drivers for lane in driver.lanes))

    def _lag_ms(self, finding: Finding) -> float:
        """By how much the picture is late, ms; NaN where that is unknown."""
        known = self._workbench.quality.known_of(finding.clip.id)
        if known is None:
            return float("nan")
        if finding.attention.measure == "lse_offset_frames":
            return finding.attention.value * 1000.0 / float(known.quality.rate)
        return known.quality.figure("lag_ms").result

    def _is_lag_certain(self, finding: Finding) -> bool:
        known = self._workbench.quality.known_of(finding.clip.id)
        limits = settings_of(self._project, finding.clip).quality
        return known is not None and has_lag(known.quality, limits)

    def _held(self, finding: Finding) -> tuple[RenderSettings, SpanTake | None]:
        """The settings that hold where the span begins, and the chosen take there."""
        span = settings_spans(self._project, finding.clip, finding.frames)[0]
        return span.settings, span.take

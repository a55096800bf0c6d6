"""One take of the embedded engine: its person, its plan, its patches."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, cast

import numpy as np

from latentsync_studio.core.engine import Running
from latentsync_studio.engines.mouthbank.bank import crops_of
from latentsync_studio.engines.mouthbank.draw import Painter, empty_patch
from latentsync_studio.engines.mouthbank.drive import Drive, range_of
from latentsync_studio.engines.mouthbank.person import Person
from latentsync_studio.engines.mouthbank.plan import Planner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.engine import EngineSpec, Patch, Take
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.pages import MouthBankSettings
    from latentsync_studio.engines.mouthbank.bank import Crop
    from latentsync_studio.engines.mouthbank.plan import FramePlan

_WELL_SEEN = 0.9  # usable above which a frame may lend its mouth
_FEW = 20  # fewer well-seen donors than this: take all there are


class MouthBankSession:
    """One take. Safe to call from two threads."""

    def __init__(self, take: Take, crops: list[Crop], spec: EngineSpec) -> None:
        self._spec = spec
        self._planner: Planner | None = None
        if not crops:
            return
        self._person = Person(take.face, crops)
        span = range_of(self._person.donors.measures)
        settings = cast("MouthBankSettings", take.settings)
        drive = Drive(take.shapes, span, settings, take.rate)
        self._planner = Planner(take, self._person, drive, span)
        self._painter = Painter(self._person, self._planner.model)

    def spec_for(self, window: FrameRange) -> EngineSpec:  # noqa: ARG002 - the same for all
        """The engine's own."""
        return self._spec

    def running(self) -> Running:
        """The processor draws."""
        return Running()

    def at_once(self) -> int:
        """Every window is drawn by itself."""
        return 1

    def reads(self, window: FrameRange) -> FrameRange:
        """Only the window itself: every frame is redrawn by itself."""
        return window

    def digest(self, window: FrameRange) -> bytes:
        """Hash of what shapes the patches of `window`, see core.engine."""
        out = blake2b(self._spec.version.encode(), digest_size=16)
        for t in window:
            plan = self._drawn(t)
            if plan is None:
                out.update(b"nothing")
                continue
            for array in (plan.points, plan.rotation, plan.canonical, plan.target):
                out.update(array.tobytes())
            out.update(np.array([plan.scale, plan.aperture]).tobytes())
            for donor, weight in plan.donors:
                out.update(self._person.donor_digest(donor) + np.float64(weight).tobytes())
                out.update(self._person.donors.points[donor].tobytes())
                out.update(self._person.doubts[donor].tobytes())
        if self._planner is not None:
            out.update(self._person.digest)
        return out.digest()

    def synthesize(
        self, window: FrameRange, pictures: Sequence[Picture], progress: Progress
    ) -> tuple[Patch, ...]:
        """Redraw the lower face in every frame of `window`; empty patches where no face is."""
        patches = []
        for t, picture in zip(window, pictures, strict=True):
            progress.check()
            plan = self._drawn(t)
            drawn = empty_patch(t) if plan is None else self._painter.paint(plan, picture)
            patches.append(drawn)
        return tuple(patches)

    def planned_aperture(self, t: int) -> float:
        """Inner-lip gap wanted in output frame `t`, eye distances; 0 where nothing is drawn."""
        plan = self._drawn(t)
        return 0.0 if plan is None else plan.aperture

    def _drawn(self, t: int) -> FramePlan | None:
        if self._planner is None or not self._planner.present(t):
            return None
        return self._planner.frame(t)


def donors_of(take: Take) -> list[Crop]:
    """Crops of this person, well seen if there are enough such."""
    face, raw_ids = take.face, set(take.raw_ids)
    count = len(face.present)
    found: dict[int, Crop] = {}
    for blob in take.kept:
        for crop in crops_of(blob):
            if crop.raw_id in raw_ids and crop.frame < count and face.present[crop.frame]:
                found.setdefault(crop.frame, crop)
    crops = [found[frame] for frame in sorted(found)]
    good = [c for c in crops if face.usable[c.frame] > _WELL_SEEN]
    return good if len(good) >= min(_FEW, len(crops)) else crops
